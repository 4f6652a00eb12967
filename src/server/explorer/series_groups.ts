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
  /** Of what stands below another name, or is a part of a larger beginning: the characters of that. */
  readonly after?: number;
  /** One: the row is that metric. */
  readonly metrics: readonly MetricReport[];
}

/** A row for each family of these metrics: a histogram's buckets, sum and count are one. */
export function familyRows(metrics: readonly MetricReport[]): SeriesRow[] {
  return [...Map.groupBy(metrics, ({ family }) => family)]
    .map(([family, members]) => rowOf(family, members));
}

/** A part of the series that is more than this is taken apart further. */
const LARGE_SHARE = 0.5;

/**
 * A row for each beginning that names have in common: `node_`, `go_`. One that is most of the scrape is
 * taken apart at its next word: `nginx_ingress_controller_request_`.
 */
export function prefixRows(metrics: readonly MetricReport[]): SeriesRow[] {
  return partsOf(metrics, 0, metrics.reduce((sum, { series }) => sum + series, 0));
}

/** The parts of metrics whose names begin with the same `from` characters. */
function partsOf(metrics: readonly MetricReport[], from: number, all: number): SeriesRow[] {
  const groups = Map.groupBy(metrics, ({ name }) => name.slice(0, wordEnd(name, from)));
  return [...groups.values()].flatMap((members) => {
    const prefix = commonPrefix(members, from);
    const row = { ...rowOf(prefix, members), after: from };
    const isOne = members.every(({ family }) => family === members[0].family);
    return row.series <= all * LARGE_SHARE || isOne || groups.size === 1 && prefix.length === from
      ? [row]
      : partsOf(members, prefix.length, all);
  });
}

/** The row of one metric, below that of its family. */
export function metricRow(metric: MetricReport): SeriesRow {
  const { name, family } = metric;
  return { ...rowOf(name, [metric]), after: name.startsWith(family) ? family.length : 0 };
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

/** Where the word of a name that begins at `from` ends, what ends it included. */
function wordEnd(name: string, from: number): number {
  const at = name.slice(from + 1).search(/[_:.]/);
  return at < 0 ? name.length : from + at + 2;
}

/** What the names begin with, up to the end of a word; they have one in common from `from` on. */
function commonPrefix(metrics: readonly MetricReport[], from: number): string {
  const names = metrics.map(({ name }) => name).sort();
  const [first, last] = [names[0], names[names.length - 1]];
  let length = from;
  while (length < first.length && first[length] === last[length]) length++;
  while (length > from && !/[_:.]/.test(first[length - 1])) length--;
  return first.slice(0, length === from ? wordEnd(first, from) : length);
}
