import type { ChurnReport } from "../../analyze/churn.ts";
import { bytesText, countText } from "../../analyze/figure_text.ts";
import { nativeText } from "../../analyze/native_figures.ts";
import type { MetricChange } from "../../analyze/preview_report.ts";
import type { LabelReport, LabelTotal, MetricReport } from "../../analyze/report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import { button, type Child, element } from "./dom.ts";
import { changeText, seriesFigure, shareBar } from "./figures.ts";
import { breakable, foreignText, shortText } from "./foreign_text.ts";
import { dropLabel, dropMetrics, dropValue } from "./rule_for.ts";
import type { SeriesRow } from "./series_groups.ts";
import type { Column } from "./sortable_table.ts";

/** What the rows of the tables lead to. */
export interface RowActions {
  readonly open: (name: string) => void;
  /** Puts a rule into the editor. */
  readonly add: (rule: RuleText) => void;
}

/** What is known of metrics beside the scrape, by their names. */
export interface MetricExtras {
  /** The metrics that change; undefined without a preview. */
  readonly changes: ReadonlyMap<string, MetricChange> | undefined;
  readonly churn: ReadonlyMap<string, ChurnReport["metrics"][number]> | undefined;
  /** The names of the scrape, where all are known. */
  readonly names: readonly string[] | undefined;
}

export interface MetricRowActions extends RowActions {
  /** Of rows of several metrics: whether those stand below; undefined: a press leads to them. */
  readonly isOpen: ((row: SeriesRow) => boolean) | undefined;
  readonly toggle: (row: SeriesRow) => void;
}

export function metricColumns(
  { open, add, isOpen, toggle }: MetricRowActions,
  { changes, churn, names }: MetricExtras,
): readonly Column<SeriesRow>[] {
  const after: readonly Column<SeriesRow>[] = changes === undefined ? [] : [{
    key: "after",
    title: "After",
    isNumber: true,
    by: (row) => afterOf(row, changes),
    cell: (row) => {
      const left = afterOf(row, changes);
      if (left === row.series) return element("span", { class: "same" }, "same");
      return [`${countText(left)} `, change(row.series, left)];
    },
  }];
  const churned: readonly Column<SeriesRow>[] = churn === undefined ? [] : [{
    key: "churn",
    title: "Churn",
    isNumber: true,
    by: (row) => sumOf(row, (name) => (churn.get(name)?.came ?? 0) + (churn.get(name)?.gone ?? 0)),
    cell: (row) => {
      const [came, gone] = (["came", "gone"] as const)
        .map((what) => sumOf(row, (name) => churn.get(name)?.[what] ?? 0));
      return came + gone === 0 ? "–" : `+${countText(came)} −${countText(gone)}`;
    },
  }];
  return [
    {
      key: "name",
      title: "Metric",
      by: ({ name }) => name,
      cell: (row) =>
        row.metrics.length === 1
          ? opener(row.name, () => open(row.metrics[0].name), row.after)
          : discloser(row, isOpen?.(row), () => toggle(row)),
    },
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
    ...after,
    shareColumn(({ share }) => share),
    // With what is left beside it, narrow pages have no room for both.
    { ...bytesColumn(), isExtra: changes !== undefined || churn !== undefined },
    ...churned,
    addColumn(
      ({ name, metrics }) =>
        metrics.length === 1
          ? `the metric ${shortText(name)}`
          : `the ${countText(metrics.length)} metrics of ${shortText(name)}`,
      ({ metrics }) => add(dropMetrics(metrics.map(({ name }) => name), names)),
    ),
  ];
}

function sumOf({ metrics }: SeriesRow, of: (name: string) => number): number {
  return metrics.reduce((sum, { name }) => sum + of(name), 0);
}

/** The series that a preview leaves of a row. */
function afterOf({ metrics }: SeriesRow, changes: ReadonlyMap<string, MetricChange>): number {
  return metrics.reduce(
    (sum, { name, series }) => sum + (changes.get(name)?.after.series ?? series),
    0,
  );
}

function change(before: number, after: number): HTMLElement {
  return element(
    "span",
    { class: after <= before ? "less" : "more-of-it" },
    changeText(before, after),
  );
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

/** A name that leads somewhere; of what stands below another name, what it has more than that. */
function opener(name: string, open: () => void, after: number = 0): Child {
  const shown = after === 0 || after >= name.length ? name : `…${name.slice(after)}`;
  const text = foreignText(shown);
  const press = button("", open, {
    class: "link",
    "aria-label": shown === name ? undefined : shortText(name),
  });
  // The button for the rest of a long name cannot stand in another button.
  if (text.classList.contains("long")) {
    press.append(element("bdi", {}, breakable(shortText(shown))));
    const more = element("span", { class: "long" }, ...text.childNodes);
    more.firstChild?.remove();
    return [press, more];
  }
  press.append(text);
  return press;
}

/** The name of several metrics, which a press lists below it. */
function discloser(
  { name, metrics }: SeriesRow,
  isOpen: boolean | undefined,
  toggle: () => void,
): Child {
  const press = button("", toggle, {
    class: isOpen === undefined ? "link" : "link disclose",
    id: `open-${name}`,
    "aria-expanded": isOpen === undefined ? undefined : String(isOpen),
  });
  const count = countText(metrics.length);
  press.append(
    element("bdi", {}, breakable(shortText(name))),
    " ",
    element(
      "small",
      { class: "count", title: `${count} metrics`, "aria-hidden": "true" },
      `×${count}`,
    ),
  );
  return press;
}

function nameColumn<Row extends { readonly name: string }>(
  title: string,
  open: RowActions["open"],
): Column<Row> {
  return {
    key: "name",
    title,
    by: ({ name }) => name,
    cell: ({ name }) => opener(name, () => open(name)),
  };
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
