import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { Collision } from "../../analyze/collisions.ts";
import type { MetricChange, PreviewReport } from "../../analyze/preview_report.ts";
import type { RuleFigures } from "../../relabel/rule_figures.ts";
import type { PreviewAnswer } from "../live_preview.ts";
import { type Child, element } from "./dom.ts";
import { changeText, seriesFigure } from "./figures.ts";
import { foreignText } from "./foreign_text.ts";
import { leftTexts } from "./left_text.ts";
import { type Column, sortableTable } from "./sortable_table.ts";
import { traceView } from "./trace_view.ts";

/** Metrics that change, unless all are wanted. */
const SHOWN_CHANGES = 10;

/** What rules and policies make of the scrape: the whole, each rule, each metric, what collides. */
export function previewView({ preview, explained, warnings }: PreviewAnswer): Child {
  const { rules, policies, metrics, collisions } = preview;
  return [
    totals(preview),
    warningList(
      preview,
      warnings.map(({ message, line }) =>
        line === undefined ? message : `line ${line}: ${message}`
      ),
    ),
    explained === undefined ? null : traceView(explained),
    rules.length === 0 ? null : block(
      "Each rule",
      sortableTable({
        caption: "What each rule does",
        columns: RULE_COLUMNS,
        rows: numbered(rules),
      }),
    ),
    policies.length === 0 ? null : block(
      "Each policy",
      sortableTable({ caption: "What each policy does", columns: POLICY_COLUMNS, rows: policies }),
    ),
    metrics.length === 0 ? null : element(
      "details",
      {},
      element("summary", {}, `Metrics that change: ${countText(metrics.length)}`),
      sortableTable({
        caption: "Metrics that change",
        columns: CHANGE_COLUMNS,
        rows: metrics,
        shown: SHOWN_CHANGES,
      }),
    ),
    collisions.length === 0 ? null : element(
      "details",
      {},
      element("summary", {}, "Samples that become one, some of them"),
      element("ul", { class: "collisions" }, collisions.map(collision)),
    ),
  ];
}

function block(title: string, content: Child): HTMLElement {
  return element("section", {}, element("h4", {}, title), content);
}

function totals(preview: PreviewReport): HTMLElement {
  const { before, after, truncated } = preview;
  const isCut = truncated !== undefined;
  return element(
    "div",
    { class: "totals" },
    total("series", before.series, after.series, seriesFigure, isCut),
    total("bytes", before.bytes, after.bytes, bytesText, isCut),
    leftTexts(preview).map((text) => element("p", { class: "note" }, text)),
  );
}

function total(
  what: "series" | "bytes",
  before: number,
  after: number,
  figure: (value: number) => string,
  isCut: boolean,
): HTMLElement {
  const bar = element("span", { class: "bar wide", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(before === 0 ? 0 : Math.min(1, after / before)));
  return element(
    "p",
    { class: "total", id: `after-${what}`, "data-after": after },
    element("span", { class: "what" }, what === "series" ? "Series" : "Bytes"),
    element("span", { class: "was" }, figure(before)),
    element("span", { class: "arrow", "aria-label": "become" }, "→"),
    element("strong", {}, figure(after)),
    isCut ? element("span", { class: "more-of-it" }, "cut") : element(
      "span",
      { class: after <= before ? "less" : "more-of-it" },
      changeText(before, after),
    ),
    bar,
  );
}

function warningList({ truncated, gauges, rules }: PreviewReport, lints: readonly string[]): Child {
  const idle = rules.filter(({ changed, dropped }) => changed + dropped === 0).length;
  const warnings: Child[] = [
    truncated && `The ${truncated} budget is exceeded: the output is cut`,
    idle > 0 ? `${countText(idle)} ${idle === 1 ? "rule does" : "rules do"} nothing here` : null,
    ...gauges.map((family): Child => ["Gauges are summed: ", foreignText(family)]),
    ...lints,
  ].filter((warning) => warning !== null && warning !== undefined);
  if (warnings.length === 0) return null;
  return element(
    "ul",
    { class: "warnings", "aria-label": "Warnings" },
    warnings.map((warning) => element("li", {}, warning)),
  );
}

interface NumberedRule extends RuleFigures {
  readonly number: number;
}

function numbered(rules: readonly RuleFigures[]): readonly NumberedRule[] {
  return rules.map((rule, index) => ({ ...rule, number: index + 1 }));
}

const RULE_COLUMNS: readonly Column<NumberedRule>[] = [
  {
    key: "rule",
    title: "Rule",
    cell: ({ number, action, reached, changed, dropped }) => [
      `${number} `,
      element("code", {}, action),
      " ",
      changed + dropped > 0
        ? null
        : element("span", { class: "tag" }, reached === 0 ? "never reached" : "never fired"),
    ],
  },
  count("reached", "Samples", ({ reached }) => reached),
  count("changed", "Changed", ({ changed }) => changed),
  count("dropped", "Dropped", ({ dropped }) => dropped),
];

type PolicyFigures = PreviewReport["policies"][number];

const POLICY_COLUMNS: readonly Column<PolicyFigures>[] = [
  { key: "policy", title: "Policy", cell: ({ id }) => foreignText(id, 40) },
  count("hits", "Decided", ({ hits }) => hits),
  count("misses", "Overruled", ({ misses }) => misses),
];

const CHANGE_COLUMNS: readonly Column<MetricChange>[] = [
  { key: "metric", title: "Metric", cell: ({ name }) => foreignText(name, 48) },
  {
    key: "series",
    title: "Series",
    isNumber: true,
    cell: ({ before, after }) => `${countText(before.series)} → ${countText(after.series)}`,
  },
  {
    key: "bytes",
    title: "Bytes",
    isNumber: true,
    cell: ({ before, after }) => `${bytesText(before.bytes)} → ${bytesText(after.bytes)}`,
  },
];

function count<Row>(key: string, title: string, of: (row: Row) => number): Column<Row> {
  return { key, title, isNumber: true, cell: (row) => countText(of(row)) };
}

function collision({ series, samples, members }: Collision): HTMLElement {
  const rest = samples - members.length;
  return element(
    "li",
    {},
    element("code", {}, foreignText(series, 120)),
    ` of ${countText(samples)} samples`,
    element(
      "ul",
      {},
      members.map((member) => element("li", {}, element("code", {}, foreignText(member, 120)))),
      rest > 0 ? element("li", {}, `${countText(rest)} more`) : null,
    ),
  );
}
