/**
 * Scrapes a gateway with subsets and a sidecar with policies for a long time, while targets flap and
 * files change: `npm run soak -- [--minutes 30] [--rate 5] [--memory MIB] [--svg FILE] [--json FILE]`.
 * Prints and plots memory, descriptors, latency and how scrapes ended, second by second;
 * docs/testing.md says how to read it. Exits with 1 when descriptors or memory grow over the last half,
 * when a scrape was cut short and did not say so, and when Weir crashed or hung. No time decides
 * anything.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { growth } from "./growth.ts";
import { readOptions, type SoakOptions } from "./options.ts";
import { soakSvg, soakText } from "./report.ts";
import { SoakedWeir } from "./soaked_weir.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  const { minutes, rate, memory, svg, json } = options;
  const weirs = [new SoakedWeir("gateway", memory), new SoakedWeir("sidecar", memory)];
  await soak(weirs, options);
  for (const weir of weirs) console.log(soakText(weir));
  const within = memory === undefined ? "" : ` in ${memory} MiB`;
  const title = `${minutes} min of soak${within}, ${rate} scrapes a second of each`;
  if (svg !== undefined) writeFileSync(svg, soakSvg(title, weirs));
  if (json !== undefined) writeFileSync(json, jsonOf(options, weirs));
  for (const { mode, tally } of weirs) {
    for (const finding of tally.findings) console.log(`WRONG ${mode}: ${finding}`);
  }
  const isBad = weirs.some(({ tally, samples }) => {
    const { leaksDescriptors, leaksMemory } = growth(samples);
    return tally.isBad || tally.total === 0 || leaksDescriptors || leaksMemory;
  });
  return isBad ? 1 : 0;
}

/** Ends early, and tells what was until then, on SIGINT and SIGTERM. */
async function soak(weirs: readonly SoakedWeir[], { minutes, rate }: SoakOptions): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    for (const weir of weirs) await weir.start(rate);
    const startedAt = performance.now();
    for (let second = 1; second <= minutes * 60 && !stopped.signal.aborted; second++) {
      const wait = startedAt + second * 1000 - performance.now();
      await delay(Math.max(0, wait), undefined, { signal: stopped.signal }).catch(() => {});
      for (const weir of weirs) weir.sample(second);
      if (second % 60 === 0) tellProgress(second / 60, weirs);
    }
  } finally {
    for (const weir of weirs) await weir.stop();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function tellProgress(minute: number, weirs: readonly SoakedWeir[]): void {
  const states = weirs.map(({ mode, samples, tally }) => {
    const { residentMebibytes = 0, descriptors = 0 } = samples.at(-1) ?? {};
    return `${mode} ${residentMebibytes.toFixed(0)} MiB, ${descriptors} descriptors, ` +
      `${tally.total} scrapes, ${tally.counts.silent ?? 0} silent`;
  });
  console.log(`minute ${minute}: ${states.join("; ")}`);
}

function jsonOf({ minutes, rate }: SoakOptions, weirs: readonly SoakedWeir[]): string {
  const rows = weirs.map(({ mode, samples, tally: { counts, findings } }) => {
    return { mode, counts, findings, growth: growth(samples), samples };
  });
  return `${JSON.stringify({ minutes, rate, weirs: rows })}\n`;
}

process.exitCode = await main(process.argv.slice(2));
