/** How Weir ends: what runs is finished, nothing new is begun, the status is 0. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { SAME_SIGNAL_MS } from "../../src/bounds.ts";
import { chunk, head, type RawUpstream } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { byteUpstream, gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const whole = gauges(2000);
const half = whole.length >> 1;

interface HeldUpstream {
  readonly upstream: RawUpstream;
  /** Sends the rest to everyone who waits. */
  release(): void;
}

/** An upstream that sends half of its body and waits. */
async function heldUpstream(t: TestContext): Promise<HeldUpstream> {
  const waiting: Socket[] = [];
  const upstream = await byteUpstream(t, (socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    socket.write(chunk(Buffer.from(whole.slice(0, half))));
    waiting.push(socket);
  });
  return {
    upstream,
    release: () => {
      for (const socket of waiting) {
        socket.write(chunk(Buffer.from(whole.slice(half))));
        socket.end("0\r\n\r\n");
      }
    },
  };
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  peerTest(["curl"], `${signal} during slow scrapes: they arrive whole, exit 0`, async (t) => {
    const { upstream, release } = await heldUpstream(t);
    const weir = await startWeir(t, ["-H", upstream.url]);
    const { url } = weir;
    const plain = curl(`${url}/metrics`);
    const zipped = curl(`${url}/metrics`, "-H", "Accept-Encoding: gzip");
    await eventually("both scrapes run", () => upstream.requests.length === 2);

    weir.signal(signal);
    await eventually("new connections are refused", async () => {
      return (await curl(`${url}/_health`)).exitCode === 7;
    });
    release();
    assert.deepEqual([(await plain).exitCode, (await plain).body.toString()], [0, whole]);
    assert.equal((await zipped).exitCode, 0);
    assert.equal(gunzipSync((await zipped).body).toString(), whole);
    assert.equal(await weir.exited, 0, weir.stderr);
    assert.equal(weir.logged("msg=stopped").length, 1);
    assert.equal(upstream.requests.length, 2);
  });
}

peerTest(
  ["curl"],
  "SIGTERM when idle: exit 0 at once, keep-alive connections or not",
  async (t) => {
    const weir = await startWeir(t, ["-H", await servingUpstream(t, whole)]);
    // This client keeps its connection open.
    assert.equal(await (await fetch(`${weir.url}/metrics`)).text(), whole);
    const start = performance.now();
    assert.equal(await weir.stop(), 0, weir.stderr);
    const milliseconds = performance.now() - start;
    assert.ok(milliseconds < 2000, `${milliseconds} ms`);
  },
);

peerTest(["curl"], "a signal that arrives twice at once is one signal", async (t) => {
  const { upstream, release } = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url]);
  const scrape = curl(`${weir.url}/metrics`);
  await eventually("the scrape runs", () => upstream.requests.length === 1);
  weir.signal("SIGINT");
  await eventually("the first one is noticed", () => weir.logged('msg="stopping').length === 1);
  weir.signal("SIGINT");
  weir.signal("SIGTERM");
  await sleep(100);
  release();
  assert.equal((await scrape).body.toString(), whole);
  assert.equal(await weir.exited, 0, weir.stderr);
});

peerTest(["curl"], "a second signal ends it although a scrape runs", async (t) => {
  const { upstream } = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url]);
  const scrape = curl(`${weir.url}/metrics`);
  await eventually("the scrape runs", () => upstream.requests.length === 1);
  weir.signal("SIGTERM");
  await eventually("the first one is noticed", () => weir.logged('msg="stopping').length === 1);
  await sleep(SAME_SIGNAL_MS + 50);
  weir.signal("SIGTERM");
  assert.equal(await weir.exited, 1);
  assert.notEqual((await scrape).exitCode, 0);
});
