/**
 * Provokes every kind of fault between Weir and its upstreams, its clients and its files, and judges
 * how each scrape ended: `npm run faults -- [--scrapes N] [--mode sidecar,aggregating,gateway]
 * [--runtime binary|bun|deno] [--only NAME,…] [--list] [--json FILE]`. What the outcomes mean stands
 * in docs/testing.md. Exits with 1 when a scrape was cut short and did not say so, when a whole
 * response was refused, and when Weir crashed or hung.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { FAULTS } from "./catalogue.ts";
import type { Fault } from "./fault.ts";
import { readOptions } from "./options.ts";
import { type FaultResult, runFaults } from "./suite.ts";
import { faultTable, summaryLine } from "./table.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, FAULTS.map(({ name }) => name));
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  const faults = FAULTS.filter(({ name }) => options.only?.includes(name) ?? true);
  if (options.list) {
    for (const { name, what } of faults) console.log(`${name.padEnd(22)}${what}`);
    return 0;
  }
  reportMissing(faults);
  const results = await runFaults(faults, options, tellProgress);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(faultTable(results));
  const bad = results.filter(({ tally }) => tally.isBad);
  for (const { fault, mode, tally } of bad) {
    for (const finding of tally.findings) console.log(`\nWRONG ${fault}, ${mode}: ${finding}`);
  }
  console.log(`\n${summaryLine(results)}`);
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(results));
  return bad.length > 0 || results.length === 0 ? 1 : 0;
}

function reportMissing(faults: readonly Fault[]): void {
  for (const { name, missing } of faults) {
    const reason = missing?.();
    if (reason !== undefined) console.log(`not provoked, ${reason}: ${name}`);
  }
}

function tellProgress({ mode, fault }: FaultResult): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${mode} ${fault}`);
}

function jsonOf(results: readonly FaultResult[]): string {
  const rows = results.map(({ tally: { counts, findings }, ...result }) => {
    return { ...result, counts, findings };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}

process.exitCode = await main(process.argv.slice(2));
