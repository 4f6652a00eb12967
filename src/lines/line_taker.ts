import {
  MAX_TABLE_BYTES,
  MAX_TABLE_SERIES,
  MIN_VIEW_BYTES,
  MOST_WHOLE_TABLE_BYTES,
} from "../bounds.ts";
import { memoryBounds } from "../memory_bounds.ts";
import { FUNCTION_NUMBERS } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import { type EditPlan, type OutputFamilyName, putSeriesKey } from "../aggregate/edit_plan.ts";
import { isSample, NEWLINE } from "../exposition/bytes.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { ownLines } from "../exposition/own_families.ts";
import type { Engine } from "../engine/engine.ts";
import { putOrigin } from "../engine/origin.ts";
import * as layout from "../engine/layout.ts";
import type { Program } from "../engine/program.ts";
import type { SampleLine } from "../engine/sample_line.ts";
import { AggregationError } from "./aggregation_error.ts";
import type { BodyTaker } from "./body_taker.ts";
import { EOF_LINE, isEof } from "./eof_line.ts";
import { GatheredFamilies } from "./gathered_families.ts";
import { GatheredNatives } from "./gathered_natives.ts";
import { LimitGuard } from "./limit_guard.ts";
import {
  LineReader,
  type LineSink,
  noMemory,
  type ReaderOptions,
  type TakenLine,
} from "./line_reader.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { countGarbage } from "./output_garbage.ts";
import { shortfallsOf } from "./shortfall.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface TakerOptions extends ReaderOptions {
  /** Bytes; 0 is no limit. */
  readonly maxOutputBytes: number;
  /** As it is written after each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
  readonly limits?: CardinalityLimits;
  /** Rules can bring families together under one name: then nothing is written before the end. */
  readonly mayRename?: boolean;
  /** There is no next scrape, which could hold more when families do not stand together. */
  readonly holdsMost?: boolean;
  /** The chunks that are taken will be freed: their lines are copied unless a whole chunk passes. */
  readonly freesChunks?: boolean;
  /** False: who writes what the lines become says what is missing in it. */
  readonly writesMissing?: boolean;
  /** Pieces of the output are read at once by who takes them, and may lie where others will. */
  readonly isRead?: boolean;
}

/** The output is handed on in pieces of this size at least, but for the last one. */
const MIN_PIECE_BYTES = 16_384;
/** So much of a line that passes in pieces is looked at for its name. */
const MAX_NAME_BYTES = 65_536;

/**
 * Takes the lines of one exposition through a program and writes what is left of them, within an
 * output budget: the kept ones as they lie, or the series that they are gathered into.
 */
