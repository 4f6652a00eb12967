import { NEWLINE, SPACE } from "../exposition/bytes.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import { formatValue } from "../exposition/format_value.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { type AggregateFunction, combine, finished } from "./aggregate_function.ts";
import { type EditPlan, isSeriesKey, type ScannedLine } from "./edit_plan.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { type SampleTail, SeriesTails } from "./series_tails.ts";
import type { LinePage, SeriesStore } from "./series_store.ts";

/**
 * Series by their key, which is their name and labels as they will be written, in order of first
 * appearance. A series that stays alone keeps its value's text; numbers are read only when samples
 * meet.
 */
export class SeriesTable implements SeriesStore {
  readonly #keys: ByteTable;
  #functions: AggregateFunction[] = [];
  #members = new Int32Array(64);
  #running = new Float64Array(64);
  /** Where the text of the first member's value ends; it begins where the one before ends. */
  #textEnds = new Int32Array(64);
  #text = new Uint8Array(1024);
  /** The series that came after each one last time, plus one; 0: none. */
  #followers = new Int32Array(64);
  #last = -1;
  readonly #tails = new SeriesTails();

  constructor(maxSeries: number, maxKeyBytes: number) {
    this.#keys = new ByteTable(maxSeries, maxKeyBytes);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The number of the series with this key, or -1. */
  find(key: Uint8Array, length: number): number {
    return this.#keys.find(key, 0, length);
  }

  /**
   * The series of the line if it is the one that followed the last line's before, else -1. Members
   * of the same series often come in the same order: then their keys need not be built.
   */
  findFollower(plan: EditPlan, line: ScannedLine): number {
    const follower = this.#last < 0 ? -1 : this.#followers[this.#last] - 1;
    if (follower < 0) return -1;
    const keys = this.#keys;
    const start = keys.keyStart(follower);
    const end = keys.keyEnd(follower);
    return isSeriesKey(keys.bytes, start, end, plan, line) ? follower : -1;
  }

  hasRoom(keyLength: number): boolean {
    return this.#keys.hasRoom(keyLength);
  }

  /** Adds a series with its first sample and returns its number. `hasRoom` has to hold. */
  add(
    key: Uint8Array,
    length: number,
    fn: AggregateFunction,
    bytes: Uint8Array,
    tail: SampleTail,
  ): number {
    const series = this.#keys.add(key, 0, length);
    this.#reserve(series, tail.valueEnd - tail.valueStart);
    this.#follow(series);
    this.#functions[series] = fn;
    this.#members[series] = 1;
    const start = this.#textStart(series);
    for (let i = tail.valueStart, at = start; i < tail.valueEnd; i++, at++) {
      this.#text[at] = bytes[i];
    }
    this.#textEnds[series] = start + tail.valueEnd - tail.valueStart;
    this.#tails.add(series, bytes, tail);
    return series;
  }

  /** What becomes of the series' samples when they meet: its first sample's function. */
  functionOf(series: number): AggregateFunction {
    return this.#functions[series];
  }

  /** Takes one more sample into a series. Returns how many it has then. */
  merge(series: number, bytes: Uint8Array, tail: SampleTail): number {
    this.#follow(series);
    if (this.#members[series] === 1) this.#running[series] = this.#firstValue(series);
    const value = floatOf(bytes, tail.valueStart, tail.valueEnd);
    this.#running[series] = combine(this.#functions[series], this.#running[series], value);
    this.#tails.merge(series, bytes, tail);
    return ++this.#members[series];
  }

  *pages(numbers: readonly number[], timestamp?: string): Iterable<LinePage> {
    const page = new LineBuffer();
    let lines = 0;
    for (const series of numbers) {
      if (!this.#put(series, page, timestamp)) continue;
      lines++;
      if (page.length < PAGE_BYTES) continue;
      yield { bytes: page.bytes, start: 0, end: page.length, lines };
      page.reset();
      lines = 0;
    }
    if (lines > 0) yield { bytes: page.bytes, start: 0, end: page.length, lines };
  }

  /** Appends the series' line; false for one whose samples cannot be merged. */
  #put(series: number, line: LineBuffer, timestamp?: string): boolean {
    const fn = this.#functions[series];
    const members = this.#members[series];
    if (members > 1 && fn === "drop") return false;
    line.put(this.#keys.bytes, this.#keys.keyStart(series), this.#keys.keyEnd(series));
    line.putByte(SPACE);
    if (members === 1 && fn !== "count") {
      line.put(this.#text, this.#textStart(series), this.#textEnds[series]);
    } else line.putText(formatValue(finished(fn, this.#running[series], members)));
    this.#tails.put(series, line, timestamp);
    line.putByte(NEWLINE);
    return true;
  }

  clear(): void {
    this.#keys.clear();
    this.#functions = [];
    this.#followers.fill(0);
    this.#last = -1;
    this.#tails.clear();
  }

  #follow(series: number): void {
    if (this.#last >= 0) this.#followers[this.#last] = series + 1;
    this.#last = series;
  }

  #textStart(series: number): number {
    return series === 0 ? 0 : this.#textEnds[series - 1];
  }

  #firstValue(series: number): number {
    return floatOf(this.#text, this.#textStart(series), this.#textEnds[series]);
  }

  #reserve(series: number, textLength: number): void {
    if (series >= this.#members.length) {
      const length = this.#members.length * 2;
      this.#members = grown(this.#members, new Int32Array(length));
      this.#textEnds = grown(this.#textEnds, new Int32Array(length));
      this.#followers = grown(this.#followers, new Int32Array(length));
      this.#running = grown(this.#running, new Float64Array(length));
    }
    const used = this.#textStart(series) + textLength;
    if (used > this.#text.length) {
      this.#text = grown(this.#text, new Uint8Array(Math.max(used, this.#text.length * 2)));
    }
  }
}

/** Lines are handed on in pieces of about this size. */
const PAGE_BYTES = 32_768;

function grown<Numbers extends { set(numbers: ArrayLike<number>): void } & ArrayLike<number>>(
  from: Numbers,
  to: Numbers,
): Numbers {
  to.set(from);
  return to;
}
