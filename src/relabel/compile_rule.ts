import { DfaMemory } from "../regex/lazy_dfa.ts";
import { ACTIONS, type ActionTraits, type TextMap } from "./actions.ts";
import { RELABEL_DEFAULTS, type RelabelConfig } from "./relabel_config.ts";
import { compileRuleRegex, type RuleRegex } from "./rule_regex.ts";
import { Template } from "./template.ts";

/** A rule that is ready to be applied. */
export interface Rule {
  readonly config: RelabelConfig;
  /** Those of its action. */
  readonly traits: ActionTraits;
  readonly regex: RuleRegex;
  readonly target: Template;
  readonly replacement: Template;
  /** How a rule that expands its replacement does without reading its sources. */
  readonly shortcut: "constant" | "copy" | "none";
  /** Of an action that maps any text to another. */
  readonly mapText: TextMap | undefined;
}

/**
 * Returns the rule, compiled; `memory` is what the automata of all rules may take. Throws an Error
 * when the regex is not RE2 syntax.
 */
export async function compileRule(
  config: RelabelConfig,
  memory: DfaMemory = new DfaMemory(),
): Promise<Rule> {
  const traits = ACTIONS[config.action];
  const rule = {
    config,
    traits,
    regex: await compileRuleRegex(config.regex, memory),
    target: new Template(config.targetLabel),
    replacement: new Template(config.replacement),
    mapText: await traits.textMap?.(config),
  };
  return { ...rule, shortcut: shortcutOf(rule) };
}

/** With the default regex every text matches, and its one group is the whole text. */
function shortcutOf(rule: Omit<Rule, "shortcut">): Rule["shortcut"] {
  const { config, traits, target, replacement } = rule;
  const matchesAll = traits.test === "values" && config.regex === RELABEL_DEFAULTS.regex;
  if (traits.effect !== "set" || !matchesAll || !target.isConstant) return "none";
  if (replacement.isConstant) return "constant";
  const isWhole = /^\$(?:[01]|\{[01]\})$/.test(replacement.text);
  return isWhole && config.sourceLabels.length === 1 ? "copy" : "none";
}

/** The labels whose values decide what a rule does: its sources, and the target that it compares. */
export function labelsCompared({ config, traits }: Rule): readonly string[] {
  if (traits.test === "names") return [];
  const { sourceLabels, targetLabel } = config;
  return traits.test === "equality" ? [...sourceLabels, targetLabel] : sourceLabels;
}