export class LineTaker implements BodyTaker, LineBlockSink, LineSink {
  /** The output budget is used up: nothing more is wanted. */
  full = false;
  /** True when a piece of an unfinished line is in the output. */
  brokenLine = false;
  readonly #viewed = new WeakSet<ArrayBufferLike>();
  readonly #program: Program;
  readonly #engine: Engine;
  readonly #lines: LineReader;
  readonly #options: TakerOptions;
  readonly #stats: ScrapeStats;
  readonly #enqueue: (bytes: Bytes) => void;
  readonly #gathers: boolean;
  readonly #families: GatheredFamilies;
  readonly #natives: GatheredNatives;
  readonly #guard: LimitGuard | undefined;
  /** Bytes of series that are held before families are written as they end. */
  readonly #whole: number;
  /** Bytes that the output may have, and those that are kept free for the terminator. */
  readonly #limit: number;
  readonly #reserve: number;
  readonly #key = new LineBuffer();
  /** The output ends with a terminator. */
  readonly #isOpenMetrics: boolean;
  /** No line needs to be read. */
  readonly #passesAll: boolean;
  /** The line whose pieces come is dropped. */
  #dropsLong = false;
  #terminated = false;
  #isEnding = false;
  /** Where the output stands: behind a newline, if it has begun. */
  #isAtLineStart = true;
  /** Bytes by which the output says what is missing in it; undefined until it had to. */
  #ownBytes: number | undefined;
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
    this.#enqueue = (bytes) => {
      this.#isAtLineStart = bytes[bytes.length - 1] === NEWLINE;
      enqueue(bytes);
    };
    this.#gathers = program.planner.aggregation !== undefined;
    this.#passesAll = program.planner.passesAll && (options.onUnreadable ?? "pass") === "pass";
    this.#isOpenMetrics = options.format === "openmetrics";
    this.#limit = options.maxOutputBytes === 0 ? Infinity : options.maxOutputBytes;
    this.#reserve = this.#isOpenMetrics ? EOF_LINE.length : 0;
    if (options.holdsMost) program.wholeTableBytes = MOST_WHOLE_TABLE_BYTES;
    this.#whole = options.mayRename ? MAX_TABLE_BYTES : program.wholeTableBytes;
    const engine = this.#engine = program.take();
    const { knownBytes, wholeTableBytes } = memoryBounds;
    engine.mostKnownBytes = Math.max(knownBytes, this.#whole - wholeTableBytes);
    this.#lines = new LineReader(engine, options, stats, this);
    this.#families = new GatheredFamilies(engine, stats);
    this.#natives = new GatheredNatives(engine, stats);
    engine.kernel.onEnter = (out, family) => this.#families.enter(out, family);
    if (options.limits !== undefined) this.#guard = new LimitGuard(options.limits, engine, stats);
    if (engine.kernel.exports.beginOutput(this.#limit - this.#reserve) === 0) throw noMemory();
    if (this.#gathers) this.#beginSeries();
  }

  #beginSeries(): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    exports.beginSeries(this.#whole, MAX_TABLE_BYTES, MAX_TABLE_SERIES);
    exports.setTakesLate(Number(this.#options.mayRename !== true));
    if (this.#guard === undefined) exports.setGuard(0, 0, 0);
    else this.#guard.begin();
    const text = this.#options.timestamp;
    if (text === undefined) return exports.setTimestamp(0, 0);
    const bytes = encoder.encode(` ${text}`);
    exports.setTimestamp(kernel.put(2, bytes), bytes.length);
  }

  /** Bytes of the output so far. */
  get bytesWritten(): number {
    const written = this.#written ?? this.#engine.kernel.exports.written.value;
    return written + (this.#ownBytes ?? 0);
  }

  isViewed(buffer: ArrayBufferLike): boolean {
    return this.#viewed.has(buffer);
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    this.#lines.use();
    while (start < end && !this.full) {
      const blockEnd = this.#lines.begin(bytes, start, end);
      const isWhole = isLast && blockEnd === end;
      const taken = this.#passesAll
        ? this.#pass(bytes, start, blockEnd)
        : this.#lines.take(bytes, start, blockEnd, isWhole);
      this.#closeBlock(bytes, start);
      if (taken === start && blockEnd === end) break;
      start = taken;
    }
    this.#lines.count();
    return this.full ? end : start;
  }

  /** Where no rule is in force every line passes, as far as the budget goes. */
  #pass(bytes: Uint8Array, start: number, end: number): number {
    const { exports } = this.#engine.kernel;
    const input = exports.input.value >>> 0;
    for (let at = start; at < end && !this.full;) {
      at = start + (exports.passLines(input + at - start, input + end - start) >>> 0) - input;
      if (exports.hasEof.value !== 0) this.#terminated = true;
      if (at === end) return end;
      // The terminator has bytes of its own.
      const next = Math.min(bytes.indexOf(NEWLINE, at) + 1 || end, end);
      if (isEof(bytes, at, next)) {
        this.passComment({ bytes, start: at, next, at: input + at - start });
      } else this.full = true;
      at = next;
    }
    return end;
  }

  resolve(status: number): void {
    switch (status) {
      case layout.OUTPUT_FULL:
        return this.#drain();
      case layout.BUDGET_FULL:
        this.full = true;
        return;
      case layout.FLUSH:
        return this.#writeAll();
      case layout.CAME_BACK:
        throw this.#cameBack();
      default:
        throw status === layout.NO_MEMORY ? noMemory() : new Error(`kernel status ${status}`);
    }
  }

  /** Samples of a family do not stand together, and a part of them is written. */
  #cameBack(): AggregationError {
    const family = this.#engine.outName(this.#engine.kernel.exports.returned.value >>> 0);
    if (this.#terminated) {
      return new AggregationError(`samples of family ${family} come after # EOF`);
    }
    this.#stats.noncontiguousFamilies++;
    const held = this.#whole / MIB;
    const isMost = this.#whole >= MOST_WHOLE_TABLE_BYTES;
    this.#program.wholeTableBytes = MOST_WHOLE_TABLE_BYTES;
    const next = isMost ? "" : `; the next scrape holds up to ${MOST_WHOLE_TABLE_BYTES / MIB} MiB`;
    return new AggregationError(
      `samples of family ${family} do not stand together, and the scrape has more series than the ` +
        `${held} MiB that are held until all have come${next}`,
    );
  }

  /** Calls the kernel until it has done what it is to do; false when the budget ended that. */
  #until(call: () => number): boolean {
    for (;;) {
      const status = call();
      if (status === layout.TAKEN) return true;
      this.resolve(status);
      if (this.full) return false;
    }
  }

  keep({ at, start, next }: TakenLine, family: number): void {
    this.#until(() => this.#engine.kernel.exports.keepLine(family, at, at + next - start));
  }

  gather(line: TakenLine, end: number, plan: EditPlan, sample: SampleLine, family: number): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const out = this.#outOf(plan.family);
    const entered = this.#until(() => exports.enter(out, Number(plan.family.hasMetadata), family));
    if (!entered) return;
    const key = this.#key;
    if (this.#guard === undefined) putSeriesKey(key, plan, sample);
    else if (!this.#guard.putKey(key, plan, sample, out)) return;
    if (!kernel.putKey(key)) throw noMemory();
    const { start, at } = line;
    putOrigin(kernel, sample, at, plan, this.#guard?.hasFolded === true);
    const valueAt = at + sample.spans.valueStart - start;
    const tailEnd = at + end - start;
    // What the kernel reads ends in a newline.
    kernel.bytes[tailEnd] = NEWLINE;
    const fn = FUNCTION_NUMBERS[plan.fn];
    const isGaugeSum = Number(plan.isGaugeSum);
    const part = this.#engine.partOf(plan, sample);
    this.#engine.setLine(sample, at);
    const status = exports.takeKey(key.length, fn, isGaugeSum, part, out, valueAt, tailEnd);
    if (status === layout.NATIVE) this.#natives.add(sample, end);
    else if (status !== layout.TAKEN) this.resolve(status);
  }

  #outOf(name: OutputFamilyName): number {
    const out = this.#engine.outOf(name);
    if (out === 0) throw noMemory();
    return out;
  }

  #outOfFamily(family: number): number {
    const out = this.#engine.outOfFamily(family);
    if (out === 0) throw noMemory();
    return out;
  }

  passSample(line: TakenLine, family: number): void {
    if (!this.#gathers) return this.keep(line, family);
    const { exports } = this.#engine.kernel;
    // It stands in its family's block, after what came before it.
    let out = exports.currentOut() >>> 0;
    if (family !== 0) {
      out = this.#outOfFamily(family);
      this.#until(() => exports.enter(out, 1, family));
    }
    if (out !== 0) this.#families.addVerbatim(out, line.bytes, line.start, line.next, true);
    else this.keep(line, 0);
  }

  passComment({ bytes, start, next, at }: TakenLine): void {
    const { exports } = this.#engine.kernel;
    const isTerminator = this.#isOpenMetrics && isEof(bytes, start, next);
    if (isTerminator) this.#writeAll();
    const out = this.#gathers ? exports.currentOut() >>> 0 : 0;
    if (out !== 0) return this.#families.addVerbatim(out, bytes, start, next, false);
    if (this.full) return;
    if (isTerminator) this.#sayMissing();
    if (isTerminator) exports.setLimit(this.#limit);
    const isWritten = this.#until(() => exports.passLine(at, at + next - start));
    if (isWritten && isTerminator) this.#terminated = true;
    exports.setLimit(this.#limit - this.#reserve);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.full) return;
    const { exports } = this.#engine.kernel;
    this.#lines.use();
    const begins = !this.brokenLine && !this.#dropsLong;
    const counts = begins && isSample(bytes, start, end);
    if (begins) this.#beginLongLine(bytes, start, end, counts);
    if (this.#dropsLong) {
      this.#dropsLong = !last;
      return this.#lines.count();
    }
    this.#drain();
    if (exports.written.value + end - start > this.#limit - this.#reserve) this.full = true;
    else {
      this.#enqueue(bytes.slice(start, end) as Bytes);
      exports.setWritten(exports.written.value + end - start);
      if (begins) this.#stats.outputLines++;
      if (counts) this.#stats.outputSamples++;
      this.brokenLine = !last;
    }
    this.#lines.count();
  }

  /** Counts a line that passes in pieces, and writes what stands before it. */
  #beginLongLine(bytes: Uint8Array, start: number, end: number, counts: boolean): void {
    const { exports } = this.#engine.kernel;
    this.#stats.inputLines++;
    if (!counts) return;
    this.#stats.inputSamples++;
    if (this.#passesAll) return;
    const next = Math.min(end, start + MAX_NAME_BYTES);
    this.#lines.begin(bytes, start, next);
    const line = { bytes, start, next, at: exports.input.value >>> 0 };
    this.#dropsLong = this.#lines.dropsUnread(line);
    if (this.#dropsLong) return;
    this.#stats.overlongLines++;
    const family = this.#lines.familyOfStart(line);
    if (family === 0) return;
    // What does not fit with it ends the scrape at the line itself.
    while (exports.putHeld(family, end - start) === layout.OUTPUT_FULL) this.#drain();
  }

  beforeForgetting(): void {
    this.#writeAll();
  }

  /**
   * The exposition has ended: writes what was gathered, a piece with each call. True as long as there is
   * more to write.
   */
  endPiece(): boolean {
    this.#lines.use();
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#beginWriting();
    }
    if (this.#writePiece()) return true;
    this.#lines.count();
    if (!this.full) this.#sayMissing();
    return false;
  }

  /** The same at once. */
  end(): void {
    while (this.endPiece()) { /* until all is written */ }
  }

  /** Ends a truncated output validly: it says that it is one, and has OpenMetrics's terminator. */
  terminate(): void {
    if (this.#isOpenMetrics && this.#terminated) return;
    this.#sayMissing();
    if (!this.#isOpenMetrics) return;
    this.#terminated = true;
    this.#drain();
    const { exports } = this.#engine.kernel;
    this.#enqueue(EOF_LINE.slice());
    exports.setWritten(exports.written.value + EOF_LINE.length);
  }

  /**
   * Says what is missing in the output, once, as its last families. They come on top of the output
   * budget, which is used up when it is what cut the output, and are none of the exposition's lines.
   */
  #sayMissing(): void {
    const { saysMissing, writesMissing } = this.#options;
    if (saysMissing !== true || writesMissing === false || this.#ownBytes !== undefined) return;
    this.#ownBytes = 0;
    this.#lines.count();
    const families = this.#stats.broken ? [] : shortfallsOf(this.#stats);
    if (families.length === 0) return;
    this.#drain();
    const lines = ownLines(families, this.#options.timestamp);
    const bytes = encoder.encode(this.#isAtLineStart ? lines : `\n${lines}`);
    this.#enqueue(bytes);
    this.#ownBytes = bytes.length;
  }

  /** Hands on what is left of the output, and gives the engine back: nothing can be taken any more. */
  finish(): void {
    if (this.#written !== undefined) return;
    this.#drain();
    this.cancel();
  }

  /** Gives the engine back in the midst of the exposition: what was learnt is good all the same. */
  cancel(): void {
    if (this.#written !== undefined) return;
    this.#written = this.#engine.kernel.exports.written.value;
    this.#lines.use();
    this.#lines.end();
    if (!this.#program.release(this.#engine)) this.#options.collectGarbage?.();
  }

  /** Hands on what was written, if it is much. */
  flush(): void {
    if (this.#engine.kernel.exports.used.value >= MIN_PIECE_BYTES) this.#drain();
  }

  /** Writes all that was gathered. */
  #writeAll(): void {
    this.#beginWriting();
    while (this.#writePiece()) { /* until all is written */ }
  }

  #beginWriting(): void {
    const { exports } = this.#engine.kernel;
    // What passed before it.
    if (exports.rangeEnd.value !== exports.rangeStart.value) this.#drain();
    if (!this.#gathers) return;
    this.#natives.give();
    exports.beginRender();
  }

  /** Writes what was gathered until the kernel's buffer is full; false when nothing is left to write. */
  #writePiece(): boolean {
    if (!this.#gathers || this.full) return false;
    const { exports } = this.#engine.kernel;
    for (;;) {
      const status = exports.render();
      if (status === layout.TAKEN) break;
      if (status === layout.HEAD) this.#families.giveHead(exports.renderedOut.value >>> 0);
      else if (status === layout.VERBATIM) this.#writeVerbatim(exports.renderedOut.value >>> 0);
      else this.resolve(status);
      if (this.full) return false;
      if (status === layout.OUTPUT_FULL) return true;
    }
    this.#families.end();
    this.#noteSummedGauges();
    exports.endRender();
    this.#guard?.begin();
    return false;
  }

  #noteSummedGauges(): void {
    const { exports } = this.#engine.kernel;
    for (let out = 0; (out = exports.nextSummed(out) >>> 0) !== 0;) {
      this.#stats.summedGauges.add(this.#engine.outName(out));
    }
  }

  #writeVerbatim(out: number): void {
    const { kernel } = this.#engine;
    for (const { bytes, isSample } of this.#families.verbatimOf(out)) {
      const at = kernel.put(1, bytes);
      const put = () => kernel.exports.putVerbatim(at, bytes.length, Number(isSample));
      if (!this.#until(put)) return;
    }
  }

  /** Hands on everything that lies in the kernel's buffer and in the range of the block. */
  #drain(): void {
    this.#engine.kernel.exports.closeRange();
    this.#handOnBuffer();
  }

  #handOnBuffer(): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const used = exports.used.value;
    const from = exports.output.value >>> 0;
    const to = from + used;
    if (used > 0) {
      const { bytes } = kernel;
      if (this.#options.isRead) this.#enqueue(bytes.subarray(from, to) as Bytes);
      else {
        const own = bytes.slice(from, to) as Bytes;
        this.#enqueue(own);
        countGarbage(own, this.#options.collectGarbage);
      }
    }
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
    this.#viewed.add(bytes.buffer);
    this.#enqueue(bytes.subarray(from + offset, to + offset) as Bytes);
  }
}

const MIB = 1024 * 1024;
const encoder = new TextEncoder();
