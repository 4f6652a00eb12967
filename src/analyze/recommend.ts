import { bytesText, countText } from "./figure_text.ts";
import type { MetricReport, Recommendation, Size } from "./report.ts";
import { type RuleText, ruleYaml } from "./rule_yaml.ts";

/** What a rule may break. */
export type Loss = Pick<Recommendation, "safety" | "costs" | "warnings">;

/** Returns a rule with its figures: `what` is what it does, `drop http_requests_total`. */
export function recommend(
  what: string,
  rule: RuleText,
  before: Size,
  after: Size,
  loss: Loss,
): Recommendation {
  const about = after.estimated ? "about " : "";
  const series = `${countText(before.series)} → ${about}${countText(after.series)} series`;
  const bytes = `${bytesText(before.bytes)} → ${bytesText(after.bytes)}`;
  const summary = `${what}: ${series}, ${bytes}`;
  return { summary, rule, yaml: ruleYaml(rule), before, after, ...loss };
}

/** What a metric loses with a label. */
export function lost(metric: MetricReport, label: string): Size {
  const { series, bytes, estimated } = metric.labels.find(({ name }) => name === label)!.without;
  return { series: metric.series - series, bytes: metric.bytes - bytes, estimated };
}

/** What is left of the whole without these parts. */
export function less(whole: Size, parts: readonly Size[]): Size {
  return parts.reduce((left, { series, bytes, estimated }) => ({
    series: left.series - series,
    bytes: left.bytes - bytes,
    estimated: left.estimated || estimated,
  }), { series: whole.series, bytes: whole.bytes, estimated: whole.estimated });
}
