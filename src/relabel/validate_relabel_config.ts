import { goQuote } from "./go_quote.ts";
import { isValidLabelName, isValidNameTemplate } from "./label_name.ts";
import type { RelabelAction, RelabelConfig } from "./relabel_config.ts";
import { RELABEL_DEFAULTS } from "./relabel_config.ts";

/** A rule as it was read: `action` may be empty, and what was written differs from what is default. */
export interface UnvalidatedRelabelConfig extends Omit<RelabelConfig, "action"> {
  readonly action: RelabelAction | "";
  /** Written and not null; an empty list counts. */
  readonly hasSourceLabels: boolean;
  /** Written, be it as the default or as null. */
  readonly hasRegex: boolean;
}

const NEEDS_TARGET: ReadonlySet<string> = new Set([
  "replace",
  "hashmod",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);

/** No template in the target, nothing to replace. */
const PLAIN_TARGET: ReadonlySet<string> = new Set([
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);

/**
 * Returns what is wrong with a rule, in Prometheus's words, or undefined: `Config.Validate` of
 * Prometheus 3.14's `model/relabel`, condition after condition; the first that holds is told.
 */
export function relabelConfigProblem(config: UnvalidatedRelabelConfig): string | undefined {
  const { action, targetLabel, replacement, scheme } = config;
  if (action === "") return "relabel action cannot be empty";
  if (action === "hashmod" && config.modulus === 0n) {
    return "relabel configuration for hashmod requires non-zero modulus";
  }
  if (NEEDS_TARGET.has(action) && targetLabel === "") {
    return `relabel configuration for ${action} action requires 'target_label' value`;
  }
  const badTarget = `${goQuote(targetLabel)} is invalid 'target_label' for ${action} action`;
  if (action === "replace") {
    const isValid = targetLabel.includes("$") ? isValidNameTemplate : isValidLabelName;
    if (!isValid(targetLabel, scheme)) return badTarget;
  }
  if (PLAIN_TARGET.has(action)) {
    if (!isValidLabelName(targetLabel, scheme)) return badTarget;
    if (replacement !== RELABEL_DEFAULTS.replacement) {
      return `'replacement' can not be set for ${action} action`;
    }
  }
  if (action === "labelmap" && !isValidNameTemplate(replacement, scheme)) {
    return `${goQuote(replacement)} is invalid 'replacement' for labelmap action`;
  }
  if (action === "hashmod" && !isValidLabelName(targetLabel, scheme)) return badTarget;
  return unusedFieldsProblem(action, config);
}

function unusedFieldsProblem(
  action: RelabelAction,
  config: UnvalidatedRelabelConfig,
): string | undefined {
  const unused = config.modulus !== RELABEL_DEFAULTS.modulus ||
    config.separator !== RELABEL_DEFAULTS.separator ||
    config.replacement !== RELABEL_DEFAULTS.replacement;
  switch (action) {
    case "keepequal":
    case "dropequal":
      // Prometheus compares pointers, so that the default regex counts when it was written.
      if (!unused && !config.hasRegex) return undefined;
      return `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`;
    case "labeldrop":
    case "labelkeep":
      if (!unused && !config.hasSourceLabels && config.targetLabel === "") return undefined;
      return `${action} action requires only 'regex', and no other fields`;
  }
}
