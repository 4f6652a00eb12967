import type { CounterMemory } from "./counter_memory.ts";
import type { HistogramGroup } from "./histogram_groups.ts";
import type { MergedSeries } from "./merged_series.ts";
import type { TargetRead } from "./target_read.ts";

/**
 * How a target's counters are compared with its last ones. `baseline`: what it had counted before is
 * no increase. `full`: it began at zero since. `rise`: what it counts more than before.
 */
export type FoldMode = "baseline" | "full" | "rise";

/** Adds a target's increases to the totals, and remembers its counters for the next time. */
export class CounterFold {
  readonly #series: MergedSeries;
  readonly #memory: CounterMemory;
  readonly #read: TargetRead;
  readonly #mode: FoldMode;
  /** Counters, or histograms, that fell although the target was not restarted. */
  falls = 0;

  constructor(series: MergedSeries, memory: CounterMemory, read: TargetRead, mode: FoldMode) {
    this.#series = series;
    this.#memory = memory;
    this.#read = read;
    this.#mode = mode;
  }

  single(series: number): void {
    const now = this.#value(series);
    const before = this.#memory.get(series);
    if (Number.isNaN(before)) {
      if (this.#mode !== "baseline") this.#series.raise(series, now);
    } else if (this.#mode === "full") this.#series.raise(series, now);
    else if (this.#mode === "rise") {
      if (now >= before) this.#series.raise(series, now - before);
      else this.falls++;
    }
  }

  /**
   * A histogram rises, or not, as a whole: a bucket that alone fell would leave its neighbours wrong.
   * A bucket that the target does not have counts what the one below it counts.
   */
  group({ buckets, sum, count }: HistogramGroup): void {
    const all = [...buckets, count, sum].filter((series) => series >= 0);
    const isKnown = all.some((series) => !Number.isNaN(this.#memory.get(series)));
    const isWhole = this.#mode === "full" || (this.#mode === "rise" && !isKnown);
    if (this.#mode === "baseline" || all.length === 0) return;
    if (!isWhole && [...buckets, count].some((series) => this.#fell(series))) {
      this.falls++;
      return;
    }
    const top = this.#raiseBuckets(buckets, isWhole);
    // What `+Inf` counts is the count.
    if (count >= 0) this.#series.raise(count, Math.max(top, this.#increase(count, isWhole)));
    if (sum >= 0) this.#series.raise(sum, this.#increase(sum, isWhole));
  }

  /** Returns the increase of the highest bucket. */
  #raiseBuckets(buckets: readonly number[], isWhole: boolean): number {
    let now = 0;
    let before = 0;
    let increase = 0;
    for (const series of buckets) {
      if (this.#read.membersOf(series) > 0) now = this.#value(series);
      const known = this.#memory.get(series);
      if (!Number.isNaN(known)) before = known;
      // Cumulative counts cannot rise by less than those below them.
      increase = Math.max(increase, isWhole ? now : now - before);
      this.#series.raise(series, increase);
    }
    return increase;
  }

  #increase(series: number, isWhole: boolean): number {
    const now = this.#value(series);
    const before = this.#memory.get(series);
    if (isWhole || Number.isNaN(before)) return now;
    // The sum of observations below zero falls.
    return Math.max(0, now - before);
  }

  #fell(series: number): boolean {
    return series >= 0 && this.#read.membersOf(series) > 0 &&
      this.#value(series) < this.#memory.get(series);
  }

  /** What is no number counts nothing. */
  #value(series: number): number {
    const value = this.#read.valueOf(series);
    return Number.isFinite(value) ? value : 0;
  }
}
