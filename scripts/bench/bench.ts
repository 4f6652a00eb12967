/**
 * Measures the compiled binary against nginx `proxy_pass` and against whatever peers are on the PATH:
 * `npm run bench -- [--only NAME,…] [--runs N] [--list]`, with more options and what the rows mean in
 * docs/benchmarks.md. Exits with 1 when an output is not what it has to be, and
 * never because of a time. Linux, nginx and curl are needed.
 */
import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { isInstalled } from "../../test/support/e2e/peers.ts";
import { binary } from "../../test/support/e2e/weir_process.ts";
import { buildBinary } from "./build_binary.ts";
import { Bench } from "./setting.ts";
import { machine, machineText } from "./machine.ts";
import { type BenchOptions, readOptions } from "./options.ts";
import { type Findings, isReached, type Row, type RowResult } from "./row.ts";
import { ROWS } from "./rows.ts";
import { measurementTable, verdictTable } from "./table.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, ROWS.map(({ name }) => name));
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  if (options.list) {
    for (const { name, what } of ROWS) console.log(`${name.padEnd(24)}${what}`);
    return 0;
  }
  const missing = ["nginx", "curl"].filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    console.error(`not installed: ${missing.join(", ")}`);
    return 2;
  }
  if (!existsSync(binary[0])) buildBinary();
  const rows = ROWS.filter(({ name }) => options.only?.includes(name) ?? true)
    .filter(({ canBePaced }) => options.every === 0 || canBePaced);
  const before = machine();
  console.log(machineText(before));
  const results = await runRows(rows, options);
  const after = machine();
  console.log(
    `\n${verdictTable(results, options.scale)}\n\nload afterwards: ${after.load.join(" ")}`,
  );
  if (options.json !== undefined) {
    const { scale, runs } = options;
    const rows = results.map(({ verdicts, ...row }) => ({
      ...row,
      verdicts: verdicts.map((verdict) => ({ ...verdict, reached: isReached(verdict, scale) })),
    }));
    const document = { scale, runs, before, after, rows };
    writeFileSync(options.json, `${JSON.stringify(document, null, 2)}\n`);
  }
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** Runs one row after the other, or all at once when they are paced, and shows what each measured. */
async function runRows(rows: readonly Row[], options: BenchOptions): Promise<RowResult[]> {
  const bench = await Bench.start(options);
  const stop = () => void bench.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const results: RowResult[] = [];
  try {
    if (options.every > 0) {
      results.push(...await atTheSameTime(rows, bench));
    } else {
      for (const row of rows) {
        results.push(await runRow(row, bench));
        await bench.stopProcesses();
        bench.removeSamplesBut(rows.slice(rows.indexOf(row) + 1).flatMap(({ samples }) => samples));
      }
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await bench.stop();
  }
  return results;
}

/** Rows that wait most of the time, so that all of them take no longer than one; they scrape in turn. */
function atTheSameTime(rows: readonly Row[], bench: Bench): Promise<RowResult[]> {
  const stepMs = 1000 * bench.options.every / rows.length;
  return Promise.all(rows.map(async (row, index) => {
    await delay(index * stepMs);
    return await runRow(row, bench);
  }));
}

/** A row that fails is reported as such: the others are worth having. */
async function runRow(row: Row, bench: Bench): Promise<RowResult> {
  const { name, what } = row;
  const result = { name, what, ...await row.run(bench).catch(failed) };
  console.log(`\n${measurementTable(result)}`);
  return result;
}

function failed(error: Error): Findings {
  return { measurements: [], notMeasured: [], verdicts: [], problems: [error.message] };
}

process.exitCode = await main(process.argv.slice(2));
