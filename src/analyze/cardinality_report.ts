import { functionFor } from "../aggregate/aggregate_function.ts";
import type { AnalyzedMetric, Cardinality } from "./cardinality.ts";
import { hashUnion } from "./distinct_hashes.ts";
import type { LabelTrack } from "./label_track.ts";
import type { NativeFigures } from "./native_figures.ts";
import { nativeHints } from "./native_hints.ts";
import { recommendations } from "./recommendations.ts";
import { type UsageAdvice, usageRecommendations } from "./usage_recommendations.ts";
import type {
  CardinalityReport,
  FamilyReport,
  LabelReport,
  LabelTotal,
  MetricReport,
  Size,
} from "./report.ts";
import { groupByText } from "../exposition/text_map.ts";

/**
 * Returns what was counted; `cardinality` has to have ended. With `advice` the rules are those that take
 * away what nothing reads, and no others.
 */
export function cardinalityReport(
  cardinality: Cardinality,
  advice?: UsageAdvice,
): CardinalityReport {
  const { bytes, linesSeen, unreadable, beyond } = cardinality;
  const found = cardinality.metrics;
  const series = found.reduce((sum, { track }) => sum + track.series, beyond.samples);
  const metrics = found.map((metric) => metricReport(metric, series)).sort(bySize);
  const families = [...groupByText(metrics, (metric) => metric.family)]
    .map(([name, members]) => familyReport(name, members, series)).sort(bySize);
  const whole = {
    series,
    bytes,
    estimated: beyond.samples > 0 || metrics.some(({ estimated }) => estimated),
    ...nativeOf(metrics),
  };
  const labels = labelTotals(found, metrics, whole);
  return {
    ...whole,
    lines: linesSeen,
    samples: found.reduce((sum, { track }) => sum + track.samples, beyond.samples),
    unreadable,
    unlisted: beyond.samples,
    metrics,
    families,
    labels,
    recommendations: advice === undefined
      ? recommendations(whole, metrics, families, labels)
      : usageRecommendations(
        { whole, metrics, families, labels, unlisted: beyond.samples },
        advice,
      ),
    hints: nativeHints(whole, metrics, families),
  };
}

function metricReport({ track, family }: AnalyzedMetric, all: number): MetricReport {
  const { name, series, bytes, samples, estimated, untracked } = track;
  const drops = functionFor(name, name.slice(family?.name.length), family?.type, []) === "drop";
  const left = (without: Size) => drops ? withoutCollided(without, series) : without;
  return {
    name,
    family: family?.name ?? name,
    type: family?.type,
    series,
    share: series / all,
    bytes,
    samples,
    estimated,
    ...nativeFigures(track.nativeHistograms, track.nativeBuckets),
    labels: track.labels.map((label) => labelReport(label, left(track.without(label))))
      .sort((a, b) => b.distinct - a.distinct || compare(a.name, b.name)),
    unfollowed: [...untracked],
  };
}

/**
 * Quantiles that collide are dropped, all of them. How many collide with none is not known, only that there are
 * two at least in each series that is one less.
 */
function withoutCollided(without: Size, before: number): Size {
  if (without.series === before) return without;
  const series = Math.max(0, 2 * without.series - before);
  const bytes = Math.round(without.bytes * series / without.series);
  return { series, bytes, estimated: true };
}

function labelReport(label: LabelTrack, without: Size): LabelReport {
  const values = label.frequent.list;
  return {
    name: label.name,
    series: label.series,
    distinct: label.values.count,
    estimated: label.values.estimated,
    values: values.map(({ text, series }) => ({ text, series })),
    complete: label.frequent.error === 0 && values.length === label.values.count,
    error: label.frequent.error,
    without,
  };
}

function familyReport(name: string, metrics: MetricReport[], all: number): FamilyReport {
  const sum = (of: (metric: MetricReport) => number) =>
    metrics.reduce((total, metric) => total + of(metric), 0);
  const series = sum((metric) => metric.series);
  return {
    name,
    type: metrics[0].type,
    series,
    share: series / all,
    bytes: sum((metric) => metric.bytes),
    samples: sum((metric) => metric.samples),
    estimated: metrics.some(({ estimated }) => estimated),
    ...nativeOf(metrics),
    metrics: metrics.map((metric) => metric.name),
  };
}

function nativeOf(metrics: readonly MetricReport[]): { readonly native?: NativeFigures } {
  const found = metrics.flatMap(({ native }) => native ?? []);
  const sum = (of: (figures: NativeFigures) => number) =>
    found.reduce((total, figures) => total + of(figures), 0);
  return nativeFigures(sum(({ histograms }) => histograms), sum(({ buckets }) => buckets));
}

function nativeFigures(histograms: number, buckets: number): { readonly native?: NativeFigures } {
  return histograms === 0 ? {} : { native: { histograms, buckets } };
}

function labelTotals(
  found: readonly AnalyzedMetric[],
  metrics: readonly MetricReport[],
  whole: Size,
): LabelTotal[] {
  const tracks = groupByText(found.flatMap(({ track }) => track.labels), (label) => label.name);
  const places = groupByText(
    metrics.flatMap((metric) => metric.labels.map((label) => ({ metric, label }))),
    ({ label }) => label.name,
  );
  const totals = [...places].map(([name, places]): LabelTotal => {
    const values = hashUnion(tracks.get(name)!.map((label) => label.values));
    let { series, bytes, estimated } = whole;
    for (const { metric, label } of places) {
      series -= metric.series - label.without.series;
      bytes -= metric.bytes - label.without.bytes;
      estimated ||= label.without.estimated;
    }
    return {
      name,
      series: places.reduce((sum, { label }) => sum + label.series, 0),
      distinct: values.count,
      estimated: values.estimated,
      metrics: places.map(({ metric }) => metric.name),
      without: { series, bytes, estimated },
    };
  });
  return totals.sort((a, b) =>
    a.without.series - b.without.series || a.without.bytes - b.without.bytes ||
    compare(a.name, b.name)
  );
}

function bySize(
  a: { readonly name: string; readonly series: number; readonly bytes: number },
  b: { readonly name: string; readonly series: number; readonly bytes: number },
): number {
  return b.series - a.series || b.bytes - a.bytes || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
