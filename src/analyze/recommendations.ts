import { TextMap } from "../exposition/text_map.ts";
import { escapedRegex } from "../regex/escaped.ts";
import { functionFor, isGaugeSum } from "../aggregate/aggregate_function.ts";
import { DEFAULT_AGGREGATION } from "../aggregate/default_rules.ts";
import { MAX_NAMED_METRICS, MAX_RECOMMENDATIONS } from "../bounds.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { nameText } from "./figure_text.ts";
import { namePattern } from "./name_pattern.ts";
import { less, type Loss, lost, recommend } from "./recommend.ts";
import {
  type FamilyReport,
  type LabelTotal,
  type MetricReport,
  type Recommendation,
  SAFETY,
  type Size,
} from "./report.ts";

/** A rule that saves less of the scrape than this is not worth its line. */
const LEAST_SHARE = 0.01;

/**
 * Returns rules that make the scrape smaller: those first that break nothing, and among them the one
 * that leaves the fewest series.
 */
export function recommendations(
  whole: Size,
  metrics: readonly MetricReport[],
  families: readonly FamilyReport[],
  labels: readonly LabelTotal[],
): Recommendation[] {
  const byName = new TextMap(metrics.map((metric) => [metric.name, metric]));
  return [
    ...labels.flatMap((label) => labelRules(label, whole, byName)),
    ...families.flatMap((family) => familyRules(family, whole, byName)),
  ].filter(({ after }) =>
    whole.series - after.series >= whole.series * LEAST_SHARE ||
    whole.bytes - after.bytes >= whole.bytes * LEAST_SHARE
  ).sort((a, b) =>
    SAFETY.indexOf(a.safety) - SAFETY.indexOf(b.safety) ||
    a.after.series - b.after.series || a.after.bytes - b.after.bytes
  ).slice(0, MAX_RECOMMENDATIONS);
}

type Metrics = TextMap<MetricReport>;

/** Dropping a label: everywhere and, where that does harm, from the metrics that it does none to. */
function labelRules(label: LabelTotal, whole: Size, byName: Metrics): Recommendation[] {
  const { name, without } = label;
  const metrics = label.metrics.map((metric) => byName.get(metric)!);
  const merging = metrics.filter((metric) => lost(metric, name).series > 0);
  const lossy = lossesOf(name, merging);
  const { warnings } = lossy;
  const everywhere = recommend(
    `labeldrop ${nameText(name)}`,
    { action: "labeldrop", regex: escapedRegex(name) },
    whole,
    without,
    warnings.length === 0 ? exact(merging) : { safety: "wrong", ...lossy },
  );
  const safe = merging.filter((metric) => lossesOf(name, [metric]).warnings.length === 0);
  const harmless = metrics.filter((metric) => !merging.includes(metric) || safe.includes(metric));
  if (warnings.length === 0 || safe.length === 0 || harmless.length > MAX_NAMED_METRICS) {
    return [everywhere];
  }
  const rule = {
    action: "replace",
    source_labels: ["__name__"],
    regex: namePattern(harmless.map((metric) => metric.name)),
    target_label: name,
    replacement: "",
  };
  const saved = harmless.map((metric) => lost(metric, name));
  const what = `drop ${nameText(name)} from ${listed(harmless.map((metric) => metric.name))}`;
  return [everywhere, recommend(what, rule, whole, less(whole, saved), exact(safe))];
}

/** Of metrics of which samples collide, and nothing of what they say is lost. */
function exact(merging: readonly MetricReport[]): Loss {
  const sums = merging.every((metric) => ["sum", "drop"].includes(functionOf(metric)));
  const cost = merging.length === 0
    ? "no series collide"
    : sums
    ? "sums exactly"
    : "built-in rules merge";
  return { safety: "exact", costs: [cost], warnings: [] };
}

function functionOf({ name, family, type }: MetricReport) {
  return functionFor(name, name.slice(family.length), type, DEFAULT_AGGREGATION);
}

/** Dropping a family, and of a histogram its buckets alone. */
function familyRules(family: FamilyReport, whole: Size, byName: Metrics): Recommendation[] {
  const metrics = family.metrics.map((metric) => byName.get(metric)!);
  if (metrics.length > MAX_NAMED_METRICS) return [];
  const gone: Loss = { safety: "gone", costs: ["the metric is gone"], warnings: [] };
  const rules = [dropRule(`drop ${nameText(family.name)}`, metrics, whole, gone)];
  const buckets = metrics.filter(({ name }) => name === `${family.name}_bucket`);
  if (isHistogram(family.type) && buckets.length > 0 && metrics.length > 1) {
    const warning = family.native === undefined
      ? `${nameText(family.name)} loses its buckets, +Inf among them: sum and count ` +
        "are left, and no quantile can be computed"
      : `${nameText(family.name)} keeps its native histograms: what reads ` +
        `${nameText(buckets[0].name)} has to read ${nameText(family.name)}, without le`;
    rules.push(dropRule(`drop ${nameText(buckets[0].name)}`, buckets, whole, {
      safety: "buckets",
      costs: [family.native === undefined ? "breaks histogram_quantile" : "native buckets stay"],
      warnings: [warning],
    }));
  }
  return rules;
}

function isHistogram(type: FamilyType | undefined): boolean {
  return type === "histogram" || type === "gaugehistogram";
}

function dropRule(
  what: string,
  metrics: readonly MetricReport[],
  whole: Size,
  loss: Loss,
): Recommendation {
  const regex = namePattern(metrics.map(({ name }) => name));
  const rule = { action: "drop", source_labels: ["__name__"], regex };
  return recommend(what, rule, whole, less(whole, metrics), loss);
}

/** What becomes of the samples of these metrics when they collide without the label. */
function lossesOf(
  label: string,
  metrics: readonly MetricReport[],
): Pick<Loss, "costs" | "warnings"> {
  const gauges: string[] = [];
  const quantiles: string[] = [];
  const buckets: string[] = [];
  const untyped: string[] = [];
  for (const metric of metrics) {
    const { name, family, type } = metric;
    const fn = functionOf(metric);
    if (isGaugeSum(fn, type, name, DEFAULT_AGGREGATION)) gauges.push(name);
    // Of start times, which are dropped as well, a sum has none.
    else if (fn === "drop" && type === "summary" && name === family) quantiles.push(name);
    else if (label === "le" && type === "histogram") buckets.push(family);
    else if (fn === "sum" && isUntyped(type)) untyped.push(name);
  }
  const losses = ([
    [gauges, "sums a gauge", "gauges are summed"],
    [quantiles, "drops quantiles", "quantiles cannot be merged and are dropped"],
    [buckets, "breaks histogram_quantile", "the buckets become one, +Inf among them"],
    [
      untyped,
      "sums what has no TYPE",
      "without a TYPE these are summed, which is right for counters",
    ],
  ] as const).filter(([names]) => names.length > 0);
  return {
    costs: losses.map(([, cost]) => cost),
    warnings: losses.map(([names, , text]) => `${text}: ${listed(names)}`),
  };
}

function isUntyped(type: FamilyType | undefined): boolean {
  return type === undefined || type === "unknown" || type === "untyped";
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(nameText).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
