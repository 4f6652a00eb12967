import type { ScrapeStats } from "./scrape_stats.ts";

/** The stages of `weir_dropped_samples_total`, and the cardinality limits. */
export type DroppedStage =
  | "policy"
  | "relabel"
  | "limit"
  | "invalid"
  | "duplicate"
  | "unmergeable"
  | "unreadable"
  | "format";

/** Samples that are not in the output, by what kept them out. */
export function droppedByStage(stats: ScrapeStats): Readonly<Record<DroppedStage, number>> {
  return {
    policy: stats.droppedByPolicy,
    relabel: stats.droppedByRules,
    limit: stats.droppedBeyondLimits,
    invalid: stats.droppedAsInvalid,
    duplicate: stats.duplicateSamples,
    unmergeable: stats.droppedUnmergeable + stats.leftOutBuckets,
    unreadable: stats.droppedUnreadable,
    format: stats.unsaidHistograms,
  };
}
