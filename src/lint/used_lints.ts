import { TextMap, TextSet } from "../exposition/text_map.ts";
import {
  type AggregateFunction,
  type AggregationRule,
  functionFor,
} from "../aggregate/aggregate_function.ts";
import { MAX_GUARDED_SERIES } from "../bounds.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { LabelBuilder } from "../relabel/label_builder.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { labelTexts, NAME, valueIn, writtenLabels } from "../relabel/sample_labels.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import { isNeeded } from "../usage/label_need.ts";
import type { UsedSeries } from "../usage/used_document.ts";
import type { UsedIndex } from "../usage/used_index.ts";
import { TakenUses } from "./taken_uses.ts";

type Labels = readonly (readonly [name: string, value: string])[];

/**
 * Looks on at what rules and policies do to a scrape, and finds what alerts, recording rules and
 * dashboards read and would not find any more: series that are dropped or renamed, labels that are
 * gone or changed, series that come into a selector that they were not in, and series that become
 * one by another function than the sum, which is the only one of which a result over several series
 * is the same before and after. A label or a name that was not there before is no loss.
 */
export class UsedLints implements SampleWatcher {
  readonly taken: TakenUses;
  /** Uses of which the scrape has a series. */
  readonly found: Set<UsedSeries> = new Set();
  readonly #rules: RuleSet | undefined;
  readonly #aggregation: readonly AggregationRule[];
  readonly #used: UsedIndex;
  /** The input labels of the first sample of each series of the output that is not summed. */
  readonly #outputs = new TextMap<Labels>();
  readonly #byFamily = new TextMap<Set<UsedSeries>>();
  /** Families with native histograms, which come before their classic parts. */
  readonly #natives = new TextSet();

  constructor(
    rules: RuleSet | undefined,
    aggregation: readonly AggregationRule[],
    used: UsedIndex,
  ) {
    this.taken = new TakenUses(rules);
    this.#rules = rules;
    this.#aggregation = aggregation;
    this.#used = used;
  }

  judged(
    watched: WatchedSample,
    effects: RuleEffects | undefined,
    policies: readonly string[] = [],
  ): void {
    const type = watched.family?.type;
    const labels = effects === undefined
      ? writtenLabels(watched)
      : labelTexts(effects.found, watched);
    const found = withBounds(labels, type);
    const uses = this.#usesOf(watched.name, (label) => valueIn(found, label) || undefined, watched);
    for (const use of uses) this.#note(use, watched);
    if (effects === undefined) {
      if (policies.length === 0) return;
      for (const use of uses) this.taken.add({ rule: -1, policy: policies[0], use, what: DROPS });
    } else if (effects.droppedBy >= 0) {
      for (const use of uses) this.taken.add({ rule: effects.droppedBy, use, what: DROPS });
    } else {
      this.#compare(watched, uses, found, withBounds(labelTexts(effects.left, watched), type));
      this.#watchMerging(effects, uses, found, labelTexts(effects.left, watched));
    }
  }

  /** The uses that read series of a family that came. */
  usesOfFamily(name: string): ReadonlySet<UsedSeries> {
    return this.#byFamily.get(name) ?? new Set();
  }

  #note(use: UsedSeries, { name, family }: WatchedSample): void {
    this.found.add(use);
    const key = family?.name ?? name;
    const known = this.#byFamily.get(key);
    if (known === undefined) this.#byFamily.set(key, new Set([use]));
    else known.add(use);
  }

  /** Labels that are others now, and what reads the series by them. */
  #compare(
    watched: WatchedSample,
    uses: readonly UsedSeries[],
    found: Labels,
    left: Labels,
  ): void {
    const changed = changedLabels(found, left);
    if (changed.length === 0) return;
    const name = valueIn(left, NAME);
    const before = new Set(uses);
    const rules = new Map<string, number>();
    const ruleOf = (label: string) => {
      let rule = rules.get(label);
      if (rule === undefined) rules.set(label, rule = this.#ruleThatChanges(found, label));
      return rule;
    };
    // A label that is gone is empty; one that the scrape lacks may be the target's.
    const valueOf = (label: string) =>
      valueIn(left, label) || (valueIn(found, label) === "" ? undefined : "");
    const after = new Set(this.#usesOf(name, valueOf, watched));
    for (const use of uses) {
      const isRead = after.has(use);
      const label = changed.find((label) =>
        label === NAME || (valueIn(found, label) !== "" && isNeeded(use.needs, label)) ||
        (!isRead && isMatched(use, label))
      );
      if (label === undefined) continue;
      const what = label === NAME ? "renames" : `takes the label ${label} from`;
      this.taken.add({ rule: ruleOf(label), use, what });
    }
    // Who renames a metric wants it to be read by that name.
    if (changed[0] === NAME) return;
    for (const use of after) {
      if (before.has(use)) continue;
      const label = changed.find((label) => isMatched(use, label)) ?? changed[0];
      this.taken.add({ rule: ruleOf(label), use, what: "adds series to" });
    }
  }

  /** A use of a histogram by its family's name may be one of its classic parts, made native. */
  #usesOf(
    name: string,
    valueOf: (label: string) => string | undefined,
    { family, spans }: WatchedSample,
  ): UsedSeries[] {
    const uses = this.#used.ofSeries(name, valueOf);
    if (family?.type !== "histogram" || family.name === name) {
      if (spans.isComposite) this.#natives.add(name);
      return uses;
    }
    if (this.#natives.has(family.name)) return uses;
    return [...new Set([...uses, ...this.#used.ofSeries(family.name, valueOf)])];
  }

  /** Finds series that become one with an earlier one by another function than the sum. */
  #watchMerging(
    { type, suffix }: RuleEffects,
    uses: readonly UsedSeries[],
    found: Labels,
    left: Labels,
  ): void {
    if (uses.length === 0) return;
    const merged = functionFor(valueIn(left, NAME), suffix, type, this.#aggregation);
    if (merged === "sum") return;
    const key = JSON.stringify(left);
    const first = this.#outputs.get(key);
    if (first === undefined) {
      if (this.#outputs.size < MAX_GUARDED_SERIES) this.#outputs.set(key, found);
      return;
    }
    const [changed] = changedLabels(found, first);
    if (changed === undefined) return;
    const rule = this.#ruleThatChanges(found, changed);
    for (const use of uses) this.taken.add({ rule, use, what: mergedText(merged) });
  }

  /** The first rule after which the label has another value. */
  #ruleThatChanges(found: Labels, label: string): number {
    const before = valueIn(found, label);
    let at = -1;
    let index = 0;
    this.#rules!.apply(new LabelBuilder(found), ({ after }) => {
      if (at < 0 && valueIn(after, label) !== before) at = index;
      index++;
    });
    return Math.max(at, 0);
  }
}

const DROPS = "drops";

function mergedText(fn: AggregateFunction): string {
  return `makes one series, by ${fn}, of`;
}

function isMatched({ matchers }: UsedSeries, label: string): boolean {
  return matchers.some((matcher) => matcher.label === label);
}

/** The labels whose values differ, the name first. */
function changedLabels(one: Labels, other: Labels): string[] {
  const names = new Set([...one, ...other].map(([name]) => name));
  const changed = [...names].filter((name) => valueIn(one, name) !== valueIn(other, name));
  return changed.sort((a, b) => Number(b === NAME) - Number(a === NAME));
}

/** Bounds as series have them, whoever wrote them. */
function withBounds(labels: Labels, type: Parameters<typeof isBoundLabel>[1]): Labels {
  return labels.map(([name, value]) =>
    isBoundLabel(name, type) ? [name, canonicalBound(value)] : [name, value]
  );
}
