/** What a client sees when the upstream fails, before the first byte of the answer and after it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MAX_WHOLE_BODY_BYTES } from "../../src/bounds.ts";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { byteUpstream, gauges, httpUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const ABORTED = 'weir_scrapes_total{path="/metrics",code="200",outcome="aborted"}';
const CANCELLED = 'weir_scrapes_total{path="/metrics",code="200",outcome="cancelled"}';
const failed = (code: number) =>
  `weir_scrapes_total{path="/metrics",code="${code}",outcome="error"}`;
const upstreamErrors = (reason: string) => `weir_upstream_errors_total{reason="${reason}"}`;

/** Long enough for what was written before to have reached the client. */
const TRAVEL_MS = 300;

/** More than is read in one piece, and than is gathered before an answer begins. */
const whole = gauges(250_000);

test("the body is long enough for that", () => assert.ok(whole.length > MAX_WHOLE_BODY_BYTES));

/** How a body of which only a part arrives is framed. */
const framings: readonly { name: string; send: (socket: Socket, part: string) => void }[] = [
  {
    name: "chunked",
    send: (socket, part) => {
      socket.write(head("Transfer-Encoding: chunked"));
      socket.write(chunk(Buffer.from(part)));
    },
  },
  {
    name: "content-length",
    send: (socket, part) => socket.write(head(`Content-Length: ${whole.length}`) + part),
  },
  // Nothing but the last line, which is cut, tells that something is missing.
  { name: "unframed", send: (socket, part) => socket.write(head("Connection: close") + part) },
];

for (const { name: framing, send } of framings) {
  for (const [moment, length] of [["early", 1000], ["late", 150_001]] as const) {
    peerTest(["curl"], `killed ${moment} in a ${framing} body: 502`, async (t) => {
      const upstream = await byteUpstream(t, async (socket) => {
        send(socket, whole.slice(0, length));
        await delay(TRAVEL_MS);
        socket.destroy();
      });
      const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
      for (const encoding of ["identity", "gzip"]) {
        const answer = await curl(`${weir.url}/metrics`, "-H", `Accept-Encoding: ${encoding}`);
        assert.deepEqual([answer.exitCode, answer.status], [0, 502]);
        assert.match(
          answer.body.toString(),
          /^upstream http:\S+\/metrics: connection closed .+\n$/,
        );
      }
      await weir.counted({ [failed(502)]: 2, [upstreamErrors("reset")]: 2, weir_upstream_up: 0 });
    });
  }

  const part = whole.slice(0, 1_500_001);
  peerTest(
    ["curl"],
    `killed after a megabyte of a ${framing} body: a broken transfer`,
    async (t) => {
      const upstream = await byteUpstream(t, async (socket) => {
        send(socket, part);
        await delay(TRAVEL_MS);
        socket.destroy();
      });
      const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);

      const plain = await curl(`${weir.url}/metrics`);
      assert.ok(BROKEN_OFF.includes(plain.exitCode), `exit status ${plain.exitCode}`);
      assert.equal(plain.status, 200);
      assert.ok(part.startsWith(plain.body.toString()) && plain.body.length > 0);
      assert.ok(plain.body.toString().endsWith("\n"), "the answer ends inside a line");

      const zipped = await curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip");
      assert.ok(BROKEN_OFF.includes(zipped.exitCode), `exit status with gzip ${zipped.exitCode}`);
      assert.equal(zipped.status, 200);

      await weir.counted({ [ABORTED]: 2, [upstreamErrors("reset")]: 2 });
      assert.equal(weir.logged('msg="scrape broken off"').length, 2);
    },
  );
}

for (
  const [name, end, status, reason] of [
    ["killed", (socket: Socket) => socket.destroy(), 502, "reset"],
    ["stalled", () => {}, 504, "timeout"],
  ] as const
) {
  peerTest(
    ["curl"],
    `${name} after a megabyte of three that were declared: ${status}`,
    async (t) => {
      const upstream = await byteUpstream(t, async (socket) => {
        socket.write(head("Content-Length: 3000000") + whole.slice(0, 1_500_001));
        await delay(TRAVEL_MS);
        end(socket);
      });
      const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
      const timeout = ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 2.5"];
      const answer = await curl(`${weir.url}/metrics`, ...timeout);
      assert.deepEqual([answer.exitCode, answer.status], [0, status]);
      await weir.counted({ [failed(status)]: 1, [upstreamErrors(reason)]: 1 });
    },
  );
}

peerTest(["curl"], "stalled inside the body: 504 before the client's own timeout", async (t) => {
  const upstream = await byteUpstream(
    t,
    (socket) => framings[1].send(socket, whole.slice(0, 5000)),
  );
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(
    `${weir.url}/metrics`,
    "-H",
    "X-Prometheus-Scrape-Timeout-Seconds: 2.5",
  );
  assert.ok(answer.seconds < 2.5, `${answer.seconds} s`);
  assert.deepEqual([answer.exitCode, answer.status], [0, 504]);
  await weir.counted({ [failed(504)]: 1, [upstreamErrors("timeout")]: 1 });
});

