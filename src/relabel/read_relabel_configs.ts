import { type Path, type Place, type Problem, within } from "../problems/problem.ts";
import { nearest } from "../problems/nearest.ts";
import { goUint64 } from "../yaml/go_uint64.ts";
import { isMap, isNull, kindOf, PlainScalar, textOf } from "../yaml/plain_scalar.ts";
import { RELABEL_ACTIONS, type RelabelAction } from "./actions.ts";
import { goToLower } from "./case_mapping.ts";
import { goQuote } from "./go_quote.ts";
import { isValidLabelName, type NameScheme } from "./label_name.ts";
import { RELABEL_DEFAULTS, type RelabelConfig } from "./relabel_config.ts";
import { relabelConfigProblem } from "./validate_relabel_config.ts";
import { writtenDoubts } from "./written_doubts.ts";

export interface ReadRelabelConfigs {
  /** The rules without a problem. */
  readonly configs: RelabelConfig[];
  readonly problems: Problem[];
}

type Report = (text: string, ...at: Path) => void;

export const RELABEL_KEYS = [
  "source_labels",
  "separator",
  "regex",
  "modulus",
  "target_label",
  "replacement",
  "action",
];

const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Returns the rules that `value`, parsed YAML or JSON, holds, and all that is wrong with them. Scalars
 * are the text that was written, but for `modulus`.
 * `place` is that of the list. A null is Go's zero value, as in Prometheus: an empty string,
 * no list, 0; so is a null in the list's own place. Regexes are not compiled here: `compileRules`
 * tells which are invalid.
 */
export function readRelabelConfigs(
  value: unknown,
  place: Place,
  scheme: NameScheme,
): ReadRelabelConfigs {
  const configs: RelabelConfig[] = [];
  const problems: Problem[] = [];
  if (value === undefined || isNull(value)) return { configs, problems };
  if (!Array.isArray(value)) {
    problems.push({ place, text: `found ${kindOf(value)}, wanted a list of rules` });
    return { configs, problems };
  }
  for (const [index, entry] of value.entries()) {
    const config = readConfig(entry, within(place, index), scheme, problems);
    if (config !== undefined) configs.push(config);
  }
  return { configs, problems };
}

/** Returns the rule, or undefined when it added to `problems`. */
function readConfig(
  value: unknown,
  place: Place,
  scheme: NameScheme,
  problems: Problem[],
): RelabelConfig | undefined {
  const problemsBefore = problems.length;
  const report: Report = (text, ...at) => void problems.push({ place: within(place, ...at), text });

  if (value === undefined || isNull(value)) {
    report("empty or null metric relabeling rule");
    return undefined;
  }
  if (!isMap(value)) {
    report(`found ${kindOf(value)}, wanted a map of keys`);
    return undefined;
  }
  const rule = value;
  for (const key of Object.keys(rule)) {
    if (!RELABEL_KEYS.includes(key)) report(`unknown key${didYouMean(key, RELABEL_KEYS)}`, key);
  }
  const sourceLabels = readSourceLabels(rule.source_labels, report);
  const config = {
    place,
    action: readAction(rule.action, report),
    sourceLabels,
    separator: readText(rule, "separator", RELABEL_DEFAULTS.separator, report),
    regex: readText(rule, "regex", RELABEL_DEFAULTS.regex, report),
    modulus: readModulus(rule.modulus, report),
    targetLabel: readText(rule, "target_label", RELABEL_DEFAULTS.targetLabel, report),
    replacement: readText(rule, "replacement", RELABEL_DEFAULTS.replacement, report),
    scheme,
  };
  if (problems.length > problemsBefore) return undefined;
  const problem = relabelConfigProblem({
    ...config,
    hasSourceLabels: Array.isArray(rule.source_labels),
    hasRegex: rule.regex !== undefined,
  });
  if (problem !== undefined) {
    report(problem.text, ...problem.key === undefined ? [] : [problem.key]);
    return undefined;
  }
  const doubts = writtenDoubts(rule, config.modulus);
  const read = { ...config, action: config.action as RelabelAction };
  return doubts.length === 0 ? read : { ...read, doubts };
}

function readText(
  rule: Readonly<Record<string, unknown>>,
  key: string,
  absent: string,
  report: Report,
): string {
  const value = rule[key];
  if (value === undefined) return absent;
  const text = textOf(value);
  if (text === undefined) report(`found ${kindOf(value)}, wanted a string`, key);
  return text ?? absent;
}

/** Returns the action in lower case, or "" when it is null. */
function readAction(value: unknown, report: Report): RelabelAction | "" {
  if (value === undefined) return RELABEL_DEFAULTS.action;
  if (isNull(value)) return "";
  const text = textOf(value);
  if (text === undefined) {
    report(`found ${kindOf(value)}, wanted a string`, "action");
    return "";
  }
  const lower = goToLower(text);
  const action = RELABEL_ACTIONS.find((known) => known === lower);
  if (action === undefined) {
    report(
      `unknown relabel action ${goQuote(text)}${didYouMean(lower, RELABEL_ACTIONS)}`,
      "action",
    );
  }
  return action ?? "";
}

/** Any UTF-8 name may be read, whatever the scheme; a null reads the label "", but `Null` does not. */
function readSourceLabels(value: unknown, report: Report): string[] {
  if (value === undefined || isNull(value)) return [];
  if (!Array.isArray(value)) {
    report(`found ${kindOf(value)}, wanted a list of label names`, "source_labels");
    return [];
  }
  return value.map((item, index) => {
    const name = textOf(item);
    const at = ["source_labels", index];
    if (name === undefined) report(`found ${kindOf(item)}, wanted a label name`, ...at);
    else if (!isPlainNull(item) && !isValidLabelName(name, "utf8")) {
      report(`${goQuote(name)} is not a valid label name`, ...at);
    }
    return name ?? "";
  });
}

/** The spellings of null that Go's YAML does not even show to a type that reads itself. */
function isPlainNull(item: unknown): boolean {
  return isNull(item) && !(item instanceof PlainScalar && /^N/.test(item.text));
}

function readModulus(value: unknown, report: Report): bigint {
  if (value === undefined || isNull(value)) return RELABEL_DEFAULTS.modulus;
  const modulus = goUint64(value);
  if (modulus !== undefined) return modulus;
  const text = textOf(value);
  const found = text === undefined ? kindOf(value) : goQuote(text);
  const quoted = typeof value === "string" ? " in quotes" : "";
  report(`found ${found}${quoted}, wanted a whole number from 0 to ${MAX_UINT64}`, "modulus");
  return RELABEL_DEFAULTS.modulus;
}

function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "" : ` (did you mean ${goQuote(meant)}?)`;
}
