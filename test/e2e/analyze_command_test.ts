/** `weir analyze` and `--explain`, as they are run: files, figures, exit statuses. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expositions, samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { RULE_SETS } from "../support/e2e/relabel_rule_sets.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

for (const { name, path, text } of expositions) {
  peerTest(["awk"], `the series of ${name} are those that awk counts`, async () => {
    const program =
      '!/^#/ && NF { sub(/[ {].*/, ""); count[$0]++ } END { for (n in count) print count[n], n }';
    const counted = await runProgram("awk", [program, path]);
    const run = await runWeir(["analyze", path, "--json"]);
    assert.equal(run.exitCode, 0, run.stderr);
    const { metrics, samples, bytes } = JSON.parse(run.stdout.toString());
    const lines = metrics.map((metric: { samples: number; name: string }) =>
      `${metric.samples} ${metric.name}`
    );
    assert.deepEqual(lines.sort(), counted.stdout.toString().trim().split("\n").sort());
    assert.deepEqual([samples, bytes], [samplesOf(text).length, Buffer.byteLength(text)]);
  });

  test(`a preview on ${name} is what filter then puts out`, async (t) => {
    const rules = join(temporaryFolder(t), "rules.yaml");
    for (const set of ["drop_by_name_and_label", "labelkeep", "rename_metrics"]) {
      writeFileSync(rules, JSON.stringify(RULE_SETS[set]));
      const flags = [path, "--relabel-file", rules];
      const filtered = await runWeir(["filter", ...flags]);
      const run = await runWeir(["analyze", ...flags, "--json"]);
      const { preview } = JSON.parse(run.stdout.toString());
      assert.equal(preview.after.bytes, filtered.stdout.length, set);
      assert.equal(preview.after.samples, samplesOf(filtered.stdout.toString()).length, set);
    }
  });
}

test("analyze reads files, standard input and URLs, and writes a chart", async (t) => {
  const text = gauges(100);
  const folder = temporaryFolder(t);
  const file = join(folder, "scrape.prom");
  const chart = join(folder, "chart.svg");
  writeFileSync(file, text);
  const fromFile = await runWeir(["-f", file, "--svg", chart]);
  assert.equal(fromFile.exitCode, 0, fromFile.stderr);
  assert.match(fromFile.stdout.toString(), /^100 series, /);
  assert.equal(fromFile.stderr, "");
  const stdin = [Buffer.from(text)];
  for (const args of [["analyze", "-"], ["--file=-"]]) {
    assert.deepEqual((await runWeir(args, { stdin })).stdout, fromFile.stdout);
  }
  const upstream = await servingUpstream(t, text);
  const url = upstream.startsWith("http") ? upstream : `http://${upstream}`;
  assert.match((await runWeir(["analyze", url])).stdout.toString(), /^100 series, /);
  assert.match(readFileSync(chart, "utf8"), /^<svg .*100 series.*<\/svg>\n$/s);
});

test("analyze ends with 1 above --max-series, with 2 when something is wrong", async (t) => {
  const stdin = [Buffer.from("a 1\nb 1\n")];
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["analyze", "-", "--max-series", "2"], 0, /^$/],
    [["analyze", "-", "--max-series", "1"], 1, /^2 series, --max-series allows 1$/m],
    [["analyze", join(temporaryFolder(t), "missing")], 2, /missing/],
    [["analyze"], 2, /^found no argument, wanted a file, a URL or -$/m],
    [["analyze", "-", "--relabel", "[{action: dorp}]"], 2, /unknown relabel action "dorp"/],
    [["analyze", "http://127.0.0.1:1/metrics"], 2, /127\.0\.0\.1:1/],
  ];
  for (const [args, exitCode, message] of cases) {
    const run = await runWeir(args, { stdin });
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.match(run.stderr, message);
  }
});

test("filter --explain follows one sample and reads no input", async () => {
  const flags = ["--relabel", "[{action: labeldrop, regex: path}]"];
  const run = await runWeir(["filter", ...flags, "--explain", 'a{path="/x"} 1']);
  assert.equal(run.exitCode, 0, run.stderr);
  assert.match(run.stdout.toString(), /^rule .*\(labeldrop\) makes it a\nresult {3}a 1\n$/m);
});
