import type { LabelBuilder } from "./label_builder.ts";
import { ofBoundedLength } from "./grown_value.ts";
import { isValidLabelName } from "./label_name.ts";
import type { Rule } from "./compile_rule.ts";

/**
 * Applies one rule to the labels and returns whether the sample is kept: `relabel` of Prometheus
 * 3.14's `model/relabel`. A value is read only when the outcome depends on it.
 */
export function applyRule(rule: Rule, labels: LabelBuilder): boolean {
  const { action, targetLabel } = rule.config;
  switch (action) {
    case "keep":
      return rule.regex.test(joinedSources(rule, labels));
    case "drop":
      return !rule.regex.test(joinedSources(rule, labels));
    case "keepequal":
      return labels.get(targetLabel) === joinedSources(rule, labels);
    case "dropequal":
      return labels.get(targetLabel) !== joinedSources(rule, labels);
    case "replace":
      replace(rule, labels);
      return true;
    case "hashmod":
    case "lowercase":
    case "uppercase":
      labels.setMade(rule, targetLabel, rule.mapText!(joinedSources(rule, labels)));
      return true;
    case "labelmap":
      for (const [name, value] of labels.range()) {
        if (rule.regex.test(name)) labels.set(rule.regex.replaceAll(name, rule.replacement), value);
      }
      return true;
    case "labeldrop":
      for (const [name] of labels.range()) if (rule.regex.test(name)) labels.delete(name);
      return true;
    case "labelkeep":
      for (const [name] of labels.range()) if (!rule.regex.test(name)) labels.delete(name);
      return true;
  }
}

function joinedSources({ config }: Rule, labels: LabelBuilder): string {
  const { sourceLabels, separator } = config;
  if (sourceLabels.length === 1) return labels.get(sourceLabels[0]);
  return ofBoundedLength(sourceLabels.map((name) => labels.get(name)).join(separator));
}

function replace(rule: Rule, labels: LabelBuilder): void {
  const { config, regex, target, replacement } = rule;
  switch (rule.shortcut) {
    case "constant":
      // Prometheus's fast path takes this turn when the joined sources are empty. The default regex
      // matches all else too, so they need not be read.
      return labels.set(target.text, replacement.text);
    case "copy":
      return labels.set(target.text, labels.value(config.sourceLabels[0]));
  }
  const groups = regex.match(joinedSources(rule, labels));
  if (groups === undefined) return;
  const name = target.expand(groups);
  if (isValidLabelName(name, config.scheme)) {
    labels.setMade(rule, name, replacement.expand(groups));
  }
}
