import { partsOf } from "./histogram_groups.ts";
import type { MergedTable } from "./merged_table.ts";
import { metricOf } from "./started_metric.ts";

// A start time tells Prometheus that a counter was 0 then, and whoever reads it may put that zero into
// the series. So a sum that is Weir's own began when Weir began it, whatever its targets say; a plain
// sum of several, which falls and rises with them, began at no time; and what one target alone has
// began when that says.

/**
 * When the counter began that a `_created` is of: `own` where that is what its sample says (or it is
 * of no counter), undefined where it is not known, else Unix milliseconds.
 */
export function startOf(table: MergedTable, created: number): number | "own" | undefined {
  const metric = metricOf(table.series, created);
  if (metric < 0) return "own";
  if (table.isMonotonic(metric)) {
    const begunAt = begunAtOf(table, metric);
    return Number.isNaN(begunAt) || !table.hasOwner(metric) ? undefined : begunAt;
  }
  const isSum = table.values.membersOf(metric) > 1 && table.series.functionOf(created) === "drop";
  return isSum ? undefined : "own";
}

/**
 * When the total of a series, or the first of its histogram or summary, was 0 and began, in Unix
 * milliseconds; NaN where that is not known.
 */
export function begunAtOf({ series, groups }: MergedTable, number: number): number {
  const group = series.groupOf(number);
  if (group < 0) return series.begunAt(number);
  return Math.min(...partsOf(groups.get(group)).map((part) => series.begunAt(part)));
}
