/** The benchmark runs, and every contestant's output is what it has to be; times decide nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { peerTest } from "./peers.ts";
import { runProgram } from "./program.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { binary } from "./weir_process.ts";

const program = resolve(import.meta.dirname!, "..", "..", "scripts", "bench", "bench.ts");

/** Two ingresses of ten paths, 5,000 samples of which five are gold, 2,000 paths. */
const SCALE = "0.002";
const HISTOGRAM_SERIES = 6 * (12 + 2);

/**
 * How many series come out of each row, whoever ran. Prometheus needs five seconds to begin, so only
 * one of its rows is here.
 */
const series: Record<string, number> = {
  "everyday-node": 319,
  // Of ten families one is dropped and two are histograms; all other series come in pairs.
  "everyday-400x3": 7 * 2 + 2 * 3,
  "everyday-50x1000": 9 * 500,
  "small-pass": 507,
  "small-policies": 507 - 92,
  "name-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "label-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "bucket-rule": 2 * 10 * 6 * 2 + 2,
  "label-rule": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "sum": 2 * HISTOGRAM_SERIES + 2,
  "policies": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "four-sum": 2 * HISTOGRAM_SERIES + 2,
  "shrink": 5,
  "distinct-label": 1000,
  "distinct-rule": 1000,
  "distinct-capture": 10,
  "fifty-targets": 20 * 2,
};

/** What those pass on that filter nothing, in these rows and in all others. */
const PASSES_ALL = /^(nginx|bare) |^(weir|other), one$/;
const WHOLE = 2 * 10 * HISTOGRAM_SERIES + 2;
const WHOLE_OF: Record<string, number> = {
  "everyday-node": 507,
  "small-pass": 507,
  "small-policies": 507,
  "everyday-400x3": 10 * 3,
  "everyday-50x1000": 10 * 1000,
  "fifty-targets": 50 * 20 * 2,
  "four-sum": 2 * HISTOGRAM_SERIES + 2,
};

interface Measurement {
  readonly label: string;
  readonly series: number;
}

interface Row {
  readonly name: string;
  readonly measurements: readonly Measurement[];
  readonly everyday?: readonly Measurement[];
  readonly problems: readonly string[];
}

peerTest(["nginx", "curl"], "every contestant returns the right number of series", async (t) => {
  const json = join(temporaryFolder(t), "bench.json");
  const only = Object.keys(series).join(",");
  const args = ["--scale", SCALE, "--runs", "1", "--scrapes", "23", "--only", only];
  args.push("--json", json, "--binary", `other=${binary[0]}`);
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [program, ...args], {
    env: { WEIR_BINARY: binary[0] },
  });
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const { rows } = JSON.parse(readFileSync(json, "utf8")) as { rows: readonly Row[] };
  assert.deepEqual(rows.map(({ name }) => name), Object.keys(series));
  for (const { name, measurements, everyday = [], problems } of rows) {
    assert.deepEqual(problems, [], name);
    const all = [...measurements, ...everyday];
    assert.ok(all.some(({ label }) => label.startsWith("weir")), name);
    assert.ok(everyday.length === 0 || everyday.some(({ label }) => label === "other"), name);
    for (const measured of all) {
      const wanted = PASSES_ALL.test(measured.label) ? WHOLE_OF[name] ?? WHOLE : series[name];
      assert.equal(measured.series, wanted, `${name}: ${measured.label}`);
    }
  }
}, 120_000);

peerTest(["nginx", "curl"], "the benchmark refuses rows that it does not have", async () => {
  const { exitCode, stderr } = await runProgram(process.execPath, [program, "--only", "sum,summ"]);
  assert.equal(stderr, "--only: found summ, wanted names of --list\n");
  assert.equal(exitCode, 2);
});
