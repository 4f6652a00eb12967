import assert from "node:assert/strict";
import { test } from "node:test";
import { grow, increase, isReset } from "../../src/aggregate/native_reset.ts";
import { NativeSum } from "../../src/aggregate/native_sum.ts";
import { writeNativeHistogram } from "../../src/exposition/native_histogram.ts";
import { customText, native, nativeText } from "../support/aggregate/native_text.ts";
import { nativeVectors } from "../support/aggregate/native_vectors.ts";

test("7,000 pairs are resets, or not, as in Prometheus", () => {
  const cases = nativeVectors("pair");
  const wrong = cases.filter(([now, before, , , reset]) =>
    isReset(native(now), native(before)) !== (reset === "true")
  );
  assert.equal(cases.length, 7000);
  assert.deepEqual(wrong, []);
  assert.equal(cases.filter(([, , , , reset]) => reset === "true").length, 3206);
});

test("7,000 differences are as in Prometheus, to the last bit", () => {
  const wrong = nativeVectors("pair").filter(([now, before, , difference]) =>
    writeNativeHistogram(increase(native(now), native(before))) !== difference
  );
  assert.deepEqual(wrong, []);
});

test("what was before and the increase are what is now, where nothing began anew", () => {
  let pairs = 0;
  for (const [nowText, beforeText, , , reset] of nativeVectors("pair")) {
    const [now, before] = [native(nowText), native(beforeText)];
    // Fractions do not come back to the last bit, and custom bounds that one lacks do not come back.
    const isExact = [now, before].every(({ isFloat, sum }) =>
      !isFloat && Number.isInteger(8 * sum)
    );
    if (reset === "true" || !isExact) continue;
    if (now.customValues.join() !== before.customValues.join()) continue;
    assert.deepEqual(grow(before, increase(now, before)), new NativeSum(now).result);
    pairs++;
  }
  assert.ok(pairs > 2000, `${pairs} pairs`);
});

const one = nativeText({
  count: 3,
  zero_count: 1,
  positive_spans: "[1:2]",
  positive_buckets: "[1,1]",
});
const root = 1.414213562373095;

const pairs: [name: string, before: string, now: string, reset: boolean][] = [
  ["the same", one, one, false],
  [
    "more of all",
    one,
    one.replace("count:3", "count:6").replace("zero_count:1", "zero_count:2")
      .replace("[1,1]", "[2,2]"),
    false,
  ],
  ["a smaller sum", one, one.replace("sum:1", "sum:-9"), false],
  [
    "a bucket more",
    one,
    one.replace("count:3", "count:4").replace("[1:2]", "[1:3]")
      .replace("[1,1]", "[1,1,1]"),
    false,
  ],
  [
    "an empty bucket less",
    nativeText({
      count: 1,
      positive_spans: "[0:2]",
      positive_buckets: "[0,1]",
    }),
    nativeText({ count: 1, positive_spans: "[1:1]", positive_buckets: "[1]" }),
    false,
  ],
  [
    "a smaller count",
    nativeText({ count: 3, zero_count: 3 }),
    nativeText({
      count: 2,
      zero_count: 2,
    }),
    true,
  ],
  [
    "a smaller bucket",
    one,
    one.replace("zero_count:1", "zero_count:3").replace("[1,1]", "[0,0]"),
    true,
  ],
  ["a bucket that went", one, one.replace("[1:2]", "[2:1]").replace("[1,1]", "[2]"), true],
  [
    "a smaller zero bucket",
    one,
    one.replace("zero_count:1", "zero_count:0").replace("[1,1]", "[2,1]"),
    true,
  ],
  [
    "a negative bucket that went",
    nativeText({
      count: 1,
      negative_spans: "[1:1]",
      negative_buckets: "[1]",
    }),
    nativeText({ count: 1, positive_spans: "[1:1]", positive_buckets: "[1]" }),
    true,
  ],
  [
    "a coarser schema",
    nativeText({
      count: 3,
      schema: 1,
      positive_spans: "[1:2]",
      positive_buckets: "[1,2]",
    }),
    nativeText({ count: 3, positive_spans: "[1:1]", positive_buckets: "[3]" }),
    false,
  ],
  ["a finer schema", one, one.replace("schema:0", "schema:1"), true],
  [
    "a larger zero threshold",
    one,
    nativeText({
      count: 3,
      zero_threshold: 2,
      zero_count: 2,
      positive_spans: "[2:1]",
      positive_buckets: "[1]",
    }),
    false,
  ],
  [
    "a larger zero threshold, and less in it",
    one,
    nativeText({
      count: 3,
      zero_threshold: 2,
      zero_count: 1,
      positive_spans: "[2:1]",
      positive_buckets: "[2]",
    }),
    true,
  ],
  ["a zero threshold within a bucket", one, one.replace("threshold:0", "threshold:1.5"), true],
  ["a smaller zero threshold", one.replace("threshold:0", "threshold:0.5"), one, true],
  [
    "a larger zero threshold, then a coarser schema",
    nativeText({
      count: 7,
      schema: 1,
      positive_spans: "[1:2]",
      positive_buckets: "[3,4]",
    }),
    nativeText({
      count: 7,
      zero_threshold: root,
      zero_count: 3,
      positive_spans: "[1:1]",
      positive_buckets: "[4]",
    }),
    false,
  ],
  ["custom buckets, now others", one, customText(3, "[0:1]", "[3]", "[1]"), true],
  ["others, now custom buckets", customText(3, "[0:1]", "[3]", "[1]"), one, true],
  [
    "custom buckets that grow",
    customText(3, "[0:1]", "[3]", "[1]"),
    customText(
      5,
      "[0:2]",
      "[3,2]",
      "[1]",
    ),
    false,
  ],
  [
    "a custom bucket that is smaller",
    customText(3, "[0:1]", "[3]", "[1]"),
    customText(
      5,
      "[0:2]",
      "[2,3]",
      "[1]",
    ),
    true,
  ],
  [
    "a custom bound more",
    customText(3, "[0:2]", "[1,2]", "[2]"),
    customText(
      4,
      "[0:3]",
      "[0,1,3]",
      "[1,2]",
    ),
    false,
  ],
  [
    "a custom bound more, and a smaller bucket",
    customText(3, "[0:2]", "[1,2]", "[2]"),
    customText(
      4,
      "[0:3]",
      "[2,1,1]",
      "[1,2]",
    ),
    true,
  ],
];

for (const [name, before, now, reset] of pairs) {
  test(`${name}: ${reset ? "a reset" : "no reset"}`, () => {
    assert.equal(isReset(native(now), native(before)), reset);
  });
}

test("a total grows by what was counted since, whatever became of the layout", () => {
  const before = native(pairs[16][1]);
  const now = native(pairs[16][2].replace("count:7", "count:9").replace("[4]", "[6]"));
  assert.equal(
    writeNativeHistogram(increase(now, before)),
    nativeText({
      count: 2,
      sum: 0,
      zero_threshold: root,
      positive_spans: "[1:1]",
      positive_buckets: "[2]",
    }),
  );
  assert.deepEqual(grow(before, increase(now, before)), { ...now, sum: 1 });
  assert.equal(grow(before, native(customText(1, "[0:1]", "[1]", "[1]"))), undefined);
});
