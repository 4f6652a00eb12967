import type { FamilyType } from "../exposition/family_type.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { CounterTotal } from "./counter_totals_text.ts";
import type { EditPlan, OutputFamilyName, ScannedLine } from "../aggregate/edit_plan.ts";
import type { OwnFamily } from "../aggregate/family_sources.ts";
import {
  classicPartsOf,
  type HistogramGroup,
  HistogramGroups,
  partsOf,
} from "./histogram_groups.ts";
import { type Forms, HistogramForms } from "./histogram_forms.ts";
import { InputCounters } from "./input_counters.ts";
import { MergedFamily } from "./merged_family.ts";
import { type FamilyMetadata, neutralName } from "./merged_metadata.ts";
import { MergedSeries } from "./merged_series.ts";
import { MergedValues } from "./merged_values.ts";
import { fillBuckets } from "./plain_sums.ts";
import { type RestoredTotal, RestoredTotals } from "./restored_totals.ts";
import { metricOf } from "./started_metric.ts";
import { type ResetReason, TargetCounters } from "./target_counters.ts";
import type { TargetRead } from "./target_read.ts";
import { type NativeHistogram, readNativeHistogram } from "../exposition/native_histogram.ts";
import { readExemplars } from "../exposition/exemplars.ts";
import { decodePlain } from "../exposition/text.ts";
import { TextMap, TextSet } from "../exposition/text_map.ts";
import { MAX_REMEMBERED_NATIVE_BYTES } from "../bounds.ts";
import { zeroOf } from "./native_memory.ts";
import { NativeValues } from "./native_values.ts";
import { uniteHistograms } from "./target_union.ts";

export interface MergedTableOptions {
  /** Add up counters' increases, so that restarts of targets leave no trace; false: plain sums. */
  readonly monotonic: boolean;
  /** How long a target that is not read is remembered, in milliseconds. */
  readonly targetTtlMs: number;
  /** There is one target, and its counters are compared each for itself. */
  readonly byInput?: boolean;
  /** Bound on what targets contributed to counters; by default that of the program. */
  readonly maxContributions?: number;
  /** The same for native histograms, in bytes. */
  readonly maxNativeBytes?: number;
}

/** What one scrape of all targets has brought to light. */
export interface MergeReport {
  /** Families whose targets differ in TYPE. */
  readonly contested: readonly string[];
  readonly resets: Readonly<Record<ResetReason, number>>;
  /** Samples of a target that collided with those of another one. */
  readonly mergedSamples: number;
  /** Samples that collided with others and cannot be merged. */
  readonly droppedSamples: number;
  /** Families of which gauges were summed although nothing asked for that. */
  readonly summedGauges: TextSet;
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
  readonly natives: NativeValues;
  readonly #forms = new HistogramForms();
  /** By first appearance. */
  readonly families: TextMap<MergedFamily> = new TextMap();
  readonly #options: MergedTableOptions;
  readonly #counters: TargetCounters;
  readonly #inputs: InputCounters | undefined;
  readonly #restored = new RestoredTotals();
  #nowMs = 0;
  #previousMs = -Infinity;
  /** When a target was last read whole. */
  #readMs = -Infinity;
  #mergedSamples = 0;
  #droppedSamples = 0;
  #summedGauges = new TextSet();
  #hasNatives = false;

  constructor(options: MergedTableOptions) {
    this.#options = options;
    const { byInput, monotonic, maxContributions, maxNativeBytes } = options;
    const budget = { left: maxNativeBytes ?? MAX_REMEMBERED_NATIVE_BYTES };
    this.natives = new NativeValues(budget);
    this.#inputs = byInput && monotonic ? new InputCounters(budget, maxContributions) : undefined;
    this.#counters = new TargetCounters(this.#inputs, this.natives, budget, maxContributions);
  }

  /**
   * What was exported by an earlier process, and since when (Unix milliseconds, NaN if that is not
   * known); to be called before the first scrape.
   */
  restore(
    key: Uint8Array,
    start: number,
    end: number,
    total: number | NativeHistogram,
    begunAt: number,
  ): void {
    this.#restored.add(key, start, end, total, begunAt);
  }

