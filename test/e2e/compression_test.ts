/** gzip on both hops. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { startNginx } from "../support/e2e/nginx.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { byteUpstream, gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const source = gauges(20_000);
const wantsGzip = ["-H", "Accept-Encoding: gzip"];

for (const [name, text] of [["short", gauges(3)], ["long", source]]) {
  peerTest(["curl"], `a client that asks for gzip gets the same bytes, ${name}`, async (t) => {
    const weir = await startWeir(t, ["-H", await servingUpstream(t, text)]);
    const plain = await curl(`${weir.url}/metrics`);
    assert.equal(plain.headers.has("content-encoding"), false);
    assert.equal(plain.body.toString(), text);

    const zipped = await curl(`${weir.url}/metrics`, ...wantsGzip);
    assert.equal(zipped.exitCode, 0);
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    assert.equal(zipped.headers.get("vary"), "Accept, Accept-Encoding");
    assert.equal(gunzipSync(zipped.body).toString(), text);

    const refused = await curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip;q=0, br");
    assert.equal(refused.headers.has("content-encoding"), false);
    assert.equal(refused.body.toString(), text);
  });
}

for (const [compression, encoding] of [["off", undefined], ["gzip", "gzip"]] as const) {
  peerTest(["curl"], `compression: ${compression}`, async (t) => {
    const url = await servingUpstream(t, source);
    const config = join(temporaryFolder(t), "weir.yaml");
    writeFileSync(config, `upstream_url: ${url}\ncompression: ${compression}\n`);
    const weir = await startWeir(t, [config]);
    const asked = compression === "off" ? wantsGzip : [];
    const answer = await curl(`${weir.url}/metrics`, ...asked);
    assert.equal(answer.headers.get("content-encoding"), encoding);
    const body = encoding === "gzip" ? gunzipSync(answer.body) : answer.body;
    assert.equal(body.toString(), source);
  });
}

/** An upstream that compresses whether it is asked to or not; it waits between the parts. */
async function gzipUpstream(t: TestContext, ...parts: Uint8Array[]): Promise<string> {
  const upstream = await byteUpstream(t, async (socket) => {
    socket.write(head("Content-Encoding: gzip", "Transfer-Encoding: chunked"));
    for (const [index, part] of parts.entries()) {
      if (index > 0) await delay(TRAVEL_MS);
      for (let from = 0; from < part.length; from += 1000) {
        socket.write(chunk(part.subarray(from, from + 1000)));
      }
    }
    socket.write("0\r\n\r\n");
  });
  return upstream.url;
}

/** Long enough for what was written before to have reached the client. */
const TRAVEL_MS = 300;

peerTest(["curl"], "an upstream's gzip is decoded, filtered and compressed again", async (t) => {
  const url = await gzipUpstream(t, gzipSync(source));
  const policies = dropPolicies(t, [{ datapoint_attribute: "item", ends_with: "7" }]);
  const weir = await startWeir(t, ["-H", url, "--policies", policies]);
  const expected = source.split("\n").filter((line) => !line.includes('7"}')).join("\n");
  const plain = await curl(`${weir.url}/metrics`);
  assert.equal(plain.headers.has("content-encoding"), false);
  assert.equal(plain.body.toString(), expected);
  const zipped = await curl(`${weir.url}/metrics`, ...wantsGzip);
  assert.equal(gunzipSync(zipped.body).toString(), expected);
  assert.equal((await curl(`${weir.url}/source`)).body.toString(), source);
  await weir.counted({ weir_input_bytes_total: 2 * source.length });
});

const nothing = new Uint8Array(0);
for (const [size, text] of [["small", source], ["large", gauges(100_000)]] as const) {
  const zipped = gzipSync(text);
  // The first part of a large body is more than is gathered before an answer begins.
  const most = Math.floor(zipped.length * 0.7);
  const [how, code, outcome] = size === "small"
    ? ["502", 502, "error"]
    : ["a broken transfer", 200, "aborted"];
  for (
    const [name, good, bad] of [
      ["that ends early", zipped.subarray(0, most), nothing],
      ["without its checksum", zipped.subarray(0, -8), nothing],
      [
        "with wrong bytes",
        zipped.subarray(0, most),
        zipped.subarray(most).map((byte) => byte ^ 90),
      ],
    ] as const
  ) {
    peerTest(["curl"], `an upstream's ${size} gzip ${name}: ${how}`, async (t) => {
      const weir = await startWeir(t, ["-H", await gzipUpstream(t, good, bad)]);
      for (const asked of [[], wantsGzip]) {
        const answer = await curl(`${weir.url}/metrics`, ...asked);
        assert.equal(answer.status, code);
        const expected = code === 200 ? BROKEN_OFF : [0];
        assert.ok(expected.includes(answer.exitCode), `exit status ${answer.exitCode}`);
      }
      await weir.counted({
        [`weir_scrapes_total{path="/metrics",code="${code}",outcome="${outcome}"}`]: 2,
        'weir_upstream_errors_total{reason="protocol"}': 2,
      });
    });
  }
}

peerTest(["curl"], "what is no gzip although it says so: 502", async (t) => {
  const weir = await startWeir(t, ["-H", await gzipUpstream(t, Buffer.from("a 1\nb 2\n"))]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.status, 502);
});

peerTest(["curl", "nginx"], "nginx is asked for gzip where it is not on loopback", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "metrics"), source);
  const nginx = await startNginx(t, folder);
  // To the kernel this address is loopback too; to Weir it is not.
  const weir = await startWeir(t, ["-H", `${nginx.url.replace("127.0.0.1", "0.0.0.0")}/metrics`]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.body.toString(), source);
  assert.deepEqual(nginx.encodings(), ["gzip"]);
  const direct = await startWeir(t, ["-H", `${nginx.url}/metrics`]);
  assert.equal((await curl(`${direct.url}/metrics`)).body.toString(), source);
  assert.deepEqual(nginx.encodings(), ["gzip", "-"]);
});
