import { MAX_COUNTER_CONTRIBUTIONS } from "../bounds.ts";
import type { Family } from "../exposition/families.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { CounterTotal } from "./counter_totals_text.ts";
import { CounterFold, type FoldMode } from "./counter_fold.ts";
import { CounterMemory } from "./counter_memory.ts";
import type { EditPlan, OutputFamilyName, ScannedLine } from "./edit_plan.ts";
import { HistogramGroups } from "./histogram_groups.ts";
import { MergedFamily } from "./merged_family.ts";
import { metadataOf, neutralName } from "./merged_metadata.ts";
import { MergedSeries } from "./merged_series.ts";
import { MergedValues } from "./merged_values.ts";
import { RestoredTotals } from "./restored_totals.ts";
import { tailOf } from "./series_table.ts";
import { TargetRead } from "./target_read.ts";

export interface MergedTableOptions {
  /** Add up counters' increases, so that restarts of targets leave no trace; false: plain sums. */
  readonly monotonic: boolean;
  /** How long a target that is not read is remembered, in milliseconds. */
  readonly targetTtlMs: number;
  /** Bound on what targets contributed to counters; by default that of the program. */
  readonly maxContributions?: number;
}

export type ResetReason = "start_time" | "majority" | "series";

/** What one scrape of all targets has brought to light. */
export interface MergeReport {
  /** Families whose targets differ in TYPE. */
  readonly contested: readonly string[];
  readonly resets: Readonly<Record<ResetReason, number>>;
  /** Series that became plain sums, because what targets contribute can no longer be remembered. */
  readonly becameRaw: number;
}

/**
 * The output series of many targets. Each target is read into a `TargetRead` of its own, and counts
 * once it has been read whole: levels by what they are, counters by what they rose since the target
 * was read before. Lives as long as its rules.
 */
export class MergedTable {
  series = new MergedSeries();
  groups = new HistogramGroups();
  values = new MergedValues();
  /** By first appearance. */
  readonly families: Map<string, MergedFamily> = new Map();
  readonly #options: MergedTableOptions;
  readonly #memories = new Map<string, CounterMemory>();
  readonly #restored = new RestoredTotals();
  readonly #budget: { left: number };
  #scrapes = 0;
  #nowMs = 0;
  #previousMs = -Infinity;
  #isBaseline = false;
  #resets = { start_time: 0, majority: 0, series: 0 };
  #becameRaw = 0;

  constructor(options: MergedTableOptions) {
    this.#options = options;
    this.#budget = { left: options.maxContributions ?? MAX_COUNTER_CONTRIBUTIONS };
  }

  /** What was exported by an earlier process; to be called before the first scrape. */
  restore(key: Uint8Array, start: number, end: number, total: number): void {
    this.#restored.add(key, start, end, total);
  }

  /**
   * Begins a scrape at `nowMs` (Unix). `isBaseline`: what is counted has changed with the rules or
   * the policies, so that a difference to the last scrape is no increase.
   */
  begin(nowMs: number, isBaseline: boolean): void {
    this.#nowMs = nowMs;
    const oldest = nowMs - this.#options.targetTtlMs;
    this.#forgetTargets(oldest);
    this.#restored.forgetUnclaimed(nowMs, this.#options.targetTtlMs);
    const isCompacted = this.#compact(oldest);
    this.#isBaseline = isBaseline || isCompacted || this.#scrapes === 0;
    this.values.begin();
    this.#resets = { start_time: 0, majority: 0, series: 0 };
    this.#becameRaw = 0;
  }

  /** The output family of a target's next sample. */
  enter(read: TargetRead, name: OutputFamilyName, source: Family | undefined): MergedFamily {
    const neutral = neutralName(name, source?.type);
    let family = this.families.get(neutral);
    if (family === undefined) {
      family = new MergedFamily(neutral);
      this.families.set(neutral, family);
    }
    read.enter(family, name, source);
    return family;
  }