  /**
   * Begins a scrape at `nowMs` (Unix). `isBaseline`: what is counted has changed with the rules or
   * the policies, so that a difference to the last scrape is no increase.
   */
  begin(nowMs: number, isBaseline: boolean): void {
    this.#nowMs = nowMs;
    // What the last scrape had is known, however long ago that was: nobody has left meanwhile.
    const known = this.#inputs === undefined ? this.#previousMs : this.#readMs;
    const oldest = Math.min(nowMs - this.#options.targetTtlMs, known);
    this.#counters.forget(oldest, this.series);
    this.#restartUneven();
    this.#restored.forgetUnclaimed(nowMs, this.#options.targetTtlMs);
    this.#compact(oldest);
    const isFirst = this.#previousMs === -Infinity;
    this.#counters.begin({
      nowMs,
      previousMs: this.#previousMs,
      isBaseline: isBaseline || isFirst,
    });
    this.#inputs?.begin(nowMs, oldest);
    this.values.begin();
    this.natives.begin();
    this.#forms.begin();
    this.#mergedSamples = this.#droppedSamples = 0;
    this.#summedGauges = new TextSet();
  }

  /**
   * The output family of a target's samples: `source` is the number of the input family that they belong
   * to and whose metadata goes with them, and `type` its type.
   */
  enter(
    read: TargetRead,
    name: OutputFamilyName,
    source: number,
    type: FamilyType | undefined,
  ): MergedFamily {
    const neutral = neutralName(name, type, read.format);
    let family = this.families.get(neutral);
    if (family === undefined) {
      family = new MergedFamily(neutral);
      this.families.set(neutral, family);
    }
    const { sources } = read.ownFamily(family, name.name);
    if (name.hasMetadata && source !== 0) sources.add(source, type);
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
    origin: number,
  ): void {
    const number = this.groups.numberOf(plan, line);
    const { isComposite } = line.spans;
    this.#hasNatives ||= isComposite;
    const series = this.series.add(key, family, plan, number, isComposite);
    if (!this.#agrees(read, family)) this.series.doubt(series);
    const restored = this.#restored.claim(key.bytes, 0, key.length);
    if (restored !== undefined) this.#goOn(series, restored);
    if (number >= 0) this.#join(this.groups.get(number), series, plan, line);
    this.merge(read, series, plan, line, end, origin);
  }

  /**
   * Takes one more sample into a series. Returns how many it has then from this target, or 0 when the
   * sample repeats one.
   */
  merge(
    read: TargetRead,
    series: number,
    plan: EditPlan,
    line: ScannedLine,
    end: number,
    origin: number,
  ): number {
    if (!this.series.isLearned(series)) this.#learn(read, series, plan);
    const { bytes, spans } = line;
    const { valueStart, valueEnd, timestampStart, timestampEnd, exemplarStart } = spans;
    const stamp = timestampStart < 0 ? NaN : floatOf(bytes, timestampStart, timestampEnd);
    if (spans.isComposite) return this.#takeNative(read, series, line, end, stamp, origin);
    const value = floatOf(bytes, valueStart, valueEnd);
    const members = this.take(
      read,
      series,
      bytes,
      valueStart,
      valueEnd,
      value,
      stamp,
      origin,
      spans.nameStart,
    );
    if (members === 1) this.#noteStart(read, series, line);
    if (members > 0 && exemplarStart >= 0) {
      read.exemplars.set(series, bytes.slice(exemplarStart, end));
    }
    return members;
  }

  /**
   * Takes a sample into a known series; its value stands in `bytes[start, end)`, `timestamp` is as the
   * format has it, NaN for none; `within` is a place in its line. Returns how many it has then from
   * this target, or 0 when the sample repeats one.
   */
  take(
    read: TargetRead,
    series: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: number,
    timestamp: number,
    origin: number,
    within: number = start,
  ): number {
    if (this.series.isNative(series)) return this.#dropOther();
    if (!this.isMonotonic(series)) this.values.noteText(series, read.rank, bytes, start, end);
    if (this.#inputs !== undefined && this.series.mayAccumulate(series)) {
      this.#inputs.take(series, bytes, within, start, this.series.groupOf(series) >= 0, value);
    }
    const stamp = timestampMs(timestamp, read.format);
    return read.take(series, this.series.functionOf(series), value, stamp, origin);
  }

  #takeNative(
    read: TargetRead,
    series: number,
    line: ScannedLine,
    end: number,
    timestamp: number,
    origin: number,
  ): number {
    if (!this.series.isNative(series)) return this.#dropOther();
    const { bytes, spans } = line;
    const { nameStart, valueStart, valueEnd, exemplarStart } = spans;
    // What scanning the line has found to be one.
    const h = readNativeHistogram(bytes, valueStart, valueEnd)!;
    const stamp = timestampMs(timestamp, read.format);
    const members = read.takeNative(series, this.series.functionOf(series), h, stamp, origin);
    if (members === 0) return 0;
    if (members === 1) this.#noteStart(read, series, line);
    if (this.#inputs !== undefined && this.series.mayAccumulate(series)) {
      this.#inputs.takeNative(series, bytes, nameStart, valueStart, h);
    }
    if (exemplarStart >= 0) {
      read.addExemplars(series, readExemplars(decodePlain(bytes, exemplarStart, end)));
    }
    return members;
  }

  #noteStart(read: TargetRead, series: number, { bytes, spans }: ScannedLine): void {
    const { startTimeStart, startTimeEnd } = spans;
    if (startTimeStart < 0 || this.isMonotonic(series)) return;
    read.starts.set(series, bytes.slice(startTimeStart, startTimeEnd));
  }

  /** A number and a histogram make no sum: what came first stays. Its own member it is not. */
  #dropOther(): number {
    this.#droppedSamples++;
    return 1;
  }

  /** Counts a target that has been read whole. `metadataOf` gives what it said of a family. */
  fold(
    address: string,
    read: TargetRead,
    metadataOf: (own: OwnFamily) => FamilyMetadata,
  ): void {
    this.#readMs = this.#nowMs;
    uniteHistograms(read, this.series, this.groups);
    if (this.#hasNatives) this.#forms.note(read, this.series, this.groups);
    for (const [family, own] of read.families) family.offer(metadataOf(own), read.rank);
    if (this.#options.monotonic) {
      this.#counters.fold(address, read, this.series, this.groups, this.values);
    }
    read.forEach((series) => {
      if (this.series.seenAt(series) === this.#nowMs) this.#countCollision(series, read);
      this.series.see(series, this.#nowMs);
      this.values.stamp(series, read.timestampOf(series), read.exemplars.get(series));
      if (this.isMonotonic(series)) return;
      const members = read.membersOf(series);
      const fn = this.series.functionOf(series);
      this.values.take(series, fn, read.valueOf(series), members, read.rank);
      if (read.united.has(series)) this.values.forgetText(series);
      const native = read.natives.get(series);
      if (native !== undefined) this.natives.add(series, native);
      const start = read.starts.get(series);
      if (start !== undefined) this.values.noteStart(series, start);
    });
    for (const [series, exemplars] of read.nativeExemplars) {
      this.natives.addExemplars(series, exemplars);
    }
    this.#droppedSamples += read.unmergeable;
    this.#fillPlainSums(read);
  }

  /** A target that was scraped and not read. */
  miss(address: string): void {
    this.#counters.miss(address);
  }

  /** All targets have been read, or missed. */
  end(): MergeReport {
    const contested: string[] = [];
    for (const family of this.families.values()) {
      const { isContested, isRetyped } = family.settle();
      if (isContested) contested.push(family.name);
      if (isRetyped) this.series.relearn(family);
    }
    this.#noteUneven();
    // A scrape that ended before any target was read is none.
    if (this.#counters.hasTargets) this.#previousMs = this.#nowMs;
    return {
      contested,
      resets: this.#counters.resets,
      mergedSamples: this.#mergedSamples,
      droppedSamples: this.#droppedSamples + this.natives.unmergeable,
      summedGauges: this.#summedGauges,
      becameRaw: this.#counters.becameRaw,
    };
  }

  /** Whether the series is the sum of its targets' increases. */
  isMonotonic(series: number): boolean {
    return this.#options.monotonic && this.series.isAccumulated(series);
  }

  /** Whether a target has the series, as far as is known: the only one has what it had last. */
  hasOwner(series: number): boolean {
    if (this.#inputs !== undefined) return this.series.seenAt(series) === this.#readMs;
    return this.series.ownersOf(series) > 0;
  }

  /** Whether a target had the series in the scrape at hand. */
  isSeenNow(series: number): boolean {
    return this.series.seenAt(series) === this.#nowMs;
  }

  /** Which parts of a histogram that has a native one can be written together. */
  formsOf(group: number): Forms {
    const parts = this.groups.get(group);
    const ownersOf = (part: number) =>
      this.isMonotonic(part) ? this.series.ownersOf(part) : this.values.membersOf(part);
    return this.#forms.of(group, parts, this.series, ownersOf);
  }

  /** Every total that this or an earlier process has exported. An item is valid until the next. */
  *totals(): Iterable<CounterTotal> {
    const { series } = this;
    for (let number = 0; number < series.size; number++) {
      if (!this.isMonotonic(number)) continue;
      const native = this.natives.totalOf(number);
      if (series.isNative(number) && native === undefined) continue;
      const value = native ?? series.total(number);
      if (series.seenAt(number) === 0 && value === 0) continue;
      yield {
        bytes: series.keys,
        start: series.keyStart(number),
        end: series.keyEnd(number),
        value,
        begunAt: series.begunAt(number),
      };
    }
    yield* this.#restored.unclaimed();
  }

  /** A series goes on from what an earlier process exported of it. */
  #goOn(series: number, { value, begunAt }: RestoredTotal): void {
    const isNative = typeof value !== "number";
    if (isNative !== this.series.isNative(series)) return;
    if (!isNative) this.series.setTotal(series, value);
    else if (!this.natives.setTotal(series, value)) return;
    this.series.begin(series, begunAt);
  }

  /** Native totals beside which more, or fewer, targets have the classic part. */
  #noteUneven(): void {
    for (const native of this.#nativeTotals()) {
      const group = this.groups.get(this.series.groupOf(native));
      const owners = this.series.ownersOf(native);
      if (classicPartsOf(group).some((part) => this.series.ownersOf(part) !== owners)) {
        this.natives.uneven.add(native);
      }
    }
  }

  /**
   * One metric has one count for both of its parts. Where those counted apart, while targets came to
   * have both, all of it begins anew at zero: to Prometheus a reset, and no increase is lost.
   */
  #restartUneven(): void {
    for (const native of this.natives.uneven) {
      const group = this.groups.get(this.series.groupOf(native));
      const owners = this.series.ownersOf(native);
      const isEven = classicPartsOf(group).every((part) =>
        this.series.ownersOf(part) === owners && this.series.seenAt(part) === this.#readMs
      );
      const total = this.natives.totalOf(native);
      if (!isEven || total === undefined || this.series.seenAt(native) !== this.#readMs) continue;
      for (const part of partsOf(group)) this.series.restart(part, this.#readMs);
      this.natives.setTotal(native, zeroOf(total));
      this.natives.uneven.delete(native);
    }
  }

  *#nativeTotals(): Iterable<number> {
    if (!this.#hasNatives) return;
    for (let series = 0; series < this.series.size; series++) {
      if (!this.series.isNative(series) || this.series.groupOf(series) < 0) continue;
      if (this.isMonotonic(series)) yield series;
    }
  }

  /** A new series comes into its histogram. */
  #join(group: HistogramGroup, series: number, plan: EditPlan, line: ScannedLine): void {
    if (partsOf(group).some((part) => this.series.isRaw(part))) this.series.makeRaw(series);
    const below = this.groups.insert(group, series, plan, line);
    const { native } = group;
    const isNew = native >= 0 && this.natives.totalOf(native) === undefined;
    if (isNew && classicPartsOf(group).some((part) => this.series.total(part) > 0)) {
      this.natives.uneven.add(native);
    }
    const at = group.buckets.indexOf(series);
    // What counts all counts what the others have said of that.
    const isTotal = series === group.count || group.bounds[at] === Infinity;
    const known = isTotal ? [below, group.buckets.at(-1)!, group.count] : [below];
    const others = known.filter((part) => part >= 0 && part !== series);
    const most = (of: (part: number) => number) => Math.max(0, ...others.map(of));
    if (at >= 0 || isTotal) {
      this.values.fill(series, most((part) => this.values.runningOf(part)));
    }
    let least = most((part) => this.series.total(part));
    if (at < 0) {
      if (isTotal) this.series.setTotal(series, Math.max(least, this.series.total(series)));
      return;
    }
    // A bucket counts at least what the one below it does, whatever was known of it.
    for (const bucket of group.buckets.slice(at)) {
      least = Math.max(least, this.series.total(bucket));
      this.series.setTotal(bucket, least);
    }
  }

  /** The TYPE in force says what a series' samples are, not a target that contradicts it. */
  #learn(read: TargetRead, series: number, plan: EditPlan): void {
    if (this.#agrees(read, this.series.families[series])) this.series.learn(series, plan);
  }

  #agrees(read: TargetRead, family: MergedFamily): boolean {
    const type = read.families.get(family)?.sources.type;
    return family.agrees({ type, format: read.format });
  }

  /** A series that another target of this scrape has, too. */
  #countCollision(series: number, read: TargetRead): void {
    const members = read.membersOf(series);
    if (this.series.functionOf(series) === "drop" && !this.#isOwnStart(series)) {
      // The first member is lost with the second.
      this.#droppedSamples += members + Number(this.values.membersOf(series) === 1);
      return;
    }
    this.#mergedSamples += members;
    if (this.series.isGaugeSum(series)) {
      this.#summedGauges.add(this.series.families[series].name);
    }
  }

  /** Whether it is told in the place of what targets say when they began. */
  #isOwnStart(series: number): boolean {
    return this.#options.monotonic && this.series.isStart(series) &&
      metricOf(this.series, series) >= 0;
  }

  #fillPlainSums(read: TargetRead): void {
    const groups = new Set<number>();
    read.forEach((series) => {
      const group = this.series.groupOf(series);
      if (group < 0 || groups.has(group) || this.isMonotonic(series)) return;
      groups.add(group);
      fillBuckets(this.values, this.groups.get(group), (part) => read.valueOf(part));
    });
  }

  /** Lets go of series that no target has had for a while. */
  #compact(oldestMs: number): void {
    const { size } = this.series;
    const isDead = (series: number) =>
      this.series.ownersOf(series) === 0 && this.series.seenAt(series) < oldestMs;
    let dead = 0;
    for (let series = 0; series < size; series++) if (isDead(series)) dead++;
    if (dead < MIN_DEAD_SERIES || dead * 4 < size) return;
    const { series, moved } = this.series.without(isDead);
    const { groups, numbers } = this.groups.moved(moved);
    series.renumberGroups(numbers);
    this.series = series;
    this.groups = groups;
    this.values = new MergedValues();
    this.natives.move(moved);
    this.#counters.move(moved, series, groups);
    this.#inputs?.move(moved);
    for (const [name, family] of this.families) {
      family.move(moved);
      if (family.series.length === 0) this.families.delete(name);
    }
  }
}

/** Below this it is not worth the work. */
const MIN_DEAD_SERIES = 1024;

/** To the microsecond: all but the text format write seconds with decimals. */
function timestampMs(timestamp: number, format: LineFormat): number {
  if (format === "text") return timestamp;
  const milliseconds = Math.round(timestamp * 1e6) / 1e3;
  // A time may be as large as a double, and is none if it is infinite.
  if (Math.abs(milliseconds) !== Infinity) return milliseconds;
  return Math.sign(timestamp) * Number.MAX_VALUE;
}
