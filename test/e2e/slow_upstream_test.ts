/** Scrapes that take longer than the 10 s after which Bun's server gives an idle connection up. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { byteUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const first = "# TYPE slow_items gauge\nslow_items 1\n";
const timeout = ["-H", "X-Prometheus-Scrape-Timeout-Seconds: 15"];

// The three kinds of slowness in one test, because they wait at the same time.
peerTest(["curl"], "12 s of silence or of trickle: the scrape arrives whole", async (t) => {
  const silent = await byteUpstream(t, async (socket, path) => {
    if (path === "/late") await delay(12_000);
    socket.write(head("Transfer-Encoding: chunked"));
    socket.write(chunk(Buffer.from(first)));
    if (path === "/stalls") await delay(12_000);
    for (let second = 1; second <= 12 && path === "/trickles"; second++) {
      await delay(1000);
      socket.write(chunk(Buffer.from(`slow_items_at{second="${second}"} 1\n`)));
    }
    socket.write(chunk(Buffer.from("slow_items_end 1\n")));
    socket.end("0\r\n\r\n");
  });
  const trickle = Array.from({ length: 12 }, (_, at) => `slow_items_at{second="${at + 1}"} 1\n`);
  const cases = [
    { path: "/late", expected: `${first}slow_items_end 1\n` },
    { path: "/stalls", expected: `${first}slow_items_end 1\n` },
    { path: "/trickles", expected: `${first}${trickle.join("")}slow_items_end 1\n` },
  ];
  await Promise.all(cases.map(async ({ path, expected }) => {
    const weir = await startWeir(t, ["-H", `${silent.url}${path}`]);
    const [plain, zipped] = await Promise.all([
      curl(`${weir.url}/metrics`, ...timeout),
      curl(`${weir.url}/metrics`, ...timeout, "-H", "Accept-Encoding: gzip"),
    ]);
    assert.deepEqual([plain.exitCode, plain.status, plain.body.toString()], [0, 200, expected]);
    assert.equal(zipped.exitCode, 0);
    assert.equal(gunzipSync(zipped.body).toString(), expected);
  }));
}, 30_000);
