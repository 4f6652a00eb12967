import { placeText } from "../problems/problem.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** What kept a sample out of the output. */
export type DroppedBy =
  /** With the rule's place; without it of a line that is no sample, whose name all rules decide on. */
  | { readonly kind: "rule"; readonly rule?: string }
  /** Those that say `keep: false`. */
  | { readonly kind: "policy"; readonly policies: readonly string[] }
  /** The limit's key, as `series_per_family`. */
  | { readonly kind: "limit"; readonly limit: string }
  | { readonly kind: "duplicate" | "invalid" | "unmergeable" | "unreadable" };

export type Dropped = (bytes: Uint8Array, start: number, end: number, by: DroppedBy) => void;

/** By what is counted of them; what a policy, a rule or a limit is at the same time comes first. */
const KINDS = [
  ["droppedByPolicy", "policy"],
  ["droppedByRules", "rule"],
  ["droppedBeyondLimits", "limit"],
  ["droppedAsInvalid", "invalid"],
  ["duplicateSamples", "duplicate"],
  ["droppedUnmergeable", "unmergeable"],
  ["droppedUnreadable", "unreadable"],
] as const;

/** Tells of each line that a dry run drops what dropped it: what the run's own figures say. */
export class DropWatch implements SampleWatcher {
  readonly #rules: RuleSet | undefined;
  readonly #stats: ScrapeStats;
  readonly #dropped: Dropped;
  readonly #seen = new Map<string, number>();
  #effects: RuleEffects | undefined;
  #policies: readonly string[] = [];

  /** `stats` are the figures of the run that is watched. */
  constructor(rules: RuleSet | undefined, stats: ScrapeStats, dropped: Dropped) {
    this.#rules = rules;
    this.#stats = stats;
    this.#dropped = dropped;
  }

  judged(
    _sample: WatchedSample,
    effects: RuleEffects | undefined,
    policies: readonly string[] = [],
  ): void {
    this.#effects = effects;
    this.#policies = policies;
  }

  lineTaken(bytes: Uint8Array, start: number, end: number): void {
    for (const [figure, kind] of KINDS) {
      const count = this.#stats[figure];
      if (count === (this.#seen.get(figure) ?? 0)) continue;
      this.#seen.set(figure, count);
      this.#dropped(bytes, start, end, this.#reason(kind));
      break;
    }
    this.#effects = undefined;
    this.#policies = [];
  }

  #reason(kind: DroppedBy["kind"]): DroppedBy {
    if (kind === "policy") return { kind, policies: this.#policies };
    if (kind === "limit") return { kind, limit: this.#stats.lastLimit };
    if (kind !== "rule") return { kind };
    const rule = this.#rules?.rules[this.#effects?.droppedBy ?? -1]?.config.place;
    return rule === undefined ? { kind } : { kind, rule: placeText(rule) };
  }
}
