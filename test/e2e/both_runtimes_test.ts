/** The core of it on both runtimes: the binary (Bun), and the source on Deno. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { expositions, samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { byteUpstream, gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { binary, denoSource, type Program, startWeir } from "../support/e2e/weir_process.ts";

const runtimes: readonly { name: string; program: Program }[] = [
  { name: "binary", program: binary },
  { name: "Deno", program: denoSource },
];

for (const { name, program } of runtimes) {
  peerTest(["curl"], `${name}: a filtered scrape, plain and gzip, and SIGTERM`, async (t) => {
    const { text, policies, isDropped } = expositions[0];
    const upstream = await servingUpstream(t, text);
    const args = ["-H", upstream, "--policies", dropPolicies(t, ...policies)];
    const weir = await startWeir(t, args, { program });
    const plain = await curl(`${weir.url}/metrics`);
    assert.equal(plain.exitCode, 0);
    const kept = samplesOf(text).filter((line) => !isDropped(line));
    assert.deepEqual(samplesOf(plain.body.toString()), kept);
    const zipped = await curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip");
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    assert.ok(gunzipSync(zipped.body).equals(plain.body));
    const source = await curl(`${weir.url}/source`);
    assert.equal(source.body.toString(), text);
    await weir.counted({
      'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}': 2,
      'weir_scrapes_total{path="/source",code="200",outcome="complete"}': 1,
    });
    assert.equal(await weir.stop(), 0, weir.stderr);
  });

  peerTest(["curl"], `${name}: an upstream that is killed, refuses or is slow`, async (t) => {
    const text = gauges(60_000);
    const upstream = await byteUpstream(t, async (socket, path) => {
      if (path === "/slow") return;
      socket.write(head("Transfer-Encoding: chunked"));
      const bytes = path === "/late" ? 1_500_000 : 100_000;
      socket.write(chunk(Buffer.from(text.slice(0, bytes))));
      await delay(300);
      socket.destroy();
    });
    const late = await startWeir(t, ["-H", `${upstream.url}/late`], { program });
    const early = await startWeir(t, ["-H", `${upstream.url}/early`], { program });
    for (const encoding of ["identity", "gzip"]) {
      const asked = ["-H", `Accept-Encoding: ${encoding}`];
      const broken = await curl(`${late.url}/metrics`, ...asked);
      assert.ok(BROKEN_OFF.includes(broken.exitCode), `${encoding}: ${broken.exitCode}`);
      const failed = await curl(`${early.url}/metrics`, ...asked);
      assert.deepEqual([failed.exitCode, failed.status], [0, 502], encoding);
    }
    const resets = { 'weir_upstream_errors_total{reason="reset"}': 2 };
    await late.counted({
      'weir_scrapes_total{path="/metrics",code="200",outcome="aborted"}': 2,
      ...resets,
    });
    await early.counted({
      'weir_scrapes_total{path="/metrics",code="502",outcome="error"}': 2,
      ...resets,
    });

    const port = await freePort();
    const refused = await startWeir(t, ["-H", `127.0.0.1:${port}/metrics`], { program });
    const answer = await curl(`${refused.url}/metrics`);
    assert.equal(answer.status, 502);
    assert.equal(
      answer.body.toString(),
      `upstream http://127.0.0.1:${port}/metrics: connection refused\n`,
    );

    const slow = await startWeir(t, ["-H", `${upstream.url}/slow`, "-t", "500ms"], { program });
    assert.equal((await curl(`${slow.url}/metrics`)).status, 504);
    const left = await curl(`${slow.url}/metrics`, "--max-time", "0.2");
    assert.equal(left.exitCode, 28);
    await slow.counted({
      'weir_scrapes_total{path="/metrics",code="499",outcome="cancelled"}': 1,
      'weir_upstream_errors_total{reason="timeout"}': 1,
    });
  });

  peerTest(["curl"], `${name}: SIGTERM during a slow scrape, which arrives whole`, async (t) => {
    const upstream = await byteUpstream(t, async (socket) => {
      socket.write(head("Transfer-Encoding: chunked"));
      socket.write(chunk(Buffer.from("a 1\n")));
      await delay(1000);
      socket.write(chunk(Buffer.from("b 2\n")));
      socket.end("0\r\n\r\n");
    });
    const weir = await startWeir(t, ["-H", upstream.url], { program });
    const scrape = curl(`${weir.url}/metrics`);
    await eventually("the scrape runs", () => upstream.requests.length === 1);
    weir.signal("SIGTERM");
    assert.deepEqual([(await scrape).exitCode, (await scrape).body.toString()], [0, "a 1\nb 2\n"]);
    assert.equal(await weir.exited, 0, weir.stderr);
  });
}
