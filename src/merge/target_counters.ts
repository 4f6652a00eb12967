import { MAX_COUNTER_CONTRIBUTIONS } from "../bounds.ts";
import { CounterFold, type FoldMode, isUnion } from "./counter_fold.ts";
import { CounterMemory } from "./counter_memory.ts";
import {
  emptyGroup,
  type HistogramGroup,
  type HistogramGroups,
  partsOf,
} from "./histogram_groups.ts";
import type { InputCounters } from "./input_counters.ts";
import type { MergedSeries } from "./merged_series.ts";
import type { MergedValues } from "./merged_values.ts";
import { type NativeBudget, type NativeMemory, zeroOf } from "./native_memory.ts";
import type { NativeValues } from "./native_values.ts";
import { type Contribution, takePlain } from "./plain_sums.ts";
import type { TargetRead } from "./target_read.ts";

export type ResetReason = "start_time" | "majority" | "series";

/** When a scrape was begun, and what differences to the last one mean. */
export interface CounterScrape {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Of the scrape before; -Infinity for the first. */
  readonly previousMs: number;
  /** No difference to the last scrape is an increase. */
  readonly isBaseline: boolean;
}

/**
 * What the counters of each target rose to, from scrape to scrape: by the series that they became, or,
 * of the only target, by each of its own.
 */
export class TargetCounters {
  /** Of the scrape that was begun last. */
  resets: Record<ResetReason, number> = { start_time: 0, majority: 0, series: 0 };
  /** Series that became plain sums in it. */
  becameRaw = 0;
  readonly #memories = new Map<string, CounterMemory>();
  readonly #budget: { left: number };
  readonly #natives: NativeValues;
  readonly #nativeBudget: NativeBudget;
  readonly #inputs: InputCounters | undefined;
  /** Since when what is known holds, whatever targets say now: Unix milliseconds. */
  #oldestMs = -Infinity;
  #scrape: CounterScrape = { nowMs: 0, previousMs: -Infinity, isBaseline: true };

  constructor(
    inputs: InputCounters | undefined,
    natives: NativeValues,
    nativeBudget: NativeBudget,
    maxContributions: number = MAX_COUNTER_CONTRIBUTIONS,
  ) {
    this.#inputs = inputs;
    this.#natives = natives;
    this.#nativeBudget = nativeBudget;
    this.#budget = { left: maxContributions };
  }

  begin(scrape: CounterScrape): void {
    this.#scrape = scrape;
    // Those that are not read this time are compared with what was counted before, too.
    if (scrape.isBaseline) {
      for (const memory of this.#memories.values()) {
        memory.isBaseline = true;
      }
    }
    this.resets = { start_time: 0, majority: 0, series: 0 };
    this.becameRaw = 0;
  }

  /** Lets go of targets that were not read since `oldestMs`. */
  forget(oldestMs: number, series: MergedSeries): void {
    this.#oldestMs = oldestMs;
    for (const [address, memory] of this.#memories) {
      if (memory.readAtMs >= oldestMs) continue;
      memory.forEach((number) => series.own(number, -1));
      memory.release();
      this.#memories.delete(address);
    }
  }

