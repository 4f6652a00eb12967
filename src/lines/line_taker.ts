import { MAX_TABLE_BYTES, MAX_TABLE_SERIES, WHOLE_TABLE_BYTES } from "../bounds.ts";
import { AGGREGATE_FUNCTIONS } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import { type EditPlan, putSeriesKey } from "../aggregate/edit_plan.ts";
import { NO_TARGET_LABELS } from "../aggregate/target_labels.ts";
import { CARRIAGE_RETURN, isSample, NEWLINE } from "../exposition/bytes.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { Engine, Name } from "../engine/engine.ts";
import * as layout from "../engine/layout.ts";
import type { Planned } from "../engine/planner.ts";
import type { Program } from "../engine/program.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import { AggregationError } from "./aggregation_error.ts";
import { EOF_LINE, isEof } from "./eof_line.ts";
import { GatheredFamilies } from "./gathered_families.ts";
import { LimitGuard } from "./limit_guard.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface TakerOptions {
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
  /** Bytes; 0 is no limit. */
  readonly maxOutputBytes: number;
  /** As it is written after each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
  readonly limits?: CardinalityLimits;
  /** Rules can bring families together under one name: then nothing is written before the end. */
  readonly mayRename?: boolean;
  /** False: nothing is learnt, every line is TypeScript's; for tests and for watchers. */
  readonly learns?: boolean;
  /** Told of each sample that policies keep, before rules are applied to it. */
  readonly watch?: (line: SampleLine) => void;
  /** The chunks that are taken will be freed: their lines are copied unless a whole chunk passes. */
  readonly freesChunks?: boolean;
}

/** A view of the input is handed on from this length on: a copy of less costs as little. */
const MIN_VIEW_BYTES = 2_048;
/** The output is handed on in pieces of this size at least, but for the last one. */
const MIN_PIECE_BYTES = 16_384;
/** So much of a line that passes in pieces is looked at for its name. */
const MAX_NAME_BYTES = 65_536;

/*
 *   block ─▶ kernel: lines of known shapes ─▶ kept ranges, or series ─▶ output
 *              │ every other line, once
 *              └─▶ TypeScript: scanned, planned, learnt ─▶ the kernel takes it
 */

/** Takes the lines of one exposition through a program, within an output budget. */
export class LineTaker implements LineBlockSink {
  /** The output budget is used up: nothing more is wanted. */
  full = false;
  /** True when a piece of an unfinished line is in the output. */
  brokenLine = false;
  /** Buffers of which views were handed on. */
  readonly viewed = new WeakSet<ArrayBufferLike>();
  readonly #program: Program;
  readonly #engine: Engine;
  readonly #options: TakerOptions;
  readonly #stats: ScrapeStats;
  readonly #enqueue: (bytes: Bytes) => void;
  readonly #reader: number;
  readonly #gathers: boolean;
  readonly #families: GatheredFamilies;
  readonly #guard: LimitGuard | undefined;
  /** The longest line that the kernel may take. */
  readonly #maxKernelLine: number;
  /** Bytes that the output may have, and those that are kept free for the terminator. */
  readonly #limit: number;
  readonly #reserve: number;
  readonly #spans = new SampleSpans();
  readonly #key = new LineBuffer();
  /** Where the line after the one that TypeScript took last begins in the block. */
  #next = 0;
  #terminated = false;
  /** Bytes of the output, once it has ended. */
  #written: number | undefined;

