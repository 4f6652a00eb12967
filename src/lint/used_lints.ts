import { placeOf } from "../problems/problem.ts";
import {
  type AggregateFunction,
  type AggregationRule,
  functionFor,
} from "../aggregate/aggregate_function.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { labelTexts, NAME, valueIn, writtenLabels } from "../relabel/sample_labels.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import { isNeeded } from "../usage/label_need.ts";
import { selectorText } from "../usage/series_use.ts";
import { placeText, type UsedSeries, useKey } from "../usage/used_document.ts";
import type { UsedIndex } from "../usage/used_index.ts";
import type { Lint } from "./lints.ts";

/** What a rule or a policy takes away from what reads the series. */
export interface TakenUse {
  /** The number of the rule; -1: a policy. */
  readonly rule: number;
  readonly policy?: string;
  readonly use: UsedSeries;
  /** Completes "it": `drops`, `takes the label path from`. */
  readonly what: string;
  /** Series of the scrape, each counted once. */
  readonly series: number;
}

/**
 * Looks on at what rules and policies do to a scrape, and finds what alerts, recording rules and
 * dashboards read and would not find any more: series that are dropped or renamed, labels that are
 * gone or changed, and series that become one by another function than the sum, which is the only one
 * of which a result over several series is the same before and after.
 */
export class UsedLints implements SampleWatcher {
  readonly #rules: RuleSet | undefined;
  readonly #aggregation: readonly AggregationRule[];
  readonly #used: UsedIndex;
  readonly #taken = new Map<string, { -readonly [Key in keyof TakenUse]: TakenUse[Key] }>();
  /** The input labels of the first sample of each series of the output. */
  readonly #outputs = new Map<string, readonly LabelEntry[]>();

  constructor(
    rules: RuleSet | undefined,
    aggregation: readonly AggregationRule[],
    used: UsedIndex,
  ) {
    this.#rules = rules;
    this.#aggregation = aggregation;
    this.#used = used;
  }

  judged(
    watched: WatchedSample,
    effects: RuleEffects | undefined,
    policies: readonly string[] = [],
  ): void {
    if (effects === undefined) {
      if (policies.length === 0 || this.#used.ofName(watched.name).length === 0) return;
      const found = withBounds(writtenLabels(watched), watched.family?.type);
      for (const use of this.#usesOf(watched, found)) {
        this.#take({ rule: -1, policy: policies[0], use, what: "drops" });
      }
      return;
    }
    const found = withBounds(labelTexts(effects.found, watched), watched.family?.type);
    const uses = this.#usesOf(watched, found);
    if (effects.droppedBy >= 0) {
      for (const use of uses) this.#take({ rule: effects.droppedBy, use, what: "drops" });
      return;
    }
    const left = labelTexts(effects.left, watched);
    const merged = this.#mergedBy(effects, found, left);
    for (const use of uses) {
      const label = changedLabels(found, left).find((name) =>
        name === NAME || isNeeded(use.needs, name)
      );
      if (label !== undefined) {
        const what = label === NAME ? "renames" : `takes the label ${label} from`;
        this.#take({ rule: this.#ruleThatChanges(found, label), use, what });
      } else if (merged !== undefined && merged.function !== "sum") {
        const what = `makes one series, by ${merged.function}, of`;
        this.#take({ rule: merged.rule, use, what });
      }
    }
  }

  /** Each rule's, then each policy's, the ones that take most series first. */
  get taken(): readonly TakenUse[] {
    const order = ({ rule }: TakenUse) => rule < 0 ? Infinity : rule;
    return [...this.#taken.values()].sort((a, b) =>
      order(a) - order(b) || (a.policy ?? "").localeCompare(b.policy ?? "") || b.series - a.series
    );
  }

  lints(): Lint[] {
    return this.taken.map(({ rule, policy, use, what, series }) => ({
      place: policy === undefined
        ? this.#rules!.rules[rule].config.place
        : placeOf(`policy ${policy}`),
      code: "used" as const,
      message: `it ${what} ${selectorText(use)} (${series} series), read by ${readersText(use)}`,
      rule,
    }));
  }

  #usesOf({ name }: WatchedSample, labels: readonly LabelEntry[]): UsedSeries[] {
    return this.#used.ofSeries(name, (label) => String(valueIn(labels, label)));
  }

  #take(taken: Omit<TakenUse, "series">): void {
    const { rule, policy, use, what } = taken;
    const key = JSON.stringify([rule, policy, what, useKey(use)]);
    const known = this.#taken.get(key);
    if (known === undefined) this.#taken.set(key, { ...taken, series: 1 });
    else known.series++;
  }

  /** The function that makes one series of this and an earlier one, and the rule that makes them alike. */
  #mergedBy(
    { type, suffix }: RuleEffects,
    found: readonly LabelEntry[],
    left: readonly LabelEntry[],
  ): { readonly function: AggregateFunction; readonly rule: number } | undefined {
    const key = JSON.stringify(left);
    const first = this.#outputs.get(key);
    if (first === undefined) {
      this.#outputs.set(key, found);
      return undefined;
    }
    const [changed] = changedLabels(found, first);
    if (changed === undefined) return undefined;
    const name = String(valueIn(left, NAME));
    const rule = this.#ruleThatChanges(found, changed);
    return { function: functionFor(name, suffix, type, this.#aggregation), rule };
  }

  /** The first rule after which the label has another value. */
  #ruleThatChanges(found: readonly LabelEntry[], label: string): number {
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

/** Who reads it, the first of them. */
function readersText({ where, more = 0 }: UsedSeries): string {
  const readers = [...new Set(where.map(placeText))];
  const shown = readers.slice(0, MOST_READERS).join(", ");
  const rest = readers.length - MOST_READERS + more;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

const MOST_READERS = 3;

/** The labels whose values differ, the name first. */
function changedLabels(one: readonly LabelEntry[], other: readonly LabelEntry[]): string[] {
  const names = new Set([...one, ...other].map(([name]) => name));
  const changed = [...names].filter((name) => valueIn(one, name) !== valueIn(other, name));
  return changed.sort((a, b) => Number(b === NAME) - Number(a === NAME));
}

/** Bounds as series have them, whoever wrote them. */
function withBounds(
  labels: readonly (readonly [name: string, value: string])[],
  type: Parameters<typeof isBoundLabel>[1],
): (readonly [name: string, value: string])[] {
  return labels.map(([name, value]) =>
    isBoundLabel(name, type) ? [name, canonicalBound(value)] : [name, value]
  );
}
