import type { ChurnReport } from "../../analyze/churn.ts";
import { countText } from "../../analyze/figure_text.ts";
import { nativeText } from "../../analyze/native_figures.ts";
import type { MetricChange } from "../../analyze/preview_report.ts";
import { button, type Child, element } from "./dom.ts";
import { changeText } from "./figures.ts";
import { breakable, shortText } from "./foreign_text.ts";
import {
  addColumn,
  bytesColumn,
  opener,
  type RowActions,
  seriesColumn,
  shareColumn,
} from "./report_columns.ts";
import { dropMetrics } from "./rule_for.ts";
import type { SeriesRow } from "./series_groups.ts";
import type { Column } from "./sortable_table.ts";

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
