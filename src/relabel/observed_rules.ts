import { labelsCompared, type Rule } from "./compile_rule.ts";
import { isValidLabelName } from "./label_name.ts";
import type { RuleSet } from "./rule_set.ts";

/**
 * A rule of which only what it finds in its sources, or makes of them, matters, not their values.
 */
export interface ObservedRule {
  readonly rule: Rule;
  /** The number of the value that it makes, if no rule reads that; else -1. */
  readonly made: number;
}

const NAME = "__name__";

/**
 * Returns the rules that it is enough to observe: what all rules do to a line then depends on its
 * shape, on what those find and make, and on the values of the other labels that are read. `labels`
 * are those that none but these rules read.
 */
export function observedRules(
  { rules, reads }: RuleSet,
): { rules: readonly ObservedRule[]; labels: ReadonlySet<string> } {
  const candidates = rules.filter((rule, index) => isObservable(rule, rules.slice(0, index)));
  const labels = new Set(candidates.flatMap(({ config }) => config.sourceLabels));
  labels.delete(NAME);
  for (const rule of rules) {
    if (candidates.includes(rule)) continue;
    const { sourceLabels, targetLabel } = rule.config;
    // It gives values names by which others may read them.
    if (rule.traits.effect === "copy") labels.clear();
    else if (rule.shortcut === "copy") {
      if (reads.has(targetLabel)) labels.delete(sourceLabels[0]);
    } else if (rule.shortcut === "none") {
      for (const name of sourceLabels) labels.delete(name);
      labels.delete(targetLabel);
    }
  }
  // A name that a line may write in more than one way is not found by its bytes.
  if ([...reads].some((name) => /[\\"\n\ufffd]/.test(name))) labels.clear();
  const observed = candidates.filter(({ config }) =>
    config.sourceLabels.some((name) => labels.has(name))
  );
  let made = 0;
  const withNumbers = observed.map((rule) => ({
    rule,
    made: isMadeUnread(rule, rules) ? made++ : -1,
  }));
  return { rules: withNumbers, labels };
}

/** A rule that reads several labels must see them as they came. */
function isObservable(rule: Rule, earlier: readonly Rule[]): boolean {
  const { config: { sourceLabels }, traits, shortcut, regex, mapText } = rule;
  const found = traits.test === "values" ? regex.bytes : mapText;
  if (found === undefined) return false;
  if (shortcut !== "none" || sourceLabels.length === 0) return false;
  return sourceLabels.length === 1 || !earlier.some((other) => mayChange(other, sourceLabels));
}

function mayChange({ config, traits, target }: Rule, names: readonly string[]): boolean {
  switch (traits.effect) {
    case "filter":
      return false;
    case "copy":
    case "delete":
      return true;
    case "set":
      return !target.isConstant || names.includes(config.targetLabel);
  }
}

/** Whether a rule makes a value from labels as they came, under a name that no later rule reads. */
function isMadeUnread(rule: Rule, rules: readonly Rule[]): boolean {
  const { config: { sourceLabels, targetLabel, scheme }, traits, target, replacement } = rule;
  if (traits.effect !== "set" || !target.isConstant) return false;
  if (rule.mapText === undefined && replacement.isConstant) return false;
  if ([NAME, "le", "quantile"].includes(targetLabel)) return false;
  if (!isValidLabelName(targetLabel, scheme)) return false;
  const index = rules.indexOf(rule);
  if (rules.slice(0, index).some((other) => mayChange(other, sourceLabels))) return false;
  return !rules.slice(index + 1).some((later) => labelsCompared(later).includes(targetLabel));
}
