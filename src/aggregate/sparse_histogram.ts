import { MAX_NATIVE_BUCKETS } from "../bounds.ts";
import {
  CUSTOM_BUCKETS,
  MIN_SCHEMA,
  type NativeHistogram,
} from "../exposition/native_histogram.ts";
import { upperBound } from "./native_bounds.ts";
import {
  addBuckets,
  coarsenBuckets,
  removeFirst,
  spannedBuckets,
  type SparseBuckets,
  sparseBuckets,
  unionSize,
} from "./sparse_buckets.ts";

/** A native histogram that is worked on. */
export interface SparseHistogram {
  isFloat: boolean;
  count: number;
  sum: number;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  readonly negative: SparseBuckets;
  positive: SparseBuckets;
  customValues: readonly number[];
}

export function sparseHistogram(h: NativeHistogram): SparseHistogram {
  return { ...h, negative: sparseBuckets(h.negative), positive: sparseBuckets(h.positive) };
}

/** The histogram without empty buckets, as Prometheus's `Compact(0)` leaves it. */
export function spannedHistogram(h: SparseHistogram): NativeHistogram {
  return { ...h, negative: spannedBuckets(h.negative), positive: spannedBuckets(h.positive) };
}

/**
 * Adds `factor` times the other one, in place, as `FloatHistogram.Add` and `Sub` of Prometheus do: with
 * the coarser schema of both, the smallest zero bucket that holds both of theirs and ends within no
 * bucket that counts something, and of custom buckets the bounds that both have. The other one is used
 * up. False, and nothing is added, where one has custom buckets and the other has not, or where there
 * would be more than MAX_NATIVE_BUCKETS in the coarsest schema.
 *
 * Two cases differ, in which Prometheus miscounts so that its own `Validate` refuses the result. What
 * of the other one gets into the zero bucket is taken out of its buckets before they are put together
 * to coarser ones, not after it, where it may be in a bucket that reaches beyond the zero bucket and
 * count twice. And buckets of the other one that lie within its own zero bucket are not lost.
 */
export function combineHistograms(
  into: SparseHistogram,
  other: SparseHistogram,
  factor: 1 | -1,
): boolean {
  if ((into.schema === CUSTOM_BUCKETS) !== (other.schema === CUSTOM_BUCKETS)) return false;
  if (into.schema !== CUSTOM_BUCKETS) {
    reconcileZeroBuckets(into, other);
    coarsen(into, Math.min(into.schema, other.schema));
    coarsen(other, into.schema);
  } else if (!sameValues(into.customValues, other.customValues)) {
    combineCustom(into, other, factor);
    addTotals(into, other, factor);
    return true;
  }
  let positives = unionSize(into.positive, other.positive);
  let negatives = unionSize(into.negative, other.negative);
  while (into.schema > MIN_SCHEMA && Math.max(positives, negatives) > MAX_NATIVE_BUCKETS) {
    coarsen(into, into.schema - 1);
    coarsen(other, into.schema);
    positives = unionSize(into.positive, other.positive);
    negatives = unionSize(into.negative, other.negative);
  }
  if (Math.max(positives, negatives) > MAX_NATIVE_BUCKETS) return false;
  addBuckets(into.positive, other.positive, factor, positives);
  addBuckets(into.negative, other.negative, factor, negatives);
  addTotals(into, other, factor);
  return true;
}

function addTotals(into: SparseHistogram, other: SparseHistogram, factor: number): void {
  into.zeroCount += factor * other.zeroCount;
  into.count += factor * other.count;
  into.sum += factor * other.sum;
  into.isFloat ||= other.isFloat || into.count > Number.MAX_SAFE_INTEGER;
}

/** Puts buckets together to those of a schema that is coarser, or the same. */
export function coarsen(h: SparseHistogram, schema: number): void {
  if (schema === h.schema) return;
  coarsenBuckets(h.positive, h.schema, schema);
  coarsenBuckets(h.negative, h.schema, schema);
  h.schema = schema;
}

/** Widens the zero buckets of both until they are the same. */
function reconcileZeroBuckets(a: SparseHistogram, b: SparseHistogram): void {
  // What `b` counts is summed up anew at each step, as Prometheus does: fractions are rounded so.
  let zeroBucket = { threshold: b.zeroThreshold, count: b.zeroCount };
  while (zeroBucket.threshold !== a.zeroThreshold) {
    if (a.zeroThreshold > zeroBucket.threshold) zeroBucket = zeroBucketTo(b, a.zeroThreshold);
    else widen(a, zeroBucketTo(a, zeroBucket.threshold));
  }
  if (zeroBucket.threshold !== b.zeroThreshold) widen(b, zeroBucket);
}

export interface ZeroBucket {
  readonly threshold: number;
  readonly count: number;
}

/** The zero bucket that reaches to this threshold, or to the end of the bucket that it would cut. */
export function zeroBucketTo(h: SparseHistogram, threshold: number): ZeroBucket {
  for (;;) {
    let count = h.zeroCount;
    let reach = threshold;
    for (const { indices, counts } of [h.positive, h.negative]) {
      for (let at = 0; at < indices.length; at++) {
        if (upperBound(indices[at] - 1, h.schema) >= reach) break;
        count += counts[at];
        reach = Math.max(reach, upperBound(indices[at], h.schema));
      }
    }
    // Positive buckets were looked at before a negative one was found to be cut.
    if (reach === threshold) return { threshold, count };
    threshold = reach;
  }
}

/** Takes the buckets that are within this zero bucket into it, which counts them already. */
export function widen(h: SparseHistogram, { threshold, count }: ZeroBucket): void {
  for (const buckets of [h.positive, h.negative]) {
    const { indices } = buckets;
    let within = 0;
    while (within < indices.length && upperBound(indices[within] - 1, h.schema) < threshold) {
      within++;
    }
    removeFirst(buckets, within);
  }
  h.zeroThreshold = threshold;
  h.zeroCount = count;
}

function combineCustom(into: SparseHistogram, other: SparseHistogram, factor: number): void {
  const common = commonValues(into.customValues, other.customValues);
  const counts: number[] = new Array(common.length + 1).fill(0);
  addToCustom(counts, common, into, 1);
  addToCustom(counts, common, other, factor);
  into.positive = { indices: counts.map((_, index) => index), counts };
  into.customValues = common;
}

/** Adds what each bucket counts at the first of the bounds that is not below its own; else above all. */
export function addToCustom(
  counts: number[],
  bounds: readonly number[],
  h: SparseHistogram,
  factor: number,
): void {
  let to = 0;
  for (let at = 0; at < h.positive.indices.length; at++) {
    const index = h.positive.indices[at];
    const bound = index < h.customValues.length ? h.customValues[index] : Infinity;
    while (to < bounds.length && bounds[to] < bound) to++;
    counts[to] += factor * h.positive.counts[at];
  }
}

export function commonValues(a: readonly number[], b: readonly number[]): number[] {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) common.push(a[i]);
    if (a[i] < b[j]) i++;
    else if (a[i] > b[j]) j++;
    else {
      i++;
      j++;
    }
  }
  return common;
}

export function sameValues(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