  /** A target that was scraped and not read. One missed from the start was not begun since. */
  miss(address: string): void {
    const { nowMs, previousMs } = this.#scrape;
    if (previousMs > -Infinity || this.#memories.has(address)) return;
    const memory = new CounterMemory(this.#budget, this.#nativeBudget);
    memory.isBaseline = true;
    memory.readAtMs = nowMs;
    this.#memories.set(address, memory);
  }

  /**
   * Adds what a target's counters rose by to the totals. `values` takes those of the targets that
   * were folded before where a series becomes a plain sum.
   */
  fold(
    address: string,
    read: TargetRead,
    series: MergedSeries,
    groups: HistogramGroups,
    values: MergedValues,
  ): void {
    let memory = this.#memories.get(address);
    const mode = this.#modeOf(memory, read);
    if (memory === undefined) {
      memory = new CounterMemory(this.#budget, this.#nativeBudget);
      this.#memories.set(address, memory);
    }
    const inputs = this.#inputs;
    const natives = this.#natives;
    const hasRoom = (number: number) => {
      const native = read.natives.get(number);
      if (native !== undefined && !natives.start(number, native)) return false;
      if (inputs !== undefined) return !inputs.overfull.has(number);
      if (native !== undefined && !memory.natives.hasRoom(number, native)) return false;
      return memory.makeRoom(number);
    };
    read.forEach((number) => {
      if (!series.isAccumulated(number) || hasRoom(number)) return;
      const group = groupWith(number, series, groups);
      this.#makeRaw(group, series);
      this.#forEachRead((of, ofNatives) => {
        takePlain(values, group, of);
        const native = ofNatives.get(group.native);
        if (native !== undefined) natives.add(group.native, native);
      });
    });
    // What counts whole now was not there at the scrape before.
    const begunAt = mode === "baseline" ? this.#scrape.nowMs : this.#scrape.previousMs;
    const fold = new CounterFold(series, natives, memory, read, mode, inputs);
    const done = new Set<number>();
    const unions: HistogramGroup[] = [];
    read.forEach((number) => {
      if (!series.isAccumulated(number)) return;
      series.begin(number, begunAt);
      const group = series.groupOf(number);
      if (group < 0) fold.single(number);
      else if (!done.has(group)) {
        done.add(group);
        fold.group(groups.get(group));
        if (inputs !== undefined && isUnion(groups.get(group), read)) {
          unions.push(groups.get(group));
        }
      }
    });
    if (inputs === undefined) {
      this.resets.series += fold.falls;
      this.#remember(memory, read, mode, series, groups);
    } else {
      // Those that fell with a restart are part of that.
      if (mode === "rise" && this.resets.start_time === 0) {
        this.resets.series += inputs.fallen + inputs.natives.fallen;
      }
      inputs.remember();
      natives.unmergeable += inputs.natives.unmergeable;
      for (const union of unions) this.#rememberUnion(memory, read, union);
    }
    memory.startTimeSeconds = read.startTimeSeconds;
    memory.readAtMs = this.#scrape.nowMs;
    memory.isBaseline = false;
  }

  /**
   * The series have other numbers now, those of `series` and `groups`; -1 for one that is gone.
   */
  move(moved: Int32Array, series: MergedSeries, groups: HistogramGroups): void {
    const lost = [...this.#memories.values()].flatMap((memory) => memory.move(moved));
    for (const number of lost) {
      series.own(number, -1);
      this.#makeRaw(groupWith(number, series, groups), series);
    }
  }

  /** Whether any target was scraped, read or not. */
  get hasTargets(): boolean {
    return this.#memories.size > 0;
  }

  #modeOf(memory: CounterMemory | undefined, read: TargetRead): FoldMode {
    const { isBaseline, previousMs } = this.#scrape;
    if (isBaseline) return "baseline";
    const startedMs = read.startTimeSeconds === undefined
      ? undefined
      : read.startTimeSeconds * 1000;
    if (memory === undefined || memory.isBaseline) {
      if (startedMs !== undefined) return startedMs >= previousMs ? "full" : "baseline";
      return memory === undefined ? "full" : "baseline";
    }
    const restart = memory.restart(read);
    if (restart === undefined) return "rise";
    this.resets[restart]++;
    return this.#inputs !== undefined && this.#mayOutlive(memory, read) ? "rise" : "full";
  }

  /**
   * Whether counters that have not fallen hardly began with the new process, because they would have
   * overtaken in no time what the one before took long for: an exporter's are often those of what it
   * watches, as a node's are.
   */
  #mayOutlive({ startTimeSeconds, readAtMs }: CounterMemory, read: TargetRead): boolean {
    const ageBefore = readAtMs / 1000 - (startTimeSeconds ?? NaN);
    const age = this.#scrape.nowMs / 1000 - (read.startTimeSeconds ?? NaN);
    return ageBefore > age * OUTLIVED_AGES;
  }

