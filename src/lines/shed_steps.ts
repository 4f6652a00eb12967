import { ConfigError } from "../problems/config_error.ts";
import { type Place, placeOf } from "../problems/problem.ts";
import { escapedRegex } from "../regex/escaped.ts";
import { compileRules, RuleSet } from "../relabel/rule_set.ts";
import { RELABEL_DEFAULTS, type RelabelConfig } from "../relabel/relabel_config.ts";
import type { RulesInForce } from "./rules_in_force.ts";

/** One step of `limits.shed`: what a scrape gives up where it has too many series. */
export type ShedStep =
  /** The label goes, of all series or of those whose name matches; what collides is aggregated. */
  | { readonly label: string; readonly of?: string }
  /** The series go whose name matches. */
  | { readonly metric: string };

/** As metrics, the log and messages call it. */
export function stepText(step: ShedStep): string {
  if ("metric" in step) return `metric ${step.metric}`;
  return step.of === undefined ? `label ${step.label}` : `label ${step.label} of ${step.of}`;
}

/** The rules that scrapes are taken by while the first so many of the steps are in force. */
export interface SheddingRules {
  readonly steps: readonly string[];
  /** None: the rules that are configured. Made anew with each call, and forgotten with what learnt of it. */
  withSteps(count: number): RulesInForce;
}

/** Throws a ConfigError that names the steps whose pattern is not RE2 syntax. */
export async function sheddingRules(
  inForce: RulesInForce,
  steps: readonly ShedStep[],
): Promise<SheddingRules> {
  const compiled = await compileRules(steps.map(ruleOf)).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.found.map(({ place, text }) => ({ place: ofStep(place), text })));
  });
  const { rules, aggregation } = inForce;
  return {
    steps: steps.map(stepText),
    withSteps: (count) =>
      count === 0 ? inForce : {
        ...inForce,
        rules: new RuleSet([...rules?.rules ?? [], ...compiled.rules.slice(0, count)]),
        aggregation: aggregation && { ...aggregation, mayCollide: true },
      },
  };
}

/** What is wrong with the rule that a step is, is wrong with the step. */
function ofStep({ name, path }: Place): Place {
  return { name, path: path.slice(0, 3) };
}

/** A step is one more relabel rule, behind those that are configured. */
function ruleOf(step: ShedStep, index: number): RelabelConfig {
  const common = {
    ...RELABEL_DEFAULTS,
    place: placeOf(undefined, "limits", "shed", index),
    sourceLabels: ["__name__"],
    scheme: "utf8",
  } as const;
  if ("metric" in step) return { ...common, action: "drop", regex: step.metric };
  const { label, of } = step;
  if (of === undefined) {
    return { ...common, action: "labeldrop", sourceLabels: [], regex: escapedRegex(label) };
  }
  // A label without a value is none.
  return { ...common, action: "replace", regex: of, targetLabel: label, replacement: "" };
}