  constructor(
    program: Program,
    options: TakerOptions,
    stats: ScrapeStats,
    enqueue: (bytes: Bytes) => void,
  ) {
    this.#program = program;
    this.#options = options;
    this.#stats = stats;
    this.#enqueue = enqueue;
    const engine = this.#engine = program.take();
    const { exports } = engine.kernel;
    this.#gathers = program.planner.aggregation !== undefined;
    this.#limit = options.maxOutputBytes === 0 ? Infinity : options.maxOutputBytes;
    this.#reserve = options.openMetrics ? EOF_LINE.length : 0;
    this.#maxKernelLine = options.learns === false ? 0 : options.maxLineBytes;
    if (engine.isFull) engine.forgetFamilies();
    else if (engine.isStale) engine.forget();
    this.#reader = exports.newReader() >>> 0;
    exports.useReader(this.#reader);
    if (this.#reader === 0 || exports.beginOutput(this.#limit - this.#reserve) === 0) {
      throw noMemory();
    }
    this.#families = new GatheredFamilies(engine, stats);
    engine.kernel.onEnter = (out, family) => this.#families.enter(out, family);
    if (options.limits !== undefined) this.#guard = new LimitGuard(options.limits, engine, stats);
    if (this.#gathers) this.#beginSeries();
  }

  #beginSeries(): void {
    const { exports } = this.#engine.kernel;
    const whole = this.#options.mayRename ? MAX_TABLE_BYTES : WHOLE_TABLE_BYTES;
    exports.beginSeries(whole, MAX_TABLE_BYTES, MAX_TABLE_SERIES);
    if (this.#guard === undefined) exports.setGuard(0, 0, 0);
    else this.#guard.begin();
    this.#setTimestamp();
  }

  #setTimestamp(): void {
    const { kernel } = this.#engine;
    const text = this.#options.timestamp;
    if (text === undefined) return kernel.exports.setTimestamp(0, 0);
    const bytes = encoder.encode(` ${text}`);
    const at = kernel.place(2, bytes.length);
    kernel.bytes.set(bytes, at);
    kernel.exports.setTimestamp(at, bytes.length);
  }

  /** Bytes of the output so far. */
  get bytesWritten(): number {
    return this.#written ?? this.#engine.kernel.exports.written.value;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    exports.useReader(this.#reader);
    this.#refresh();
    while (start < end && !this.full) {
      const blockEnd = end - start > exports.inputBytes.value
        ? this.#blockEnd(bytes, start, end)
        : end;
      kernel.bytes.set(bytes.subarray(start, blockEnd), exports.input.value >>> 0);
      exports.beginBlock(blockEnd - start);
      if (this.#program.planner.passesAll) this.#pass(bytes, start, blockEnd);
      else this.#block(bytes, start, blockEnd);
      this.#closeBlock(bytes, start);
      start = blockEnd;
    }
    this.#count();
  }

  /** Where a block of whole lines ends that fits into the kernel's input. */
  #blockEnd(bytes: Uint8Array, start: number, end: number): number {
    const { exports } = this.#engine.kernel;
    const newline = bytes.lastIndexOf(NEWLINE, start + exports.inputBytes.value - 1);
    if (newline >= start) return newline + 1;
    // One line is longer than the block: there are few of them.
    const next = bytes.indexOf(NEWLINE, start);
    const blockEnd = next < 0 || next >= end ? end : next + 1;
    if (exports.growInput(blockEnd - start) === 0) throw noMemory();
    return blockEnd;
  }

  /** Where no rule is in force every line passes, as far as the budget goes. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    const { exports } = this.#engine.kernel;
    const input = exports.input.value >>> 0;
    const passed = (exports.passLines(input, input + end - start) >>> 0) - input;
    if (start + passed === end) return;
    // The terminator has bytes of its own.
    if (isEof(bytes, start + passed, end)) {
      this.#passComment(bytes, start + passed, input + passed, input + end - start);
    } else this.full = true;
  }

  #block(bytes: Uint8Array, start: number, end: number): void {
    const { exports } = this.#engine.kernel;
    const length = end - start;
    for (let at = 0, learntAt = -1; at < length && !this.full;) {
      at = exports.take(at, length, this.#maxKernelLine);
      const status = exports.status.value;
      if (status === layout.TAKEN) return;
      if (status !== layout.UNKNOWN) this.#resolve(status);
      else if (this.#takeLine(bytes, start, at, end, at !== learntAt)) at = this.#next;
      else learntAt = at;
      this.#refresh();
    }
  }

  /** Does what the kernel has asked for, so that it can be called again. */
  #resolve(status: number): void {
    switch (status) {
      case layout.OUTPUT_FULL:
        return this.#drain();
      case layout.BUDGET_FULL:
        this.full = true;
        return;
      case layout.FLUSH:
        return this.#writeAll();
      default:
        throw status === layout.NO_MEMORY ? noMemory() : new Error(`kernel status ${status}`);
    }
  }

