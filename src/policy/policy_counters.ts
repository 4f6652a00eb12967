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
  /** When a policy that is not in force any more was first found so, in milliseconds. */
  readonly #leftAt = new Map<string, number>();

  of(id: string): PolicyCounter {
    let counter = this.#counters.get(id);
    if (counter === undefined) {
      counter = { hits: 0, misses: 0 };
      this.#counters.set(id, counter);
    }
    return counter;
  }

  /**
   * Forgets the policies that have been out of force for `keepMs` milliseconds. To be called with
   * the policies in force and the time whenever the set changes.
   */
  retain(inForce: ReadonlySet<string>, nowMs: number, keepMs: number): void {
    for (const id of this.#counters.keys()) {
      const left = inForce.has(id) ? undefined : this.#leftAt.get(id) ?? nowMs;
      if (left === undefined) this.#leftAt.delete(id);
      else if (nowMs - left < keepMs) this.#leftAt.set(id, left);
      else {
        this.#leftAt.delete(id);
        this.#counters.delete(id);
      }
    }
  }

  entries(): IterableIterator<[string, PolicyCounter]> {
    return this.#counters.entries();
  }
}
