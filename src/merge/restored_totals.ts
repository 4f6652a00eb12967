import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import { Column, floats } from "./column.ts";
import type { CounterTotal } from "./counter_totals_text.ts";

/** What an earlier process exported of a series. */
export interface RestoredTotal {
  readonly value: number | NativeHistogram;
  /** Unix milliseconds when it began; NaN where that is not known. */
  readonly begunAt: number;
}

/** Totals that an earlier process exported and of which no target has spoken yet. */
export class RestoredTotals {
  #keys = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
  /** NaN once the series is there again. */
  #totals = new Column(floats);
  #begunAt = new Column(floats);
  /** Totals that are native histograms, of which the others have the counts. */
  readonly #natives = new Map<number, NativeHistogram>();
  #firstMs: number | undefined;

  add(
    key: Uint8Array,
    start: number,
    end: number,
    total: number | NativeHistogram,
    begunAt: number,
  ): void {
    if (!this.#keys.hasRoom(end - start) || this.#keys.find(key, start, end) >= 0) return;
    const number = this.#keys.add(key, start, end);
    this.#totals.reserve(number);
    this.#begunAt.reserve(number);
    this.#totals.values[number] = typeof total === "number" ? total : total.count;
    if (typeof total !== "number") this.#natives.set(number, total);
    this.#begunAt.values[number] = begunAt;
  }

  /** The series' total, once; undefined when there is none. */
  claim(key: Uint8Array, start: number, end: number): RestoredTotal | undefined {
    if (this.#keys.size === 0) return undefined;
    const number = this.#keys.find(key, start, end);
    if (number < 0 || Number.isNaN(this.#totals.values[number])) return undefined;
    const value = this.#valueOf(number);
    this.#totals.values[number] = NaN;
    this.#natives.delete(number);
    return { value, begunAt: this.#begunAt.values[number] };
  }

  /** Forgets what is left once `ttlMs` has passed since the first call. */
  forgetUnclaimed(nowMs: number, ttlMs: number): void {
    this.#firstMs ??= nowMs;
    if (this.#keys.size === 0 || nowMs - this.#firstMs <= ttlMs) return;
    this.#keys = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
    this.#totals = new Column(floats);
    this.#begunAt = new Column(floats);
    this.#natives.clear();
  }

  *unclaimed(): Iterable<CounterTotal> {
    for (let number = 0; number < this.#keys.size; number++) {
      if (Number.isNaN(this.#totals.values[number])) continue;
      const value = this.#valueOf(number);
      const start = this.#keys.keyStart(number);
      const begunAt = this.#begunAt.values[number];
      yield { bytes: this.#keys.bytes, start, end: this.#keys.keyEnd(number), value, begunAt };
    }
  }

  #valueOf(number: number): number | NativeHistogram {
    return this.#natives.get(number) ?? this.#totals.values[number];
  }
}
