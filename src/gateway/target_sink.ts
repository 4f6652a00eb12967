import { memoryBounds } from "../memory_bounds.ts";
import { CardinalityGuard, type LimitName } from "../aggregate/cardinality_guard.ts";
import { type EditPlan, type OutputFamilyName, putSeriesKey } from "../aggregate/edit_plan.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import { boundOf } from "../merge/histogram_groups.ts";
import type { MergedFamily } from "../merge/merged_family.ts";
import { metadataOf } from "../merge/merged_metadata.ts";
import type { MergedTable } from "../merge/merged_table.ts";
import type { TargetRead } from "../merge/target_read.ts";
import { MAX_NATIVE_SUM_BYTES } from "../bounds.ts";
import type { Engine } from "../engine/engine.ts";
import * as layout from "../engine/layout.ts";
import { putOrigin } from "../engine/origin.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import { isSample, NEWLINE, SPACE } from "../exposition/bytes.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { admits } from "../lines/limit_guard.ts";
import { isEof } from "../lines/eof_line.ts";
import {
  LineReader,
  type LineSink,
  noMemory,
  type PassedReason,
  type ReaderOptions,
  type TakenLine,
} from "../lines/line_reader.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import { unreadableText } from "../lines/unreadable_line.ts";
import type { SeriesRules } from "../lines/rules_in_force.ts";

/** What `st@` ends in. */
const AT = 0x40;

/** A response that cannot be merged with others: its target counts as one that was not read. */
export class UnreadableTarget extends Error {
  override readonly name = "UnreadableTarget";
}

/** Told of a sample's line that a limit keeps out. */
export type Limited = (bytes: Uint8Array, start: number, end: number, limit: LimitName) => void;

/** Takes the lines of one target into the table that all targets share. */
export class TargetSink implements LineBlockSink, LineSink {
  readonly full = false;
  /** The exposition's own `# EOF` was there. */
  terminated = false;
  readonly #engine: Engine;
  readonly #lines: LineReader;
  readonly #table: MergedTable;
  readonly #read: TargetRead;
  readonly #rules: SeriesRules;
  readonly #stats: ScrapeStats;
  readonly #guard: CardinalityGuard | undefined;
  readonly #limited: Limited | undefined;
  readonly #key = new LineBuffer();
  /** The block that is being taken, and what to add to places in the kernel's input. */
  #bytes = new Uint8Array(0);
  #offset = 0;
  /** Where the lines end that have arrived. */
  #end = 0;
  #insideLongLine = false;
  /** Lines may say when their metrics began. */
  readonly #notesStarts: boolean;

  constructor(
    engine: Engine,
    rules: SeriesRules,
    table: MergedTable,
    read: TargetRead,
    options: ReaderOptions & { readonly limited?: Limited },
    stats: ScrapeStats,
  ) {
    this.#limited = options.limited;
    this.#engine = engine;
    this.#rules = rules;
    this.#table = table;
    this.#read = read;
    this.#stats = stats;
    this.#notesStarts = read.format === "lifted";
    this.#guard = rules.limits && new CardinalityGuard(rules.limits);
    // What would pass fails the target, and no more than that.
    const onUnreadable = options.onUnreadable === "drop" ? "drop" : "pass";
    const reading = { ...options, gathersFailed: true, onUnreadable } as const;
    this.#lines = new LineReader(engine, reading, stats, this);
    const { exports } = engine.kernel;
    exports.beginRecords(memoryBounds.rememberedBytes);
    if (engine.remembered !== table.series.identity) exports.clearSeries();
    engine.remembered = table.series.identity;
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const { kernel } = this.#engine;
    if (start < end) this.#goesOn();
    this.#lines.use();
    this.#end = end;
    kernel.onEnter = (out, family) => this.#entered(out, family);
    // What a target left that could not be read to its end.
    kernel.exports.drained();
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    try {
      while (start < end) {
        const blockEnd = this.#lines.begin(bytes, start, end);
        this.#offset = start - (kernel.exports.input.value >>> 0);
        const taken = this.#lines.take(bytes, start, blockEnd, isLast && blockEnd === end);
        this.#drain();
        if (taken === start && blockEnd === end) break;
        start = taken;
      }
    } finally {
      // Of a target that cannot be read, too: the next one begins at zero.
      this.#lines.count();
    }
    return start;
  }

