import { NO_TARGET_LABELS, type TargetLabels } from "../aggregate/target_labels.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import { groupName } from "../aggregate/series_plan.ts";
import { BRACE_OPEN, CARRIAGE_RETURN, isSample, NEWLINE } from "../exposition/bytes.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { Engine, Name } from "../engine/engine.ts";
import * as layout from "../engine/layout.ts";
import type { Planned } from "../engine/planner.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import type { SampleWatcher } from "../relabel/sample_watcher.ts";
import { AggregationError } from "./aggregation_error.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { noteBelow } from "./shortfall.ts";
import { readStartTime } from "./start_time.ts";

export interface ReaderOptions {
  readonly openMetrics: boolean;
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
  /** The output ends with what is missing in it, to which what the upstream says of that is added. */
  readonly saysMissing?: boolean;
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
  /** The longest line that the kernel may take. */
  readonly #maxKernelLine: number;
  /** Where the line after the one that TypeScript took last begins in the block. */
  #next = 0;

  constructor(engine: Engine, options: ReaderOptions, stats: ScrapeStats, sink: LineSink) {
    this.engine = engine;
    this.#options = options;
    this.#stats = stats;
    this.#sink = sink;
    this.#ofTarget = options.ofTarget ?? NO_TARGET_LABELS;
    this.#learns = options.learns !== false && options.watcher === undefined;
    this.#maxKernelLine = this.#learns ? options.maxLineBytes : 0;
    this.#reader = engine.newReader(this.#ofTarget);
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

  /** Puts lines into the kernel as a block; returns where those end that fit. */
  begin(bytes: Uint8Array, start: number, end: number): number {
    const { kernel } = this.engine;
    const { exports } = kernel;
    this.#refresh();
    const blockEnd = end - start > exports.inputBytes.value
      ? this.#blockEnd(bytes, start, end)
      : end;
    kernel.bytes.set(bytes.subarray(start, blockEnd), exports.input.value >>> 0);
    exports.beginBlock(blockEnd - start);
    return blockEnd;
  }

  /** Where a block of whole lines ends that fits into the kernel's input. */
  #blockEnd(bytes: Uint8Array, start: number, end: number): number {
    const { exports } = this.engine.kernel;
    const newline = bytes.lastIndexOf(NEWLINE, start + exports.inputBytes.value - 1);
    if (newline >= start) return newline + 1;
    // One line is longer than the block: there are few of them.
    const next = bytes.indexOf(NEWLINE, start);
    const blockEnd = next < 0 || next >= end ? end : next + 1;
    if (exports.growInput(blockEnd - start) === 0) throw noMemory();
    return blockEnd;
  }

