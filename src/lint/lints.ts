import { pathText, type Place } from "../problems/problem.ts";
import { labelsCompared, type Rule } from "../relabel/compile_rule.ts";
import { boundLint } from "./bound_lint.ts";
import { histogramLint } from "./histogram_lint.ts";
import { LabelStates } from "./label_states.ts";
import { wordsOf } from "./regex_words.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { ValueSet } from "./value_set.ts";

/** Stable names: scripts may rely on them. */
export type LintCode =
  | "prometheus-label"
  | "never-fires"
  | "cannot-match"
  | "takes-name"
  | "splits-histogram"
  | "drops-native"
  | "leaves-native"
  | "leftover-tmp-label"
  | "sums-gauges"
  | "drops-quantiles"
  | "did-not-fire"
  | "written-scalar"
  | "bound-spelling"
  | "bare-counter"
  | "duplicate-series"
  | "used";

/** Something that a valid rule does, or fails to do, and that its author hardly wanted. */
export interface Lint {
  /** Of the rule: `rules.yaml: metric_relabel_configs[2]`; or the scrape's name. */
  readonly place: Place;
  readonly code: LintCode;
  /** Completes the place: no full stop, no line break. */
  readonly message: string;
  /** The rule's number, counted from 0; -1: it is the scrape that is doubtful. */
  readonly rule: number;
}

/** What a sample scrape tells; then lints that would be guesses without one are left out. */
export interface ScrapeLabels {
  /** The names of all labels in it. */
  readonly labels: { has(label: string): boolean };
}

/**
 * Returns what is doubtful about the rules, in their order, as far as it can be said without running
 * them. What it says of rules that never fire is certain.
 */
export function lintRules({ rules }: RuleSet, scrape?: ScrapeLabels): Lint[] {
  const lints: Lint[] = [];
  const states = new LabelStates(rules, () => false);
  for (const [index, rule] of rules.entries()) {
    const report = (code: LintCode, message: string | undefined) => {
      if (message === undefined) return;
      lints.push({ place: rule.config.place, code, message, rule: index });
    };
    for (const doubt of rule.config.doubts ?? []) report("written-scalar", doubt);
    report("bound-spelling", boundLint(rule));
    for (const label of foreignLabels(rule, states, scrape)) {
      report("prometheus-label", foreignLabel(label, scrape !== undefined));
    }
    const idle = idleReason(rules, rule, states, index);
    if (idle !== undefined) report(idle.code, idle.message);
    else if (scrape === undefined) report("splits-histogram", histogramLint(rule));
  }
  const { values, by } = states.get("__name__");
  if (states.blockedBy === undefined && values.isAbsent && by !== undefined) {
    const message =
      "it takes every sample's name, which the sample gets back after the last rule: " +
      "with Prometheus the scrape would fail";
    lints.push({ place: rules[by].config.place, code: "takes-name", message, rule: by });
  }
  lints.push(...leftoverLabels(rules));
  return lints.sort((left, right) => left.rule - right.rule);
}

/** Labels of the target itself, and of service discovery as it is commonly set up. */
const PROMETHEUS_LABELS = /^(?:job|instance|pod|namespace|exported_\w+|__address__|__scheme__)$/;
const PROMETHEUS_PREFIXES = /^(?:__meta_|__param_|__metrics_path__$|__scrape_\w+__$)/;

function isPrometheusLabel(label: string): boolean {
  return PROMETHEUS_LABELS.test(label) || PROMETHEUS_PREFIXES.test(label);
}

/** Labels that a rule reads as the upstream sent them, and that the upstream hardly sends. */
function foreignLabels(
  rule: Rule,
  states: LabelStates,
  scrape: ScrapeLabels | undefined,
): string[] {
  if (states.blockedBy !== undefined || rule.shortcut === "constant") return [];
  return [...new Set(labelsCompared(rule))].filter((label) =>
    isPrometheusLabel(label) && states.get(label).by === undefined &&
    scrape?.labels.has(label) !== true
  );
}

function foreignLabel(label: string, isCertain: boolean): string {
  const what = `it reads label "${label}", which Prometheus adds after the scrape`;
  return isCertain
    ? `${what}: no sample of the scrape has it`
    : `${what}: here it is empty, unless the upstream sends it itself`;
}

