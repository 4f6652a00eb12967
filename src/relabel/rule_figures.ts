import { placeText } from "../problems/problem.ts";
import type { RuleSet } from "./rule_set.ts";
import type { RuleEffects } from "./sample_watcher.ts";

/** What one rule did to the samples of a scrape. */
export interface RuleFigures {
  /** Where it stands: `rules.yaml: metric_relabel_configs[2]`. */
  readonly place: string;
  readonly action: string;
  /** Samples that no rule before it dropped. */
  readonly reached: number;
  /** Those of which it set or removed a label, be it to the value that the label had. */
  readonly changed: number;
  readonly dropped: number;
}

/** Counts what each rule does, over the samples that it is told of. */
export class RuleCounts {
  readonly #rules: RuleSet;
  #samples = 0;
  readonly #changed: number[];
  readonly #dropped: number[];

  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.#changed = rules.rules.map(() => 0);
    this.#dropped = rules.rules.map(() => 0);
  }

  add({ hits, droppedBy }: RuleEffects): void {
    this.#samples++;
    for (const rule of hits) (rule === droppedBy ? this.#dropped : this.#changed)[rule]++;
  }

  /** In the order of the rules. */
  get figures(): RuleFigures[] {
    let left = this.#samples;
    return this.#rules.rules.map(({ config }, index) => {
      const place = placeText(config.place);
      const reached = left;
      const dropped = this.#dropped[index];
      left -= dropped;
      return { place, action: config.action, reached, changed: this.#changed[index], dropped };
    });
  }
}
