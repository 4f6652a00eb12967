import { seriesText } from "../exposition/exposition_writer.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { placeText } from "../problems/problem.ts";
import type { Rule } from "../relabel/compile_rule.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { labelTexts, NAME, sameLabels, valueIn } from "../relabel/sample_labels.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";

/** What one rule makes of a sample. */
export interface TraceStep {
  readonly place: string;
  readonly action: string;
  /** The series before and after the rule. */
  readonly in: string;
  readonly out: string;
  readonly changed: boolean;
  readonly dropped: boolean;
  /** For rules that keep or drop: what was compared. */
  readonly why: string | undefined;
}

/** Plain data: the way of one sample through policies and rules. */
export interface ExplainedSample {
  readonly sample: string;
  readonly type: FamilyType | undefined;
  /** The policies that matched, those that decided first. */
  readonly policies: readonly { readonly id: string; readonly decided: boolean }[];
  readonly droppedByPolicies: boolean;
  /** One for each rule that the sample comes to. */
  readonly rules: readonly TraceStep[];
  /** The sample's line as it leaves, if it were alone in its scrape; undefined when it does not. */
  readonly out: string | undefined;
}

/** Follows the only sample of an exposition through the rules, up to the one that drops it. */
export class SampleTrace implements SampleWatcher {
  /** That of its family. */
  type: FamilyType | undefined;
  steps: readonly TraceStep[] = [];
  readonly #rules: RuleSet | undefined;

  constructor(rules: RuleSet | undefined) {
    this.#rules = rules;
  }

  judged(sample: WatchedSample, effects: RuleEffects | undefined): void {
    this.type = sample.family?.type;
    if (effects !== undefined) {
      this.steps = stepsOf(this.#rules!, labelTexts(effects.found, sample));
    }
  }
}

function stepsOf(rules: RuleSet, found: readonly LabelEntry[]): TraceStep[] {
  const steps: TraceStep[] = [];
  rules.apply(new LabelBuilder(found), ({ rule, before, after, dropped }) => {
    const { place, action } = rule.config;
    steps.push({
      place: placeText(place),
      action,
      in: seriesOf(before),
      out: seriesOf(after),
      changed: !sameLabels(before, after),
      dropped,
      why: reason(rule, before),
    });
  });
  return steps;
}

/** Every value was given as a text. */
function seriesOf(labels: readonly LabelEntry[]): string {
  const texts = labels.filter(([name]) => name !== NAME)
    .map(([name, value]) => [name, String(value)] as const);
  const name = String(valueIn(labels, NAME));
  // Between two rules there may be none.
  return name === "" ? seriesText("_", texts).slice(1) || "{}" : seriesText(name, texts);
}

function reason(
  { config, traits, regex }: Rule,
  before: readonly LabelEntry[],
): string | undefined {
  if (traits.effect !== "filter") return undefined;
  const { sourceLabels, separator, targetLabel } = config;
  const joined = sourceLabels.map((name) => String(valueIn(before, name))).join(separator);
  const sources = `${sourceLabels.join(separator)} is ${JSON.stringify(joined)}`;
  if (traits.test === "equality") {
    const target = JSON.stringify(String(valueIn(before, targetLabel)));
    return `${sources}, and ${targetLabel} is ${target}`;
  }
  const verb = regex.test(joined) ? "matches" : "does not match";
  return `${sources}, which ${verb} ${JSON.stringify(config.regex)}`;
}
