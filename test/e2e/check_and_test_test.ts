/** `weir check` and `weir test` in the compiled binary: what they print where, and exit statuses. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const EXAMPLE = resolve(import.meta.dirname!, "..", "..", "docs", "examples", "rules_test.yaml");

const DOUBTFUL = `- {action: labeldrop, regex: path}
- {source_labels: [path], regex: '(.+)', target_label: route}
`;

test("weir check ends with 0, 1 or 2", async (t) => {
  const folder = temporaryFolder(t);
  const path = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const clean = path("clean.yaml", "- {action: labeldrop, regex: path}\n");
  const doubtful = path("doubtful.yaml", DOUBTFUL);
  const invalid = path("invalid.yaml", "- {action: dorp}\n");
  const scrape = path("scrape.prom", '# TYPE g gauge\ng{path="/a"} 1\ng{path="/b"} 2\n');
  const cases: readonly (readonly [readonly string[], number, RegExp, RegExp])[] = [
    [["--relabel-file", clean], 0, /^no lints$/m, /^$/],
    [
      ["--relabel-file", doubtful],
      1,
      /configs\[1\]: it never does anything: .*\(never-fires\)$/m,
      /^$/,
    ],
    [
      ["--relabel-file", clean, "--scrape", scrape],
      1,
      /\[0\]: it makes gauges collide.*: g \(1 sample\)/,
      /^$/,
    ],
    [
      ["--relabel-file", invalid],
      2,
      /^$/,
      /:\d+:\d+: .*\[0\]\.action: unknown relabel action "dorp" \(did you mean/,
    ],
    [["--relabel-file", join(folder, "none")], 2, /^$/, /none: /],
    [["--relabel-file", invalid, "--json"], 2, /"status": "invalid"/, /^$/],
    [["--prot", "1"], 2, /^$/, /^--prot: unknown flag \(did you mean --port\?\)$/m],
  ];
  for (const [args, exitCode, stdout, stderr] of cases) {
    const run = await runWeir(["check", ...args]);
    assert.equal(run.exitCode, exitCode, `${args.join(" ")}: ${run.stdout}${run.stderr}`);
    assert.match(run.stdout.toString(), stdout);
    assert.match(run.stderr, stderr);
  }
});

test("weir test ends with 0, 1 or 2", async (t) => {
  const failing = join(temporaryFolder(t), "failing.yaml");
  writeFileSync(failing, '- {name: a, input: "a 1", expect: "a 2"}\n');
  const passed = await runWeir(["test", EXAMPLE]);
  assert.deepEqual([passed.exitCode, passed.stderr], [0, ""]);
  assert.equal(passed.stdout.toString(), "6 passed, 0 failed\n");

  const failed = await runWeir(["test", EXAMPLE, failing]);
  assert.deepEqual([failed.exitCode, failed.stderr], [1, ""]);
  assert.equal(
    failed.stdout.toString(),
    `FAILED ${failing}: a\n  + a 1\n  - a 2\n` +
      "(- expected, but not there; + there, but not expected)\n" +
      `6 passed, 1 failed\n`,
  );

  for (const args of [[], [`${failing}.none`]]) {
    const refused = await runWeir(["test", ...args]);
    assert.equal(refused.exitCode, 2);
    assert.equal(refused.stdout.length, 0);
    assert.notEqual(refused.stderr, "");
  }
});

test("the server logs the lints of its rules once, at its start", async (t) => {
  const weir = await startWeir(t, ["--demo", "--relabel", DOUBTFUL]);
  await fetch(`${weir.url}/metrics`).then((response) => response.text());
  const lines = weir.logged("doubtful relabel rule");
  assert.equal(lines.length, 1);
  assert.match(lines[0], /level=warn .*metric_relabel_configs\[1\].* code=never-fires /);
});

test("weir schema prints what editors read, from the binary too", async () => {
  for (const kind of [[], ["relabel"], ["test"]]) {
    const { exitCode, stdout, stderr } = await runWeir(["schema", ...kind]);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const { $schema } = JSON.parse(stdout.toString());
    assert.equal($schema, "http://json-schema.org/draft-07/schema#");
  }
});