  /** As `#remember` does it of all. Where there is no room, its parts are compared as others are. */
  #rememberUnion(memory: CounterMemory, read: TargetRead, group: HistogramGroup): void {
    const native = read.natives.get(group.native);
    if (native !== undefined && !memory.natives.set(group.native, native)) return;
    for (const part of partsOf(group)) {
      if (memory.makeRoom(part)) memory.set(part, read.valueOf(part));
    }
  }

  /** What cannot be remembered of one target makes the whole series, or histogram, a plain sum. */
  #makeRaw(group: HistogramGroup, series: MergedSeries): void {
    for (const part of partsOf(group)) {
      if (series.isRaw(part)) continue;
      series.makeRaw(part);
      this.#natives.forgetTotal(part);
      this.becameRaw++;
    }
  }

  /** Calls back with what each target contributes that was read whole in this scrape. */
  #forEachRead(callback: (of: Contribution, natives: NativeMemory) => void): void {
    for (const memory of this.#memories.values()) {
      const isRead = memory.readAtMs === this.#scrape.nowMs && !memory.isBaseline;
      const of = (number: number) => memory.get(number) < Infinity ? memory.get(number) : NaN;
      if (isRead) callback(of, memory.natives);
    }
  }

  /**
   * Whether the target may have the series, but not in the format that it was asked for: in text it
   * shows no native histograms, and beside them no sums and counts in others.
   */
  #isUnsaid(
    number: number,
    read: TargetRead,
    series: MergedSeries,
    groups: HistogramGroups,
  ): boolean {
    if (series.seenAt(number) < this.#oldestMs) return false;
    if (series.isNative(number)) return read.format !== "lifted";
    const group = series.groupOf(number);
    return group >= 0 && read.natives.has(groups.get(group).native);
  }

  #remember(
    memory: CounterMemory,
    read: TargetRead,
    mode: FoldMode,
    series: MergedSeries,
    groups: HistogramGroups,
  ): void {
    memory.forEach((number) => {
      if (read.membersOf(number) > 0) return;
      if (this.#isUnsaid(number, read, series, groups)) {
        return rememberUnsaid(memory, number, mode);
      }
      memory.set(number, NaN);
      memory.natives.delete(number);
      series.own(number, -1);
    });
    read.forEach((number) => {
      if (!series.isAccumulated(number)) return;
      const before = memory.get(number);
      const value = read.valueOf(number);
      if (Number.isNaN(before)) series.own(number, 1);
      memory.set(number, Number.isFinite(value) ? value : unreadable(before, mode));
      const native = read.natives.get(number);
      if (native !== undefined && !memory.natives.set(number, native)) {
        memory.set(number, Infinity);
      }
    });
  }
}

/** Traffic may be so many times what it was, and not more, after a restart. */
const OUTLIVED_AGES = 60;

function groupWith(
  number: number,
  series: MergedSeries,
  groups: HistogramGroups,
): HistogramGroup {
  const group = series.groupOf(number);
  return group >= 0 ? groups.get(group) : { ...emptyGroup(), buckets: [number] };
}

/** What is remembered is compared with the next read that says it. */
function rememberUnsaid(memory: CounterMemory, number: number, mode: FoldMode): void {
  if (mode === "rise") return;
  const native = memory.natives.get(number);
  memory.set(number, mode === "full" ? 0 : Infinity);
  if (native === undefined) return;
  if (mode === "full") memory.natives.set(number, zeroOf(native));
  else memory.natives.delete(number);
}

/** What is remembered of a counter that is no number now; Infinity: its next value is no increase. */
function unreadable(before: number, mode: FoldMode): number {
  if (mode === "baseline") return Infinity;
  return mode === "full" || Number.isNaN(before) ? 0 : before;
}
