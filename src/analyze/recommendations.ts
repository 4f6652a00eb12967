import { functionFor, isGaugeSum } from "../aggregate/aggregate_function.ts";
import { DEFAULT_AGGREGATION } from "../aggregate/default_rules.ts";
import { MAX_NAMED_METRICS, MAX_RECOMMENDATIONS } from "../bounds.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { bytesText, countText, nameText } from "./figure_text.ts";
import type { FamilyReport, LabelTotal, MetricReport, Recommendation, Size } from "./report.ts";
import { type RuleText, ruleYaml } from "./rule_yaml.ts";

/** A rule that saves less of the scrape than this is not worth its line. */
const LEAST_SHARE = 0.01;

/** Returns rules that make the scrape smaller, the one that leaves the fewest series first. */
export function recommendations(
  whole: Size,
  metrics: readonly MetricReport[],
  families: readonly FamilyReport[],
  labels: readonly LabelTotal[],
): Recommendation[] {
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  return [
    ...labels.flatMap((label) => labelRules(label, whole, byName)),
    ...families.flatMap((family) => familyRules(family, whole, byName)),
  ].filter(({ after }) =>
    whole.series - after.series >= whole.series * LEAST_SHARE ||
    whole.bytes - after.bytes >= whole.bytes * LEAST_SHARE
  ).sort((a, b) => a.after.series - b.after.series || a.after.bytes - b.after.bytes)
    .slice(0, MAX_RECOMMENDATIONS);
}

type Metrics = ReadonlyMap<string, MetricReport>;

/** Dropping a label: everywhere and, where that does harm, from the metrics that it does none to. */
function labelRules(label: LabelTotal, whole: Size, byName: Metrics): Recommendation[] {
  const { name, without } = label;
  const metrics = label.metrics.map((metric) => byName.get(metric)!);
  const merging = metrics.filter((metric) => lost(metric, name).series > 0);
  const warnings = warningsOf(name, merging);
  const everywhere = recommend(
    `labeldrop ${nameText(name)}`,
    { action: "labeldrop", regex: escapedRegex(name) },
    whole,
    without,
    warnings,
  );
  const safe = merging.filter((metric) => warningsOf(name, [metric]).length === 0);
  const harmless = metrics.filter((metric) => !merging.includes(metric) || safe.includes(metric));
  if (warnings.length === 0 || safe.length === 0 || harmless.length > MAX_NAMED_METRICS) {
    return [everywhere];
  }
  const rule = {
    action: "replace",
    source_labels: ["__name__"],
    regex: harmless.map((metric) => escapedRegex(metric.name)).join("|"),
    target_label: name,
    replacement: "",
  };
  const saved = harmless.map((metric) => lost(metric, name));
  const what = `drop ${nameText(name)} from ${listed(harmless.map((metric) => metric.name))}`;
  return [everywhere, recommend(what, rule, whole, less(whole, saved), [])];
}

/** Dropping a family, and of a histogram its buckets alone. */
function familyRules(family: FamilyReport, whole: Size, byName: Metrics): Recommendation[] {
  const metrics = family.metrics.map((metric) => byName.get(metric)!);
  if (metrics.length > MAX_NAMED_METRICS) return [];
  const rules = [dropRule(`drop ${nameText(family.name)}`, metrics, whole, [])];
  const buckets = metrics.filter(({ name }) => name === `${family.name}_bucket`);
  if (isHistogram(family.type) && buckets.length > 0 && metrics.length > 1) {
    const warning = family.native === undefined
      ? `${nameText(family.name)} loses its buckets, +Inf among them: sum and count ` +
        "are left, and no quantile can be computed"
      : `${nameText(family.name)} keeps its native histograms: what reads ` +
        `${nameText(buckets[0].name)} has to read ${nameText(family.name)}, without le`;
    rules.push(dropRule(`drop ${nameText(buckets[0].name)}`, buckets, whole, [warning]));
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
  warnings: readonly string[],
): Recommendation {
  const regex = metrics.map(({ name }) => escapedRegex(name)).join("|");
  const rule = { action: "drop", source_labels: ["__name__"], regex };
  return recommend(what, rule, whole, less(whole, metrics), warnings);
}

function recommend(
  what: string,
  rule: RuleText,
  before: Size,
  after: Size,
  warnings: readonly string[],
): Recommendation {
  const about = after.estimated ? "about " : "";
  const series = `${countText(before.series)} → ${about}${countText(after.series)} series`;
  const bytes = `${bytesText(before.bytes)} → ${bytesText(after.bytes)}`;
  const summary = `${what}: ${series}, ${bytes}`;
  return { summary, rule, yaml: ruleYaml(rule), before, after, warnings };
}

/** What a metric loses with a label. */
function lost(metric: MetricReport, label: string): Size {
  const { series, bytes, estimated } = metric.labels.find(({ name }) => name === label)!.without;
  return { series: metric.series - series, bytes: metric.bytes - bytes, estimated };
}

function less(whole: Size, parts: readonly Size[]): Size {
  return parts.reduce((left, { series, bytes, estimated }) => ({
    series: left.series - series,
    bytes: left.bytes - bytes,
    estimated: left.estimated || estimated,
  }), { series: whole.series, bytes: whole.bytes, estimated: whole.estimated });
}

/** What becomes of the samples of these metrics when they collide without the label. */
function warningsOf(label: string, metrics: readonly MetricReport[]): string[] {
  const gauges: string[] = [];
  const quantiles: string[] = [];
  const buckets: string[] = [];
  const untyped: string[] = [];
  for (const { name, family, type } of metrics) {
    const fn = functionFor(name, name.slice(family.length), type, DEFAULT_AGGREGATION);
    if (isGaugeSum(fn, type, name, DEFAULT_AGGREGATION)) gauges.push(name);
    // Of start times, which are dropped as well, a sum has none.
    else if (fn === "drop" && type === "summary" && name === family) quantiles.push(name);
    else if (label === "le" && type === "histogram") buckets.push(family);
    else if (fn === "sum" && isUntyped(type)) untyped.push(name);
  }
  const warnings: [readonly string[], (names: string) => string][] = [
    [gauges, (names) => `gauges are summed: ${names}`],
    [quantiles, (names) => `quantiles cannot be merged and are dropped: ${names}`],
    [buckets, (names) => `the buckets become one, +Inf among them: ${names}`],
    [untyped, (names) => `without a TYPE these are summed, which is right for counters: ${names}`],
  ];
  return warnings.flatMap(([names, text]) => names.length === 0 ? [] : [text(listed(names))]);
}

function isUntyped(type: FamilyType | undefined): boolean {
  return type === undefined || type === "unknown" || type === "untyped";
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(nameText).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function escapedRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
