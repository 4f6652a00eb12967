import type { RuleText } from "../../analyze/rule_yaml.ts";
import { ruleYaml } from "../../analyze/rule_yaml.ts";

/** The rule that drops a metric, as an item of a YAML list. */
export function dropMetric(name: string): string {
  return ruleYaml({ action: "drop", source_labels: ["__name__"], regex: escapedRegex(name) });
}

/** The rule that takes a label away: from one metric, or from all. */
export function dropLabel(label: string, metric?: string): string {
  const rule: RuleText = metric === undefined
    ? { action: "labeldrop", regex: escapedRegex(label) }
    : {
      action: "replace",
      source_labels: ["__name__"],
      regex: escapedRegex(metric),
      target_label: label,
      replacement: "",
    };
  return ruleYaml(rule);
}

/** The rule that drops the series of a metric whose label has this value. */
export function dropValue(metric: string, label: string, value: string): string {
  return ruleYaml({
    action: "drop",
    source_labels: ["__name__", label],
    regex: `${escapedRegex(metric)};${escapedRegex(value)}`,
  });
}

function escapedRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
