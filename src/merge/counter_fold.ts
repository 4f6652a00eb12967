import { increase } from "../aggregate/native_reset.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import type { CounterMemory } from "./counter_memory.ts";
import type { InputCounters } from "./input_counters.ts";
import { classicPartsOf, type HistogramGroup } from "./histogram_groups.ts";
import type { MergedSeries } from "./merged_series.ts";
import type { NativeValues } from "./native_values.ts";
import type { TargetRead } from "./target_read.ts";

/**
 * How a target's counters are compared with its last ones. `baseline`: what it had counted before is
 * no increase. `full`: it began at zero since. `rise`: what it counts more than before.
 */
export type FoldMode = "baseline" | "full" | "rise";

/** Adds a target's increases to the totals, and remembers its counters for the next time. */
export class CounterFold {
  readonly #series: MergedSeries;
  readonly #natives: NativeValues;
  readonly #memory: CounterMemory;
  readonly #read: TargetRead;
  readonly #mode: FoldMode;
  readonly #inputs: InputCounters | undefined;
  /** The same where they are what is compared of the series at hand. */
  #compared: InputCounters | undefined;
  /** Counters, or histograms, that fell although the target was not restarted. */
  falls = 0;

  /** `inputs`: what is compared are counters of the target, not what they came to together. */
  constructor(
    series: MergedSeries,
    natives: NativeValues,
    memory: CounterMemory,
    read: TargetRead,
    mode: FoldMode,
    inputs: InputCounters | undefined,
  ) {
    this.#series = series;
    this.#natives = natives;
    this.#memory = memory;
    this.#read = read;
    this.#mode = mode;
    this.#inputs = inputs;
  }