  /** Adds a series with its first sample. The key has to have room. */
  add(
    read: TargetRead,
    family: MergedFamily,
    key: LineBuffer,
    plan: EditPlan,
    line: ScannedLine,
    end: number,
  ): void {
    const number = this.groups.numberOf(plan, line);
    const series = this.series.add(key, family, plan, number);
    const below = number < 0 ? -1 : this.groups.insert(this.groups.get(number), series, plan, line);
    const restored = this.#restored.claim(key.bytes, 0, key.length);
    // A bucket that no target had before counts at least what the one below it does.
    if (restored !== undefined) this.series.setTotal(series, restored);
    else if (below >= 0) this.series.setTotal(series, this.series.total(below));
    if (below >= 0) this.values.fill(series, this.values.runningOf(below));
    this.merge(read, series, plan, line, end);
  }

  /** Takes one more sample into a series. Returns how many it has then from this target. */
  merge(
    read: TargetRead,
    series: number,
    plan: EditPlan,
    line: ScannedLine,
    end: number,
  ): number {
    this.series.learn(series, plan);
    this.series.follow(read.last, series);
    read.last = series;
    const { bytes } = line;
    const tail = tailOf(line, end);
    if (!this.isMonotonic(series)) {
      this.values.noteText(series, read.rank, bytes, tail.valueStart, tail.valueEnd);
    }
    if (tail.exemplarStart >= 0) {
      read.exemplars.set(series, bytes.slice(tail.exemplarStart, tail.exemplarEnd));
    }
    const stamp = tail.timestampStart < 0
      ? NaN
      : timestampMs(floatOf(bytes, tail.timestampStart, tail.timestampEnd), read.openMetrics);
    const value = floatOf(bytes, tail.valueStart, tail.valueEnd);
    return read.take(series, this.series.functionOf(series), value, stamp);
  }

