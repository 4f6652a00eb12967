import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { getUpstream } from "../../src/upstream/get.ts";
import {
  BYTES,
  COMPLETE,
  largeBody,
  OPEN_METRICS_HEAD,
  SAMPLES,
  STALLS,
  STALLS_WHOLE,
  status,
  TORN,
} from "../support/upstream/answers.ts";
import { failureOf, readText, request, withUpstream } from "../support/upstream/get_fixture.ts";
import type { UpstreamError } from "../../src/upstream/upstream_error.ts";
import { type Answer, chunk, head, rawUpstream } from "../support/upstream/raw_upstream.ts";

for (const [name, answer] of Object.entries(COMPLETE)) {
  test(`getUpstream reads a response ${name}`, () =>
    withUpstream(answer, async (upstream) => {
      const response = await getUpstream(request(`${upstream.url}/metrics`));
      assert.equal(response.contentType, "text/plain; version=0.0.4");
      assert.equal(await readText(response.body), SAMPLES);
    }));
}

for (const end of ["# EOF\n", "# EOF"]) {
  test(`getUpstream reads OpenMetrics that ends in ${JSON.stringify(end)} and by closing`, () =>
    withUpstream(
      (socket) => void socket.end(OPEN_METRICS_HEAD + SAMPLES + end),
      async ({ url }) => {
        const response = await getUpstream(request(`${url}/metrics`));
        assert.equal(await readText(response.body), SAMPLES + end);
      },
    ));
}

const RESET = "upstream URL/metrics: connection closed before the response was complete";
const BROKEN = "upstream URL/metrics: broken compression";
for (const [name, [answer, expected]] of Object.entries(TORN)) {
  test(`getUpstream errors the body of a response ${name}`, () =>
    withUpstream(answer, async (upstream) => {
      // The head may fail already where the runtime has seen the end by then.
      const read = async () =>
        await readText((await getUpstream(request(`${upstream.url}/metrics`))).body);
      const [reason, status, message] = await failureOf(read());
      assert.match(`${reason} ${status} `, expected);
      assert.equal(message, reason === "reset" ? RESET : BROKEN);
    }));
}

const REFUSED: Record<string, [Answer, [string, number, string]]> = {
  "404": [status("404 Not Found"), ["status", 404, "upstream URL/metrics: answered 404"]],
  "503": [
    status("503 Service Unavailable"),
    ["status", 503, "upstream URL/metrics: answered 503"],
  ],
  "206": [status("206 Partial Content"), ["status", 502, "upstream URL/metrics: answered 206"]],
  "304": [status("304 Not Modified"), ["status", 502, "upstream URL/metrics: answered 304"]],
  "a connection that closes": [(socket) => void socket.end(), ["reset", 502, RESET]],
  "a connection that resets": [(socket) => void socket.resetAndDestroy(), ["reset", 502, RESET]],
  "protobuf of another message": [
    status("200 OK", "Content-Type: application/vnd.google.protobuf; proto=x"),
    ["protocol", 502, "upstream URL/metrics: answered with protobuf other than Prometheus's"],
  ],
  "an encoding that was not asked for": [(socket) => {
    const deflated = deflateSync(BYTES);
    socket.write(head("Content-Encoding: deflate", `Content-Length: ${deflated.length}`));
    socket.end(deflated);
  }, ["protocol", 502, "upstream URL/metrics: unknown Content-Encoding deflate"]],
  "a redirect elsewhere": [
    status("302 Found", "Location: http://u:p@elsewhere.example:81/metrics?q=1"),
    ["protocol", 502, "upstream URL/metrics: redirects to another origin, URL"],
  ],
  "a redirect to nowhere": [
    status("302 Found"),
    ["protocol", 502, "upstream URL/metrics: answered 302 to nowhere"],
  ],
  "redirects without end": [
    status("302 Found", "Location: /metrics"),
    ["protocol", 502, "upstream URL/metrics: more than 5 redirects"],
  ],
};

for (const [name, [answer, expected]] of Object.entries(REFUSED)) {
  test(`getUpstream throws on ${name}`, () =>
    withUpstream(answer, async (upstream) => {
      const url = upstream.url.replace("//", "//user:pass@");
      assert.deepEqual(await failureOf(getUpstream(request(`${url}/metrics`))), expected);
    }));
}

