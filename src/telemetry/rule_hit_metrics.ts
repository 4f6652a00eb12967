import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { RuleHitCounts } from "../relabel/rule_hits.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { Counter } from "./metrics.ts";

/** Relabel rules by the path whose samples they are applied to. */
export type RulesByPath = ReadonlyMap<string, RuleSet | undefined>;

/** Counts what each rule does, as long as it stands where it does. */
export class RuleHitMetrics {
  readonly #counter: Counter<readonly ["path", "rule", "action"]>;
  #inForce: RulesByPath = new Map();

  constructor(counter: Counter<readonly ["path", "rule", "action"]>) {
    this.#counter = counter;
  }

  /** Starts new rules at 0. Those that went away, or are other ones now, are counted no more. */
  declare(inForce: RulesByPath): void {
    for (const [path, rules] of this.#inForce) {
      const now = inForce.get(path);
      for (const [index, { config }] of rules?.rules.entries() ?? []) {
        const isSame = contentOf(now?.rules[index]?.config) === contentOf(config);
        if (!isSame) this.#counter.remove(path, String(index), config.action);
      }
    }
    this.#inForce = inForce;
    for (const [path, rules] of inForce) {
      for (const index of rules?.rules.keys() ?? []) this.#of(path, rules!, index);
    }
  }

  /** Adds what one scrape counted; of rules that a reload has replaced meanwhile nothing. */
  count(path: string, rules: RuleSet | undefined, hits: RuleHitCounts): void {
    if (rules === undefined || this.#inForce.get(path) !== rules) return;
    for (const index of rules.rules.keys()) {
      const samples = hits.of(index);
      if (samples > 0) this.#of(path, rules, index).inc(samples);
    }
  }

  #of(path: string, { rules }: RuleSet, index: number) {
    return this.#counter.with(path, String(index), rules[index].config.action);
  }
}

/** Equal for rules that do the same, wherever they were read from. */
export function contentOf(config: RelabelConfig | undefined): string | undefined {
  if (config === undefined) return undefined;
  return JSON.stringify({ ...config, place: undefined, modulus: String(config.modulus) });
}
