import { AGGREGATE_FUNCTIONS, type AggregateFunction } from "../aggregate/aggregate_function.ts";
import type { LinePage, SeriesStore } from "../aggregate/series_store.ts";
import { type SampleTail, SeriesTails } from "../aggregate/series_tails.ts";
import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { type Kernel, OUTPUT } from "./kernel.ts";

/** Offsets in a series, as `assembly/series.ts` has them. */
const RUNNING = 0;
const FN = 20;
const NEXT = 28;
const IS_LONG = 36;

/** What a number takes at most, and what the kernel's copies write behind their ends. */
const NUMBER_BYTES = 64;

/**
 * The kernel's table of series, for the samples that TypeScript takes. A series' number is where it
 * lies in the kernel's memory. Timestamps and exemplars are kept here.
 */
export class KernelTable implements SeriesStore {
  readonly #kernel: Kernel;
  readonly #tails = new SeriesTails();
  readonly #line = new LineBuffer();
  readonly #onClear: () => void;

  /** `onClear` is called when the series of another family follow. */
  constructor(kernel: Kernel, onClear: () => void) {
    this.#kernel = kernel;
    this.#onClear = onClear;
    this.clear();
  }

  get size(): number {
    return this.#kernel.exports.seriesCount.value;
  }

  find(key: Uint8Array, length: number): number {
    if (!this.#putKey(key, length, 0)) return -1;
    const series = this.#kernel.exports.findKey(length) >>> 0;
    return series === 0 ? -1 : series;
  }

  /** The kernel has looked already. */
  findFollower(): number {
    return -1;
  }

  hasRoom(keyLength: number): boolean {
    const { exports } = this.#kernel;
    return exports.hasRoom(keyLength) !== 0 && exports.keyPlace(keyLength) !== 0;
  }

  add(
    key: Uint8Array,
    length: number,
    fn: AggregateFunction,
    bytes: Uint8Array,
    tail: SampleTail,
  ): number {
    const { exports } = this.#kernel;
    const { valueStart, valueEnd } = tail;
    const textLength = valueEnd - valueStart;
    if (!this.#putKey(key, length, textLength)) throw new RangeError("no memory for a series");
    exports.findKey(length);
    const textAt = (exports.keyPlace(length + textLength) >>> 0) + length + 1;
    copy(bytes, valueStart, valueEnd, this.#kernel.bytes, textAt);
    const number = AGGREGATE_FUNCTIONS.indexOf(fn);
    const series = exports.addKey(length, textAt, textLength, number) >>> 0;
    const value = floatOf(bytes, tail.valueStart, tail.valueEnd);
    this.#kernel.view.setFloat64(series + RUNNING, value, true);
    this.#tails.add(series, bytes, tail);
    this.#mark(series);
    return series;
  }

  functionOf(series: number): AggregateFunction {
    return AGGREGATE_FUNCTIONS[this.#kernel.view.getUint32(series + FN, true)];
  }

  merge(series: number, bytes: Uint8Array, tail: SampleTail): number {
    const value = floatOf(bytes, tail.valueStart, tail.valueEnd);
    const members = this.#kernel.exports.merge(series, value);
    this.#tails.merge(series, bytes, tail);
    this.#mark(series);
    return members;
  }

  /** All series' lines: the table holds those of one family at a time. */
  *pages(): Iterable<LinePage> {
    const { exports } = this.#kernel;
    for (let at = exports.firstSeries.value >>> 0; at !== 0;) {
      const length = exports.render(at);
      at = exports.nextSeries.value >>> 0;
      if (length > 0) {
        const lines = exports.renderedLines.value;
        yield { bytes: this.#kernel.bytes, start: OUTPUT, end: OUTPUT + length, lines };
      } else if (at !== 0) {
        const line = this.#renderOne(at);
        if (line !== undefined) yield line;
        at = this.#kernel.view.getUint32(at + NEXT, true);
      }
    }
  }

  clear(): void {
    this.#kernel.exports.clearSeries(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
    this.#tails.clear();
    this.#onClear();
  }

  /** A series that does not fit into a page, or has more than a value. */
  #renderOne(series: number): LinePage | undefined {
    const { exports, view } = this.#kernel;
    const most = view.getUint32(series + 8, true) + view.getUint32(series + 12, true);
    const to = exports.keyPlace(most + NUMBER_BYTES) >>> 0;
    if (to === 0) throw new RangeError("no memory for a series");
    const length = exports.renderOne(series, to);
    if (length === 0) return undefined;
    const line = this.#line;
    line.reset();
    line.put(this.#kernel.bytes, to, to + length - 1);
    this.#tails.put(series, line);
    line.putByte(0x0a);
    return { bytes: line.bytes, start: 0, end: line.length, lines: 1 };
  }

  #putKey(key: Uint8Array, length: number, more: number): boolean {
    const at = this.#kernel.exports.keyPlace(length + more) >>> 0;
    if (at === 0) return false;
    copy(key, 0, length, this.#kernel.bytes, at);
    return true;
  }

  #mark(series: number): void {
    const isLong = Number(this.#tails.has(series));
    this.#kernel.view.setUint32(series + IS_LONG, isLong, true);
  }
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  // A view and a call of `set` cost more than a short loop.
  if (end - start > SHORT_BYTES) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at++] = from[i];
}

const SHORT_BYTES = 128;