  /** Counts a target that has been read whole. */
  fold(address: string, read: TargetRead): void {
    for (const [family, own] of read.families) {
      family.offer(metadataOf(own, read.openMetrics), read.rank);
    }
    if (this.#options.monotonic) this.#foldCounters(address, read);
    read.forEach((series) => {
      this.series.see(series, this.#nowMs);
      this.values.stamp(series, read.timestampOf(series), read.exemplars.get(series));
      if (this.isMonotonic(series)) return;
      const members = read.membersOf(series);
      const fn = this.series.functionOf(series);
      this.values.take(series, fn, read.valueOf(series), members, read.rank);
    });
    this.#fillPlainSums(read);
  }

  /** A target that was asked and not read. One missed from the start was not begun since. */
  miss(address: string): void {
    if (this.#scrapes > 0 || this.#memories.has(address)) return;
    const memory = new CounterMemory(this.#budget);
    memory.isBaseline = true;
    memory.readAtMs = this.#nowMs;
    this.#memories.set(address, memory);
  }

  /** All targets have been read, or missed. */
  end(): MergeReport {
    const contested: string[] = [];
    for (const family of this.families.values()) {
      const { isContested, isRetyped } = family.settle();
      if (isContested) contested.push(family.name);
      if (isRetyped) this.series.forgetFunctions(family);
    }
    this.#scrapes++;
    this.#previousMs = this.#nowMs;
    return { contested, resets: this.#resets, becameRaw: this.#becameRaw };
  }

  /** Whether the series is the sum of its targets' increases. */
  isMonotonic(series: number): boolean {
    return this.#options.monotonic && this.series.isCounter(series) && !this.series.isRaw(series);
  }

  /** Every total that this or an earlier process has exported. An item is valid until the next. */
  *totals(): Iterable<CounterTotal> {
    const { series } = this;
    for (let number = 0; number < series.size; number++) {
      if (!this.isMonotonic(number)) continue;
      if (series.seenAt(number) === 0 && series.total(number) === 0) continue;
      yield {
        bytes: series.keys,
        start: series.keyStart(number),
        end: series.keyEnd(number),
        value: series.total(number),
      };
    }
    yield* this.#restored.unclaimed();
  }

  #foldCounters(address: string, read: TargetRead): void {
    let memory = this.#memories.get(address);
    const mode = this.#modeOf(memory, read);
    if (memory === undefined) {
      memory = new CounterMemory(this.#budget);
      this.#memories.set(address, memory);
    }
    this.#makeRoom(memory, read);
    const fold = new CounterFold(this.series, memory, read, mode);
    const groups = new Set<number>();
    read.forEach((series) => {
      if (!this.isMonotonic(series)) return;
      const group = this.series.groupOf(series);
      if (group < 0) fold.single(series);
      else if (!groups.has(group)) {
        groups.add(group);
        fold.group(this.groups.get(group));
      }
    });
    this.#resets.series += fold.falls;
    this.#remember(memory, read);
  }

  #modeOf(memory: CounterMemory | undefined, read: TargetRead): FoldMode {
    if (this.#isBaseline) return "baseline";
    const startedMs = read.startTimeSeconds === undefined
      ? undefined
      : read.startTimeSeconds * 1000;
    if (memory === undefined || memory.isBaseline) {
      const unknown = memory === undefined ? "full" : "baseline";
      if (startedMs === undefined) return unknown;
      return startedMs >= this.#previousMs ? "full" : "baseline";
    }
    const restart = memory.restart(read);
    if (restart === undefined) return "rise";
    this.#resets[restart]++;
    return "full";
  }

  /** What cannot be remembered of one target makes the whole series, or histogram, a plain sum. */
  #makeRoom(memory: CounterMemory, read: TargetRead): void {
    read.forEach((series) => {
      if (!this.isMonotonic(series) || memory.makeRoom(series)) return;
      const group = this.series.groupOf(series);
      const { buckets, sum, count } = group < 0
        ? { buckets: [series], sum: -1, count: -1 }
        : this.groups.get(group);
      for (const part of [...buckets, sum, count]) {
        if (part < 0 || this.series.isRaw(part)) continue;
        this.series.makeRaw(part);
        this.#becameRaw++;
      }
    });
  }

  #remember(memory: CounterMemory, read: TargetRead): void {
    memory.forEach((series) => {
      if (read.membersOf(series) > 0) return;
      memory.set(series, NaN);
      this.series.own(series, -1);
    });
    read.forEach((series) => {
      if (!this.isMonotonic(series)) return;
      const before = memory.get(series);
      const value = read.valueOf(series);
      if (Number.isNaN(before)) this.series.own(series, 1);
      memory.set(series, Number.isFinite(value) ? value : Number.isNaN(before) ? 0 : before);
    });
    memory.startTimeSeconds = read.startTimeSeconds;
    memory.readAtMs = this.#nowMs;
    memory.isBaseline = false;
  }

  /** In a plain sum, too, a bucket that a target does not have counts what the one below it does. */
  #fillPlainSums(read: TargetRead): void {
    const groups = new Set<number>();
    read.forEach((series) => {
      const group = this.series.groupOf(series);
      if (group < 0 || groups.has(group) || this.isMonotonic(series)) return;
      groups.add(group);
      let below = 0;
      for (const bucket of this.groups.get(group).buckets) {
        if (read.membersOf(bucket) > 0) below = read.valueOf(bucket);
        else this.values.fill(bucket, below);
      }
    });
  }

  #forgetTargets(oldestMs: number): void {
    for (const [address, memory] of this.#memories) {
      if (memory.readAtMs >= oldestMs) continue;
      memory.forEach((series) => this.series.own(series, -1));
      memory.release();
      this.#memories.delete(address);
    }
  }

  /** Lets go of series that no target has had for a while. Returns whether any went. */
  #compact(oldestMs: number): boolean {
    const { size } = this.series;
    const isDead = (series: number) =>
      this.series.ownersOf(series) === 0 && this.series.seenAt(series) < oldestMs;
    let dead = 0;
    for (let series = 0; series < size; series++) if (isDead(series)) dead++;
    if (dead < MIN_DEAD_SERIES || dead * 4 < size) return false;
    const { series, moved } = this.series.without(isDead);
    const { groups, numbers } = this.groups.moved(moved);
    series.renumberGroups(numbers);
    this.series = series;
    this.groups = groups;
    this.values = new MergedValues();
    for (const memory of this.#memories.values()) memory.move(moved);
    for (const [name, family] of this.families) {
      family.move(moved);
      if (family.series.length === 0) this.families.delete(name);
    }
    return true;
  }
}

/** Below this it is not worth the work. */
const MIN_DEAD_SERIES = 1024;

/** To the microsecond: OpenMetrics writes seconds with decimals. */
function timestampMs(timestamp: number, openMetrics: boolean): number {
  return openMetrics ? Math.round(timestamp * 1e6) / 1e3 : timestamp;
}
