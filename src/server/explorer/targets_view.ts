import { countText } from "../../analyze/figure_text.ts";
import type { TargetsStatus, TargetStatus } from "../status_facts.ts";
import { element } from "./dom.ts";
import { foreignText } from "./foreign_text.ts";
import { type Column, sortableTable } from "./sortable_table.ts";
import { durationText } from "./status_text.ts";

/** A gateway's targets, as the last scrape found them: those that are down first. */
export function targetsView({ up, down, list, leftOut }: TargetsStatus): HTMLElement {
  const table = sortableTable({
    caption: "Targets",
    columns: COLUMNS,
    rows: list,
    shown: list.length,
  });
  return element(
    "section",
    { class: "targets" },
    element(
      "h3",
      {},
      "Targets ",
      element(
        "span",
        { class: "note" },
        `${countText(up)} up`,
        down === 0 ? null : [", ", element("span", { class: "bad" }, `${countText(down)} down`)],
      ),
    ),
    up + down === 0
      ? element("p", { class: "note" }, "None was found, or there was no scrape yet")
      : table,
    leftOut === 0
      ? null
      : element("p", { class: "note" }, `${countText(leftOut)} more are up or down`),
  );
}

const COLUMNS: readonly Column<TargetStatus>[] = [
  {
    key: "target",
    title: "Target",
    cell: ({ target, error, truncated }) => {
      const wrong = error ?? (truncated ? "cut at the input limit" : undefined);
      return [
        foreignText(target, 64),
        wrong === undefined ? null : element("div", { class: "bad" }, foreignText(wrong, 200)),
      ];
    },
  },
  {
    key: "state",
    title: "State",
    cell: ({ up, truncated }) =>
      element("span", { class: `word ${up && !truncated ? "good" : "bad"}` }, up ? "up" : "down"),
  },
  {
    key: "duration",
    title: "Duration",
    isNumber: true,
    cell: ({ durationSeconds }) => durationText(durationSeconds),
  },
  {
    key: "samples",
    title: "Samples",
    isNumber: true,
    cell: ({ samples, up }) => up ? countText(samples) : "–",
  },
];
