import type { BucketSpan, NativeBuckets } from "../exposition/native_histogram.ts";
import { coarserIndex } from "./native_bounds.ts";

/** The buckets of one sign that count something, by ascending index. */
export interface SparseBuckets {
  readonly indices: number[];
  readonly counts: number[];
}

export function sparseBuckets({ spans, counts }: NativeBuckets): SparseBuckets {
  const sparse: SparseBuckets = { indices: [], counts: [] };
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (const end = at + length; at < end; at++, index++) {
      if (counts[at] !== 0) push(sparse, index, counts[at]);
    }
  }
  return sparse;
}

/** The same with as few spans as can be. */
export function spannedBuckets({ indices, counts }: SparseBuckets): NativeBuckets {
  const spans: BucketSpan[] = [];
  const kept: number[] = [];
  let next = 0;
  let length = 0;
  let offset = 0;
  for (let at = 0; at < indices.length; at++) {
    if (counts[at] === 0) continue;
    if (kept.length === 0 || indices[at] !== next) {
      if (length > 0) spans.push({ offset, length });
      offset = indices[at] - next;
      length = 0;
    }
    length++;
    next = indices[at] + 1;
    kept.push(counts[at]);
  }
  if (length > 0) spans.push({ offset, length });
  return { spans, counts: kept };
}

/** Puts buckets of this schema together to those of a coarser one. */
export function coarsenBuckets(buckets: SparseBuckets, schema: number, coarser: number): void {
  const { indices, counts } = buckets;
  let kept = 0;
  for (let at = 0; at < indices.length; at++) {
    const index = coarserIndex(indices[at], schema, coarser);
    if (kept > 0 && indices[kept - 1] === index) counts[kept - 1] += counts[at];
    else {
      indices[kept] = index;
      counts[kept++] = counts[at];
    }
  }
  indices.length = kept;
  counts.length = kept;
}

export function removeFirst({ indices, counts }: SparseBuckets, buckets: number): void {
  if (buckets === 0) return;
  indices.splice(0, buckets);
  counts.splice(0, buckets);
}

/** How many buckets there are that one or both have. */
export function unionSize(a: SparseBuckets, b: SparseBuckets): number {
  let size = a.indices.length;
  for (let at = 0, other = 0; other < b.indices.length; other++) {
    while (at < a.indices.length && a.indices[at] < b.indices[other]) at++;
    if (a.indices[at] !== b.indices[other]) size++;
  }
  return size;
}

/** Adds `factor` times the other's counts, in place. `size`: what `unionSize` says. */
export function addBuckets(
  { indices, counts }: SparseBuckets,
  other: SparseBuckets,
  factor: number,
  size: number,
): void {
  let from = indices.length - 1;
  let to = size - 1;
  // From the last one on, so that nothing is overwritten before it is read.
  for (let b = other.indices.length - 1; b >= 0; b--) {
    const index = other.indices[b];
    while (from >= 0 && indices[from] > index) {
      indices[to] = indices[from];
      counts[to--] = counts[from--];
    }
    const count = factor * other.counts[b];
    if (from >= 0 && indices[from] === index) {
      indices[to] = index;
      counts[to--] = counts[from--] + count;
    } else {
      indices[to] = index;
      counts[to--] = count;
    }
  }
}

export function push({ indices, counts }: SparseBuckets, index: number, count: number): void {
  indices.push(index);
  counts.push(count);
}
