import { setTimeout as delay } from "node:timers/promises";
import type { Started } from "./contestants.ts";
import { median } from "./median.ts";
import { cpuSeconds, memory, resetPeak } from "./process_figures.ts";
import type { Measurement } from "./row.ts";

/** One of those that are measured in turn. */
export interface Entry {
  readonly label: string;
  readonly start: () => Promise<Started>;
  /** How many series have to come out. */
  readonly wantedSeries: number;
  /** Scrapes at once; 1 when absent. */
  readonly atOnce?: number;
  /** Scrapes when it wants to, and would be in the way of the others. */
  readonly alone?: boolean;
}

/** Time to account for what a process does behind the last byte. */
const SETTLE_MS = 50;

/**
 * Has each of them scrape once to warm up, and then measures one scrape of each in turn, `runs`
 * times. Returns the medians; ratios are to the first entry's CPU time in the same turn.
 */
export async function measure(entries: readonly Entry[], runs: number): Promise<Measurement[]> {
  const together = entries.filter(({ alone }) => alone !== true);
  const all = await measureInTurn(together, runs);
  for (const entry of entries) {
    if (entry.alone === true) all.push(...await measureInTurn([entry], runs));
  }
  return all.map(({ entry, series, runs }) => ({
    label: entry.label,
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    wallSeconds: median(runs.map((run) => run.wallSeconds)),
    peakMebibytes: median(runs.map((run) => run.peakMebibytes)),
    outputBytes: runs[0].outputBytes,
    series,
    wantedSeries: entry.wantedSeries,
    ratio: median(runs.map((run, turn) => run.cpuSeconds / all[0].runs[turn].cpuSeconds)),
  }));
}

interface Measured {
  readonly entry: Entry;
  readonly series: number | undefined;
  readonly runs: Run[];
}

async function measureInTurn(entries: readonly Entry[], turns: number): Promise<Measured[]> {
  const all: (Measured & { started: Started })[] = [];
  for (const entry of entries) {
    const started = await entry.start();
    const { series } = await started.scrape(true);
    all.push({ entry, started, series, runs: [] });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const { entry, started, runs } of all) runs.push(await runOnce(started, entry.atOnce));
  }
  return all;
}

interface Run {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMebibytes: number;
  readonly outputBytes: number | undefined;
}

/** One measured scrape, or so many at the same time. */
export async function runOnce({ pid, scrape }: Started, atOnce = 1): Promise<Run> {
  resetPeak(pid);
  const before = cpuSeconds(pid);
  const scrapes = await Promise.all(Array.from({ length: atOnce }, () => scrape(false)));
  await delay(SETTLE_MS);
  return {
    cpuSeconds: cpuSeconds(pid) - before,
    wallSeconds: Math.max(...scrapes.map(({ wallSeconds }) => wallSeconds)),
    peakMebibytes: memory(pid).peakMebibytes,
    outputBytes: scrapes[0].outputBytes,
  };
}
