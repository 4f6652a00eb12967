import { HyperLogLog } from "./hyper_log_log.ts";
import { MemoryBudget } from "./memory_budget.ts";

const FIRST_SLOTS = 8;

/** Bytes of some 1,500 hashes. */
const WORTH_FORGETTING = 24 * 1024;

/**
 * Counts distinct 64-bit hashes: exactly (two of a million hashes are alike once in 40 million
 * scrapes) until the memory budget asks for its bytes, then by an estimate.
 */
export class DistinctHashes {
  readonly #budget: MemoryBudget;
  /** Two halves a slot; both 0: free. Undefined once it estimates. */
  #slots: Int32Array | undefined = new Int32Array(FIRST_SLOTS * 2);
  #sketch: HyperLogLog | undefined;
  #count = 0;
  #estimated = false;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    budget.force(FIRST_SLOTS * 8);
  }

  /** Adds a hash. True when it is new, or when that cannot be told any more. */
  add(low: number, high: number): boolean {
    if (low === 0 && high === 0) low = 1;
    const slots = this.#slots;
    if (slots === undefined) {
      this.#estimated = true;
      this.#sketch!.add(low, high);
      return true;
    }
    const mask = slots.length - 1;
    let at = low << 1 & mask;
    while (slots[at] !== 0 || slots[at + 1] !== 0) {
      if (slots[at] === low && slots[at + 1] === high) return false;
      at = at + 2 & mask;
    }
    slots[at] = low;
    slots[at + 1] = high;
    this.#count++;
    if (this.#count * 8 > slots.length * 3) this.#grow(slots);
    return true;
  }

  get count(): number {
    return this.#estimated ? Math.max(this.#count, this.#sketch!.estimate) : this.#count;
  }

  /** True when something was added after the hashes had to be forgotten. */
  get estimated(): boolean {
    return this.#estimated;
  }

  /** Bytes that `forget` gives back; 0 when they are not worth losing what is exact. */
  get reclaimable(): number {
    const bytes = (this.#slots?.length ?? 0) * 4 - HyperLogLog.bytes;
    return bytes < WORTH_FORGETTING ? 0 : bytes;
  }

  /** Keeps the count and a sketch, and gives the rest of the memory back. */
  forget(): void {
    const slots = this.#slots;
    if (slots === undefined) return;
    const sketch = this.#sketch = new HyperLogLog();
    this.each((low, high) => sketch.add(low, high));
    this.#slots = undefined;
    this.#budget.takeBack(slots);
    this.#budget.force(HyperLogLog.bytes);
  }

  /** Calls `visit` for every hash. Returns false when they are forgotten. */
  each(visit: (low: number, high: number) => void): boolean {
    const slots = this.#slots;
    if (slots === undefined) return false;
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at] !== 0 || slots[at + 1] !== 0) visit(slots[at], slots[at + 1]);
    }
    return true;
  }

  addAll(other: DistinctHashes): void {
    if (other.each((low, high) => this.add(low, high))) return;
    if (this.#count === 0) this.#count = other.#count;
    else this.#estimated = true;
    this.forget();
    this.#estimated ||= other.#estimated;
    this.#sketch!.addAll(other.#sketch!);
  }

  /** Adds hashes that are known to be new, but not which: what is counted becomes an estimate. */
  addUnknown(count: number): void {
    this.forget();
    this.#count += count;
    this.#estimated = true;
  }

  #grow(slots: Int32Array): void {
    const grown = this.#budget.lend(slots.length * 2);
    if (grown === undefined) return this.forget();
    // Room was made: perhaps by forgetting this very set.
    if (this.#slots === undefined) return this.#budget.takeBack(grown);
    const mask = grown.length - 1;
    this.each((low, high) => {
      let at = low << 1 & mask;
      while (grown[at] !== 0 || grown[at + 1] !== 0) at = at + 2 & mask;
      grown[at] = low;
      grown[at + 1] = high;
    });
    this.#slots = grown;
    this.#budget.takeBack(slots);
  }
}

/** Returns the hashes of all sets, which may be one of them. */
export function hashUnion(sets: readonly DistinctHashes[]): DistinctHashes {
  if (sets.length === 1) return sets[0];
  const all = new DistinctHashes(new MemoryBudget(UNION_BYTES));
  for (const set of sets) all.addAll(set);
  return all;
}

/** For one label's values, or one metric's series, for the time of counting them. */
const UNION_BYTES = 16 * 1024 * 1024;
