/** The benchmark runs, and every contestant's output is what it has to be; times decide nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary } from "../support/e2e/weir_process.ts";

const program = resolve(import.meta.dirname!, "..", "..", "scripts", "bench", "bench.ts");

/** Two ingresses of ten paths, 5,000 samples of which five are gold, 2,000 paths. */
const SCALE = "0.002";
const HISTOGRAM_SERIES = 6 * (12 + 2);

/**
 * How many series come out of each row, whoever ran. Prometheus needs five seconds to begin, so only
 * one of its rows is here.
 */
const series: Record<string, number> = {
  "name-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "label-policy": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "label-rule": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "sum": 2 * HISTOGRAM_SERIES + 2,
  "policies": 2 * 10 * HISTOGRAM_SERIES / 2 + 2,
  "four-sum": 2 * HISTOGRAM_SERIES + 2,
  "shrink": 5,
  "distinct-label": 1000,
  "distinct-capture": 10,
};

/** nginx passes everything on. */
const WHOLE = 2 * 10 * HISTOGRAM_SERIES + 2;

interface Row {
  readonly name: string;
  readonly measurements: readonly { readonly label: string; readonly series: number }[];
  readonly problems: readonly string[];
}

peerTest(["nginx", "curl"], "every contestant returns the right number of series", async (t) => {
  const json = join(temporaryFolder(t), "bench.json");
  const only = Object.keys(series).join(",");
  const args = ["--scale", SCALE, "--runs", "1", "--only", only, "--json", json];
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [program, ...args], {
    env: { WEIR_BINARY: binary[0] },
  });
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const { rows } = JSON.parse(readFileSync(json, "utf8")) as { rows: readonly Row[] };
  assert.deepEqual(rows.map(({ name }) => name), Object.keys(series));
  for (const { name, measurements, problems } of rows) {
    assert.deepEqual(problems, [], name);
    assert.ok(measurements.some(({ label }) => label.startsWith("weir")), name);
    for (const measured of measurements) {
      const wanted = measured.label === "nginx proxy_pass" ? WHOLE : series[name];
      assert.equal(measured.series, wanted, `${name}: ${measured.label}`);
    }
  }
}, 60_000);

peerTest(["nginx", "curl"], "the benchmark refuses rows that it does not have", async () => {
  const { exitCode, stderr } = await runProgram(process.execPath, [program, "--only", "sum,summ"]);
  assert.equal(stderr, "--only: found summ, wanted names of --list\n");
  assert.equal(exitCode, 2);
});
