import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpstreamGet } from "../../src/upstream/ask.ts";
import { getUpstream } from "../../src/upstream/get.ts";
import {
  BYTES,
  COMPLETE,
  largeBody,
  SAMPLES,
  STALLS,
  status,
  TORN,
} from "../support/upstream/answers.ts";
import { failureOf, readText, request, withUpstream } from "../support/upstream/get_fixture.ts";
import { type Answer, type RawUpstream, rawUpstream } from "../support/upstream/raw_upstream.ts";

/** A GET of a name that only an address makes reachable. */
function byAddress({ url }: RawUpstream, more: Partial<UpstreamGet> = {}): UpstreamGet {
  const { port, hostname } = new URL(url);
  const connectTo = hostname.replace(/[[\]]/g, "");
  return request(`http://target.test:${port}/metrics`, { connectTo, ...more });
}

for (const [name, answer] of Object.entries(COMPLETE)) {
  test(`a response ${name} from an address is read`, () =>
    withUpstream(answer, async (upstream) => {
      const response = await getUpstream(byAddress(upstream));
      assert.equal(response.contentType, "text/plain; version=0.0.4");
      assert.equal(await readText(response.body), SAMPLES);
    }));
}

for (const [name, [answer, expected]] of Object.entries(TORN)) {
  test(`the body of a response ${name} from an address errors`, () =>
    withUpstream(answer, async (upstream) => {
      const read = async () => await readText((await getUpstream(byAddress(upstream))).body);
      const [reason, code] = await failureOf(read());
      assert.match(`${reason} ${code} `, expected);
    }));
}

for (const host of ["127.0.0.1", "::1"]) {
  test(`${host} is asked under the name of the URL`, () =>
    withUpstream(COMPLETE["chunked"], async (upstream) => {
      const headers = { "Host": "overridden", "X-Tenant": "blue" };
      const wanted = byAddress(upstream, { headers });
      const url = wanted.url.replace("//", "//u:p@") + "?a=b";
      assert.equal(await readText((await getUpstream({ ...wanted, url })).body), SAMPLES);
      const [line, ...rest] = upstream.requests[0].trim().split("\r\n");
      const sent = Object.fromEntries(rest.map((header) => header.split(": ")));
      assert.equal(line, "get /metrics?a=b http/1.1");
      assert.equal(sent["host"], `target.test:${new URL(upstream.url).port}`);
      assert.equal(sent["accept-encoding"], "identity");
      assert.equal(sent["authorization"], "basic dtpw");
      assert.equal(sent["x-tenant"], "blue");
      assert.equal(rest.filter((header) => header.startsWith("host:")).length, 1);
    }, host));
}

test("a redirect within the origin goes to the same address", () => {
  const answer: Answer = (socket, path) => {
    if (path !== "/metrics") return COMPLETE["chunked"](socket, path);
    const { port } = new URL(upstreamUrl);
    status("307 Moved", `Location: http://target.test:${port}/moved`)(socket, path);
  };
  let upstreamUrl = "";
  return withUpstream(answer, async (upstream) => {
    upstreamUrl = upstream.url;
    const response = await getUpstream(byAddress(upstream));
    assert.equal(await readText(response.body), SAMPLES);
    assert.match(upstream.requests[1], /^get \/moved http/);
  });
});

const FAILURES: Record<string, [Answer, string]> = {
  "a redirect to the address": [
    status("302 Found", "Location: http://127.0.0.1/metrics"),
    "protocol 502 upstream URL/metrics: redirects to another origin, URL",
  ],
  "304": [status("304 Not Modified"), "status 502 upstream URL/metrics: answered 304"],
  "503": [status("503 Unavailable"), "status 503 upstream URL/metrics: answered 503"],
  "a connection that closes": [
    (socket) => void socket.end(),
    "reset 502 upstream URL/metrics: connection closed before the response was complete",
  ],
  "no answer in time": [
    () => {},
    "timeout 504 upstream URL/metrics: did not finish within 0.5 s",
  ],
};

for (const [name, [answer, expected]] of Object.entries(FAILURES)) {
  test(`${name} from an address throws, and the connection closes`, () =>
    withUpstream(answer, async (upstream) => {
      const work = getUpstream(byAddress(upstream, { budgetSeconds: 0.5 }));
      assert.equal((await failureOf(work)).join(" "), expected);
      await upstream.closed();
    }));
}

test("an address where nobody listens is refused", async () => {
  const upstream = await rawUpstream(() => {});
  upstream.stop();
  const work = getUpstream(byAddress(upstream));
  const expected = ["refused", 502, "upstream URL/metrics: connection refused"];
  assert.deepEqual(await failureOf(work), expected);
});

test("a TLS handshake that an address does not answer ends at the deadline", () =>
  withUpstream(() => {}, async (upstream) => {
    const wanted = byAddress(upstream, { budgetSeconds: 0.3 });
    const work = getUpstream({ ...wanted, url: wanted.url.replace("http:", "https:") });
    assert.deepEqual((await failureOf(work)).slice(0, 2), ["timeout", 504]);
  }));

test("cancelling the body closes the connection to an address", () =>
  withUpstream(STALLS, async (upstream) => {
    const { body } = await getUpstream(byAddress(upstream));
    assert.notEqual(await body.read(), undefined);
    await body.cancel();
    await upstream.closed();
  }));

test("aborting the signal errors the body, and closes the connection to an address", () =>
  withUpstream(STALLS, async (upstream) => {
    const client = new AbortController();
    const reason = new Error("the client is gone");
    const { body } = await getUpstream(byAddress(upstream, { signal: client.signal }));
    let read = 0;
    while (read < BYTES.length) read += (await body.read())!.length;
    const pending = body.read();
    client.abort(reason);
    await assert.rejects(pending, reason);
    await upstream.closed();
  }));

test("a slow reader slows an address", () => {
  const { answer, size, accepted } = largeBody();
  return withUpstream(answer, async (upstream) => {
    const { body } = await getUpstream(byAddress(upstream));
    await body.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(accepted() < size / 2, `${accepted()} of ${size} bytes were taken`);
    await body.cancel();
  });
});
