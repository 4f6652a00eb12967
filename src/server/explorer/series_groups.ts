import type { NativeFigures } from "../../analyze/native_figures.ts";
import type { MetricReport } from "../../analyze/report.ts";

/** A row of the table of metrics: one metric, or several that belong together. */
export interface SeriesRow {
  readonly name: string;
  readonly type: string | undefined;
  readonly series: number;
  readonly bytes: number;
  readonly share: number;
  readonly estimated: boolean;
  readonly native?: NativeFigures;
  /** One: the row is that metric. */
  readonly metrics: readonly MetricReport[];
}

/** A row for each family of these metrics: a histogram's buckets, sum and count are one. */
export function familyRows(metrics: readonly MetricReport[]): SeriesRow[] {
  return [...Map.groupBy(metrics, ({ family }) => family)]
    .map(([family, members]) => rowOf(family, members));
}

/** A row for each beginning that names have in common: `node_`, `nginx_ingress_controller_`. */
export function prefixRows(metrics: readonly MetricReport[]): SeriesRow[] {
  return [...Map.groupBy(metrics, ({ name }) => name.slice(0, wordEnd(name)))]
    .map(([, members]) => rowOf(commonPrefix(members), members));
}

/** The row of one metric. */
export function metricRow(metric: MetricReport): SeriesRow {
  return rowOf(metric.name, [metric]);
}

function rowOf(name: string, metrics: readonly MetricReport[]): SeriesRow {
  const sum = (of: (metric: MetricReport) => number) =>
    metrics.reduce((total, metric) => total + of(metric), 0);
  const natives = metrics.flatMap(({ native }) => native ?? []);
  const types = new Set(metrics.map(({ type }) => type));
  return {
    name: metrics.length === 1 ? metrics[0].name : name,
    type: types.size === 1 ? metrics[0].type : undefined,
    series: sum(({ series }) => series),
    bytes: sum(({ bytes }) => bytes),
    share: sum(({ share }) => share),
    estimated: metrics.some(({ estimated }) => estimated),
    ...natives.length === 0 ? {} : {
      native: {
        histograms: natives.reduce((total, { histograms }) => total + histograms, 0),
        buckets: natives.reduce((total, { buckets }) => total + buckets, 0),
      },
    },
    metrics,
  };
}

/** Where the first word of a name ends, what ends it included. */
function wordEnd(name: string): number {
  const at = name.slice(1).search(/[_:.]/);
  return at < 0 ? name.length : at + 2;
}

/** What the names begin with, up to the end of a word. */
function commonPrefix(metrics: readonly MetricReport[]): string {
  const names = metrics.map(({ name }) => name).sort();
  const [first, last] = [names[0], names[names.length - 1]];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  const word = first.slice(0, length).match(/^.+[_:.]/s)?.[0];
  return word ?? first.slice(0, wordEnd(first));
}
