import * as layout from "../engine/layout.ts";
import type { Engine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { LiftedLines } from "../exposition/lifted.ts";
import {
  LineReader,
  type LineSink,
  noMemory,
  type ReaderOptions,
  type TakenLine,
} from "./line_reader.ts";
import { NamedMetrics } from "./named_metrics.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/**
 * Takes the lines of one exposition through a program that keeps and drops them, and says which are
 * kept: what they came from is written, not they.
 */
export class KeptLines implements LineSink {
  readonly full = false;
  readonly #program: Program;
  readonly #engine: Engine;
  readonly #lines: LineReader;
  #kept = new Uint8Array(0);
  /** The lines that are being taken, the first of those of which it is not known, and the block's start. */
  #starts = new Int32Array(0);
  #line = 0;
  #blockStart = 0;
  #hasEnded = false;
  /** For metrics that need not come as lines; undefined where nothing is to be learnt of lines. */
  readonly walker: NamedMetrics | undefined;

  /** `program` is one without aggregation. */
  constructor(program: Program, options: ReaderOptions, stats: ScrapeStats) {
    this.#program = program;
    const engine = this.#engine = program.take();
    this.#lines = new LineReader(engine, options, stats, this);
    const { exports } = engine.kernel;
    if (exports.beginOutput(Infinity) === 0) throw noMemory();
    exports.setNotesKept(1);
    if (options.learns !== false && options.watcher === undefined) {
      this.walker = new NamedMetrics(engine, options.maxLineBytes, stats);
    }
  }

  /**
   * Returns 1 for each line that is kept, by its place among them; what stands there for metadata
   * lines says nothing. Holds until the next lines are taken. Throws an AggregationError where a line
   * that cannot be read fails the scrape.
   */
  take({ bytes, length, count, starts }: LiftedLines): Uint8Array {
    if (this.#kept.length < count) this.#kept = new Uint8Array(count + (count >> 1));
    this.#kept.fill(0, 0, count);
    this.#starts = starts as Int32Array<ArrayBuffer>;
    this.#line = 0;
    this.#lines.use();
    for (let start = 0; start < length;) {
      const end = this.#lines.begin(bytes, start, length);
      this.#blockStart = start;
      // Lines come whole: none goes on behind its newline.
      this.#lines.take(bytes, start, end, true);
      this.#drain();
      start = end;
    }
    this.#lines.count();
    return this.#kept.subarray(0, count);
  }

  /** Gives the engine back: nothing more is taken. */
  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#engine.kernel.exports.setNotesKept(0);
    this.#lines.use();
    this.#lines.end();
    this.#program.release(this.#engine);
  }

  /** The same in the midst of the exposition: what was learnt is good all the same. */
  cancel(): void {
    this.finish();
  }

  resolve(status: number): void {
    if (status !== layout.OUTPUT_FULL) throw noMemory();
    this.#drain();
  }

  keep({ at, start, next }: TakenLine, family: number): void {
    const { exports } = this.#engine.kernel;
    for (;;) {
      const status = exports.keepLine(family, at, at + next - start);
      if (status === layout.TAKEN) return;
      this.resolve(status);
    }
  }

  passSample(line: TakenLine, family: number): void {
    this.keep(line, family);
  }

  passComment({ at, start, next }: TakenLine): void {
    this.#engine.kernel.exports.passLine(at, at + next - start);
  }

  gather(): void {
    throw new Error("lines that are kept or dropped become no series");
  }

  beforeForgetting(): void {
    // Nothing is gathered.
  }

  /** Takes what the kernel has noted: where the lines begin that it keeps, in their order. */
  #drain(): void {
    const { kernel } = this.#engine;
    const { exports } = kernel;
    const used = exports.used.value;
    if (used === 0) return;
    const notes = new Uint32Array(kernel.bytes.buffer, exports.output.value >>> 0, used / 4);
    const offset = this.#blockStart - (exports.input.value >>> 0);
    const starts = this.#starts;
    let line = this.#line;
    for (let i = 0; i < notes.length; i++) {
      const start = notes[i] + offset;
      while (starts[line] < start) line++;
      this.#kept[line] = 1;
    }
    this.#line = line;
    exports.drained();
  }
}
