import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";

/** How many cardinality limits are set. */
export function limitCount(limits: CardinalityLimits | undefined): number {
  if (limits === undefined) return 0;
  const { seriesPerFamily, series, labelValueLength, labelValues } = limits;
  return [seriesPerFamily, series, labelValueLength].filter((limit) => limit > 0).length +
    labelValues.size;
}
