/**
 * Feeds Weir's parts generated and garbled input for as long as it is told:
 * `npm run fuzz -- [--target NAME,…] [--seconds N | --runs N] [--seed S] [--list]`. What each target
 * holds to stands in docs/fuzzing.md. Every finding is made smaller and written into
 * `test/cases/fuzz`, from where the tests run it for ever. Exits with 1 when there was one.
 */
import process from "node:process";
import type { FuzzTarget } from "./fuzz_target.ts";
import { keepFinding } from "./kept_cases.ts";
import { type FuzzOptions, readOptions } from "./options.ts";
import { reduceFinding } from "./reduce_finding.ts";
import { runTarget } from "./run_target.ts";
import { fuzzTargets } from "./targets.ts";
import { startWatchdog } from "./watchdog.ts";

/** After so many findings of different rules a target is left: they need a look first. */
const MAX_FINDINGS = 5;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, fuzzTargets.map(({ name }) => name));
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  if (options.list) {
    for (const { name, what } of fuzzTargets) console.log(`${name.padEnd(12)}${what}`);
    return 0;
  }
  let findings = 0;
  for (const target of fuzzTargets) {
    if (options.targets?.includes(target.name) ?? true) findings += await fuzz(target, options);
  }
  return findings > 0 ? 1 : 0;
}

/** Returns how many findings there were. */
async function fuzz(target: FuzzTarget, { seed, runs, seconds }: FuzzOptions): Promise<number> {
  const watchdog = startWatchdog(target.name);
  const figures = await runTarget(
    target,
    { seed, runs, seconds, findings: MAX_FINDINGS },
    watchdog.watch,
  );
  await watchdog.stop();
  const { findings } = figures;
  const found = `${figures.runs} runs in ${figures.seconds.toFixed(0)} s, seed ${seed}`;
  console.log(`${target.name}: ${found}: ${findings.length} findings`);
  for (const finding of findings) {
    const reduced = await reduceFinding(target, finding);
    const { rule, detail } = reduced;
    console.log(`seed ${finding.seed}: ${rule}: ${detail}\nkept in ${keepFinding(reduced)}`);
  }
  return findings.length;
}

process.exitCode = await main(process.argv.slice(2));
