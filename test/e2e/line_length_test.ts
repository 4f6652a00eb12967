/** A line longer than `max_line_bytes` passes whole and unfiltered; a policy drops all others. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { byteUpstream, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const everything = [{ metric_field: "name", exists: true }];
const overlong = 'weir_passed_through_lines_total{reason="overlong"}';

const SAID = "# HELP weir_scrape_unfiltered_lines " +
  "Lines of this scrape that passed unchanged because they could not be processed.\n" +
  "# TYPE weir_scrape_unfiltered_lines gauge\n" +
  'weir_scrape_unfiltered_lines{reason="overlong"} 1\n';

/** One sample, in exactly `bytes` bytes without its line end. */
function sample(bytes: number): string {
  const [before, after] = ['weir_test_info{text="', '"} 1'];
  return `${before}${"x".repeat(bytes - before.length - after.length)}${after}`;
}

peerTest(["curl"], "lines of 4095, 4096 and 4097 bytes: the last one passes", async (t) => {
  const source = [
    "# HELP weir_test_info Long.",
    "# TYPE weir_test_info gauge",
    sample(4095),
    sample(4096),
    sample(4097),
    sample(100),
    "",
  ].join("\n");
  const url = await servingUpstream(t, source);
  const weir = await startWeir(t, ["-H", url, "--policies", dropPolicies(t, everything)]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  const metadata = "# HELP weir_test_info Long.\n# TYPE weir_test_info gauge\n";
  assert.equal(answer.body.toString(), `${metadata}${sample(4097)}\n${SAID}`);
  await weir.counted({
    [overlong]: 1,
    'weir_dropped_samples_total{stage="policy"}': 3,
    weir_input_samples_total: 4,
    weir_output_samples_total: 1,
  });
  assert.match(weir.logged("unfiltered")[0], / overlong=1 unparseable=0 /);
});

peerTest(["curl"], "the limit is a config key, wherever the chunks are cut", async (t) => {
  const source = `${sample(99)}\n${sample(100)}\n${sample(101)}\n${sample(60)}\n`;
  const upstream = await byteUpstream(t, (socket) => {
    socket.write(head("Transfer-Encoding: chunked"));
    for (const byte of Buffer.from(source)) socket.write(chunk(Uint8Array.of(byte)));
    socket.end("0\r\n\r\n");
  });
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, `upstream_url: ${upstream.url}\nscrape: {max_line_bytes: 100}\n`);
  const weir = await startWeir(t, [config, "--policies", dropPolicies(t, everything)]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.body.toString(), `${sample(101)}\n${SAID}`);
  await weir.counted({ [overlong]: 1 });
});

peerTest(["curl"], "a line of 3 MiB passes whole", async (t) => {
  const long = sample(3 * 1024 * 1024);
  const url = await servingUpstream(t, `a 1\n${long}\nb 2\n`);
  const weir = await startWeir(t, ["-H", url, "--policies", dropPolicies(t, everything)]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  assert.ok(answer.body.equals(Buffer.from(`${long}\n${SAID}`)));
  await weir.counted({ [overlong]: 1 });
});
