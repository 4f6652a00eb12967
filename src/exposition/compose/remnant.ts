/** Which samples of a histogram are left. */
export interface HistogramParts {
  readonly native: boolean;
  /** Buckets, the one of +Inf among them. */
  readonly buckets: number;
  readonly infiniteBucket: boolean;
  readonly sum: boolean;
  readonly count: boolean;
}

/**
 * What is left of a composite metric when some of its samples are dropped, in every format:
 *
 * - "composite": the same metric with fewer buckets, quantiles, or without native data;
 * - "summary": a summary without quantiles, which was a histogram;
 * - "samples": each sample for itself, in a family of its own name.
 */
export type Remnant = "composite" | "summary" | "samples";

/** A histogram's. With native data, count and sum are that's own, and stay. */
export function histogramRemnant(parts: HistogramParts, isGauge: boolean): Remnant {
  if (parts.native) return "composite";
  if (!parts.sum || !parts.count) return "samples";
  if (parts.infiniteBucket) return "composite";
  // Gauges are no summary, whose sum and count rise.
  return parts.buckets === 0 && !isGauge ? "summary" : "samples";
}

/** A summary's, whatever quantiles are left. */
export function summaryRemnant(sum: boolean, count: boolean): Remnant {
  return sum && count ? "composite" : "samples";
}
