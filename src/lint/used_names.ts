import { scanSample } from "../exposition/scan_sample.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { escapeQuoted } from "../exposition/quoted_text.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { labelsCompared } from "../relabel/compile_rule.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import type { RuleSet, RuleStep } from "../relabel/rule_set.ts";
import { NAME, valueIn } from "../relabel/sample_labels.ts";
import { isNeeded } from "../usage/label_need.ts";
import type { UsedSeries } from "../usage/used_document.ts";
import { wordsOf } from "./regex_words.ts";
import { TakenUses } from "./taken_uses.ts";

/**
 * Finds, without a scrape, what rules and policies take away for certain from what is read: samples
 * are made of the uses themselves, of metrics by their names and of labels that a matcher or a
 * grouping names. Nothing is said of a rule that reads a label of which nobody knows the value, and
 * of uses of metrics by patterns.
 */
export function usesTakenByName(
  uses: readonly UsedSeries[],
  rules: RuleSet | undefined,
  policies: PolicyEngine | undefined,
): TakenUses {
  const taken = new TakenUses(rules);
  for (const use of uses) {
    for (const name of namesOf(use)) {
      const policy = droppingPolicy(name, policies);
      if (policy !== undefined) taken.addUncounted({ rule: -1, policy, use, what: "drops" });
      else if (rules !== undefined) followRules(rules, use, name, taken);
    }
  }
  return taken;
}

/** The metrics that a use names; none where it has a pattern for them. */
function namesOf({ matchers }: UsedSeries): string[] {
  const lists = matchers.filter(({ label }) => label === NAME).map(({ op, value }) =>
    op === "=" ? [value] : op === "=~" ? [...wordsOf(value) ?? []] : []
  );
  const [first, ...others] = lists;
  return (first ?? []).filter((name) => others.every((list) => list.includes(name)));
}

/** One that drops the metric whatever its labels are. */
function droppingPolicy(name: string, policies: PolicyEngine | undefined): string | undefined {
  if (policies === undefined) return undefined;
  const bytes = new TextEncoder().encode(`{"${escapeQuoted(name)}"} 1`);
  const spans = new SampleSpans();
  if (!scanSample(bytes, 0, bytes.length, spans, "text")) return undefined;
  const sample = { bytes, spans, name, family: undefined, format: "text" } as const;
  return policies.decideName(sample)?.hits[0]?.id;
}

/** Stands for a value that nobody knows: a character of private use. */
const ANY = "\ue000";

/** Labels that Prometheus mostly adds after the scrape: what rules do to them here says nothing. */
const TARGET_LABELS =
  /^(?:job|instance|cluster|namespace|pod|container|node|service|endpoint|metrics_path|prometheus\w*|exported_\w+)$/;

function followRules(rules: RuleSet, use: UsedSeries, name: string, taken: TakenUses): void {
  const labels = new Map([[NAME, name]]);
  for (const label of use.needs.kind === "only" ? use.needs.labels : []) labels.set(label, ANY);
  for (const { label, op, value } of use.matchers) {
    if (label !== NAME) labels.set(label, op === "=" ? value : ANY);
  }
  for (const label of labels.keys()) if (TARGET_LABELS.test(label)) labels.delete(label);
  const known = new Set([...labels].flatMap(([label, value]) => value === ANY ? [] : [label]));
  const doubtful = new Set<string>();
  let isOver = false;
  rules.apply(new LabelBuilder([...labels]), (step) => {
    if (isOver) return;
    // No upstream sends labels that are for use between rules.
    const isOwn = (label: string) => label.startsWith("__") && !doubtful.has(label);
    const isCertain = step.rule.shortcut === "constant" ||
      labelsCompared(step.rule).every((label) => known.has(label) || isOwn(label));
    if (!isCertain) {
      // What it would do is not known, nor what it would leave to those after it.
      isOver = step.rule.traits.effect === "filter" && step.dropped;
      const { targetLabel } = step.rule.config;
      known.delete(targetLabel);
      doubtful.add(targetLabel);
      return;
    }
    const what = takenBy(step, use);
    if (what !== undefined) taken.addUncounted({ rule: step.index, use, what });
    isOver = what !== undefined;
  });
}

function takenBy({ before, after, dropped }: RuleStep, { needs }: UsedSeries): string | undefined {
  if (dropped) return "drops";
  const name = valueIn(after, NAME);
  // One that is taken comes back after the last rule.
  if (name !== "" && name !== valueIn(before, NAME)) return "renames";
  const lost = (before as readonly LabelEntry[]).find(([label, value]) =>
    label !== NAME && valueIn(after, label) !== value && isNeeded(needs, label)
  );
  return lost === undefined ? undefined : `takes the label ${lost[0]} from`;
}
