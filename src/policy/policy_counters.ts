/** How often a policy decided a sample's fate, and how often another policy overruled it. */
export interface PolicyCounter {
  hits: number;
  misses: number;
}

/**
 * Hits and misses by policy id. They outlive the policy set that counts into them: a reload goes on
 * with the same numbers.
 */
export class PolicyCounters {
  readonly #counters = new Map<string, PolicyCounter>();

  of(id: string): PolicyCounter {
    let counter = this.#counters.get(id);
    if (counter === undefined) {
      counter = { hits: 0, misses: 0 };
      this.#counters.set(id, counter);
    }
    return counter;
  }

  /** Forgets the policies that are in none of the sets any more. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#counters.keys()) {
      if (!ids.has(id)) this.#counters.delete(id);
    }
  }

  entries(): IterableIterator<[string, PolicyCounter]> {
    return this.#counters.entries();
  }
}