test("getUpstream throws on a port where nobody listens", async () => {
  const upstream = await rawUpstream(() => {});
  upstream.stop();
  const work = getUpstream(request(`${upstream.url}/metrics`));
  const expected = ["refused", 502, "upstream URL/metrics: connection refused"];
  assert.deepEqual(await failureOf(work), expected);
});

test("getUpstream throws on a name that does not resolve", async () => {
  const work = getUpstream(request("http://nobody.invalid/metrics"));
  const expected = ["dns", 502, "upstream URL/metrics: host name not found"];
  assert.deepEqual(await failureOf(work), expected);
});

test("getUpstream throws on TLS with a plain HTTP server", () =>
  withUpstream(status("200 OK"), async (upstream) => {
    const work = getUpstream(request(upstream.url.replace("http:", "https:")));
    const [reason, code] = await failureOf(work);
    assert.deepEqual([reason, code], ["tls", 502]);
  }));

test("the request carries what Prometheus would send, and the caller's headers", () =>
  withUpstream(COMPLETE["chunked"], async (upstream) => {
    const url = upstream.url.replace("//", "//us%40er:p%C3%A4ss@");
    const headers = { "X-Tenant": "blue", "User-Agent": "overridden" };
    const accept = "text/plain;version=0.0.4";
    await readText((await getUpstream(request(`${url}/metrics?a=b`, { accept, headers }))).body);
    const [line, ...rest] = upstream.requests[0].trim().split("\r\n");
    const sent = Object.fromEntries(rest.map((header) => header.split(": ")));
    assert.equal(line, "get /metrics?a=b http/1.1");
    assert.equal(sent["accept"], accept);
    assert.equal(sent["accept-encoding"], "identity");
    assert.equal(sent["user-agent"], "weir");
    assert.equal(sent["x-tenant"], "blue");
    assert.equal(sent["authorization"], `Basic ${btoa("us@er:pÃ¤ss")}`.toLowerCase());
    const remaining = Number(sent["x-prometheus-scrape-timeout-seconds"]);
    assert.ok(remaining > 15 && remaining <= 20, `${remaining}`);
  }));

test("a redirect within the origin is followed, with the credentials", () => {
  const moved = status("307 Temporary Redirect", "Location: /moved?x=1");
  const answer: Answer = (socket, path) =>
    path === "/metrics" ? moved(socket, path) : COMPLETE["chunked"](socket, path);
  return withUpstream(answer, async (upstream) => {
    const url = upstream.url.replace("//", "//u:p@");
    const response = await getUpstream(request(`${url}/metrics`));
    assert.equal(await readText(response.body), SAMPLES);
    assert.equal(upstream.requests.length, 2);
    assert.match(upstream.requests[1], /^get \/moved\?x=1 http/);
    assert.match(upstream.requests[1], /\r\nauthorization: basic dtpw\r\n/);
  });
});

const LATE = "upstream URL/metrics: did not finish within 0.2 s";

test("a deadline before the head throws, and closes the connection", () =>
  withUpstream(() => {}, async (upstream) => {
    const work = getUpstream(request(`${upstream.url}/metrics`, { budgetSeconds: 0.2 }));
    assert.deepEqual(await failureOf(work), ["timeout", 504, LATE]);
    await upstream.closed();
  }));

test("a deadline inside the body errors it, and closes the connection", () =>
  withUpstream(STALLS, async (upstream) => {
    const response = await getUpstream(request(`${upstream.url}/metrics`, { budgetSeconds: 0.2 }));
    assert.deepEqual(await failureOf(readText(response.body)), ["timeout", 504, LATE]);
    await upstream.closed();
  }));

test("a deadline is noticed by a reader that was busy elsewhere", () =>
  withUpstream(STALLS, async (upstream) => {
    const response = await getUpstream(request(`${upstream.url}/metrics`, { budgetSeconds: 0.2 }));
    await upstream.closed();
    assert.deepEqual(await failureOf(readText(response.body)), ["timeout", 504, LATE]);
  }));

test("a budget that is used up throws at once", () =>
  withUpstream(() => {}, async (upstream) => {
    const work = getUpstream(request(`${upstream.url}/metrics`, { budgetSeconds: 0 }));
    assert.deepEqual((await failureOf(work)).slice(0, 2), ["timeout", 504]);
  }));

test("cancelling the body closes the connection", () =>
  withUpstream(STALLS, async (upstream) => {
    const { body } = await getUpstream(request(`${upstream.url}/metrics`));
    assert.notEqual(await body.read(), undefined);
    await body.cancel();
    await upstream.closed();
  }));

