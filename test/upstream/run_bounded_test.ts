import assert from "node:assert/strict";
import { test } from "node:test";
import { runBounded } from "../../src/upstream/run_bounded.ts";

test("what became of each item comes in the items' order", async () => {
  const failure = new Error("two");
  const results = await runBounded([1, 2, 3], 2, async (item) => {
    if (item === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    if (item === 2) throw failure;
    return item * 10;
  });
  assert.deepEqual(results, [
    { status: "fulfilled", value: 10 },
    { status: "rejected", reason: failure },
    { status: "fulfilled", value: 30 },
  ]);
});

test("a throw before the first wait is a result too", async () => {
  const [result] = await runBounded([1], 1, () => {
    throw new Error("at once");
  });
  assert.equal(result.status, "rejected");
});

for (const [limit, most] of [[1, 1], [3, 3], [64, 10], [0, 1]]) {
  test(`with a limit of ${limit}, ${most} of 10 run at once, begun in order`, async () => {
    const begun: number[] = [];
    let running = 0;
    let highest = 0;
    const items = Array.from({ length: 10 }, (_, at) => at);
    await runBounded(items, limit, async (item) => {
      begun.push(item);
      highest = Math.max(highest, ++running);
      await Promise.resolve();
      running--;
    });
    assert.equal(highest, most);
    assert.deepEqual(begun, items);
  });
}

test("no item is no result", async () => {
  assert.deepEqual(await runBounded([], 4, () => Promise.reject(new Error("called"))), []);
});
