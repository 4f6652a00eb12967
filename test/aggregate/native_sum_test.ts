import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NATIVE_BUCKETS } from "../../src/bounds.ts";
import { upperBound } from "../../src/aggregate/native_bounds.ts";
import { NativeSum } from "../../src/aggregate/native_sum.ts";
import { formatValue } from "../../src/exposition/format_value.ts";
import {
  type NativeHistogram,
  writeNativeHistogram,
} from "../../src/exposition/native_histogram.ts";
import { customText, native, nativeText } from "../support/aggregate/native_text.ts";
import { nativeVectors } from "../support/aggregate/native_vectors.ts";
import { random } from "../support/random.ts";

function sumOf(histograms: readonly NativeHistogram[]): NativeHistogram {
  const sum = new NativeSum(histograms[0]);
  for (const h of histograms.slice(1)) assert.equal(sum.add(h), true);
  return sum.result;
}

function written(texts: readonly string[]): string {
  return writeNativeHistogram(sumOf(texts.map(native)));
}

test("buckets end where Prometheus says", () => {
  const cases = nativeVectors("bound");
  const wrong = cases.filter(([schema, index, bound]) =>
    formatValue(upperBound(Number(index), Number(schema))) !== bound
  );
  assert.equal(cases.length, 672);
  assert.deepEqual(wrong, []);
});

test("7,000 pairs add up as in Prometheus, to the last bit", () => {
  const cases = nativeVectors("pair");
  const wrong = cases.filter(([a, b, sum]) => written([a, b]) !== sum);
  assert.equal(cases.length, 7000);
  assert.deepEqual(wrong, []);
});

test("3,500 triples add up as in Prometheus, to the last bit", () => {
  const cases = nativeVectors("triple");
  const wrong = cases.filter(([a, b, c, sum]) => written([a, b, c]) !== sum);
  assert.equal(cases.length, 3500);
  assert.deepEqual(wrong, []);
});

/** Where the second bucket of schema 1 begins: within one of schema 0. */
const root = 1.414213562373095;
const rooted = nativeText({ zero_threshold: root });
const halves = nativeText({
  count: 7,
  schema: 1,
  positive_spans: "[1:2]",
  positive_buckets: "[3,4]",
});
const rootedHalves = nativeText({
  count: 7,
  sum: 2,
  zero_threshold: root,
  zero_count: 3,
  positive_spans: "[1:1]",
  positive_buckets: "[4]",
});

