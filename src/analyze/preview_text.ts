import { goQuote } from "../relabel/go_quote.ts";
import { bytesText, countText, nameText } from "./figure_text.ts";
import type { MetricChange, PreviewReport } from "./preview_report.ts";
import type { RuleFigures } from "../relabel/rule_figures.ts";
import type { ExplainedSample } from "./sample_trace.ts";

/** Returns the preview as lines: the whole, the rules, the metrics, and what collides. */
export function previewText(report: PreviewReport, top: number): string[] {
  const { before, after, rules, policies, collisions, gauges, metrics } = report;
  const lines = [
    `series  ${countText(before.series)} → ${countText(after.series)}`,
    `bytes   ${bytesText(before.bytes)} → ${bytesText(after.bytes)}`,
    `samples ${lossText(report)}`,
  ];
  if (report.truncated !== undefined) {
    lines.push(`truncated: the ${report.truncated} budget is exceeded`);
  }
  for (const family of gauges) lines.push(`warning: gauges are summed: ${nameText(family)}`);
  if (policies.length > 0) lines.push("", "Policies:");
  for (const { id, hits, misses } of policies) {
    const overruled = misses > 0 ? `, overruled for ${countText(misses)}` : "";
    lines.push(`  ${goQuote(id)}: decided ${samplesText(hits)}${overruled}`);
  }
  if (rules.length > 0) lines.push("", "Rules:");
  for (const rule of rules) lines.push(`  ${rule.place} (${rule.action}): ${ruleText(rule)}`);
  if (metrics.length > 0) lines.push("", "Metrics that change:");
  for (const metric of metrics.slice(0, top)) lines.push(`  ${changeText(metric)}`);
  if (metrics.length > top) lines.push(`  … ${countText(metrics.length - top)} more metrics`);
  if (collisions.length > 0) lines.push("", "Samples that become one, some of them:");
  for (const { series, samples, members } of collisions.slice(0, SHOWN_COLLISIONS)) {
    lines.push(`  ${printed(series)}, of ${samplesText(samples)}:`);
    lines.push(...members.map((member) => `    ${printed(member)}`));
    if (samples > members.length) lines.push(`    … ${countText(samples - members.length)} more`);
  }
  return lines;
}

/** More of them are in the JSON report only. */
const SHOWN_COLLISIONS = 5;

/** Returns the way of one sample as lines. */
export function explainedText(explained: ExplainedSample): string[] {
  const { sample, type, policies, droppedByPolicies, rules, out } = explained;
  const lines = [`sample   ${printed(sample)}`, `type     ${type ?? "none"}`];
  for (const { id, decided } of policies) {
    const what = !decided
      ? "matches, another one decides"
      : droppedByPolicies
      ? "drops it"
      : "keeps it";
    lines.push(`policy   ${goQuote(id)} ${what}`);
  }
  for (const { place, action, out, changed, dropped, why } of rules) {
    const what = dropped
      ? "drops it"
      : changed
      ? `makes it ${printed(out)}`
      : why === undefined
      ? "leaves it as it is"
      : "keeps it";
    const because = why === undefined ? "" : `: ${printed(why)}`;
    lines.push(`rule     ${place} (${action}) ${what}${because}`);
  }
  lines.push(`result   ${out === undefined ? "nothing" : printed(out)}`);
  return lines;
}

function ruleText({ reached, changed, dropped }: RuleFigures): string {
  if (reached === 0) return "no sample reaches it";
  const did = [
    ...changed > 0 ? [`changed ${countText(changed)}`] : [],
    ...dropped > 0 ? [`dropped ${countText(dropped)}`] : [],
  ];
  if (did.length === 0) return `did nothing to ${samplesText(reached)}`;
  return `${did.join(", ")} of ${samplesText(reached)}`;
}

function lossText({ before, after, dropped, merged, limited }: PreviewReport): string {
  const { policies, rules, invalid, duplicates, unmergeable } = dropped;
  return [
    `${countText(before.samples)} in`,
    `${countText(after.samples)} out`,
    `${countText(policies)} dropped by policies`,
    `${countText(rules)} by rules`,
    ...invalid > 0 ? [`${countText(invalid)} as invalid`] : [],
    ...duplicates > 0 ? [`${countText(duplicates)} as duplicates`] : [],
    ...unmergeable > 0 ? [`${countText(unmergeable)} as unmergeable`] : [],
    `${countText(merged)} merged`,
    ...limited > 0 ? [`${countText(limited)} beyond a limit`] : [],
  ].join(", ");
}

function changeText({ name, before, after }: MetricChange): string {
  const series = before.series === after.series
    ? `${countText(before.series)} series`
    : `${countText(before.series)} → ${countText(after.series)} series`;
  return `${nameText(name)}: ${series}, ${bytesText(before.bytes)} → ${bytesText(after.bytes)}`;
}

function samplesText(samples: number): string {
  return `${countText(samples)} sample${samples === 1 ? "" : "s"}`;
}

/** Without the quotes around it: what the text has itself is shown as it is. */
function printed(text: string): string {
  return goQuote(text).slice(1, -1).replace(/\\(["\\])/g, "$1");
}
