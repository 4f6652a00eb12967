import { type AggregateFunction, combine } from "../aggregate/aggregate_function.ts";
import { bytes as byteArray, Column, floats, integers } from "./column.ts";

/** What the targets of one scrape came to, by series. Used again for the next scrape. */
export class MergedValues {
  /** The number of the scrape that a series' figures are of: others need not be cleared. */
  #scrape = 0;
  readonly #scrapes = new Column(integers);
  readonly #running = new Column(floats);
  readonly #members = new Column(integers);
  /** Unix milliseconds; Infinity where a member has none. */
  readonly #timestamps = new Column(floats);
  readonly #exemplars = new Map<number, Uint8Array>();
  /** What a series' target says of its start. */
  readonly #starts = new Map<number, Uint8Array>();
  /** The place of the target whose sample came last, and of the one whose text is noted. */
  readonly #ranks = new Column(integers);
  readonly #textScrapes = new Column(integers);
  readonly #textRanks = new Column(integers);
  readonly #textStarts = new Column(integers);
  readonly #textEnds = new Column(integers);
  readonly #text = new Column(byteArray);
  /** The number of the scrape in which something was added that no sample says. */
  readonly #filledScrapes = new Column(integers);
  #textLength = 0;

  /** Begins the next scrape. */
  begin(): void {
    this.#scrape++;
    this.#exemplars.clear();
    this.#starts.clear();
    this.#textLength = 0;
  }

  /** Notes how a series' first sample of the scrape writes its value. */
  noteText(
    series: number,
    rank: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#reserve(series);
    if (this.#textScrapes.values[series] === this.#scrape) return;
    this.#textScrapes.values[series] = this.#scrape;
    this.#textRanks.values[series] = rank;
    this.#text.reserve(this.#textLength + end - start);
    const text = this.#text.values;
    this.#textStarts.values[series] = this.#textLength;
    for (let at = start; at < end; at++) text[this.#textLength++] = bytes[at];
    this.#textEnds.values[series] = this.#textLength;
  }

  /** Takes what one target's samples of a series came to. */
  take(
    series: number,
    fn: AggregateFunction,
    value: number,
    members: number,
    rank: number,
  ): void {
    this.#enter(series);
    const before = this.#members.values[series];
    const running = this.#running.values;
    running[series] = before === 0 && fn !== "sum" ? value : combine(fn, running[series], value);
    this.#members.values[series] = before + members;
    this.#ranks.values[series] = rank;
  }

  /** Adds to a sum what no sample says, but other buckets do. */
  fill(series: number, value: number): void {
    if (value === 0) return;
    this.#enter(series);
    this.#running.values[series] += value;
    this.forgetText(series);
  }

  /** The value of the series is no sample's. */
  forgetText(series: number): void {
    this.#enter(series);
    this.#filledScrapes.values[series] = this.#scrape;
  }

  /** Keeps the newest timestamp and exemplar of a series; NaN: a member has no timestamp. */
  stamp(series: number, timestampMs: number, exemplar: Uint8Array | undefined): void {
    this.#enter(series);
    // A member without a timestamp is from now, and so is the sum.
    const time = Number.isNaN(timestampMs) ? Infinity : timestampMs;
    const isOlder = time < this.#timestamps.values[series];
    if (!isOlder) this.#timestamps.values[series] = time;
    if (exemplar !== undefined && (!isOlder || !this.#exemplars.has(series))) {
      this.#exemplars.set(series, exemplar);
    }
  }

  noteStart(series: number, start: Uint8Array): void {
    this.#starts.set(series, start);
  }

  /** When a series began that one sample has alone; undefined if that is not known. */
  startOf(series: number): Uint8Array | undefined {
    return this.membersOf(series) === 1 ? this.#starts.get(series) : undefined;
  }

  /** Samples of the series in this scrape. */
  membersOf(series: number): number {
    return this.#isOfScrape(series) ? this.#members.values[series] : 0;
  }

  runningOf(series: number): number {
    return this.#isOfScrape(series) ? this.#running.values[series] : 0;
  }

  timestampOf(series: number): number {
    const time = this.#isOfScrape(series) ? this.#timestamps.values[series] : NaN;
    return Number.isFinite(time) ? time : NaN;
  }

  exemplarOf(series: number): Uint8Array | undefined {
    return this.#exemplars.get(series);
  }

  /** The value of a series that has one sample, as it was written; undefined if that is not known. */
  textOf(series: number): Uint8Array | undefined {
    if (this.membersOf(series) !== 1) return undefined;
    if (this.#filledScrapes.values[series] === this.#scrape) return undefined;
    const isItsText = this.#textScrapes.values[series] === this.#scrape &&
      this.#textRanks.values[series] === this.#ranks.values[series];
    return isItsText
      ? this.#text.values.subarray(this.#textStarts.values[series], this.#textEnds.values[series])
      : undefined;
  }

  #isOfScrape(series: number): boolean {
    return this.#scrapes.values[series] === this.#scrape;
  }

  #enter(series: number): void {
    this.#reserve(series);
    if (this.#isOfScrape(series)) return;
    this.#scrapes.values[series] = this.#scrape;
    this.#running.values[series] = 0;
    this.#members.values[series] = 0;
    this.#timestamps.values[series] = -Infinity;
  }

  #reserve(series: number): void {
    if (series < this.#scrapes.values.length) return;
    this.#scrapes.reserve(series);
    this.#running.reserve(series);
    this.#members.reserve(series);
    this.#timestamps.reserve(series);
    this.#ranks.reserve(series);
    this.#textScrapes.reserve(series);
    this.#textRanks.reserve(series);
    this.#textStarts.reserve(series);
    this.#textEnds.reserve(series);
    this.#filledScrapes.reserve(series);
  }
}