peerTest(["curl"], "stalled after a megabyte: a broken transfer within the timeout", async (t) => {
  const upstream = await byteUpstream(
    t,
    (socket) => framings[1].send(socket, whole.slice(0, 1_500_000)),
  );
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(
    `${weir.url}/metrics`,
    "-H",
    "X-Prometheus-Scrape-Timeout-Seconds: 2.5",
  );
  assert.ok(answer.seconds < 2.5, `${answer.seconds} s`);
  assert.ok(BROKEN_OFF.includes(answer.exitCode), `exit status ${answer.exitCode}`);
  await weir.counted({ [ABORTED]: 1, [upstreamErrors("timeout")]: 1 });
});

peerTest(["curl"], "refused: 502", async (t) => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const weir = await startWeir(t, ["-H", `${url}/metrics`]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.status, 502);
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(answer.body.toString(), `upstream ${url}/metrics: connection refused\n`);
  await weir.counted({ [failed(502)]: 1, [upstreamErrors("refused")]: 1, weir_upstream_up: 0 });
});

peerTest(["curl"], "closed before the headers are complete: 502", async (t) => {
  const upstream = await byteUpstream(t, (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-"));
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.status, 502);
  assert.match(answer.body.toString(), /^upstream http:\S+\/metrics: .+\n$/);
  await weir.counted({ [failed(502)]: 1 });
});

peerTest(["curl"], "slow: 504 before the client's own timeout", async (t) => {
  const upstream = await byteUpstream(t, () => {});
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(
    `${weir.url}/metrics`,
    "-H",
    "X-Prometheus-Scrape-Timeout-Seconds: 2.5",
  );
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.status, 504);
  assert.equal(
    answer.body.toString(),
    `upstream ${upstream.url}/metrics: did not finish within 2 s\n`,
  );
  assert.ok(answer.seconds >= 1.99 && answer.seconds < 2.5, `${answer.seconds} s`);
  assert.match(upstream.requests[0], /^x-prometheus-scrape-timeout-seconds: (2|1\.9\d*)\r$/m);
  await weir.counted({ [failed(504)]: 1, [upstreamErrors("timeout")]: 1, weir_upstream_up: 0 });
});

for (const status of [500, 503, 404, 401]) {
  peerTest(["curl"], `${status} from the upstream: ${status}`, async (t) => {
    const url = await httpUpstream(t, (_request, response) => {
      response.writeHead(status, { "content-type": "text/html" }).end("<p>upstream's own</p>\n");
    });
    const weir = await startWeir(t, ["-H", `${url}/metrics`]);
    const answer = await curl(`${weir.url}/metrics`);
    assert.equal(answer.exitCode, 0);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(answer.body.toString(), `upstream ${url}/metrics: answered ${status}\n`);
    await weir.counted({
      [failed(status)]: 1,
      [upstreamErrors("status")]: 1,
      weir_upstream_up: 0,
    });
  });
}

peerTest(["curl"], "a client that leaves inside the body frees the upstream", async (t) => {
  const upstream = await byteUpstream(t, async (socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    while (!socket.destroyed) {
      if (!socket.write(chunk(Buffer.from(whole)))) await once(socket, "drain").catch(() => {});
    }
  });
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(`${weir.url}/metrics`, "--max-time", "0.5");
  assert.equal(answer.exitCode, 28);
  assert.equal(answer.status, 200);
  await closedSoon(upstream.closed());
  await weir.counted({ [CANCELLED]: 1, [ABORTED]: 0, weir_scrapes_in_flight: 0 });
});

peerTest(["curl"], "a client that leaves before the answer frees the upstream", async (t) => {
  const upstream = await byteUpstream(t, () => {});
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const answer = await curl(`${weir.url}/metrics`, "--max-time", "0.5");
  assert.equal(answer.exitCode, 28);
  await closedSoon(upstream.closed());
  await weir.counted({
    'weir_scrapes_total{path="/metrics",code="499",outcome="cancelled"}': 1,
    weir_scrapes_in_flight: 0,
  });
  const errors = [...await weir.ownMetrics()]
    .filter(([key, value]) => key.startsWith("weir_upstream_errors_total") && value > 0);
  assert.deepEqual(errors, [], "the client's leaving is no failure of the upstream");
});

async function closedSoon(closed: Promise<void>): Promise<void> {
  let isClosed = false;
  closed.then(() => isClosed = true);
  await eventually("the upstream's connection is closed", () => isClosed, 2000);
}