  /** A line that is longer than can be held, a piece of it with each call. */
  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#goesOn();
    if (!this.#insideLongLine && isSample(bytes, start, end)) {
      this.#stats.inputLines++;
      this.#stats.inputSamples++;
      const drops = this.#lines.dropsUnread({ bytes, start, next: end });
      if (!drops) throw new UnreadableTarget("a line is longer than can be held");
    }
    this.#insideLongLine = !last;
  }

  /** Nothing more is read. */
  end(): void {
    this.#lines.use();
    this.#lines.end();
  }

  /** Counts a target that has been read whole. */
  fold(address: string): void {
    this.#lines.use();
    const { format } = this.#read;
    this.#read.isLossy ||= this.#lines.isLossy;
    if (!this.#rules.mayRename) this.#takeLate();
    this.#table.fold(address, this.#read, (own) => metadataOf(own, this.#engine, format));
  }

  /** What was said of families after their samples. */
  #takeLate(): void {
    const engine = this.#engine;
    for (const { name, sources } of this.#read.families.values()) {
      if (sources.families.length > 0) continue;
      const family = engine.familyNumber(name);
      const type = engine.sampleFamily(family)?.type;
      if (engine.heldLines(family).length > 0) sources.add(family, type);
    }
  }

  resolve(status: number): void {
    if (status !== layout.OUTPUT_FULL) throw noMemory();
    this.#drain();
  }

  /** The kernel has come to samples of another family. */
  #entered(out: number, family: number): void {
    this.#enter({ name: this.#engine.outName(out), hasMetadata: family !== 0 }, family);
  }

  #enter(name: OutputFamilyName, family: number): MergedFamily {
    const type = this.#engine.sampleFamily(family)?.type;
    return this.#table.enter(this.#read, name, name.hasMetadata ? family : 0, type);
  }

  /** Takes the samples whose series the kernel knew. */
  #drain(): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const used = exports.used.value;
    if (used === 0) return;
    const { buffer } = kernel.bytes;
    const from = exports.output.value >>> 0;
    const words = new Int32Array(buffer, from, used / 4);
    const floats = new Float64Array(buffer, from, used / 8);
    const table = this.#table;
    let members = 0;
    for (let word = 0; word < words.length; word += layout.RECORD_BYTES / 4) {
      const is = words[word + 3];
      const increment = floats[word / 2 + 4];
      if (is === layout.CORRECTS) {
        if (members > 0) this.#read.rise(words[word], -increment, 0);
        continue;
      }
      const start = (words[word + 1] >>> 0) + this.#offset;
      members = table.take(
        this.#read,
        words[word],
        this.#bytes,
        start,
        start + words[word + 2],
        floats[word / 2 + 2],
        floats[word / 2 + 3],
        floats[word / 2 + 5],
      );
      this.#count(members);
      if (members === 1 && this.#notesStarts) {
        this.#noteStart(words[word], start + words[word + 2]);
      }
      // What repeats a sample is none.
      if (members === 0 || (is & layout.RISES) === 0) continue;
      if ((is & layout.COMES_BACK) !== 0) this.#read.isLossy = true;
      this.#read.rise(words[word], increment, Number((is & layout.BEGINS) !== 0));
    }
    exports.drained();
  }

  /** A line behind whose value its metric's start may be said. */
  #noteStart(series: number, at: number): void {
    const bytes = this.#bytes;
    if (bytes[at] !== SPACE || this.#table.isMonotonic(series)) return;
    const lineEnd = bytes.indexOf(NEWLINE, at);
    const start = bytes.indexOf(AT, at);
    if (start < 0 || start > lineEnd) return;
    const space = bytes.indexOf(SPACE, start);
    const end = space < 0 || space > lineEnd ? lineEnd : space;
    this.#read.starts.set(series, bytes.slice(start - "st".length, end));
  }

  keep(): void {
    throw new Error("samples of many targets become series");
  }

  /** Counts a sample that is one of so many of its series. */
  #count(members: number): void {
    if (members > 1) this.#stats.mergedSamples++;
    else if (members === 0) this.#stats.duplicateSamples++;
  }

  gather(line: TakenLine, end: number, plan: EditPlan, sample: SampleLine, family: number): void {
    // In the order in which they came.
    this.#drain();
    const merged = this.#enter(plan.family, family);
    const key = this.#key;
    const guard = this.#guard;
    if (guard === undefined) putSeriesKey(key, plan, sample);
    else {
      guard.putKey(key, plan, sample, merged.guarded);
      if (guard.exceeded !== undefined && !this.#admits(guard.exceeded, merged, line, end)) return;
    }
    let series = this.#find(key);
    let isOverflow = guard?.exceeded !== undefined;
    if (series < 0 && guard !== undefined) {
      const { guarded, seriesCount } = merged;
      const limit = guard.seriesLimit(key, plan, guarded, seriesCount, this.#table.series.size);
      if (limit !== undefined) {
        if (!this.#admits(limit, merged, line, end)) return;
        guard.putOverflowKey(key, plan, sample);
        isOverflow = true;
        series = this.#find(key);
      } else guard.learn(key.bytes, 0, key.length, guarded);
    }
    const { kernel } = this.#engine;
    putOrigin(kernel, sample, line.at, plan, isOverflow);
    const origin = kernel.exports.lastOrigin();
    let members = 1;
    if (series < 0) {
      if (!this.#table.series.hasRoom(key.length)) throw noMemory();
      this.#table.add(this.#read, merged, key, plan, sample, end, origin);
      series = this.#find(key);
    } else members = this.#table.merge(this.#read, series, plan, sample, end, origin);
    this.#count(members);
    if (this.#read.nativeBytes > MAX_NATIVE_SUM_BYTES) throw noMemory();
    if (members > 0) this.#rise(line, plan, sample, series);
    if (!isOverflow && this.#table.series.isLearned(series)) this.#remember(key, series);
  }

  /** What the kernel does itself with the lines that it takes. */
  #rise({ at }: TakenLine, plan: EditPlan, sample: SampleLine, series: number): void {
    const part = this.#engine.partOf(plan, sample) & layout.PART_MASK;
    const group = this.#table.series.groupOf(series);
    if (part === 0 || group < 0) return;
    const { exports } = this.#engine.kernel;
    const { bytes, spans: { valueStart, valueEnd } } = sample;
    const value = floatOf(bytes, valueStart, valueEnd);
    this.#engine.setLine(sample, at);
    if (part === layout.COUNT) this.#read.rise(series, exports.uncounted(group + 1, value), 0);
    if (part !== layout.BUCKET) return;
    exports.rise(group + 1, series, boundOf(plan, sample), value, true);
    const increment = exports.increment.value;
    this.#read.rise(series, increment, exports.begins.value);
    if (exports.comesBack.value !== 0) this.#read.isLossy = true;
    if (exports.repeats.value !== 0) this.#read.repeated.add(series);
    if (exports.hasUpper.value !== 0) this.#read.rise(exports.upper.value >>> 0, -increment, 0);
  }

  #find(key: LineBuffer): number {
    return this.#table.series.find(key.bytes, 0, key.length);
  }

  /** Tells the kernel of the series with this key. */
  #remember(key: LineBuffer, series: number): void {
    const { kernel } = this.#engine;
    const group = this.#table.series.groupOf(series);
    if (kernel.putKey(key)) kernel.exports.remember(key.length, series, group + 1);
  }

  #admits(
    limit: LimitName,
    { name }: MergedFamily,
    { bytes, start }: TakenLine,
    end: number,
  ): boolean {
    const isAdmitted = admits(this.#rules.limits!, limit, name, this.#stats);
    if (!isAdmitted) this.#limited?.(bytes, start, end, limit);
    return isAdmitted;
  }

  /** One target's unreadable line would make the response unreadable for all. */
  passSample({ bytes, start, next }: TakenLine, _family: number, _reason: PassedReason): void {
    throw new UnreadableTarget(`a line is no sample: ${unreadableText(bytes, start, next)}`);
  }

  /** Comments say something of one target at most. */
  passComment({ bytes, start, next }: TakenLine): void {
    if (!isEof(bytes, start, next)) return;
    this.terminated = true;
    if (next < this.#end) this.#goesOn();
  }

  /** Prometheus refuses whatever comes behind the end. */
  #goesOn(): void {
    if (!this.terminated || this.#read.format !== "openmetrics") return;
    throw new UnreadableTarget("OpenMetrics that goes on behind # EOF");
  }

  beforeForgetting(): void {
    throw new UnreadableTarget("more families than can be held");
  }
}
