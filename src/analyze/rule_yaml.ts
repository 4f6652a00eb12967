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
  return typeof value === "string" ? scalarYaml(value) : `[${value.map(scalarYaml).join(", ")}]`;
}

/**
 * Returns a text as it stands in YAML. JSON's strings are YAML's, but for the line separators that YAML
 * 1.1 takes for line breaks.
 */
export function scalarYaml(text: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_|:]*$/.test(text) && !WORDS.test(text) && !text.endsWith(":")) {
    return text;
  }
  return JSON.stringify(text).replace(
    UNSAFE,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Returns a text of several lines as it stands behind a key whose value is `indent` columns in: as a
 * block that can be read, or, where YAML would not give it back, as a string.
 */
export function blockYaml(text: string, indent: number): string {
  // A block that begins with a blank or an empty line would take it for its indentation.
  const isBlock = /^[^\s][^]*[^\n]\n$/.test(text) && !NOT_IN_BLOCKS.test(text) &&
    text.isWellFormed();
  if (!isBlock) return scalarYaml(text);
  const margin = " ".repeat(indent);
  const lines = text.slice(0, -1).split("\n");
  return `|\n${lines.map((line) => line === "" ? "" : margin + line).join("\n")}`;
}

/** What blocks of YAML cannot hold, or end their lines at. */
const NOT_IN_BLOCKS =
  /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

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
