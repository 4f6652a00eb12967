import { RELABEL_DEFAULTS, type RelabelConfig } from "../relabel/relabel_config.ts";

/** A rule as it stands in a file: texts, lists of texts, and the modulus. */
export type RuleText = Readonly<Record<string, string | readonly string[] | bigint>>;

/** Returns the rule as an item of a YAML list, without a line break at its end. */
export function ruleYaml(rule: RuleText): string {
  const lines = Object.entries(rule).map(([key, value]) => `${key}: ${valueYaml(value)}`);
  return `- ${lines.join("\n  ")}`;
}

function valueYaml(value: RuleText[string]): string {
  if (typeof value === "bigint") return String(value);
  return typeof value === "string" ? scalar(value) : `[${value.map(scalar).join(", ")}]`;
}

/** JSON's strings are YAML's, but for the line separators that YAML 1.1 takes for line breaks. */
function scalar(text: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_|:]*$/.test(text) && !WORDS.test(text) && !text.endsWith(":")) {
    return text;
  }
  return JSON.stringify(text).replace(
    UNSAFE,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What YAML 1.1 or 1.2 takes for something other than text. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** Characters that YAML does not print, and those that turn the direction of what follows. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Returns rules as a relabel file, in metric-gate's form; lists by their keys. */
export function rulesText(lists: ReadonlyMap<string, readonly RelabelConfig[]>): string {
  return [...lists].map(([key, rules]) => {
    const name = /^[A-Za-z_][\w.-]*$/.test(key) ? key : JSON.stringify(key);
    if (rules.length === 0) return `${name}: []\n`;
    return `${name}:\n${rules.map((rule) => `${ruleYaml(ruleText(rule))}\n`).join("")}`;
  }).join("\n");
}

/** What is not the default, and the action. */
export function ruleText(rule: RelabelConfig): RuleText {
  const { action, sourceLabels, separator, regex, modulus, targetLabel, replacement } = rule;
  return {
    action,
    ...sourceLabels.length > 0 ? { source_labels: sourceLabels } : {},
    ...separator !== RELABEL_DEFAULTS.separator ? { separator } : {},
    ...regex !== RELABEL_DEFAULTS.regex ? { regex } : {},
    ...modulus !== RELABEL_DEFAULTS.modulus ? { modulus } : {},
    ...targetLabel !== RELABEL_DEFAULTS.targetLabel ? { target_label: targetLabel } : {},
    ...replacement !== RELABEL_DEFAULTS.replacement ? { replacement } : {},
  };
}
