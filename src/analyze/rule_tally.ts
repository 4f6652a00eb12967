import type { RuleSet } from "../relabel/rule_set.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import { Collisions } from "./collisions.ts";

/** What one rule did to the samples of a scrape. */
export interface RuleFigures {
  /** Where it stands: `rules.yaml: metric_relabel_configs[2]`. */
  readonly place: string;
  readonly action: string;
  /** Samples that no rule before it dropped. */
  readonly reached: number;
  /** Those of which it changed labels. */
  readonly changed: number;
  readonly dropped: number;
}

/** Counts what each rule does, over the samples that policies keep. */
export class RuleTally implements SampleWatcher {
  /** Outputs that several samples became, if the rules in force let samples collide. */
  readonly collisions: Collisions | undefined;
  readonly #rules: RuleSet;
  #samples = 0;
  readonly #changed: number[];
  readonly #dropped: number[];

  /** `merges`: samples that become alike are merged. */
  constructor(rules: RuleSet, merges: boolean) {
    this.#rules = rules;
    this.#changed = rules.rules.map(() => 0);
    this.#dropped = rules.rules.map(() => 0);
    this.collisions = merges ? new Collisions() : undefined;
  }

  judged({ bytes, spans }: WatchedSample, effects: RuleEffects | undefined): void {
    if (effects === undefined) return;
    const { droppedBy, changedBy, left } = effects;
    this.#samples++;
    for (const rule of changedBy) this.#changed[rule]++;
    if (droppedBy >= 0) this.#dropped[droppedBy]++;
    else this.collisions?.take(left, bytes, spans);
  }

  /** In the order of the rules. */
  get figures(): RuleFigures[] {
    let left = this.#samples;
    return this.#rules.rules.map(({ config: { place, action } }, index) => {
      const reached = left;
      const dropped = this.#dropped[index];
      left -= dropped;
      return { place, action, reached, changed: this.#changed[index], dropped };
    });
  }
}
