import { RELABEL_DEFAULTS, type RelabelConfig } from "../relabel/relabel_config.ts";
import { type RuleText, ruleYaml } from "./rule_yaml.ts";

/** Returns rules as a relabel file, in metric-gate's form; lists by their keys. */
export function rulesText(lists: ReadonlyMap<string, readonly RelabelConfig[]>): string {
  return [...lists].map(([key, rules]) => {
    const name = /^[A-Za-z_][\w.-]*$/.test(key) ? key : JSON.stringify(key);
    if (rules.length === 0) return `${name}: []\n`;
    return `${name}:\n${rules.map((rule) => `${ruleYaml(ruleText(rule))}\n`).join("")}`;
  }).join("\n");
}

/** What is not the default, and the action. */
function ruleText(rule: RelabelConfig): RuleText {
  const { action, sourceLabels, separator, regex, modulus, targetLabel, replacement } = rule;
  return {
    action,
    ...sourceLabels.length > 0 ? { source_labels: sourceLabels } : {},
    ...separator !== RELABEL_DEFAULTS.separator ? { separator } : {},
    ...regex !== RELABEL_DEFAULTS.regex ? { regex } : {},
    ...modulus !== RELABEL_DEFAULTS.modulus ? { modulus: String(modulus) } : {},
    ...targetLabel !== RELABEL_DEFAULTS.targetLabel ? { target_label: targetLabel } : {},
    ...replacement !== RELABEL_DEFAULTS.replacement ? { replacement } : {},
  };
}