const sums: [name: string, given: string[], sum: string][] = [
  [
    "buckets that only one has are put between the others",
    [
      nativeText({ count: 6, positive_spans: "[0:1,2:1]", positive_buckets: "[1,5]" }),
      nativeText({ count: 10, positive_spans: "[-2:1,2:2,9:1]", positive_buckets: "[1,2,3,4]" }),
    ],
    nativeText({
      count: 16,
      sum: 2,
      positive_spans: "[-2:1,1:4,8:1]",
      positive_buckets: "[1,1,2,3,5,4]",
    }),
  ],
  ["negative buckets are for themselves", [
    nativeText({ count: 5, negative_spans: "[-1:2]", negative_buckets: "[2,3]" }),
    nativeText({ count: 4, negative_spans: "[0:1]", negative_buckets: "[4]" }),
  ], nativeText({ count: 9, sum: 2, negative_spans: "[-1:2]", negative_buckets: "[2,7]" })],
  ["empty buckets go", [
    nativeText({ count: 1, positive_spans: "[0:3]", positive_buckets: "[0,0,1]" }),
    nativeText({ count: 2, positive_spans: "[2:3]", positive_buckets: "[0,0,2]" }),
  ], nativeText({ count: 3, sum: 2, positive_spans: "[2:1,1:1]", positive_buckets: "[1,2]" })],
  ["a first span without buckets is no bucket", [
    nativeText({ positive_spans: "[0:0]" }),
    nativeText({ count: 2, positive_spans: "[0:1]", positive_buckets: "[2]" }),
  ], nativeText({ count: 2, sum: 2, positive_spans: "[0:1]", positive_buckets: "[2]" })],
  ["the coarser schema is that of the sum", [
    nativeText({ count: 10, schema: 1, positive_spans: "[-1:4]", positive_buckets: "[1,2,3,4]" }),
    nativeText({ count: 5, positive_spans: "[1:1]", positive_buckets: "[5]" }),
  ], nativeText({ count: 15, sum: 2, positive_spans: "[0:2]", positive_buckets: "[3,12]" })],
  [
    "the larger zero bucket takes what is in it",
    [
      nativeText({ count: 3, zero_threshold: 1, zero_count: 3 }),
      nativeText({ count: 9, positive_spans: "[-1:3]", positive_buckets: "[1,2,6]" }),
    ],
    nativeText({
      count: 12,
      sum: 2,
      zero_threshold: 1,
      zero_count: 6,
      positive_spans: "[1:1]",
      positive_buckets: "[6]",
    }),
  ],
  ["a zero bucket that would end within a bucket takes all of it", [
    nativeText({ zero_threshold: 0.75 }),
    nativeText({ count: 3, negative_spans: "[0:1]", negative_buckets: "[3]" }),
  ], nativeText({ count: 3, sum: 2, zero_threshold: 1, zero_count: 3 })],
  ["of a bucket of a coarser schema only what is beyond the zero bucket stays", [
    rooted,
    halves,
  ], rootedHalves],
  ["likewise in the other order", [halves, rooted], rootedHalves],
  [
    "what lies within its own zero bucket is not lost",
    [
      nativeText({ count: 2, zero_threshold: 1, positive_spans: "[0:1]", positive_buckets: "[2]" }),
      nativeText({ count: 3, zero_threshold: 1, positive_spans: "[0:1]", positive_buckets: "[3]" }),
    ],
    nativeText({
      count: 5,
      sum: 2,
      zero_threshold: 1,
      positive_spans: "[0:1]",
      positive_buckets: "[5]",
    }),
  ],
  ["an integer and a float histogram are a float histogram", [
    nativeText({ count: 2, zero_count: 2 }),
    nativeText({ count: "1.5", zero_count: 1.5 }),
  ], nativeText({ count: 3.5, sum: 2, zero_count: 3.5 })],
  ["so they are where the sum is an integer", [
    nativeText({ count: 2, zero_count: 2 }),
    nativeText({ count: "1.0", zero_count: 1 }),
  ], nativeText({ count: "3.0", sum: 2, zero_count: 3 })],
  ["integers up to 2^53 stay such", [
    nativeText({ count: 2 ** 53 - 2, zero_count: 2 ** 53 - 2 }),
    nativeText({ count: 1, zero_count: 1 }),
  ], nativeText({ count: 2 ** 53 - 1, sum: 2, zero_count: 2 ** 53 - 1 })],
  ["beyond they become floats", [
    nativeText({ count: 2 ** 53 - 2, zero_count: 2 ** 53 - 2 }),
    nativeText({ count: 2, zero_count: 2 }),
  ], nativeText({ count: "9.007199254740992e+15", sum: 2, zero_count: 2 ** 53 })],
  ["a sum with NaN is NaN", [
    nativeText({ count: 1, sum: "NaN" }),
    nativeText({ count: 1, zero_count: 1 }),
  ], nativeText({ count: 2, sum: "NaN", zero_count: 1 })],
  ["custom buckets of the same bounds", [
    customText(3, "[0:1,1:1]", "[1,2]", "[1,2]"),
    customText(7, "[0:2]", "[3,4]", "[1,2]"),
  ], customText(10, "[0:3]", "[4,4,2]", "[1,2]").replace("sum:1", "sum:2")],
  ["of custom buckets of other bounds those stay that both have", [
    customText(10, "[0:4]", "[1,2,3,4]", "[1,2,3]"),
    customText(12, "[0:3]", "[5,3,4]", "[1.5,3]"),
  ], customText(22, "[0:2]", "[14,8]", "[3]").replace("sum:1", "sum:2")],
  ["custom buckets without a common bound count everything above all", [
    customText(1, "[0:1]", "[1]", "[1]"),
    customText(2, "[0:1]", "[2]", "[2]"),
  ], customText(3, "[0:1]", "[3]", "[]").replace("sum:1", "sum:2")],
];

