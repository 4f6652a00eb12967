import { ACTIONS, type ActionTraits, type RelabelAction } from "./actions.ts";
import { goQuote } from "./go_quote.ts";
import { isValidLabelName, isValidNameTemplate } from "./label_name.ts";
import { RELABEL_DEFAULTS, type RelabelConfig } from "./relabel_config.ts";

/** A rule as it was read: `action` may be empty, and what was written differs from what is default. */
export interface UnvalidatedRelabelConfig extends Omit<RelabelConfig, "action"> {
  readonly action: RelabelAction | "";
  /** Written and not null; an empty list counts. */
  readonly hasSourceLabels: boolean;
  /** Written, be it as the default or as null. */
  readonly hasRegex: boolean;
}

/** What is wrong, and the key where a value that is written is. */
export interface RelabelConfigProblem {
  readonly text: string;
  readonly key?: string;
}

/**
 * Returns what is wrong with a rule, in Prometheus's words, or undefined: `Config.Validate` of
 * Prometheus 3.14's `model/relabel`; the first condition that fails there is told.
 */
export function relabelConfigProblem(
  config: UnvalidatedRelabelConfig,
): RelabelConfigProblem | undefined {
  const { action, targetLabel, replacement, scheme } = config;
  if (action === "") return { text: "relabel action cannot be empty", key: "action" };
  const traits = ACTIONS[action];
  if (traits.needsModulus && config.modulus === 0n) {
    return { text: `relabel configuration for ${action} requires non-zero modulus` };
  }
  if (traits.target !== undefined) {
    if (targetLabel === "") {
      return { text: `relabel configuration for ${action} action requires 'target_label' value` };
    }
    const isTemplate = traits.target === "template" && targetLabel.includes("$");
    const isValid = isTemplate ? isValidNameTemplate : isValidLabelName;
    if (!isValid(targetLabel, scheme)) {
      const text = `${goQuote(targetLabel)} is invalid 'target_label' for ${action} action`;
      return { text, key: "target_label" };
    }
  }
  if (traits.replacement === "refused" && replacement !== RELABEL_DEFAULTS.replacement) {
    return { text: `'replacement' can not be set for ${action} action`, key: "replacement" };
  }
  if (traits.replacement === "name" && !isValidNameTemplate(replacement, scheme)) {
    const text = `${goQuote(replacement)} is invalid 'replacement' for ${action} action`;
    return { text, key: "replacement" };
  }
  if (traits.only !== undefined && hasFieldOutOfUse(config, traits)) {
    return { text: `${action} action requires only ${traits.only}, and no other fields` };
  }
}

function hasFieldOutOfUse(config: UnvalidatedRelabelConfig, traits: ActionTraits): boolean {
  const usesRegex = traits.test === "values" || traits.test === "names";
  // Prometheus compares pointers, so that the default regex counts when it was written.
  return (!usesRegex && config.hasRegex) ||
    (traits.test === "names" && config.hasSourceLabels) ||
    (traits.target === undefined && config.targetLabel !== RELABEL_DEFAULTS.targetLabel) ||
    config.modulus !== RELABEL_DEFAULTS.modulus ||
    config.separator !== RELABEL_DEFAULTS.separator ||
    config.replacement !== RELABEL_DEFAULTS.replacement;
}
