import { bytesText, countText } from "../../analyze/figure_text.ts";
import { nativeText } from "../../analyze/native_figures.ts";
import type { LabelReport, LabelTotal, MetricReport } from "../../analyze/report.ts";
import { button, type Child, element } from "./dom.ts";
import { seriesFigure, shareBar } from "./figures.ts";
import { breakable, foreignText, shortText } from "./foreign_text.ts";
import { dropLabel, dropMetric, dropValue } from "./rule_for.ts";
import type { Column } from "./sortable_table.ts";

/** What the rows of the tables lead to. */
export interface RowActions {
  readonly open: (name: string) => void;
  /** Puts a rule into the editor. */
  readonly add: (yaml: string) => void;
}

export function metricColumns({ open, add }: RowActions): readonly Column<MetricReport>[] {
  return [
    nameColumn("Metric", open),
    {
      key: "type",
      title: "Type",
      isExtra: true,
      by: ({ type }) => type ?? "",
      cell: ({ type, native }) => [
        type ?? "–",
        native === undefined ? null : element("small", {}, ` ${nativeText(native)}`),
      ],
    },
    seriesColumn(),
    shareColumn(({ share }) => share),
    bytesColumn(),
    addColumn(({ name }) => `the metric ${shortText(name)}`, ({ name }) => add(dropMetric(name))),
  ];
}

/** Of the labels of one metric. */
export function labelColumns(
  metric: MetricReport,
  { open, add }: RowActions,
): readonly Column<LabelReport>[] {
  return [
    nameColumn("Label", open),
    distinctColumn(),
    { ...seriesColumn("Series with it"), isExtra: true },
    ...withoutColumns("Series without it", "Bytes without it"),
    addColumn(
      ({ name }) => `the label ${shortText(name)} of this metric`,
      ({ name }) => add(dropLabel(name, metric.name)),
    ),
  ];
}

/** Of the labels of all metrics. */
export function totalColumns({ open, add }: RowActions): readonly Column<LabelTotal>[] {
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
    ...withoutColumns("Series left", "Bytes left"),
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

function opener(name: string, open: (name: string) => void): Child {
  const text = foreignText(name);
  const press = button("", () => open(name), { class: "link" });
  // The button for the rest of a long name cannot stand in another button.
  if (text.classList.contains("long")) {
    press.append(element("bdi", {}, breakable(shortText(name))));
    const more = element("span", { class: "long" }, ...text.childNodes);
    more.firstChild?.remove();
    return [press, more];
  }
  press.append(text);
  return press;
}

function nameColumn<Row extends { readonly name: string }>(
  title: string,
  open: RowActions["open"],
): Column<Row> {
  return { key: "name", title, by: ({ name }) => name, cell: ({ name }) => opener(name, open) };
}

/** What is left when the label is dropped. */
function withoutColumns<Row extends Pick<LabelReport, "without">>(
  seriesTitle: string,
  bytesTitle: string,
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
      key: "bytes",
      title: bytesTitle,
      isNumber: true,
      isExtra: true,
      by: ({ without }) => without.bytes,
      cell: ({ without }) => bytesText(without.bytes),
    },
  ];
}

function addColumn<Row>(
  what: (row: Row) => string,
  press: (row: Row) => void,
  isPossible: (row: Row) => boolean = () => true,
): Column<Row> {
  return {
    key: "add",
    title: "Rule",
    cell: (row) =>
      isPossible(row)
        ? button("drop", () => press(row), {
          class: "quiet small",
          "aria-label": `Try a rule that drops ${what(row)}`,
        })
        : "",
  };
}

function seriesColumn<Row extends { readonly series: number; readonly estimated?: boolean }>(
  title: string = "Series",
): Column<Row> {
  return {
    key: "series",
    title,
    isNumber: true,
    by: ({ series }) => series,
    cell: ({ series, estimated }) => seriesFigure(series, estimated),
  };
}

function distinctColumn<
  Row extends { readonly distinct: number; readonly estimated: boolean },
>(): Column<Row> {
  return {
    key: "distinct",
    title: "Values",
    isNumber: true,
    by: ({ distinct }) => distinct,
    cell: ({ distinct, estimated }) => seriesFigure(distinct, estimated),
  };
}

function bytesColumn<Row extends { readonly bytes: number }>(): Column<Row> {
  return {
    key: "bytes",
    title: "Bytes",
    isNumber: true,
    by: ({ bytes }) => bytes,
    cell: ({ bytes }) => bytesText(bytes),
  };
}

function shareColumn<Row>(share: (row: Row) => number): Column<Row> {
  return {
    key: "share",
    title: "Share",
    isNumber: true,
    isExtra: true,
    by: share,
    cell: (row) => shareBar(share(row)),
  };
}
