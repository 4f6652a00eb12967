import { MAX_CHURN_METRICS } from "../bounds.ts";
import type { Cardinality } from "./cardinality.ts";
import { hashUnion } from "./distinct_hashes.ts";
import type { MetricTrack } from "./metric_track.ts";
import { TextMap } from "../exposition/text_map.ts";

/** What changed from one scrape to a later one. */
export interface ChurnReport extends SeriesChange {
  /** Between the two scrapes. */
  readonly seconds: number;
  /** Metrics of which series came or went, those with the most first. */
  readonly metrics: readonly (SeriesChange & { readonly name: string })[];
}

export interface SeriesChange {
  /** Series of the first and of the second scrape. */
  readonly before: number;
  readonly after: number;
  /** Series of the second scrape that the first one did not have. */
  readonly came: number;
  /** Series of the first scrape that the second one did not have. */
  readonly gone: number;
  /** True when the memory for counting was used up in between. */
  readonly estimated: boolean;
}

/** Compares two scrapes `seconds` apart; both have to have ended. */
export function churnReport(
  first: Cardinality,
  second: Cardinality,
  seconds: number,
): ChurnReport {
  const tracks = new TextMap<{ first?: MetricTrack; second?: MetricTrack }>();
  for (const { track } of first.metrics) tracks.set(track.name, { first: track });
  for (const { track } of second.metrics) {
    tracks.set(track.name, { ...tracks.get(track.name), second: track });
  }
  const metrics = [...tracks].map(([name, { first, second }]) => ({
    name,
    ...seriesChange(first, second),
  }));
  const sum = (of: (change: SeriesChange) => number) =>
    metrics.reduce((total, metric) => total + of(metric), 0);
  const changed = metrics.filter(({ came, gone }) => came + gone > 0)
    .sort((a, b) => b.came + b.gone - (a.came + a.gone) || (a.name < b.name ? -1 : 1));
  return {
    seconds,
    before: sum(({ before }) => before) + first.beyond.samples,
    after: sum(({ after }) => after) + second.beyond.samples,
    came: sum(({ came }) => came),
    gone: sum(({ gone }) => gone),
    estimated: metrics.some(({ estimated }) => estimated) ||
      first.beyond.samples + second.beyond.samples > 0,
    metrics: changed.slice(0, MAX_CHURN_METRICS),
  };
}

function seriesChange(first?: MetricTrack, second?: MetricTrack): SeriesChange {
  const before = first?.series ?? 0;
  const after = second?.series ?? 0;
  const sets = [first, second].flatMap((track) => track === undefined ? [] : [track.hashes]);
  const both = hashUnion(sets);
  return {
    before,
    after,
    came: Math.max(0, both.count - before),
    gone: Math.max(0, both.count - after),
    estimated: both.estimated,
  };
}