  /** Takes the lines of the block that was begun last. */
  take(bytes: Uint8Array, start: number, end: number): void {
    const { exports } = this.engine.kernel;
    const length = end - start;
    for (let at = 0, learntAt = -1; at < length && !this.#sink.full;) {
      at = exports.take(at, length, this.#maxKernelLine);
      const status = exports.status.value;
      if (status === layout.TAKEN) return;
      if (status !== layout.UNKNOWN) this.#sink.resolve(status);
      else if (this.#takeLine(bytes, start, at, end, at !== learntAt)) at = this.#next;
      else learntAt = at;
      this.#refresh();
    }
  }

  /** Adds what the kernel has counted to the figures. */
  count(): void {
    this.engine.kernel.takeCounts(this.#stats);
    this.engine.countDecisions();
  }

  /**
   * TypeScript's turn. False when the kernel has learnt the line and is to take it; `mayLearn` is
   * false when it did not take it after that.
   */
  #takeLine(
    bytes: Uint8Array,
    blockStart: number,
    offset: number,
    blockEnd: number,
    mayLearn: boolean,
  ): boolean {
    const { engine } = this;
    const start = blockStart + offset;
    const newline = bytes.indexOf(NEWLINE, start);
    const isEnded = newline >= 0 && newline < blockEnd;
    const end = isEnded ? newline : blockEnd;
    const next = isEnded ? newline + 1 : blockEnd;
    this.#next = next - blockStart;
    const line = { bytes, start, next, at: (engine.kernel.exports.input.value >>> 0) + offset };
    const learns = mayLearn && isEnded && this.#learns;
    const isOfSample = isSample(bytes, start, end);
    if (engine.isFull) this.#forgetFamilies(line, isOfSample);
    if (isOfSample) return this.#takeSample(line, end, learns);
    // A newline stands after the block, too: samples may come after a last line that has none.
    const learnt = engine.metadataAt(line.at, end - start + 1);
    if (learnt !== 0 && learns) return false;
    this.#stats.inputLines++;
    if (learnt === 0) this.#sink.passComment(line);
    else if (engine.kernel.exports.takeLearnt(learnt, isEnded ? line.at : 0) === 0) {
      throw noMemory();
    }
    return true;
  }

  #takeSample(line: TakenLine, end: number, learns: boolean): boolean {
    const { engine } = this;
    const { bytes, start } = line;
    const spans = this.#spans;
    const { startedAt } = this.#options;
    if (startedAt !== undefined) readStartTime(bytes, start, end, startedAt);
    if (end - start > this.#options.maxLineBytes) return this.#pass(line, "overlong");
    if (!scanSample(bytes, start, end, spans)) return this.#pass(line, "unparseable");
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
      openMetrics: this.#options.openMetrics,
      ofTarget: this.#ofTarget,
    };
    // What the kernel has counted belongs to decisions that may be forgotten now.
    engine.countDecisions();
    // The kernel leaves lines alone that end in a carriage return.
    const mayLearn = learns && bytes[end - 1] !== CARRIAGE_RETURN;
    const shape = mayLearn ? engine.shapeToLearn(sample, name, line.at) : -1;
    const planned = (shape >= 0 ? engine.planner.planOnce(sample) : undefined) ??
      engine.planner.plan(sample, this.#options.gathersFailed);
    const isLearnt = shape >= 0 && !engine.isStale &&
      engine.learn(sample, name, line.at, shape, planned);
    if (isLearnt) return false;
    this.#options.watcher?.judged(sample, planned.effects);
    this.#execute(planned, sample, family, line, end);
    return true;
  }

  #execute(
    { outcome, decision, isFailed }: Planned,
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
    stats.inputLines++;
    stats.inputSamples++;
    if (isFailed) stats.failedEvaluations++;
    if (decision !== undefined) decision.samples++;
    switch (outcome) {
      case "keep":
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

  /** A sample passes as it is, because it cannot be read or judged. */
  #pass(line: TakenLine, reason: PassedReason): true {
    const stats = this.#stats;
    stats.inputLines++;
    stats.inputSamples++;
    if (reason === "overlong") stats.overlongLines++;
    else if (reason === "unparseable") stats.unparseableLines++;
    else stats.failedEvaluations++;
    this.#sink.passSample(line, this.familyOfStart(line), reason);
    return true;
  }

  /** The name of a line that is a sample. */
  #nameOf({ bytes, at }: TakenLine): Name {
    const { nameStart, nameEnd } = this.#spans;
    const text = () => decodeQuoted(bytes, nameStart, nameEnd);
    return this.engine.nameAt(at, text) ?? this.engine.unlearntName(text());
  }

  /** The number of the family of the name that a line begins with, sample or not; 0: none. */
  familyOfStart(line: TakenLine): number {
    const name = this.#nameOfStart(line);
    return name === undefined ? 0 : this.engine.familyOf(name);
  }

  #nameOfStart({ bytes, start, next, at }: TakenLine): Name | undefined {
    const name = this.engine.nameAt(at, (length) =>
      // A quoted name has its brace and quotes around it.
      bytes[start] === BRACE_OPEN
        ? decodeQuoted(bytes, start + 2, start + length - 1)
        : decodeQuoted(bytes, start, start + length));
    if (name !== undefined) return name;
    // A name after blanks, or in quotes with escapes.
    const end = next - Number(bytes[next - 1] === NEWLINE);
    if (!scanSample(bytes, start, end, this.#spans)) return undefined;
    const { nameStart, nameEnd } = this.#spans;
    return this.engine.unlearntName(decodeQuoted(bytes, nameStart, nameEnd));
  }

  /** Forgets what the engine knows of samples where that holds no longer, or is too much. */
  #refresh(): void {
    if (this.engine.isStale) this.engine.forget();
  }

  /** Forgets all families, unless the line goes on with the one that is being gathered. */
  #forgetFamilies(line: TakenLine, isSample: boolean): void {
    const { engine } = this;
    const out = engine.kernel.exports.currentOut() >>> 0;
    if (isSample && out !== 0 && this.#outNameOf(line) === engine.outName(out)) return;
    this.#sink.beforeForgetting();
    this.count();
    if (!this.#sink.full && !engine.forgetOtherFamilies(this.#reader)) throw noMemory();
  }

  /** The family of the output that a sample belongs to where its name stays. */
  #outNameOf(line: TakenLine): string | undefined {
    const name = this.#nameOfStart(line);
    if (name === undefined) return undefined;
    const family = this.engine.familyOf(name);
    return family === 0 ? groupName(name.text) : this.engine.familyName(family);
  }
}

export function noMemory(): AggregationError {
  return new AggregationError("more series than one scrape can hold");
}
