import { escapedRegex } from "../../regex/escaped.ts";
import { namePattern } from "../../analyze/name_pattern.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";

/** The rule that drops metrics. `all`: the names of the scrape, where all of them are known. */
export function dropMetrics(names: readonly string[], all?: Iterable<string>): RuleText {
  return { action: "drop", source_labels: ["__name__"], regex: namePattern(names, all) };
}

/** The rule that takes a label away: from one metric, or from all. */
export function dropLabel(label: string, metric?: string): RuleText {
  if (metric === undefined) return { action: "labeldrop", regex: escapedRegex(label) };
  return {
    action: "replace",
    source_labels: ["__name__"],
    regex: escapedRegex(metric),
    target_label: label,
    replacement: "",
  };
}

/** The rule that drops the series of a metric whose label has this value. */
export function dropValue(metric: string, label: string, value: string): RuleText {
  return {
    action: "drop",
    source_labels: ["__name__", label],
    regex: `${escapedRegex(metric)};${escapedRegex(value)}`,
  };
}
