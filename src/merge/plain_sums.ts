import type { HistogramGroup } from "./histogram_groups.ts";
import type { MergedValues } from "./merged_values.ts";

/** What one target contributes to a series; NaN where it has none. */
export type Contribution = (series: number) => number;

/**
 * Adds to a histogram's plain sums what keeps them cumulative: a bucket that a target does not have
 * counts what the one below it does.
 */
export function fillBuckets(values: MergedValues, group: HistogramGroup, of: Contribution): void {
  let below = 0;
  for (const bucket of group.buckets) {
    const value = of(bucket);
    if (value >= below) below = value;
    else if (Number.isNaN(value)) values.fill(bucket, below);
    // Input histograms of different layouts fell into one.
    else values.fill(bucket, below - value);
  }
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
