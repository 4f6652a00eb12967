import { NO_TARGET_LABELS, type TargetLabels } from "../aggregate/target_labels.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import { groupName } from "../aggregate/series_plan.ts";
import { isSample, NEWLINE } from "../exposition/bytes.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { OPEN, readableName, sampleEnd } from "../exposition/scan_sample.ts";
import { commentEnd } from "../exposition/metadata_line.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { LARGE_GARBAGE_LINES, MAX_HELD_LINE_BYTES } from "../bounds.ts";
import { memoryBounds } from "../memory_bounds.ts";
import type { Engine, Name } from "../engine/engine.ts";
import * as layout from "../engine/layout.ts";
import type { Planned } from "../engine/planner.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import type { SampleWatcher } from "../relabel/sample_watcher.ts";
import { AggregationError } from "./aggregation_error.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { noteBelow } from "./shortfall.ts";
import { readStartTime } from "./start_time.ts";
import { type UnreadableAction, unreadableText } from "./unreadable_line.ts";

export interface ReaderOptions {
  readonly format: LineFormat;
  readonly maxLineBytes: number;
  /** False: nothing is learnt, every line is TypeScript's; for tests. */
  readonly learns?: boolean;
  /** Told of each sample that can be read; nothing is learnt then either. */
  readonly watcher?: SampleWatcher;
  /** What the samples' target adds to each; nothing by default. */
  readonly ofTarget?: TargetLabels;
  /** Told of each `process_start_time_seconds`, whatever becomes of it. */
  readonly startedAt?: (unixSeconds: number) => void;
  /** A sample that policies failed at goes through the rules instead of passing as it is. */
  readonly gathersFailed?: boolean;
  /** False: what policies decide of samples is counted elsewhere. */
  readonly countsPolicies?: boolean;
  /** The output ends with what is missing in it, to which what the upstream says of that is added. */
  readonly saysMissing?: boolean;
  /** By default they pass. */
  readonly onUnreadable?: UnreadableAction;
  /** Called when much of what was handed on, or made of lines, can be collected. */
  readonly collectGarbage?: () => void;
}

/** A line that TypeScript has taken: `at` is where it lies in the kernel's memory. */
export interface TakenLine {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** After its newline, if it has one. */
  readonly next: number;
  readonly at: number;
}

/** Why a sample is not judged. */
export type PassedReason = "overlong" | "unparseable" | "failed";

/** Where what becomes of lines goes. */
export interface LineSink {
  /** Nothing more is wanted. */
  readonly full: boolean;
  /** Does what the kernel has asked for, so that it can be called again. */
  resolve(status: number): void;
  keep(line: TakenLine, family: number): void;
  /** Takes a sample into the series that its plan makes of it; it ends at `end`. */
  gather(line: TakenLine, end: number, plan: EditPlan, sample: SampleLine, family: number): void;
  /** A sample that passes as it is; false when it is to be judged all the same. */
  passSample(line: TakenLine, family: number, reason: PassedReason): void;
  /** A line that is neither a sample nor metadata. */
  passComment(line: TakenLine): void;
  /** Writes what was gathered: the families that the engine knows are about to be forgotten. */
  beforeForgetting(): void;
}

/*
 *   block ─▶ kernel: lines of known shapes ─▶ kept, dropped, or taken into series
 *              │ every other line, once
 *              └─▶ TypeScript: scanned, planned, learnt ─▶ the kernel takes it
 */

/** Reads the lines of one exposition: the way of every line, whatever becomes of it. */
export class LineReader {
  readonly engine: Engine;
  /** The exposition, to the kernel. */
  readonly #reader: number;
  readonly #options: ReaderOptions;
  readonly #stats: ScrapeStats;
  readonly #sink: LineSink;
  readonly #ofTarget: TargetLabels;
  readonly #spans = new SampleSpans();
  readonly #learns: boolean;
  readonly #countsPolicies: boolean;
  /** The longest line that the kernel may take. */
  readonly #maxKernelLine: number;
  /** Where the line after the one that TypeScript took last begins in the block. */
  #next = 0;
  /** The line that was read last was not taken, because it may go on behind the block. */
  #goesOn = false;
  /** The block has all that may be held of its first line. */
  #isCut = false;
  /** Lines that TypeScript took since garbage was collected, as `GARBAGE_LINES` counts them. */
  #garbageLines = 0;
  /** The name of the sample that it took last. */
  #lastName: Name | undefined;

