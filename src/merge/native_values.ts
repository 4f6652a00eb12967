import { MAX_NATIVE_EXEMPLARS } from "../bounds.ts";
import { type Exemplar, newestExemplars } from "../exposition/exemplars.ts";
import { grow } from "../aggregate/native_reset.ts";
import { NativeSum } from "../aggregate/native_sum.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import { type NativeBudget, NativeMemory, zeroOf } from "./native_memory.ts";

/** What native histograms come to over targets: their totals over time, and the plain sums of a scrape. */
export class NativeValues {
  /** Of the scrape at hand: histograms that could not be added to others. */
  unmergeable = 0;
  /** Of totals beside which the classic part of the histogram may have counted other than they. */
  readonly uneven: Set<number> = new Set();
  readonly #totals: NativeMemory;
  readonly #sums = new Map<number, NativeSum>();
  readonly #exemplars = new Map<number, readonly Exemplar[]>();

  constructor(budget: NativeBudget) {
    this.#totals = new NativeMemory(budget);
  }

  /** Begins the next scrape. */
  begin(): void {
    this.unmergeable = 0;
    this.#sums.clear();
    this.#exemplars.clear();
  }

  /** Takes those of one more target, of which the newest of all are kept. */
  addExemplars(series: number, exemplars: readonly Exemplar[]): void {
    const known = this.#exemplars.get(series) ?? [];
    const newest = newestExemplars([...known, ...exemplars], MAX_NATIVE_EXEMPLARS);
    this.#exemplars.set(series, newest);
  }

  exemplarsOf(series: number): readonly Exemplar[] {
    return this.#exemplars.get(series) ?? [];
  }

  totalOf(series: number): NativeHistogram | undefined {
    return this.#totals.get(series);
  }

  /** False where there is no room for it. */
  setTotal(series: number, total: NativeHistogram): boolean {
    return this.#totals.set(series, total);
  }

  /** A total begins, at zero and with the buckets of `h`, if it has not yet. False: there is no room. */
  start(series: number, h: NativeHistogram): boolean {
    return this.#totals.get(series) !== undefined || this.#totals.set(series, zeroOf(h));
  }

  /** A total never falls. What cannot be added to it is left out. */
  raise(series: number, by: NativeHistogram): void {
    const total = this.#totals.get(series) ?? zeroOf(by);
    const grown = by.count > 0 ? grow(total, by) : total;
    if (grown === undefined || !this.#totals.set(series, grown)) this.unmergeable++;
  }

  /** Takes what one target has into a plain sum. */
  add(series: number, h: NativeHistogram): void {
    const sum = this.#sums.get(series);
    if (sum === undefined) this.#sums.set(series, new NativeSum(h));
    else if (!sum.add(h)) this.unmergeable++;
  }

  sumOf(series: number): NativeHistogram | undefined {
    return this.#sums.get(series)?.result;
  }

  /** The series is a plain sum from now on. */
  forgetTotal(series: number): void {
    this.#totals.delete(series);
  }

  /** The series have other numbers now; -1 for one that is gone. */
  move(moved: Int32Array): void {
    const uneven = [...this.uneven].map((series) => moved[series]);
    this.uneven.clear();
    for (const series of uneven) if (series >= 0) this.uneven.add(series);
    this.#totals.move(moved);
    this.#sums.clear();
  }
}
