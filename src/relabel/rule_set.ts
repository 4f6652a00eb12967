import { ConfigError } from "../problems/config_error.ts";
import { type Problem, within } from "../problems/problem.ts";
import { DfaMemory } from "../regex/lazy_dfa.ts";
import { applyRule } from "./apply_rule.ts";
import { compileRule, labelsCompared, type Rule } from "./compile_rule.ts";
import { goQuote } from "./go_quote.ts";
import { LabelBuilder, type LabelEntry } from "./label_builder.ts";
import type { RelabelConfig } from "./relabel_config.ts";

const METRIC_NAME = "__name__";

/** What one rule did, for whoever shows it step by step. Labels are by name, values unread. */
export interface RuleStep {
  readonly index: number;
  readonly rule: Rule;
  readonly before: readonly LabelEntry[];
  /** As `before` when the rule dropped the sample. */
  readonly after: readonly LabelEntry[];
  readonly dropped: boolean;
}

/**
 * Returns the rules, ready to be applied. Loads re2js and MD5 only when a rule needs them. Throws a
 * ConfigError with one problem for each regex that is not RE2 syntax.
 */
export async function compileRules(configs: readonly RelabelConfig[]): Promise<RuleSet> {
  const rules: Rule[] = [];
  const problems: Problem[] = [];
  const memory = new DfaMemory();
  for (const config of configs) {
    try {
      rules.push(await compileRule(config, memory));
    } catch (error) {
      const reason = regexReason(error);
      problems.push({
        place: within(config.place, "regex"),
        text: `error parsing regexp: ${reason}: ${goQuote(config.regex)}`,
      });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return new RuleSet(rules);
}

/** re2js quotes a part of the pattern, anchors included, after its reason. */
function regexReason(error: unknown): string {
  const { error: reason, message } = error as { error?: unknown; message?: unknown };
  return String(reason ?? message).replace(/^error parsing regexp: /, "");
}

/** Rules in the order in which they are applied. */
export class RuleSet {
  readonly rules: readonly Rule[];
  /** The names of all labels whose values rules read, `__name__` included. */
  readonly reads: ReadonlySet<string>;
  /** False when every rule only keeps or drops. */
  readonly changesLabels: boolean;
  /** Whether some sample may come out with another metric name, or with none. */
  readonly mayRename: boolean;

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.reads = labelsRead(rules);
    this.changesLabels = rules.some(({ traits }) => traits.effect !== "filter");
    this.mayRename = rules.some(mayChangeName);
  }

  /**
   * Applies the rules to `labels`, which holds the outcome afterwards. Returns the index of the rule
   * that dropped the sample, or -1 when it is kept. `trace` is told of every rule that was applied;
   * `hits` gets the indexes of those that dropped the sample, or set or removed a label.
   */
  apply(labels: LabelBuilder, trace?: (step: RuleStep) => void, hits: number[] = []): number {
    for (const [index, rule] of this.rules.entries()) {
      const before = trace === undefined ? [] : labels.result();
      const { edits } = labels;
      const dropped = !applyRule(rule, labels);
      if (dropped || labels.edits > edits) hits.push(index);
      if (trace !== undefined) {
        trace({ index, rule, before, after: labels.result(), dropped });
      }
      if (dropped) return index;
    }
    return -1;
  }

  /** The index of the rule that drops samples of the name whatever their labels are, or -1. */
  dropsName(name: string): number {
    const labels = new LabelBuilder([[METRIC_NAME, name]]);
    for (const [index, rule] of this.rules.entries()) {
      const readsName = labelsCompared(rule).every((label) => label === METRIC_NAME) &&
        (rule.traits.effect === "filter" || rule.traits.effect === "set");
      if (readsName && !applyRule(rule, labels)) return index;
      // From here on the name depends on what is not known.
      if (!readsName && mayChangeName(rule)) return -1;
    }
    return -1;
  }
}

/** A rule that copies a label reads it only if another rule reads the copy. */
function labelsRead(rules: readonly Rule[]): Set<string> {
  const reads = new Set(rules.flatMap(namesRead));
  const copies = rules.filter((rule) => rule.shortcut === "copy").map((rule) => rule.config);
  for (let known = -1; known < reads.size;) {
    known = reads.size;
    for (const copy of copies) if (reads.has(copy.targetLabel)) reads.add(copy.sourceLabels[0]);
  }
  return reads;
}

function namesRead(rule: Rule): readonly string[] {
  return rule.shortcut === "none" ? labelsCompared(rule) : [];
}

function mayChangeName({ config, traits, regex, target, replacement }: Rule): boolean {
  switch (traits.effect) {
    case "filter":
      return false;
    case "delete":
      return regex.test(METRIC_NAME) === (traits.onMatch === "drop");
    case "copy":
      return replacement.canExpandTo(METRIC_NAME);
    case "set":
      return traits.target === "template"
        ? target.canExpandTo(METRIC_NAME)
        : config.targetLabel === METRIC_NAME;
  }
}