test("cancelling a body that was never read closes the connection", () =>
  withUpstream(STALLS, async (upstream) => {
    const { body } = await getUpstream(request(`${upstream.url}/metrics`));
    await body.cancel();
    await upstream.closed();
  }));

test("aborting the signal before the head throws its reason", () =>
  withUpstream(() => client.abort(reason), async (upstream) => {
    client = new AbortController();
    const { signal } = client;
    await assert.rejects(getUpstream(request(upstream.url, { signal })), reason);
    await upstream.closed();
  }));
let client: AbortController;
const reason = new Error("the client is gone");

test("aborting the signal errors the body with its reason", () =>
  withUpstream(STALLS, async (upstream) => {
    const client = new AbortController();
    const { body } = await getUpstream(request(upstream.url, { signal: client.signal }));
    await body.read();
    const pending = (async () => {
      while (await body.read() !== undefined);
    })();
    client.abort(reason);
    await assert.rejects(pending, reason);
    await upstream.closed();
  }));

const FRAMINGS = { "beside chunks": true, "of a body that ends by closing": false };
for (const length of [10, BYTES.length, "10, 10", "-1", "1e1", "0x10", " ", ""]) {
  for (const [framing, isChunked] of Object.entries(FRAMINGS)) {
    test(`a Content-Length of ${JSON.stringify(length)} ${framing} is not waited for`, () =>
      withUpstream((socket) => {
        const coding = isChunked ? "Transfer-Encoding: chunked" : "X-Coding: none";
        socket.write(head(`Content-Length: ${length}`, coding));
        socket.write(isChunked ? chunk(BYTES) : BYTES);
      }, async (upstream) => {
        const { body } = await getUpstream(request(upstream.url, { budgetSeconds: 5 }))
          // Some of them a runtime refuses at once.
          .catch((error) => ({ body: { read: () => Promise.reject(error) } }));
        const read = await body.read().catch(({ reason }: UpstreamError) => reason);
        assert.notEqual(read, "timeout");
      }));
  }
}

for (const [name, answer] of Object.entries({ chunked: STALLS, whole: STALLS_WHOLE })) {
  test(`${name}: a deadline while the body comes errors it, and closes the connection`, () =>
    withUpstream(answer, async (upstream) => {
      const { body } = await getUpstream(request(upstream.url, { budgetSeconds: 0.2 }));
      assert.deepEqual(
        (await failureOf(readText(body))).slice(0, 2),
        ["timeout", 504],
      );
      await upstream.closed();
    }));

  test(`${name}: a deadline before the body is read is noticed by the first read`, () =>
    withUpstream(answer, async (upstream) => {
      const { body } = await getUpstream(request(upstream.url, { budgetSeconds: 0.2 }));
      await upstream.closed();
      assert.deepEqual((await failureOf(body.read())).slice(0, 2), ["timeout", 504]);
    }));

  test(`${name}: cancelling while a read waits ends it, and closes the connection`, () =>
    withUpstream(answer, async (upstream) => {
      const { body } = await getUpstream(request(upstream.url));
      const rest = (async () => {
        while (await body.read() !== undefined);
      })();
      await body.cancel();
      await rest;
      await upstream.closed();
    }));

  test(`${name}: cancelling an unread body closes the connection, and nothing is read of it`, () =>
    withUpstream(answer, async (upstream) => {
      const { body } = await getUpstream(request(upstream.url));
      await body.cancel();
      await upstream.closed();
      assert.equal(await body.read(), undefined);
    }));

  test(`${name}: the client's leaving errors the body with its reason`, () =>
    withUpstream(answer, async (upstream) => {
      const client = new AbortController();
      const { body } = await getUpstream(request(upstream.url, { signal: client.signal }));
      const pending = (async () => {
        while (await body.read() !== undefined);
      })();
      client.abort(reason);
      await assert.rejects(pending, reason);
      await upstream.closed();
    }));
}

test("a slow reader slows the upstream", () => {
  const { answer, size, accepted } = largeBody();
  return withUpstream(answer, async (upstream) => {
    const { body } = await getUpstream(request(upstream.url));
    let read = (await body.read())!.length;
    // Only sockets' and runtimes' buffers may fill while nobody reads.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(accepted() < size / 2, `the upstream could send ${accepted()} of ${size} bytes`);
    for (;;) {
      const chunk = await body.read();
      if (chunk === undefined) break;
      read += chunk.length;
    }
    assert.equal(read, size);
  });
});
