import { alternativesOf, isTaken, namePattern } from "../../analyze/name_pattern.ts";
import { type RuleText, ruleYaml, scalarYaml } from "../../analyze/rule_yaml.ts";
import { readRuleLines, type RuleItem, type RuleLines } from "./rule_lines.ts";

/** What became of a text to which a rule was added. */
export interface AddedRule {
  readonly text: string;
  /** `there`: a rule does it already, and the text is as it was. */
  readonly how: "added" | "extended" | "there";
  /** Of that rule, counted from 1. */
  readonly number: number;
  /** Its first and last line, counted from 1. */
  readonly lines: readonly [from: number, to: number];
}

/**
 * Returns the text of a relabel file that does what a rule does, too: a rule that differs in its regex
 * alone takes it in, where that comes to the same, else it stands after the others. All else of the
 * text stays as it was written. Undefined where the rules do not stand one below the other. `names`:
 * those of the scrape, where all are known.
 */
export function addRule(
  text: string,
  rule: RuleText,
  names?: Iterable<string>,
): AddedRule | undefined {
  const read = readRuleLines(text);
  if (read === undefined) return undefined;
  const at = placeToMerge(read.items, rule);
  return at < 0 ? appended(read, rule) : merged(text, read, { at, rule, names });
}

function appended({ lines, items, end, indent }: RuleLines, rule: RuleText): AddedRule {
  const made = ruleYaml(rule).split("\n").map((line) => indent + line);
  const text = `${[...lines.slice(0, end), ...made, ...lines.slice(end)].join("\n")}\n`;
  return { text, how: "added", number: items.length + 1, lines: [end + 1, end + made.length] };
}

interface Merge {
  readonly at: number;
  readonly rule: RuleText;
  readonly names: Iterable<string> | undefined;
}

function merged(text: string, { lines, items }: RuleLines, { at, rule, names }: Merge): AddedRule {
  const { start, end, fields } = items[at];
  const field = fields!.get("regex")!;
  const regex = union(field.value as string, rule.regex as string, {
    names: readsName(rule) ? names : undefined,
  });
  const place = { number: at + 1, lines: [start + 1, end] } as const;
  if (regex === field.value) return { text, how: "there", ...place };
  const line = `${field.before}${scalarYaml(regex)}${field.after}`;
  return { text: `${lines.with(field.line, line).join("\n")}\n`, how: "extended", ...place };
}

/** Whether its regex is of metrics' names alone. */
function readsName({ source_labels }: RuleText): boolean {
  return Array.isArray(source_labels) && source_labels.join() === "__name__";
}

/** A regex of what either matches; `one` itself where that is all. */
function union(
  one: string,
  other: string,
  { names }: { readonly names: Iterable<string> | undefined },
): string {
  const [had, given] = [alternativesOf(one), alternativesOf(other)];
  const others = [...new Set([...had.others, ...given.others])];
  const known = new Set(had.literals);
  const added = given.literals.filter((text) => !known.has(text) && !isTaken(text, had.others));
  if (added.length === 0 && others.length === had.others.length) return one;
  const literals = [...known, ...added].filter((text) => !isTaken(text, others));
  const pattern = literals.length === 0 ? [] : [namePattern(literals, names)];
  return [...others, ...pattern].join("|");
}

/** The rule that differs from this one in its regex alone, and may do its work too; -1 for none. */
function placeToMerge(items: readonly RuleItem[], rule: RuleText): number {
  const wanted = { reads: readsOf(rule), writes: writesOf(rule) };
  for (let at = items.length - 1; at >= 0; at--) {
    const { fields } = items[at];
    if (fields === undefined) return -1;
    const found: RuleText = Object.fromEntries([...fields].map(([key, { value }]) => [key, value]));
    if (isAlike(found, rule)) return at;
    if (!mayPass(found, wanted)) return -1;
  }
  return -1;
}

/** Actions whose regexes add up: what either matches is dropped, or has its label taken away. */
function isAlike(found: RuleText, rule: RuleText): boolean {
  const { action } = rule;
  const adds = action === "drop" || action === "labeldrop" ||
    action === "replace" && rule.replacement === "";
  if (!adds || typeof found.regex !== "string" || typeof rule.regex !== "string") return false;
  return same(withDefaults(found), withDefaults(rule));
}

function same(found: RuleText, rule: RuleText): boolean {
  const keys = new Set([...Object.keys(found), ...Object.keys(rule)]);
  keys.delete("regex");
  return [...keys].every((key) => JSON.stringify(found[key]) === JSON.stringify(rule[key]));
}

function withDefaults(rule: RuleText): RuleText {
  return { action: "replace", separator: ";", ...rule };
}

interface Touched {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/** Whether a rule that touches these labels does before `found` what it does after it. */
function mayPass(found: RuleText, { reads, writes }: Touched): boolean {
  const action = found.action ?? "replace";
  if (action === "labelmap" || action === "labelkeep") return false;
  if (action === "labeldrop" && alternativesOf(String(found.regex)).others.length > 0) return false;
  const written = writesOf(found);
  return [...written].every((label) =>
    !reads.has(label) && !writes.has(label) && !/\$/.test(label)
  ) &&
    [...readsOf(found)].every((label) => !writes.has(label));
}

function readsOf({ action, source_labels, target_label }: RuleText): ReadonlySet<string> {
  const compared = action === "keepequal" || action === "dropequal" ? [String(target_label)] : [];
  return new Set([...Array.isArray(source_labels) ? source_labels as string[] : [], ...compared]);
}

function writesOf({ action, regex, target_label }: RuleText): ReadonlySet<string> {
  if (action === "labeldrop") return new Set(alternativesOf(String(regex)).literals);
  const isFilter = ["keep", "drop", "keepequal", "dropequal"].includes(String(action));
  return new Set(isFilter || target_label === undefined ? [] : [String(target_label)]);
}
