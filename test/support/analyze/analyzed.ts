import { Cardinality } from "../../../src/analyze/cardinality.ts";
import { cardinalityReport } from "../../../src/analyze/cardinality_report.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "../../../src/analyze/report.ts";
import type { LineFormat } from "../../../src/exposition/line_format.ts";
import { chunksOf, encode } from "../lines/filtered.ts";

interface AnalyzedOptions {
  readonly size?: number;
  readonly maxBytes?: number;
  readonly format?: LineFormat;
}

/** The report of an exposition that comes in chunks of `size` bytes. */
export function analyzed(
  input: string | Uint8Array<ArrayBuffer>,
  { size = 65_536, maxBytes, format }: AnalyzedOptions = {},
): CardinalityReport {
  const cardinality = new Cardinality({ maxBytes, format });
  const bytes = typeof input === "string" ? encode(input) : input;
  for (const chunk of chunksOf(bytes, size)) cardinality.push(chunk);
  cardinality.end();
  return cardinalityReport(cardinality);
}

/** The metric of this name. Throws when there is none. */
export function metricOf(report: CardinalityReport, name: string): MetricReport {
  const metric = report.metrics.find((candidate) => candidate.name === name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric;
}

/** The label of a metric. Throws when it has none. */
export function labelOf(report: CardinalityReport, metric: string, name: string): LabelReport {
  const label = metricOf(report, metric).labels.find((candidate) => candidate.name === name);
  if (label === undefined) throw new Error(`no label ${name}`);
  return label;
}
