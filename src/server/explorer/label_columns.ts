import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { LabelReport, LabelTotal, MetricReport } from "../../analyze/report.ts";
import { seriesFigure, shareBar } from "./figures.ts";
import { foreignText, shortText } from "./foreign_text.ts";
import {
  addColumn,
  distinctColumn,
  nameColumn,
  type RowActions,
  seriesColumn,
  shareColumn,
} from "./report_columns.ts";
import { dropLabel, dropValue } from "./rule_for.ts";
import type { Column } from "./sortable_table.ts";

/** Of the labels of one metric. */
export function labelColumns(
  metric: MetricReport,
  { open, add }: RowActions,
): readonly Column<LabelReport>[] {
  return [
    nameColumn("Label", open),
    distinctColumn(),
    { ...seriesColumn("Series with it"), isExtra: true },
    ...withoutColumns("Series without it", "Bytes without it", metric.series),
    addColumn(
      ({ name }) => `the label ${shortText(name)} of this metric`,
      ({ name }) => add(dropLabel(name, metric.name)),
    ),
  ];
}

/** Of the labels of all metrics, in a scrape of so many series. */
export function totalColumns(
  series: number,
  { open, add }: RowActions,
): readonly Column<LabelTotal>[] {
  return [
    nameColumn("Label", open),
    distinctColumn(),
    {
      key: "metrics",
      title: "Metrics",
      isNumber: true,
      isExtra: true,
      by: ({ metrics }) => metrics.length,
      cell: ({ metrics }) => countText(metrics.length),
    },
    { ...seriesColumn("Series with it"), isExtra: true },
    ...withoutColumns("Series left", "Bytes left", series),
    addColumn(({ name }) => `the label ${shortText(name)}`, ({ name }) => add(dropLabel(name))),
  ];
}

interface Value {
  readonly text: string;
  readonly series: number;
}

/** Of the values of one label. */
export function valueColumns(
  metric: MetricReport,
  label: LabelReport,
  add: RowActions["add"],
): readonly Column<Value>[] {
  return [
    { key: "name", title: "Value", by: ({ text }) => text, cell: ({ text }) => foreignText(text) },
    {
      key: "series",
      title: "Series",
      isNumber: true,
      by: ({ series }) => series,
      cell: ({ series }) => seriesFigure(series, label.error > 0),
    },
    shareColumn(({ series }) => series / metric.series),
    addColumn(
      ({ text }) => `the series with ${shortText(text)}`,
      ({ text }) => add(dropValue(metric.name, label.name, text)),
      // Of a value that was cut, the rule would have to know the rest.
      ({ text }) => !text.endsWith("…"),
    ),
  ];
}

/** What is left when the label is dropped, of `series`: bars, as what labels save does not add up. */
function withoutColumns<Row extends Pick<LabelReport, "without">>(
  seriesTitle: string,
  bytesTitle: string,
  series: number,
): readonly Column<Row>[] {
  return [
    {
      key: "without",
      title: seriesTitle,
      isNumber: true,
      by: ({ without }) => without.series,
      cell: ({ without }) => seriesFigure(without.series, without.estimated),
    },
    {
      key: "saved",
      title: "Saves",
      isNumber: true,
      isExtra: true,
      by: ({ without }) => series - without.series,
      cell: ({ without }) => shareBar(series === 0 ? 0 : 1 - without.series / series),
    },
    {
      key: "bytes",
      title: bytesTitle,
      isNumber: true,
      isExtra: true,
      by: ({ without }) => without.bytes,
      cell: ({ without }) => bytesText(without.bytes),
    },
  ];
}
