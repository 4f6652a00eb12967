import { MAX_KNOWN_HITS } from "../bounds.ts";

/** Indexes of the rules that dropped a sample, or set or removed a label of it. */
export type RuleHits = readonly number[];

/** One list for all samples that the same rules did something to, so that they are counted as one. */
export class KnownHits {
  readonly #known = new Map<string, RuleHits>();

  /** Undefined where no rule did anything. */
  of(rules: RuleHits): RuleHits | undefined {
    if (rules.length === 0) return undefined;
    const key = rules.join();
    let known = this.#known.get(key);
    if (known === undefined) {
      // Whoever holds one that is forgotten counts all the same.
      if (this.#known.size >= MAX_KNOWN_HITS) this.#known.clear();
      this.#known.set(key, known = rules);
    }
    return known;
  }
}

/** How many samples each rule did something to, by its index. */
export class RuleHitCounts {
  /** Sparse: rules that did nothing have none. */
  readonly counts: number[] = [];

  add(hits: RuleHits, samples: number): void {
    for (const rule of hits) this.counts[rule] = this.of(rule) + samples;
  }

  merge(other: RuleHitCounts): void {
    other.counts.forEach((samples, rule) => this.counts[rule] = this.of(rule) + samples);
  }

  of(rule: number): number {
    return this.counts[rule] ?? 0;
  }
}
