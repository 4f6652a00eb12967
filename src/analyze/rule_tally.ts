import { RuleCounts, type RuleFigures } from "../relabel/rule_figures.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import { Collisions } from "./collisions.ts";

/** Counts what each rule does to the samples that policies keep, and finds samples that collide. */
export class RuleTally implements SampleWatcher {
  /** Outputs that several samples became, if the rules in force let samples collide. */
  readonly collisions: Collisions | undefined;
  readonly #counts: RuleCounts;

  /** `merges`: samples that become alike are merged. */
  constructor(rules: RuleSet, merges: boolean) {
    this.#counts = new RuleCounts(rules);
    this.collisions = merges ? new Collisions() : undefined;
  }

  judged({ bytes, spans }: WatchedSample, effects: RuleEffects | undefined): void {
    if (effects === undefined) return;
    this.#counts.add(effects);
    if (effects.droppedBy < 0) this.collisions?.take(effects.left, bytes, spans);
  }

  /** In the order of the rules. */
  get figures(): RuleFigures[] {
    return this.#counts.figures;
  }
}
