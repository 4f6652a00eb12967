import { bytesText, countText, nameText, shareText, valueText } from "./figure_text.ts";
import { nativeText } from "./native_figures.ts";
import type { CardinalityReport, LabelReport, MetricReport } from "./report.ts";

/** Values of a label that stand beside it in the text. */
const SHOWN_VALUES = 5;

/** Returns the report as lines: metrics by their series, labels by their values, then rules. */
export function reportText(report: CardinalityReport, top: number): string[] {
  const { metrics, recommendations, hints } = report;
  const shown = metrics.slice(0, top);
  const width = countText(Math.max(0, ...shown.map(({ series }) => series))).length;
  const lines = [totalsText(report), ""];
  for (const metric of shown) lines.push(...metricText(metric, width));
  if (metrics.length > shown.length) {
    const rest = metrics.slice(shown.length).reduce((sum, { series }) => sum + series, 0);
    lines.push(`… ${countText(metrics.length - shown.length)} more metrics, ${seriesText(rest)}`);
  }
  const rules = recommendations.slice(0, Math.min(top, SHOWN_RULES));
  if (rules.length > 0) {
    const isUnread = rules.every(({ safety }) => safety === "unused");
    lines.push(
      "",
      isUnread
        ? "Rules for what nothing reads, each alone, what saves most first:"
        : "Rules that would make it smaller, each alone, what breaks least first:",
    );
  }
  for (const { summary, yaml, costs, warnings } of rules) {
    lines.push("", `# ${summary} (${costs.join(", ")})`);
    lines.push(...warnings.map((warning) => `# warning: ${warning}`));
    lines.push(...yaml.split("\n"));
  }
  const shownHints = hints.slice(0, Math.min(top, SHOWN_RULES));
  if (shownHints.length > 0) lines.push("", "What the application itself could do:", "");
  lines.push(...shownHints.map(({ summary }) => `# ${summary}`));
  return lines;
}

/** More rules than this are in the JSON report only. */
const SHOWN_RULES = 10;

export function totalsText(report: CardinalityReport): string {
  const { series, estimated, samples, bytes, unreadable, unlisted, metrics, native } = report;
  const parts = [
    `${estimated ? "about " : ""}${seriesText(series)}`,
    ...samples > series && !estimated ? [`${countText(samples)} samples`] : [],
    `${countText(metrics.length)} metrics`,
    ...native === undefined ? [] : [nativeText(native)],
    bytesText(bytes),
    ...unreadable > 0 ? [`${countText(unreadable)} lines that cannot be read`] : [],
    ...unlisted > 0 ? [`${countText(unlisted)} samples of metrics not listed`] : [],
  ];
  return parts.join(", ");
}

function metricText(metric: MetricReport, width: number): string[] {
  const { name, type, series, bytes, share, estimated, labels, unfollowed, native } = metric;
  const about = estimated ? "about " : "";
  const natives = native === undefined ? "" : `, ${nativeText(native)}`;
  const figures = `${type ?? "no TYPE"}, ${shareText(share)}, ${bytesText(bytes)}${natives}`;
  const lines = [`${about}${countText(series).padStart(width)} ${nameText(name)} (${figures})`];
  const inner = countText(Math.max(0, ...labels.map(({ distinct }) => distinct))).length;
  const indent = " ".repeat(width + 1);
  for (const label of labels) lines.push(indent + labelText(label, inner, series));
  if (unfollowed.length > 0) {
    lines.push(`${indent}not followed: ${unfollowed.slice(0, SHOWN_VALUES).map(nameText)}`);
  }
  return lines;
}

function labelText(label: LabelReport, width: number, series: number): string {
  const { name, distinct, estimated, values, complete, without } = label;
  const text = `${estimated ? "about " : ""}${countText(distinct).padStart(width)} ${
    nameText(name)
  }`;
  const parts: string[] = [];
  if (complete && values.length <= SHOWN_VALUES) {
    parts.push(values.map((value) => valueText(value.text)).join(", "));
  }
  if (without.series < series) {
    parts.push(`${without.estimated ? "about " : ""}${seriesText(without.series)} without it`);
  }
  return parts.length === 0 ? text : `${text}: ${parts.join("; ")}`;
}

function seriesText(series: number): string {
  return `${countText(series)} series`;
}