interface Idle {
  readonly code: "never-fires" | "cannot-match";
  readonly message: string;
}

/** Applies the rule to `states`. Returns why it can do nothing (a keep: keep nothing), if that is so. */
function idleReason(
  rules: readonly Rule[],
  rule: Rule,
  states: LabelStates,
  index: number,
): Idle | undefined {
  const before = sourcesSet(rules, rule, states);
  const { blockedBy, firing } = states.apply(rule, index);
  if (firing !== "never") return undefined;
  if (blockedBy !== undefined) {
    const message = `no sample reaches it: ${nameOf(rules[blockedBy])} drops every sample`;
    return { code: "never-fires", message };
  }
  const keeps = rule.traits.effect === "filter" && rule.traits.onMatch === "keep";
  const what = keeps ? "it drops every sample" : "it never does anything";
  return before.length > 0
    ? { code: "never-fires", message: `${what}: ${before.join(", and ")}` }
    : { code: "cannot-match", message: `${what}: ${whyNoMatch(rule)}` };
}

/** What earlier rules made of the labels that a rule looks at, one clause each. */
function sourcesSet(rules: readonly Rule[], rule: Rule, states: LabelStates): string[] {
  const labels = rule.traits.test === "names"
    ? wordsOf(rule.config.regex) ?? []
    : labelsCompared(rule);
  return [...new Set(labels)].flatMap((label) => {
    const { values, by } = states.get(label);
    if (by === undefined) return [];
    return [`label "${label}" ${valuesText(values)} after ${nameOf(rules[by])}`];
  });
}

function valuesText(values: ValueSet): string {
  if (values.isAbsent) return "is empty";
  const quoted = [...values.values].slice(0, 3).map((value) => JSON.stringify(value));
  const more = values.values.size - quoted.length;
  const list = quoted.join(" or ") + (more > 0 ? ` or one of ${more} more` : "");
  if (values.isComplement) return quoted.length === 0 ? "is set" : `is not ${list}`;
  return `is ${list}`;
}

function whyNoMatch({ config }: Rule): string {
  const { sourceLabels, separator, regex } = config;
  const quoted = JSON.stringify(regex);
  const words = wordsOf(regex);
  if (words?.size === 0) return `its regex ${quoted} matches no text at all`;
  if (sourceLabels.length === 0) {
    return `without source_labels its regex ${quoted} is tried on the empty text, and does not match it`;
  }
  if (sourceLabels.length > 1 && separator !== "") {
    const count = sourceLabels.length - 1;
    const glue = `${count === 1 ? "a" : count} ${JSON.stringify(separator)}`;
    return `its ${sourceLabels.length} labels are joined by ${glue}, which its regex ${quoted} does not match`;
  }
  return `no value of ${
    sourceLabels.map((label) => `"${label}"`).join(", ")
  } matches its regex ${quoted}`;
}

/** Labels for use between rules that no rule removes at the end, and that no upstream sends. */
function leftoverLabels(rules: readonly Rule[]): Lint[] {
  const states = new LabelStates(rules, (label) => label.startsWith("__tmp"));
  for (const [index, rule] of rules.entries()) states.apply(rule, index);
  if (states.blockedBy !== undefined) return [];
  return [...states.labels()].flatMap(([label, { values, by, doubt }]): Lint[] => {
    const stays = label.startsWith("__tmp") && by !== undefined && !values.isAbsent;
    if (!stays || doubt) return [];
    // A later keep or drop may have narrowed what a rule has set.
    const setter = rules.findLastIndex(({ config }) => config.targetLabel === label);
    const rule = setter < 0 ? by : setter;
    const message = leftoverLabel(label);
    return [{ place: rules[rule].config.place, code: "leftover-tmp-label", message, rule }];
  });
}

/** The sentence about a label that is left over. */
export function leftoverLabel(label: string): string {
  return `label "${label}" stays on the samples: nothing removes it but a labeldrop`;
}

/** Without the file, which stands at the beginning of the line. */
export function nameOf({ config }: Rule): string {
  return pathText(config.place.path);
}
