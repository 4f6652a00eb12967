import { DfaMemory } from "../regex/lazy_dfa.ts";
import { RELABEL_DEFAULTS, type RelabelConfig } from "./relabel_config.ts";
import { compileRuleRegex, type RuleRegex } from "./rule_regex.ts";
import { Template } from "./template.ts";

/** A rule that is ready to be applied. */
export interface Rule {
  readonly config: RelabelConfig;
  readonly regex: RuleRegex;
  readonly target: Template;
  readonly replacement: Template;
  /** How a `replace` does without reading its sources. */
  readonly shortcut: "constant" | "copy" | "none";
  /** The hash of hashmod; only there does it return. */
  readonly hash: (text: string) => bigint;
}

/**
 * Returns the rule, compiled; `memory` is what the automata of all rules may take. Throws an Error
 * when the regex is not RE2 syntax.
 */
export async function compileRule(
  config: RelabelConfig,
  memory: DfaMemory = new DfaMemory(),
): Promise<Rule> {
  const rule = {
    config,
    regex: await compileRuleRegex(config.regex, memory),
    target: new Template(config.targetLabel),
    replacement: new Template(config.replacement),
    hash: config.action === "hashmod" ? await loadHash() : noHash,
  };
  return { ...rule, shortcut: shortcutOf(rule) };
}

/** With the default regex every text matches, and its one group is the whole text. */
function shortcutOf({ config, target, replacement }: Omit<Rule, "shortcut">): Rule["shortcut"] {
  const matchesAll = config.regex === RELABEL_DEFAULTS.regex;
  if (config.action !== "replace" || !matchesAll || !target.isConstant) return "none";
  if (replacement.isConstant) return "constant";
  const isWhole = /^\$(?:[01]|\{[01]\})$/.test(replacement.text);
  return isWhole && config.sourceLabels.length === 1 ? "copy" : "none";
}

/** Returns the last 8 bytes of the MD5, as Prometheus takes them, as a big-endian number. */
async function loadHash(): Promise<Rule["hash"]> {
  const { createHash } = await import("node:crypto");
  return (text) => createHash("md5").update(text, "utf8").digest().readBigUInt64BE(8);
}

function noHash(): never {
  throw new Error("only hashmod has a hash");
}
