import type { NativeHistogram } from "../exposition/native_histogram.ts";
import {
  combineHistograms,
  spannedHistogram,
  type SparseHistogram,
  sparseHistogram,
} from "./sparse_histogram.ts";

/**
 * What native histograms come to, as Prometheus's `FloatHistogram.Add` has it. They may differ in
 * schema, zero bucket and custom bounds (see `combineHistograms`); a sum of integer histograms is one, as
 * long as it counts less than 2^53.
 *
 * The order in which they are added matters only where a zero bucket ends within a bucket of a coarser
 * schema, and for how fractions are rounded.
 */
export class NativeSum {
  readonly #total: SparseHistogram;

  constructor(first: NativeHistogram) {
    this.#total = sparseHistogram(first);
  }

  /**
   * False, and it is left out, where one of both has custom buckets and the other has not, or where
   * there would be too many buckets.
   */
  add(h: NativeHistogram): boolean {
    return combineHistograms(this.#total, sparseHistogram(h), 1);
  }

  /** Buckets that count something, of both signs. */
  get buckets(): number {
    const { negative, positive } = this.#total;
    return negative.indices.length + positive.indices.length;
  }

  /** Without empty buckets. */
  get result(): NativeHistogram {
    return spannedHistogram(this.#total);
  }
}
