/**
 * Runs `work` over all items, at most `limit` (at least 1) at once and in their order. Resolves when
 * all have ended, with what became of each, in the items' order; never rejects.
 */
export async function runBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = new Array(items.length);
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = { status: "fulfilled", value: await work(items[at]) };
      } catch (reason) {
        results[at] = { status: "rejected", reason };
      }
    }
  };
  const runners = Math.min(items.length, Math.max(1, limit));
  await Promise.all(Array.from({ length: runners }, runner));
  return results;
}