  single(series: number): void {
    this.#compared = this.#inputs;
    if (this.#compared !== undefined) {
      if (this.#mode !== "baseline") {
        this.#raise(series, this.#increase(series, this.#mode === "full"));
      }
      return;
    }
    const now = this.#value(series);
    const before = this.#memory.get(series);
    if (Number.isNaN(before)) {
      if (this.#mode !== "baseline") this.#raise(series, now);
    } else if (this.#mode === "full") this.#raise(series, now);
    else if (this.#mode === "rise") {
      if (now >= before) this.#raise(series, now - before);
      else this.falls++;
    }
  }

  /**
   * A histogram rises, or not, as a whole: a bucket that alone fell would leave its neighbours wrong.
   * A bucket that the target does not have counts what the one below it counts. Where each of the
   * target's own is compared, one that began anew counts as such, and only the buckets' order is kept.
   */
  group(group: HistogramGroup): void {
    const { buckets, bounds, sum, count, native } = group;
    const isWhole = this.#mode === "full";
    if (this.#mode === "baseline") return;
    // A union's buckets are no sums of the target's.
    this.#compared = this.#isKnownUnion(group) ? undefined : this.#inputs;
    const isAsWhole = !isWhole && this.#compared === undefined;
    if (isAsWhole && [...buckets, count, native].some((series) => this.#fell(series))) {
      this.falls++;
      return;
    }
    const isNewForm = isWhole ? "" : this.#newFormOf(group);
    if (native >= 0 && isNewForm !== "native") this.#raiseNative(native, isWhole);
    if (isNewForm === "classic") return;
    const top = this.#raiseBuckets(group, isWhole);
    const last = buckets.length - 1;
    // What `+Inf` counts is the count.
    const isTop = bounds[last] === Infinity && this.#has(buckets[last]);
    const counted = isTop ? top : Math.max(top, this.#increase(count, isWhole));
    if (count >= 0) this.#raise(count, counted);
    if (sum >= 0) this.#raise(sum, this.#increase(sum, isWhole));
  }

  /**
   * A histogram that the target had in the other form before, as formats have it: what it had counted in
   * this one is not known, and no increase.
   */
  #newFormOf(group: HistogramGroup): "native" | "classic" | "" {
    const { native } = group;
    if (native < 0) return "";
    const wasThere = this.#inputs === undefined
      ? (part: number) => this.#isKnown(part)
      : (part: number) => this.#series.seenAt(part) > 0;
    const classic = classicPartsOf(group);
    const wasClassic = classic.some(wasThere);
    const wasNative = wasThere(native);
    const isNative = this.#has(native) && !wasNative && wasClassic;
    const isClassic = wasNative && !wasClassic && classic.some((part) => this.#has(part));
    if (!isNative && !isClassic) return "";
    this.#natives.uneven.add(native);
    return isNative ? "native" : "classic";
  }

  #raiseNative(series: number, isWhole: boolean): void {
    const now = this.#read.natives.get(series);
    if (now === undefined) return;
    const before = this.#memory.natives.get(series);
    const compared = isWhole ? undefined : this.#compared;
    let rise: NativeHistogram | undefined = now;
    if (compared !== undefined) rise = compared.natives.riseOf(series);
    else if (!isWhole && this.#isKnown(series)) rise = before && increase(now, before);
    if (rise === undefined) return;
    // Of a sum that is infinite and stays so.
    const isSame = Number.isNaN(rise.sum) && now.sum === before?.sum;
    this.#natives.raise(series, isSame ? { ...rise, sum: 0 } : rise);
  }

  #isKnownUnion(group: HistogramGroup): boolean {
    return isUnion(group, this.#read) && group.buckets.some((bucket) => this.#isKnown(bucket));
  }

  /** Returns the increase of the highest bucket. */
  #raiseBuckets(group: HistogramGroup, isWhole: boolean): number {
    const { buckets, count } = group;
    const increases = this.#increases(group, isWhole);
    if (!isWhole && this.#compared === undefined) this.#capNew(buckets, increases, count);
    let increase = 0;
    for (const [at, series] of buckets.entries()) {
      // Cumulative counts cannot rise by less than those below them.
      increase = Math.max(increase, increases[at]);
      this.#raise(series, increase);
    }
    return increase;
  }

  #increases({ buckets, bounds, count }: HistogramGroup, isWhole: boolean): number[] {
    const compared = this.#compared;
    if (!isWhole && compared !== undefined) {
      return buckets.map((series) => compared.riseOf(series));
    }
    let now = 0;
    let before = 0;
    return buckets.map((bucket, at) => {
      // Without a bucket for all the count says what that counts.
      const isAll = bounds[at] === Infinity && count >= 0;
      const said = isAll && !this.#has(bucket) ? count : bucket;
      const known = isAll && !this.#isKnown(bucket) ? count : bucket;
      if (this.#has(said)) now = this.#value(said);
      if (this.#isKnown(known)) before = this.#memory.get(known);
      return isWhole ? now : now - before;
    });
  }

  /** What a new bucket counted before is known only by those around it: it rises by no more. */
  #capNew(buckets: readonly number[], increases: number[], count: number): void {
    let most = count >= 0 && this.#isKnown(count) ? this.#increase(count, false) : Infinity;
    for (let at = buckets.length - 1; at >= 0; at--) {
      if (this.#isKnown(buckets[at])) most = increases[at];
      else increases[at] = Math.min(increases[at], most);
    }
  }

  #increase(series: number, isWhole: boolean): number {
    if (!isWhole && this.#compared !== undefined) return this.#compared.riseOf(series);
    const now = this.#value(series);
    return isWhole || !this.#isKnown(series) ? now : now - this.#memory.get(series);
  }

  /** Totals never fall; the sum of observations below zero does. */
  #raise(series: number, increase: number): void {
    if (increase > 0) this.#series.raise(series, increase);
  }

  #has(series: number): boolean {
    return this.#read.membersOf(series) > 0;
  }

  #isKnown(series: number): boolean {
    return !Number.isNaN(this.#memory.get(series));
  }

  #fell(series: number): boolean {
    return series >= 0 && this.#has(series) &&
      (this.#value(series) < this.#memory.get(series) ||
        this.#memory.nativeFell(series, this.#read));
  }

  /** What is no number counts nothing. */
  #value(series: number): number {
    const value = this.#read.valueOf(series);
    return Number.isFinite(value) ? value : 0;
  }
}

/** Whether the target has histograms of other bounds in the group. */
export function isUnion({ buckets, count }: HistogramGroup, { united }: TargetRead): boolean {
  return united.size > 0 && (united.has(count) || buckets.some((bucket) => united.has(bucket)));
}