  constructor(engine: Engine, options: ReaderOptions, stats: ScrapeStats, sink: LineSink) {
    this.engine = engine;
    this.#options = options;
    this.#stats = stats;
    this.#sink = sink;
    this.#ofTarget = options.ofTarget ?? NO_TARGET_LABELS;
    this.#countsPolicies = options.countsPolicies !== false;
    this.#learns = options.learns !== false && options.watcher === undefined;
    this.#maxKernelLine = this.#learns ? options.maxLineBytes : 0;
    this.#reader = engine.newReader(this.#ofTarget, options.format);
  }

  /** The next calls of the kernel are for this exposition. */
  use(): void {
    this.engine.kernel.exports.useReader(this.#reader);
  }

  /** Some histogram was forgotten before it was whole: what buckets rise may be wrong. */
  get isLossy(): boolean {
    return this.engine.kernel.exports.isLossy(this.#reader) !== 0;
  }

  /** Nothing more is read. */
  end(): void {
    this.count();
    this.engine.kernel.exports.endReader(this.#reader);
  }

  /**
   * Puts lines into the kernel as a block; returns where those end that fit. More do where the last
   * block's first line goes on behind it.
   */
  begin(bytes: Uint8Array, start: number, end: number): number {
    const { kernel } = this.engine;
    const { exports } = kernel;
    this.#refresh();
    const fits = this.#goesOn ? MAX_HELD_LINE_BYTES : exports.inputBytes.value;
    const blockEnd = end - start > fits ? this.#blockEnd(bytes, start, end, fits) : end;
    this.#isCut = this.#goesOn && blockEnd < end;
    if (blockEnd - start > exports.inputBytes.value && exports.growInput(blockEnd - start) === 0) {
      throw noMemory();
    }
    kernel.bytes.set(bytes.subarray(start, blockEnd), exports.input.value >>> 0);
    exports.beginBlock(blockEnd - start);
    return blockEnd;
  }

  /** Where a block of whole lines ends of which so many bytes fit. */
  #blockEnd(bytes: Uint8Array, start: number, end: number, fits: number): number {
    const newline = bytes.lastIndexOf(NEWLINE, start + fits - 1);
    if (newline >= start) return newline + 1;
    // One line is longer than the block: there are few of them.
    const next = bytes.indexOf(NEWLINE, start);
    return next < 0 || next >= end ? end : next + 1;
  }

  /**
   * Takes the lines of the block that was begun last, which ends at `end`. Returns where those end that
   * were taken: before `end` where a line may go on behind the block. `isLast`: nothing comes there.
   */
  take(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const { exports } = this.engine.kernel;
    const length = end - start;
    const isWhole = isLast || this.#isCut;
    this.#goesOn = false;
    for (let at = 0, learntAt = -1; at < length && !this.#sink.full;) {
      at = exports.take(at, length, this.#maxKernelLine);
      const status = exports.status.value;
      if (status === layout.TAKEN) return end;
      if (status !== layout.UNKNOWN) this.#sink.resolve(status);
      else if (this.#takeLine(bytes, start, at, end, at !== learntAt, isWhole)) at = this.#next;
      else if (this.#goesOn) return start + at;
      else learntAt = at;
      this.#refresh();
    }
    return end;
  }

  /** Adds what the kernel has counted to the figures. */
  count(): void {
    this.engine.kernel.takeCounts(this.#stats);
    this.engine.tally(this.#stats.ruleHits);
  }

  /**
   * TypeScript's turn. False when the kernel has learnt the line and is to take it; `mayLearn` is
   * false when it did not take it after that. False, too, when the line goes on behind the block,
   * unless that `isWhole`.
   */
  #takeLine(
    bytes: Uint8Array,
    blockStart: number,
    offset: number,
    blockEnd: number,
    mayLearn: boolean,
    isWhole: boolean,
  ): boolean {
    const { engine } = this;
    const start = blockStart + offset;
    const newline = bytes.indexOf(NEWLINE, start);
    const lineEnd = newline >= 0 && newline < blockEnd ? newline : blockEnd;
    const isComment = !isSample(bytes, start, lineEnd);
    this.#leaveGarbage(isComment ? LARGE_GARBAGE_LINES : 1);
    const read = isComment
      ? commentEnd(bytes, start, lineEnd, blockEnd)
      : sampleEnd(bytes, start, blockEnd, this.#spans, this.#options.format);
    if (read === OPEN && !isWhole) {
      this.#goesOn = true;
      return false;
    }
    // Behind the line where a newline stands between its quotes.
    const end = Math.max(read, lineEnd);
    const isEnded = end < blockEnd;
    const next = Math.min(end + 1, blockEnd);
    this.#next = next - blockStart;
    const line = { bytes, start, next, at: (engine.kernel.exports.input.value >>> 0) + offset };
    const learns = mayLearn && isEnded && this.#learns && end === lineEnd;
    if (engine.isFull && (isComment || read >= 0)) this.#forgetFamilies(line, isComment);
    if (!isComment) {
      const stop = read === OPEN ? -1 : this.#spans.quotedTo;
      const isTaken = read < 0
        ? this.#takeUnread(line, end, stop, blockStart, blockEnd)
        : this.#takeSample(line, end, learns);
      if (isTaken) this.#tell(line, end);
      return isTaken;
    }
    // A newline stands after the block, too: samples may come after a last line that has none.
    const learnt = engine.metadataAt(line.at, end - start + 1);
    if (learnt !== 0 && learns) return false;
    this.#stats.inputLines++;
    if (learnt === 0) this.#sink.passComment(line);
    else this.#takeMetadata(line, learnt, isEnded);
    return true;
  }

  /** What a line was taken apart into is garbage, of which the runtime would let pile up much. */
  #leaveGarbage(lines: number): void {
    this.#garbageLines += lines;
    if (this.#garbageLines < memoryBounds.garbageLines) return;
    this.#garbageLines = 0;
    this.#options.collectGarbage?.();
  }

  #tell({ bytes, start }: TakenLine, end: number): void {
    const { watcher } = this.#options;
    if (watcher?.lineTaken === undefined) return;
    this.count();
    watcher.lineTaken(bytes, start, end);
  }

  /** What comes after its family's samples passes, where these do. */
  #takeMetadata(line: TakenLine, learnt: number, isEnded: boolean): void {
    const { exports } = this.engine.kernel;
    const isLate = exports.isLateLine(learnt) !== 0;
    if (isLate) this.#sink.passComment(line);
    if (exports.takeLearnt(learnt, isEnded ? line.at : 0) === 0) throw noMemory();
    if (isLate) exports.noteLateWritten(learnt);
  }

  /**
   * A line that is no sample. Where it opens quotes that another line closes, what is wrong comes behind
   * them, in the line in which `stop` lies: all up to there passes as one, whatever it looks like by
   * itself, since without it the rest might be a sample that never was. Only the first line is dropped.
   */
  #takeUnread(
    line: TakenLine,
    end: number,
    stop: number,
    blockStart: number,
    blockEnd: number,
  ): true {
    const { bytes, start } = line;
    const isLong = end - start > this.#options.maxLineBytes;
    if ((!isLong && this.#dropsName(line)) || this.dropsUnread(line)) return this.#countSample();
    let next = line.next;
    if (stop >= next) {
      const newline = bytes.indexOf(NEWLINE, stop);
      next = newline < 0 || newline >= blockEnd ? blockEnd : newline + 1;
      this.#next = next - blockStart;
    }
    return this.#pass({ ...line, next }, isLong ? "overlong" : "unparseable");
  }

  /** A sample, whose parts are in the spans. */
  #takeSample(line: TakenLine, end: number, learns: boolean): boolean {
    const { engine } = this;
    const { bytes, start } = line;
    const spans = this.#spans;
    const { startedAt } = this.#options;
    if (startedAt !== undefined) readStartTime(bytes, spans, startedAt);
    if (end - start > this.#options.maxLineBytes) {
      return this.dropsUnread(line) ? this.#countSample() : this.#pass(line, "overlong");
    }
    const name = this.#nameOf(line);
    const saysMissing = this.#options.saysMissing === true;
    if (saysMissing && noteBelow(name.text, bytes, start, spans, this.#stats)) {
      this.#stats.inputLines++;
      this.#stats.inputSamples++;
      return true;
    }
    const family = engine.familyOf(name);
    const sample: SampleLine = {
      bytes,
      spans,
      start,
      name: name.text,
      family: engine.sampleFamily(family),
      format: this.#options.format,
      ofTarget: this.#ofTarget,
    };
    // What the kernel has counted belongs to decisions that may be forgotten now.
    engine.tally(this.#stats.ruleHits);
    const shape = learns ? engine.shapeToLearn(sample, name, line.at) : -1;
    const planned = (shape >= 0 ? engine.planner.planOnce(sample) : undefined) ??
      engine.planner.plan(sample, this.#options.gathersFailed);
    if (name !== this.#lastName || typeof planned.outcome === "object") {
      this.#leaveGarbage(LARGE_GARBAGE_LINES - 1);
    }
    this.#lastName = name;
    const counter = engine.planner.bareCounter(sample);
    if (counter !== undefined) this.#stats.bareCounters.add(counter);
    const isLearnt = shape >= 0 && !engine.isStale &&
      engine.learn(sample, name, line.at, shape, planned);
    if (isLearnt) return false;
    const { watcher } = this.#options;
    if (watcher !== undefined) {
      const { outcome, decision, effects } = planned;
      const policies = outcome === "policy" ? decision?.hits.map(({ id }) => id) : undefined;
      watcher.judged(sample, effects, policies);
    }
    this.#execute(planned, sample, family, line, end);
    return true;
  }

  #execute(
    { outcome, decision, hits, isFailed }: Planned,
    sample: SampleLine,
    family: number,
    line: TakenLine,
    end: number,
  ): void {
    const stats = this.#stats;
    if (outcome === "failed") {
      this.#pass(line, "failed");
      return;
    }
    this.#countSample();
    if (isFailed) stats.failedEvaluations++;
    if (decision !== undefined && this.#countsPolicies) decision.samples++;
    if (hits !== undefined) stats.ruleHits.add(hits, 1);
    switch (outcome) {
      case "keep":
        if (family === 0) this.engine.noteKept(sample.name);
        return this.#sink.keep(line, family);
      case "policy":
        stats.droppedByPolicy++;
        return;
      case "rule":
        stats.droppedByRules++;
        return;
      case "no_name":
      case "bad_name":
      case "duplicate_label":
        stats.droppedAsInvalid++;
        return;
      default:
        this.#sink.gather(line, end, outcome, sample, family);
    }
  }

  #countSample(): true {
    this.#stats.inputLines++;
    this.#stats.inputSamples++;
    return true;
  }

  /** A sample passes as it is, because it cannot be read or judged. */
  #pass(line: TakenLine, reason: PassedReason): true {
    const stats = this.#stats;
    this.#countSample();
    if (reason === "overlong") stats.overlongLines++;
    else if (reason === "unparseable") stats.unparseableLines++;
    else stats.failedEvaluations++;
    this.#sink.passSample(line, this.familyOfStart(line), reason);
    return true;
  }

  /** Whether what policies and rules make of its name alone drops a line that is no sample. */
  #dropsName({ bytes, start, next }: TakenLine): boolean {
    const name = readableName(bytes, start, next);
    if (name === undefined) return false;
    const { engine } = this;
    const spans = this.#spans;
    spans.clear();
    const family = engine.sampleFamily(engine.familyOf(engine.unlearntName(name)));
    const { format } = this.#options;
    const sample = { bytes, spans, start, name, family, format, ofTarget: this.#ofTarget };
    const { outcome, decision, hits } = engine.planner.planName(sample);
    if (decision !== undefined && this.#countsPolicies) decision.samples++;
    if (hits !== undefined) this.#stats.ruleHits.add(hits, 1);
    if (outcome === "policy") this.#stats.droppedByPolicy++;
    else if (outcome === "rule") this.#stats.droppedByRules++;
    return outcome !== "keep";
  }

  /**
   * Whether the configuration has a line dropped that is no sample, or too long to be read; that is
   * counted. Throws an AggregationError where it lets the scrape fail.
   */
  dropsUnread({ bytes, start, next }: Pick<TakenLine, "bytes" | "start" | "next">): boolean {
    const stats = this.#stats;
    const { onUnreadable } = this.#options;
    const text = stats.firstUnreadable ??= unreadableText(bytes, start, next);
    if (onUnreadable === "fail") throw new AggregationError(`a line cannot be read: ${text}`);
    if (onUnreadable !== "drop") return false;
    stats.droppedUnreadable++;
    return true;
  }

  /** The name of a line that is a sample. */
  #nameOf({ bytes, start, at }: TakenLine): Name {
    const { nameStart, nameEnd } = this.#spans;
    const text = () => decodeQuoted(bytes, nameStart, nameEnd);
    // A label may stand before a name in quotes.
    const isFirst = nameStart <= start + 2;
    return (isFirst ? this.engine.nameAt(at, text) : undefined) ??
      this.engine.unlearntName(text());
  }

  /** The number of the family of the name that a line begins with, sample or not; 0: none. */
  familyOfStart({ bytes, start, next }: Pick<TakenLine, "bytes" | "start" | "next">): number {
    const { engine } = this;
    const name = readableName(bytes, start, next);
    if (name !== undefined) return engine.familyOf(engine.unlearntName(name));
    // A name in quotes may come after labels.
    const { format } = this.#options;
    if (sampleEnd(bytes, start, next, this.#spans, format) < 0) return 0;
    const { nameStart, nameEnd } = this.#spans;
    return engine.familyOf(engine.unlearntName(decodeQuoted(bytes, nameStart, nameEnd)));
  }

  /** Forgets what the engine knows of samples where that holds no longer, or is too much. */
  #refresh(): void {
    if (!this.engine.isStale) return;
    this.engine.tally(this.#stats.ruleHits);
    this.engine.forget();
  }

  /** Forgets all families, unless the line goes on with the one that is being gathered. */
  #forgetFamilies({ bytes }: TakenLine, isComment: boolean): void {
    const { engine } = this;
    const out = engine.kernel.exports.currentOut() >>> 0;
    if (!isComment && out !== 0 && this.#outNameIn(bytes) === engine.outName(out)) return;
    this.#sink.beforeForgetting();
    this.count();
    if (!this.#sink.full && !engine.forgetOtherFamilies(this.#reader)) throw noMemory();
  }

  /** The family of the output that the sample that was read belongs to where its name stays. */
  #outNameIn(bytes: Uint8Array): string {
    const { engine } = this;
    const { nameStart, nameEnd } = this.#spans;
    const name = engine.unlearntName(decodeQuoted(bytes, nameStart, nameEnd));
    const family = engine.familyOf(name);
    return family === 0 ? groupName(name.text) : engine.familyName(family);
  }
}

export function noMemory(): AggregationError {
  return new AggregationError("more series than one scrape can hold");
}
