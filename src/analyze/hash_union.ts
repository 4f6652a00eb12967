import { DistinctHashes } from "./distinct_hashes.ts";
import { MemoryBudget } from "./memory_budget.ts";

/** Returns the hashes of all sets, which may be one of them. */
export function hashUnion(sets: readonly DistinctHashes[]): DistinctHashes {
  if (sets.length === 1) return sets[0];
  const all = new DistinctHashes(new MemoryBudget(UNION_BYTES));
  for (const set of sets) all.addAll(set);
  return all;
}

/** For one label's values, or one metric's series, for the time of counting them. */
const UNION_BYTES = 16 * 1024 * 1024;
