/** A rule as it stands in a file; texts and lists of texts. */
export type RuleText = Readonly<Record<string, string | readonly string[]>>;

/** Returns the rule as an item of a YAML list, without a line break at its end. */
export function ruleYaml(rule: RuleText): string {
  const lines = Object.entries(rule).map(([key, value]) =>
    `${key}: ${typeof value === "string" ? scalar(value) : `[${value.map(scalar).join(", ")}]`}`
  );
  return `- ${lines.join("\n  ")}`;
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
