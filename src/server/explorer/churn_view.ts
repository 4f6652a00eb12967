import { countText } from "../../analyze/figure_text.ts";
import type { ChurnReport } from "../../analyze/churn.ts";
import { button, type Child, element, fill } from "./dom.ts";
import { seriesFigure } from "./figures.ts";
import { foreignText } from "./foreign_text.ts";
import { requestChurn } from "./requests.ts";
import { type Column, sortableTable } from "./sortable_table.ts";
import type { ViewStore } from "./view.ts";

const DEFAULT_SECONDS = 10;
const MOST_SECONDS = 60;

/** Compares two scrapes on demand: the series that came and went, which others may show as well. */
export function churnView(
  store: ViewStore,
  compared: (report: ChurnReport) => void,
): HTMLElement {
  const seconds = element("input", {
    type: "number",
    id: "churn-seconds",
    min: 1,
    max: MOST_SECONDS,
    value: DEFAULT_SECONDS,
  });
  const result = element("div", { role: "status" });
  const press = button("Compare two scrapes", async () => {
    press.disabled = true;
    try {
      const wanted = Math.round(Math.min(MOST_SECONDS, Math.max(1, seconds.valueAsNumber || 1)));
      seconds.value = String(wanted);
      fill(result, element("p", { class: "note" }, `Waiting ${wanted} s for the second scrape…`));
      const found = await requestChurn(wanted, store.current.target);
      fill(result, report(found));
      compared(found);
    } catch (error) {
      fill(result, element("p", { class: "failure" }, (error as Error).message));
    } finally {
      press.disabled = false;
    }
  });
  return element(
    "section",
    { class: "churn" },
    element("h2", {}, "Churn"),
    element(
      "div",
      { class: "tools" },
      press,
      seconds,
      element("label", { for: "churn-seconds" }, "seconds apart"),
    ),
    result,
  );
}

function report({ before, after, came, gone, estimated, metrics, seconds }: ChurnReport): Child {
  const figure = (series: number) => seriesFigure(series, estimated);
  const summary = came + gone === 0
    ? `The same ${figure(after)} series ${seconds} s later`
    : `In ${seconds} s ${figure(came)} series came and ${figure(gone)} went: ` +
      `${countText(before)} → ${countText(after)}`;
  return [
    element("p", {}, summary),
    metrics.length === 0
      ? null
      : sortableTable({ caption: "Churn by metric", columns: COLUMNS, rows: metrics, shown: 20 }),
  ];
}

type MetricChurn = ChurnReport["metrics"][number];

const COLUMNS: readonly Column<MetricChurn>[] = [
  { key: "metric", title: "Metric", cell: ({ name }) => foreignText(name, 48) },
  ...(["came", "gone", "before", "after"] as const).map((key): Column<MetricChurn> => ({
    key,
    title: `${key[0].toUpperCase()}${key.slice(1)}`,
    isNumber: true,
    cell: (row) => seriesFigure(row[key], row.estimated),
  })),
];
