/** A line longer than `max_line_bytes` passes whole and unfiltered; a policy drops all others. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunk, head } from "../support/upstream/raw_upstream.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
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

const MIB = 1024 * 1024;

peerTest(["curl"], "lines of up to 1 MiB are judged, one of a byte more passes", async (t) => {
  const source = [
    "# HELP weir_test_info Long.",
    "# TYPE weir_test_info gauge",
    ...[4096, 4097, 70_000, 200_000, MIB - 1, MIB, MIB + 1, 100].map(sample),
    "",
  ].join("\n");
  const url = await servingUpstream(t, source);
  const weir = await startWeir(t, ["-H", url, "--policies", dropPolicies(t, everything)]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  const metadata = "# HELP weir_test_info Long.\n# TYPE weir_test_info gauge\n";
  assert.equal(answer.body.toString(), `${metadata}${sample(MIB + 1)}\n${SAID}`);
  await weir.counted({
    [overlong]: 1,
    'weir_dropped_samples_total{stage="policy"}': 7,
    weir_input_samples_total: 8,
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

peerTest(["curl"], "in Edge's form of configuration rules reach long lines too", async (t) => {
  const url = await servingUpstream(t, `a 1\n${sample(5000)}\n${sample(500_000)}\n`);
  const config = join(temporaryFolder(t), "config.json");
  writeFileSync(config, JSON.stringify({ listen_port: 0, upstream_url: url, log_level: "info" }));
  const weir = await startWeir(t, [config, "--policies", dropPolicies(t, everything)]);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "");
  await weir.counted({ [overlong]: 0, 'weir_dropped_samples_total{stage="policy"}': 3 });
});

const broken = `x{name="a 14" b"} 3\n`;

/** What a response says of its metrics, and behind that of itself, without metadata. */
function splitSaid(body: Buffer): [metrics: string, said: string] {
  const lines = body.toString().split(/(?<=\n)/);
  const own = lines.filter((line) => line.includes("weir_scrape_"));
  return [
    lines.filter((line) => !own.includes(line)).join(""),
    own.filter((line) => !line.startsWith("# ")).join(""),
  ];
}

for (
  const [action, status, body, said, counted] of [
    [
      "pass",
      200,
      `a 1\n${broken}b 2\n`,
      'weir_scrape_unfiltered_lines{reason="unparseable"} 1\n',
      'weir_passed_through_lines_total{reason="unparseable"}',
    ],
    [
      "drop",
      200,
      "a 1\nb 2\n",
      'weir_scrape_dropped_samples{reason="unreadable"} 1\n',
      'weir_dropped_samples_total{stage="unreadable"}',
    ],
    [
      "fail",
      502,
      'a line cannot be read: "x{name=\\"a 14\\" b\\"} 3"\n',
      "",
      'weir_scrapes_total{path="/metrics",code="502",outcome="error"}',
    ],
  ] as const
) {
  peerTest(["curl"], `a line that is no sample, --on-unreadable ${action}`, async (t) => {
    const url = await servingUpstream(t, `a 1\n${broken}b 2\n`);
    const rules = '[{action: labeldrop, regex: "nothing"}]';
    const weir = await startWeir(t, ["-H", url, "--relabel", rules, "--on-unreadable", action]);
    const answer = await curl(`${weir.url}/metrics`);
    assert.deepEqual([answer.status, ...splitSaid(answer.body)], [status, body, said]);
    await weir.counted({ [counted]: 1 });
    const logged = action === "pass"
      ? "passed unfiltered"
      : action === "drop"
      ? "lines dropped"
      : "scrape failed";
    assert.ok(weir.logged(logged)[0].includes("a 14"));
  });
}

peerTest(
  ["curl"],
  "behind the first byte --on-unreadable fail breaks the transfer off",
  async (t) => {
    const many = Array.from(
      { length: 60_000 },
      (_, n) => `a{n="${n}",text="${"x".repeat(40)}"} 1\n`,
    );
    const url = await servingUpstream(t, `${many.join("")}${broken}`);
    const policies = dropPolicies(t, [{ metric_field: "name", equals: "nothing" }]);
    const args = ["-H", url, "--policies", policies, "--on-unreadable", "fail"];
    const weir = await startWeir(t, args);
    const answer = await curl(`${weir.url}/metrics`);
    assert.equal(answer.status, 200);
    assert.ok(BROKEN_OFF.includes(answer.exitCode), `${answer.exitCode}`);
    await weir.counted({ 'weir_scrapes_total{path="/metrics",code="200",outcome="aborted"}': 1 });
  },
);

for (
  const [action, body, up, said] of [
    ["fail", "b 2\n", 1, "weir_scrape_missing_targets 1\n"],
    ["drop", "a 1\nb 2\n", 2, 'weir_scrape_dropped_samples{reason="unreadable"} 1\n'],
  ] as const
) {
  peerTest(["curl"], `a line that is no sample in a gateway: ${action}`, async (t) => {
    const first = await servingUpstream(t, `a 1\n${broken}`);
    const second = await servingUpstream(t, "b 2\n");
    const config = join(temporaryFolder(t), "weir.yaml");
    writeFileSync(
      config,
      `upstreams: ["${first}", "${second}"]\nlisten_port: 0\ntarget_metrics: false\n` +
        (action === "fail" ? "" : `scrape: {on_unreadable: ${action}}\n`),
    );
    const weir = await startWeir(t, [config]);
    assert.deepEqual(splitSaid((await curl(`${weir.url}/metrics`)).body), [body, said]);
    await weir.counted({
      'weir_targets{state="up"}': up,
      'weir_dropped_samples_total{stage="unreadable"}': action === "drop" ? 1 : 0,
    });
  });
}

peerTest(["curl"], "a line of 3 MiB passes whole", async (t) => {
  const long = sample(3 * 1024 * 1024);
  const url = await servingUpstream(t, `a 1\n${long}\nb 2\n`);
  const weir = await startWeir(t, ["-H", url, "--policies", dropPolicies(t, everything)]);
  const answer = await curl(`${weir.url}/metrics`);
  assert.equal(answer.exitCode, 0);
  assert.ok(answer.body.equals(Buffer.from(`${long}\n${SAID}`)));
  await weir.counted({ [overlong]: 1 });
});