  /** Calls the kernel until it has done what it is to do; false when the budget ended that. */
  #until(call: () => number): boolean {
    for (;;) {
      const status = call();
      if (status === layout.TAKEN) return true;
      this.#resolve(status);
      if (this.full) return false;
    }
  }

  /**
   * TypeScript's turn. False when the kernel has learnt the line and is to take it; `mayLearn` is
   * false when it did not take it after that.
   */
  #takeLine(
    bytes: Uint8Array,
    blockStart: number,
    at: number,
    blockEnd: number,
    mayLearn: boolean,
  ): boolean {
    const engine = this.#engine;
    const start = blockStart + at;
    const newline = bytes.indexOf(NEWLINE, start);
    const isEnded = newline >= 0 && newline < blockEnd;
    const end = isEnded ? newline : blockEnd;
    const next = isEnded ? newline + 1 : blockEnd;
    this.#next = next - blockStart;
    const line = (engine.kernel.exports.input.value >>> 0) + at;
    const learns = mayLearn && isEnded && this.#options.learns !== false;
    if (isSample(bytes, start, end)) return this.#takeSample(bytes, start, end, next, line, learns);
    // A newline stands after the block, too: samples may come after a last line that has none.
    const learnt = engine.metadataAt(line, end - start + 1);
    if (learnt !== 0 && learns) return false;
    this.#stats.inputLines++;
    if (learnt === 0) this.#passComment(bytes, start, line, line + next - start);
    else if (engine.kernel.exports.takeLearnt(learnt, isEnded ? line : 0) === 0) throw noMemory();
    return true;
  }

  #takeSample(
    bytes: Uint8Array,
    start: number,
    end: number,
    next: number,
    line: number,
    learns: boolean,
  ): boolean {
    const engine = this.#engine;
    const spans = this.#spans;
    const isLong = end - start > this.#options.maxLineBytes;
    if (isLong || !scanSample(bytes, start, end, spans)) {
      if (isLong) this.#stats.overlongLines++;
      else this.#stats.unparseableLines++;
      this.#passSample(bytes, start, next, line);
      return true;
    }
    const name = this.#nameOf(bytes, line);
    const family = engine.familyOf(name);
    const sample: SampleLine = {
      bytes,
      spans,
      start,
      name: name.text,
      family: engine.sampleFamily(family),
      openMetrics: this.#options.openMetrics,
      ofTarget: NO_TARGET_LABELS,
    };
    // What the kernel has counted belongs to decisions that may be forgotten now.
    engine.countDecisions();
    const planned = engine.planner.plan(sample);
    if (learns && !engine.isStale && engine.learn(sample, name, line, planned)) return false;
    this.#execute(planned, sample, family, end, next, line);
    return true;
  }

  #execute(
    { outcome, decision }: Planned,
    sample: SampleLine,
    family: number,
    end: number,
    next: number,
    line: number,
  ): void {
    const stats = this.#stats;
    const { exports } = this.#engine.kernel;
    const { bytes, start } = sample;
    if (outcome === "failed") {
      stats.failedEvaluations++;
      return this.#passSample(bytes, start, next, line);
    }
    stats.inputLines++;
    stats.inputSamples++;
    if (decision !== undefined) decision.samples++;
    if (outcome !== "policy") this.#options.watch?.(sample);
    switch (outcome) {
      case "keep":
        this.#until(() => exports.keepLine(family, line, line + next - start));
        return;
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
        this.#gather(outcome, sample, family, end, line);
    }
  }

  /** Takes a sample into the series that its plan makes of it. */
  #gather(plan: EditPlan, sample: SampleLine, family: number, end: number, line: number): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const out = this.#outOf(plan.family.name);
    const entered = this.#until(() => exports.enter(out, Number(plan.family.hasMetadata), family));
    if (!entered) return;
    const key = this.#key;
    if (this.#guard === undefined) putSeriesKey(key, plan, sample);
    else if (!this.#guard.putKey(key, plan, sample, out)) return;
    const at = exports.keyPlace(key.length) >>> 0;
    if (at === 0) throw noMemory();
    kernel.bytes.set(key.bytes.subarray(0, key.length), at);
    const { bytes, start, spans } = sample;
    const valueAt = line + spans.valueStart - start;
    const tailEnd = line + end - start - Number(bytes[end - 1] === CARRIAGE_RETURN);
    // What the kernel reads ends in a newline.
    kernel.bytes[tailEnd] = NEWLINE;
    const fn = AGGREGATE_FUNCTIONS.indexOf(plan.fn);
    const isGaugeSum = Number(plan.isGaugeSum);
    const status = exports.takeKey(key.length, fn, isGaugeSum, out, valueAt, tailEnd);
    if (status !== layout.TAKEN) this.#resolve(status);
  }

  #outOf(name: string): number {
    const out = this.#engine.outOf(name);
    if (out === 0) throw noMemory();
    return out;
  }

  /** The name of a line that is a sample. */
  #nameOf(bytes: Uint8Array, line: number): Name {
    const { nameStart, nameEnd } = this.#spans;
    const text = () => decodeQuoted(bytes, nameStart, nameEnd);
    return this.#engine.nameAt(line, text) ?? this.#engine.unlearntName(text());
  }

  /** The family of the name that a line begins with which is no sample; 0: none. */
  #familyOfStart(bytes: Uint8Array, start: number, line: number): number {
    const name = this.#engine.nameAt(line, (length) =>
      // A quoted name has its brace and quotes around it.
      bytes[start] === BRACE_OPEN
        ? decodeQuoted(bytes, start + 2, start + length - 1)
        : decodeQuoted(bytes, start, start + length));
    return name === undefined ? 0 : this.#engine.familyOf(name);
  }

  /** A sample passes as it is, because it cannot be read or judged. */
  #passSample(bytes: Uint8Array, start: number, next: number, line: number): void {
    const { exports } = this.#engine.kernel;
    this.#stats.inputLines++;
    this.#stats.inputSamples++;
    const family = this.#familyOfStart(bytes, start, line);
    // It stands in its family's block, after what came before it.
    let out = this.#gathers ? exports.currentOut() >>> 0 : 0;
    if (this.#gathers && family !== 0) {
      out = this.#outOf(this.#engine.familyName(family));
      this.#until(() => exports.enter(out, 1, family));
    }
    if (out !== 0) this.#families.addVerbatim(out, bytes, start, next, true);
    else this.#until(() => exports.keepLine(family, line, line + next - start));
  }

  /** A line that is neither a sample nor metadata. */
  #passComment(bytes: Uint8Array, start: number, line: number, next: number): void {
    const { exports } = this.#engine.kernel;
    const length = next - line;
    const isTerminator = isEof(bytes, start, start + length);
    if (isTerminator) this.#writeAll();
    const out = this.#gathers ? exports.currentOut() >>> 0 : 0;
    if (out !== 0) return this.#families.addVerbatim(out, bytes, start, start + length, false);
    if (this.full) return;
    if (isTerminator) exports.setLimit(this.#limit);
    if (this.#until(() => exports.passLine(line, next)) && isTerminator) this.#terminated = true;
    exports.setLimit(this.#limit - this.#reserve);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.full) return;
    const { exports } = this.#engine.kernel;
    exports.useReader(this.#reader);
    const begins = !this.brokenLine;
    const counts = begins && isSample(bytes, start, end);
    if (begins) this.#beginLongLine(bytes, start, end, counts);
    this.#drain();
    if (exports.written.value + end - start > this.#limit - this.#reserve) this.full = true;
    else {
      this.#enqueue(bytes.slice(start, end) as Bytes);
      exports.setWritten(exports.written.value + end - start);
      if (begins) this.#stats.outputLines++;
      if (counts) this.#stats.outputSamples++;
      this.brokenLine = !last;
    }
    this.#count();
  }

  /** Counts a line that passes in pieces, and writes what stands before it. */
  #beginLongLine(bytes: Uint8Array, start: number, end: number, counts: boolean): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    this.#stats.inputLines++;
    this.#writeAll();
    if (!counts) return;
    this.#stats.inputSamples++;
    if (this.#program.planner.passesAll) return;
    this.#stats.overlongLines++;
    const length = Math.min(end - start, MAX_NAME_BYTES);
    const input = exports.input.value >>> 0;
    kernel.bytes.set(bytes.subarray(start, start + length), input);
    exports.beginBlock(length);
    const family = this.#familyOfStart(bytes, start, input);
    // What does not fit with it ends the scrape at the line itself.
    if (family !== 0) while (exports.putHeld(family, end - start) === layout.OUTPUT_FULL) this.#drain();
  }

  /** The exposition has ended: writes what was gathered. */
  end(): void {
    this.#engine.kernel.exports.useReader(this.#reader);
    this.#writeAll();
    this.#count();
  }

  /** Ends a truncated output validly: in OpenMetrics with its terminator. */
  terminate(): void {
    if (this.#reserve === 0 || this.#terminated) return;
    this.#terminated = true;
    this.#drain();
    const { exports } = this.#engine.kernel;
    this.#enqueue(EOF_LINE.slice());
    exports.setWritten(exports.written.value + EOF_LINE.length);
  }

  /** Hands on what is left of the output, and gives the engine back: nothing can be taken any more. */
  finish(): void {
    if (this.#written !== undefined) return;
    const { exports } = this.#engine.kernel;
    this.#drain();
    this.#count();
    this.#written = exports.written.value;
    exports.freeReader(this.#reader);
    this.#program.release(this.#engine);
  }

  /** Hands on what was written, if it is much. */
  flush(): void {
    if (this.#engine.kernel.exports.used.value >= MIN_PIECE_BYTES) this.#drain();
  }

  /** Writes all that was gathered. */
  #writeAll(): void {
    if (!this.#gathers || this.full) return;
    const { exports } = this.#engine.kernel;
    exports.beginRender();
    for (;;) {
      const status = exports.render();
      if (status === layout.TAKEN) break;
      if (status === layout.HEAD) this.#families.giveHead(exports.renderedOut.value >>> 0);
      else if (status === layout.VERBATIM) this.#writeVerbatim(exports.renderedOut.value >>> 0);
      else this.#resolve(status);
      if (this.full) return;
    }
    this.#families.end();
    exports.endRender();
    this.#guard?.begin();
  }

  #writeVerbatim(out: number): void {
    const { kernel } = this.#engine;
    for (const { bytes, isSample } of this.#families.verbatimOf(out)) {
      const at = kernel.place(1, bytes.length);
      kernel.bytes.set(bytes, at);
      const put = () => kernel.exports.putVerbatim(at, bytes.length, Number(isSample));
      if (!this.#until(put)) return;
    }
  }

  /** Hands on everything that lies in the kernel's buffer and in the range of the block. */
  #drain(): void {
    const { kernel } = this.#engine;
    kernel.exports.closeRange();
    this.#handOnBuffer();
  }

  #handOnBuffer(): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const used = exports.used.value;
    const from = exports.output.value >>> 0;
    if (used > 0) this.#enqueue(kernel.bytes.slice(from, from + used));
    exports.drained();
  }

  /** The block's bytes are about to be others: what is kept of them is copied, or handed on. */
  #closeBlock(bytes: Uint8Array, start: number): void {
    const { exports } = this.#engine.kernel;
    const from = exports.rangeStart.value >>> 0;
    const to = exports.rangeEnd.value >>> 0;
    const isPart = to - from < bytes.length;
    if (to - from < MIN_VIEW_BYTES || (this.#options.freesChunks && isPart)) {
      return exports.closeRange();
    }
    this.#handOnBuffer();
    const offset = start - (exports.input.value >>> 0);
    this.viewed.add(bytes.buffer);
    this.#enqueue(bytes.subarray(from + offset, to + offset) as Bytes);
  }

  #count(): void {
    this.#engine.kernel.takeCounts(this.#stats);
    this.#engine.countDecisions();
  }

  /** Forgets what the engine knows where that holds no longer, or is too much. */
  #refresh(): void {
    const engine = this.#engine;
    if (engine.isStale) engine.forget();
    if (!engine.isFull) return;
    // The families that were gathered are written first.
    this.#writeAll();
    this.#count();
    if (!this.full) engine.forgetOtherFamilies(this.#reader);
  }
}

function noMemory(): AggregationError {
  return new AggregationError("more series than one scrape can hold");
}

const encoder = new TextEncoder();
const BRACE_OPEN = 0x7b;
