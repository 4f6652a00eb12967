/** What clients cannot do to Weir, nor to each other. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { MAX_REQUEST_HEAD_BYTES, MAX_WAITING_SCRAPES } from "../../src/bounds.ts";
import { head } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { byteUpstream, servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

peerTest(
  ["curl"],
  "scrapes beyond scrape.max_concurrent wait, and beyond those get 503",
  async (t) => {
    const waiting: Socket[] = [];
    let opened = false;
    const answer = (socket: Socket) => socket.end(`${head("Content-Length: 5")}up 1\n`);
    const upstream = await byteUpstream(t, (socket) => {
      if (opened) answer(socket);
      else waiting.push(socket);
    });
    const env = { WEIR_SCRAPE_MAX_CONCURRENT: "2" };
    const weir = await startWeir(t, ["-H", upstream.url], { env });
    const asked = MAX_WAITING_SCRAPES + 2 + 3;
    const scrapes = Array.from({ length: asked }, () => fetch(`${weir.url}/metrics`));
    const refused = { 'weir_refused_requests_total{reason="scrapes"}': 3 };
    await weir.counted({ ...refused, weir_scrapes_in_flight: 2 });
    assert.equal(waiting.length, 2);
    assert.equal((await curl(`${weir.url}/_health`)).status, 200);
    opened = true;
    waiting.forEach(answer);
    const answers = await Promise.all(scrapes);
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(asked - 3).fill(200), 503, 503, 503]);
    const turnedAway = answers.find(({ status }) => status === 503)!;
    assert.equal(turnedAway.headers.get("retry-after"), "1");
    assert.equal(await turnedAway.text(), "too many scrapes run at present\n");
  },
);

peerTest(["curl"], "a client that leaves gives its place to the next one", async (t) => {
  const upstream = await byteUpstream(t, () => {});
  const env = { WEIR_SCRAPE_MAX_CONCURRENT: "1" };
  const weir = await startWeir(t, ["-H", upstream.url], { env });
  for (let n = 1; n <= 3; n++) {
    const leaving = new AbortController();
    const scrape = fetch(`${weir.url}/metrics`, { signal: leaving.signal });
    await eventually("the upstream is asked", () => upstream.requests.length === n);
    leaving.abort();
    await assert.rejects(scrape);
  }
  await weir.counted({ weir_scrapes_in_flight: 0 });
});

peerTest(["curl"], "a request with a head that is too long is refused", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, "up 1\n")]);
  const long = `X-Long: ${"x".repeat(MAX_REQUEST_HEAD_BYTES)}`;
  const { status } = await curl(`${weir.url}/metrics`, "-H", long);
  assert.ok(status === undefined || status === 431, String(status));
  assert.equal((await curl(`${weir.url}/metrics`)).status, 200);
});

peerTest(["curl"], "half of a request does not hold a stop up", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, "up 1\n")]);
  const socket = connect(Number(new URL(weir.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {}).resume().write("GET /metrics HTTP/1.1\r\nHo");
  await curl(`${weir.url}/metrics`);
  const start = performance.now();
  assert.equal(await weir.stop(), 0, weir.stderr);
  const milliseconds = performance.now() - start;
  // What cuts the connection otherwise takes 8 s at least.
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
});
