import { setTimeout as delay } from "node:timers/promises";
import type { EverydayFigures, EverydayMeasurement, Pace } from "./everyday_measure.ts";
import { cpuSeconds, memory, resetPeak } from "./process_figures.ts";
import { startPrometheus, valueOf } from "./prometheus_contestant.ts";
import { sampleCounts } from "./samples.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

/** It scrapes no faster, so there are fewer scrapes than the others have. */
const INTERVAL_SECONDS = 0.2;
const MOST_SCRAPES = 80;

/**
 * Prometheus that scrapes the target itself with the same rules, alone and when it wants to: what
 * reading, relabeling and storing costs it. It sums nothing; of series that collide it keeps one.
 */
export async function measurePrometheus(
  bench: Bench,
  workload: Workload,
  { scrapes, everySeconds }: Pace,
): Promise<EverydayMeasurement> {
  const seconds = everySeconds > 0 ? everySeconds : INTERVAL_SECONDS;
  const last = Math.min(scrapes, MOST_SCRAPES);
  const started = await startPrometheus(bench, workload, seconds);
  const { pid } = started;
  try {
    const readyMs = 1000 * cpuSeconds(pid);
    resetPeak(pid);
    const first = await afterScrapes(started, 1, seconds);
    const early = await afterScrapes(started, Math.min(21, last), seconds);
    const middle = await afterScrapes(started, Math.min(50, last), seconds);
    const end = await afterScrapes(started, last, seconds);
    const figures: EverydayFigures = {
      readyMs,
      firstMs: NaN,
      earlyMs: mean(first, early),
      lateMs: mean(early, end),
      residentMebibytes: middle.residentMebibytes,
      anonymousMebibytes: middle.anonymousMebibytes,
      peakMebibytes: memory(pid).peakMebibytes,
      restedResidentMebibytes: NaN,
      restedAnonymousMebibytes: NaN,
      outputBytes: NaN,
    };
    const { series } = sampleCounts(workload.sample, bench.options.scale);
    return {
      ...{ label: "prometheus", gzip: false, ...figures, runs: [figures] },
      series: await valueOf(started.origin, "scrape_samples_post_metric_relabeling") ?? NaN,
      // They are counted before those that collide become one.
      wantedSeries: series[workload.work === "everyday" ? "name" : workload.work]!,
    };
  } finally {
    await started.stop();
  }
}

interface Moment {
  readonly count: number;
  readonly cpuMs: number;
  readonly residentMebibytes: number;
  readonly anonymousMebibytes: number;
}

/** Waits until at least so many scrapes are stored. Asks seldom, as that is a cost to it. */
async function afterScrapes(
  { pid, origin }: { readonly pid: number; readonly origin: string },
  wanted: number,
  seconds: number,
): Promise<Moment> {
  for (;;) {
    const count = await valueOf(origin, "count_over_time(up[1h])") ?? 0;
    if (count >= wanted) return { count, cpuMs: 1000 * cpuSeconds(pid), ...memory(pid) };
    await delay(1000 * seconds * (wanted - count));
  }
}

function mean(from: Moment, to: Moment): number {
  return (to.cpuMs - from.cpuMs) / (to.count - from.count);
}
