import type { NativeHistogram } from "../exposition/native_histogram.ts";

/** What is left of a bound on native histograms that are remembered, in bytes. */
export interface NativeBudget {
  left: number;
}

/** Native histograms by series, as far as a bound that others share allows. */
export class NativeMemory {
  readonly #budget: NativeBudget;
  #histograms = new Map<number, NativeHistogram>();

  constructor(budget: NativeBudget) {
    this.#budget = budget;
  }

  get(series: number): NativeHistogram | undefined {
    return this.#histograms.get(series);
  }

  /** False, and what was there before stays, where there is no room. */
  set(series: number, h: NativeHistogram): boolean {
    if (!this.hasRoom(series, h)) return false;
    this.#budget.left += bytesOf(this.#histograms.get(series)) - bytesOf(h);
    this.#histograms.set(series, h);
    return true;
  }

  hasRoom(series: number, h: NativeHistogram): boolean {
    return bytesOf(h) <= this.#budget.left + bytesOf(this.#histograms.get(series));
  }

  delete(series: number): void {
    this.#budget.left += bytesOf(this.#histograms.get(series));
    this.#histograms.delete(series);
  }

  /** Gives back what it takes of the budget. */
  release(): void {
    for (const h of this.#histograms.values()) this.#budget.left += bytesOf(h);
    this.#histograms.clear();
  }

  /** The series have other numbers now; -1 for one that is gone. */
  move(moved: Int32Array): void {
    const before = this.#histograms;
    this.#histograms = new Map();
    for (const [series, h] of before) {
      if (moved[series] >= 0) this.#histograms.set(moved[series], h);
      else this.#budget.left += bytesOf(h);
    }
  }
}

/** About what one takes in memory: its fields, its spans, and 8 bytes for each bucket. */
export function bytesOf(h: NativeHistogram | undefined): number {
  if (h === undefined) return 0;
  const { negative, positive, customValues } = h;
  const spans = negative.spans.length + positive.spans.length;
  const numbers = negative.counts.length + positive.counts.length + customValues.length;
  return HISTOGRAM_BYTES + SPAN_BYTES * spans + 8 * numbers;
}

const HISTOGRAM_BYTES = 384;
const SPAN_BYTES = 48;

/** What a histogram counts that began at zero, with the buckets of this one. */
export function zeroOf(h: NativeHistogram): NativeHistogram {
  const none = { spans: [], counts: [] };
  return { ...h, count: 0, sum: 0, zeroCount: 0, negative: none, positive: none };
}