for (const [name, given, sum] of sums) test(name, () => assert.equal(written(given), sum));

test("custom and exponential buckets do not add up", () => {
  const one = customText(1, "[0:1]", "[1]", "[1]");
  for (const [first, second] of [[halves, one], [one, halves]]) {
    const sum = new NativeSum(native(first));
    assert.equal(sum.add(native(second)), false);
    assert.equal(writeNativeHistogram(sum.result), first);
  }
});

/** Buckets at every `step`th index from `first` on. */
function sparse(schema: number, first: number, step: number, buckets: number): NativeHistogram {
  const spans = Array.from(
    { length: buckets },
    (_, i) => ({ offset: i === 0 ? first : step - 1, length: 1 }),
  );
  const counts = new Array(buckets).fill(1);
  return { ...native(nativeText({})), schema, count: buckets, positive: { spans, counts } };
}

test("a sum of too many buckets gets a coarser schema", () => {
  const odd = sparse(8, -MAX_NATIVE_BUCKETS + 1, 2, MAX_NATIVE_BUCKETS);
  const even = sparse(8, -MAX_NATIVE_BUCKETS + 2, 2, MAX_NATIVE_BUCKETS);
  const { schema, count, positive } = sumOf([odd, even]);
  assert.deepEqual([schema, count, positive.counts.length], [7, 65_536, 32_768]);
  assert.deepEqual(new Set(positive.counts), new Set([2]));
});

test("what no schema has room for is left out", () => {
  const odd = sparse(-4, 1, 2, MAX_NATIVE_BUCKETS);
  const sum = new NativeSum(odd);
  assert.equal(sum.add(sparse(-4, 2, 2, 1)), false);
  assert.deepEqual(sum.result, odd);
});

/** All histograms' thresholds end buckets of every schema: then the order makes no difference. */
function randomHistogram(next: (largest: number) => number, isFloat: boolean): NativeHistogram {
  const schema = next(12) - 4;
  const threshold = next(2);
  const first = threshold === 0 ? next(9) - 7 : [1, 1 + 16 * 2 ** schema][threshold - 1];
  const counts = () => Array.from({ length: next(6) }, () => next(9) + (isFloat ? next(7) / 8 : 0));
  const [positive, negative] = [counts(), counts()];
  const zeroCount = next(5);
  return {
    isFloat,
    schema,
    count: [...positive, ...negative].reduce((sum, count) => sum + count, zeroCount),
    sum: next(1000) / 8,
    zeroThreshold: [0, 1, 2 ** 16][threshold],
    zeroCount,
    positive: { spans: [{ offset: first, length: positive.length }], counts: positive },
    negative: { spans: [{ offset: first, length: negative.length }], counts: negative },
    customValues: [],
  };
}

test("the order of histograms makes no difference, nor do sums of sums", () => {
  for (let seed = 0; seed < 500; seed++) {
    const next = random(seed);
    const all = Array.from({ length: 2 + next(6) }, () => randomHistogram(next, seed % 2 === 1));
    const expected = writeNativeHistogram(sumOf(all));
    const turned = all.map((h) => ({ h, key: next(1_000_000) })).sort((a, b) => a.key - b.key)
      .map(({ h }) => h);
    assert.equal(writeNativeHistogram(sumOf(turned)), expected, `seed ${seed}`);
    const cut = 1 + next(all.length - 2);
    const parts = [sumOf(all.slice(0, cut)), sumOf(all.slice(cut))];
    assert.equal(writeNativeHistogram(sumOf(parts)), expected, `seed ${seed}`);
    assert.equal(writeNativeHistogram(native(expected)), expected, `seed ${seed}`);
  }
});
