import type { HistogramGroup } from "./histogram_groups.ts";
import type { MergedValues } from "./merged_values.ts";

/** What one target contributes to a series; NaN where it has none. */
export type Contribution = (series: number) => number;

/**
 * Adds to a histogram's plain sums what keeps them cumulative: a bucket that a target does not have
 * counts what the one below it does, and without one for all the count says what that counts.
 */
export function fillBuckets(values: MergedValues, group: HistogramGroup, of: Contribution): void {
  const { buckets, bounds, count } = group;
  const counted = count < 0 ? NaN : of(count);
  let below = 0;
  for (let from = 0; from < buckets.length;) {
    // Two spellings of one bound are two series where it is text.
    let to = from;
    while (to < buckets.length && bounds[to] === bounds[from]) to++;
    const ties = buckets.slice(from, to);
    const said = ties.map(of).filter((value) => !Number.isNaN(value));
    if (bounds[from] === Infinity && said.length === 0 && counted > below) below = counted;
    below = Math.max(below, ...said);
    for (const bucket of ties) {
      const value = of(bucket);
      values.fill(bucket, Number.isNaN(value) ? below : below - value);
    }
    from = to;
  }
  if (count >= 0 && Number.isNaN(counted)) values.fill(count, below);
}

/** Adds what a target that was counted before said of series that were no plain sums then. */
export function takePlain(values: MergedValues, group: HistogramGroup, of: Contribution): void {
  for (const series of [...group.buckets, group.sum, group.count]) {
    const value = series < 0 ? NaN : of(series);
    if (Number.isFinite(value)) values.take(series, "sum", value, 1, NO_TEXT);
  }
  fillBuckets(values, group, of);
}

/** The place of no target whose text is noted. */
const NO_TEXT = -1;
