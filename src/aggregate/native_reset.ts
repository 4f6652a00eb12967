import { CUSTOM_BUCKETS, type NativeHistogram } from "../exposition/native_histogram.ts";
import { NativeSum } from "./native_sum.ts";
import type { SparseBuckets } from "./sparse_buckets.ts";
import {
  addToCustom,
  coarsen,
  combineHistograms,
  commonValues,
  sameValues,
  spannedHistogram,
  type SparseHistogram,
  sparseHistogram,
  widen,
  zeroBucketTo,
} from "./sparse_histogram.ts";

/**
 * Whether a counter began anew between two scrapes, as Prometheus's `FloatHistogram.DetectReset` has it:
 * where the count, the zero bucket or any bucket counts less than before, and where the buckets are of
 * another kind, finer, or the zero bucket is smaller than before or ends within a bucket of before.
 * The sum may fall.
 *
 * One case differs: see `combineHistograms`. Where the zero bucket was widened and then the schema
 * reduced, Prometheus takes what went into the zero bucket for missing in a bucket that reaches beyond it.
 */
export function isReset(now: NativeHistogram, before: NativeHistogram): boolean {
  if (now.count < before.count || now.schema > before.schema) return true;
  const current = sparseHistogram(now);
  const previous = sparseHistogram(before);
  if (now.schema === CUSTOM_BUCKETS) return fellInCustom(current, previous);
  if (before.schema === CUSTOM_BUCKETS) return true;
  if (now.zeroThreshold < before.zeroThreshold) return true;
  if (now.zeroThreshold > before.zeroThreshold) {
    const zeroBucket = zeroBucketTo(previous, now.zeroThreshold);
    if (zeroBucket.threshold !== now.zeroThreshold) return true;
    widen(previous, zeroBucket);
  }
  coarsen(previous, now.schema);
  return now.zeroCount < previous.zeroCount || fell(current.positive, previous.positive) ||
    fell(current.negative, previous.negative);
}

/** What was counted between two scrapes, where `isReset` is false: `now` without `before`. */
export function increase(now: NativeHistogram, before: NativeHistogram): NativeHistogram {
  const difference = sparseHistogram(now);
  combineHistograms(difference, sparseHistogram(before), -1);
  return spannedHistogram(difference);
}

/** A counter that goes on: undefined where they cannot be added (see `NativeSum.add`). */
export function grow(total: NativeHistogram, by: NativeHistogram): NativeHistogram | undefined {
  const sum = new NativeSum(total);
  return sum.add(by) ? sum.result : undefined;
}

function fell(now: SparseBuckets, before: SparseBuckets): boolean {
  let at = 0;
  return before.indices.some((index, i) => {
    while (at < now.indices.length && now.indices[at] < index) at++;
    return now.indices[at] !== index || now.counts[at] < before.counts[i];
  });
}

function fellInCustom(now: SparseHistogram, before: SparseHistogram): boolean {
  if (before.schema !== CUSTOM_BUCKETS) return true;
  if (sameValues(now.customValues, before.customValues)) return fell(now.positive, before.positive);
  const common = commonValues(now.customValues, before.customValues);
  const current: number[] = new Array(common.length + 1).fill(0);
  const previous = [...current];
  addToCustom(current, common, now, 1);
  addToCustom(previous, common, before, 1);
  return current.some((count, index) => count < previous[index]);
}
