import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { Column, floats } from "./column.ts";
import type { CounterTotal } from "./counter_totals_text.ts";

/** What an earlier process exported of a series. */
export interface RestoredTotal {
  readonly value: number;
  /** Unix milliseconds when it began; NaN where that is not known. */
  readonly begunAt: number;
}

/** Totals that an earlier process exported and of which no target has spoken yet. */
export class RestoredTotals {
  #keys = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
  /** NaN once the series is there again. */
  #totals = new Column(floats);
  #begunAt = new Column(floats);
  #firstMs: number | undefined;

  add(key: Uint8Array, start: number, end: number, total: number, begunAt: number): void {
    if (!this.#keys.hasRoom(end - start) || this.#keys.find(key, start, end) >= 0) return;
    const number = this.#keys.add(key, start, end);
    this.#totals.reserve(number);
    this.#begunAt.reserve(number);
    this.#totals.values[number] = total;
    this.#begunAt.values[number] = begunAt;
  }

  /** The series' total, once; undefined when there is none. */
  claim(key: Uint8Array, start: number, end: number): RestoredTotal | undefined {
    if (this.#keys.size === 0) return undefined;
    const number = this.#keys.find(key, start, end);
    if (number < 0 || Number.isNaN(this.#totals.values[number])) return undefined;
    const value = this.#totals.values[number];
    this.#totals.values[number] = NaN;
    return { value, begunAt: this.#begunAt.values[number] };
  }

  /** Forgets what is left once `ttlMs` has passed since the first call. */
  forgetUnclaimed(nowMs: number, ttlMs: number): void {
    this.#firstMs ??= nowMs;
    if (this.#keys.size === 0 || nowMs - this.#firstMs <= ttlMs) return;
    this.#keys = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
    this.#totals = new Column(floats);
    this.#begunAt = new Column(floats);
  }

  *unclaimed(): Iterable<CounterTotal> {
    for (let number = 0; number < this.#keys.size; number++) {
      const value = this.#totals.values[number];
      if (Number.isNaN(value)) continue;
      const start = this.#keys.keyStart(number);
      const begunAt = this.#begunAt.values[number];
      yield { bytes: this.#keys.bytes, start, end: this.#keys.keyEnd(number), value, begunAt };
    }
  }
}
