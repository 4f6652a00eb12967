/** The benchmark runs, and every contestant's output is what it has to be; times decide nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary } from "../support/e2e/weir_process.ts";

const program = resolve(import.meta.dirname!, "..", "..", "scripts", "bench", "bench.ts");

/** Two ingresses of ten paths, 5,000 samples of which five are gold, 2,000 paths. */
const SCALE = "0.002";
const HISTOGRAM_SERIES = 6 * (12 + 2);

/** How many series come out of each row, whoever ran. */
const EVERYDAY: Record<string, number> = {
  "everyday-node": 319,
  "everyday-proto": 319,
  // Of ten families one is dropped and two are histograms; all other series come in pairs.
  "everyday-400x3": 7 * 2 + 2 * 3,
  "everyday-50x1000": 9 * 500,
  "small-pass": 507,
  "small-policies": 507 - 92,
};

/** Prometheus needs five seconds to begin, so only two of its rows are here. */
const LARGE: Record<string, number> = {
  "name-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "label-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "bucket-rule": 2 * 10 * 6 * 2 + 2,
  "label-rule": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "sum": 2 * HISTOGRAM_SERIES + 2,
  "proto-name": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "proto-sum": 2 * HISTOGRAM_SERIES + 2,
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
  "everyday-proto": 507,
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

/** The results of these rows with these options, after it was checked that nothing went wrong. */
async function bench(t: TestContext, only: string[], options: string[]): Promise<readonly Row[]> {
  const json = join(temporaryFolder(t), "bench.json");
  const args = ["--scale", SCALE, "--runs", "1", "--only", only.join(","), "--json", json];
  const { exitCode, stdout, stderr } = await runProgram(
    process.execPath,
    [program, ...args, ...options],
    { env: { WEIR_BINARY: binary[0] } },
  );
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const { rows } = JSON.parse(readFileSync(json, "utf8")) as { rows: readonly Row[] };
  assert.deepEqual(rows.map(({ name }) => name), only);
  for (const { name, problems } of rows) assert.deepEqual(problems, [], name);
  return rows;
}

function checkSeries(name: string, all: readonly Measurement[], filtered: number): void {
  for (const { label, series } of all) {
    const wanted = PASSES_ALL.test(label) ? WHOLE_OF[name] ?? WHOLE : filtered;
    assert.equal(series, wanted, `${name}: ${label}`);
  }
}

peerTest(["nginx", "curl"], "large samples: everyone returns the right series", async (t) => {
  for (const { name, measurements } of await bench(t, Object.keys(LARGE), [])) {
    assert.ok(measurements.some(({ label }) => label.startsWith("weir")), name);
    checkSeries(name, measurements, LARGE[name]);
  }
}, 60_000);

const CONTESTANTS = ["metric-gate", "bare plain", "bare stream", "bare gzip", "weir", "other"];

peerTest(["nginx", "curl"], "everyday samples: everyone returns the right series", async (t) => {
  const options = ["--scrapes", "23", "--contestants", CONTESTANTS.join(",")];
  options.push("--binary", `other=${binary[0]}`);
  for (const { name, everyday } of await bench(t, Object.keys(EVERYDAY), options)) {
    assert.ok(CONTESTANTS.slice(-3).every((own) => everyday!.some(({ label }) => label === own)));
    checkSeries(name, everyday!, EVERYDAY[name]);
  }
}, 60_000);

peerTest(
  ["nginx", "curl", "prometheus"],
  "Prometheus has every series that a rule leaves",
  async (t) => {
    const options = ["--scrapes", "3", "--contestants", "prometheus"];
    const [{ everyday }] = await bench(t, ["everyday-node"], options);
    assert.deepEqual(everyday!.map(({ label, series }) => [label, series]), [[
      "prometheus",
      507 - 92,
    ]]);
  },
  60_000,
);

peerTest(["nginx", "curl"], "the benchmark refuses rows that it does not have", async () => {
  const { exitCode, stderr } = await runProgram(process.execPath, [program, "--only", "sum,summ"]);
  assert.equal(stderr, "--only: found summ, wanted names of --list\n");
  assert.equal(exitCode, 2);
});
