import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type HistogramParts,
  histogramRemnant,
  summaryRemnant,
} from "../../../src/exposition/compose/remnant.ts";

/** n: native, b: two buckets, i: the one of +Inf, s: sum, c: count. */
const CASES: readonly (readonly [parts: string, histogram: string, gauge: string])[] = [
  ["nbisc", "composite", "composite"],
  ["n", "composite", "composite"],
  ["nb", "composite", "composite"],
  ["ns", "composite", "composite"],
  ["bisc", "composite", "composite"],
  ["isc", "composite", "composite"],
  ["bsc", "samples", "samples"],
  ["sc", "summary", "samples"],
  ["bis", "samples", "samples"],
  ["bic", "samples", "samples"],
  ["s", "samples", "samples"],
  ["b", "samples", "samples"],
  ["", "samples", "samples"],
];

for (const [kept, histogram, gauge] of CASES) {
  test(`what is left of a histogram with ${kept || "nothing"}`, () => {
    const infiniteBucket = kept.includes("i");
    const parts: HistogramParts = {
      native: kept.includes("n"),
      buckets: (kept.includes("b") ? 2 : 0) + Number(infiniteBucket),
      infiniteBucket,
      sum: kept.includes("s"),
      count: kept.includes("c"),
    };
    assert.deepEqual(
      [histogramRemnant(parts, false), histogramRemnant(parts, true)],
      [histogram, gauge],
    );
  });
}

test("what is left of a summary", () => {
  const remnants = [[true, true], [true, false], [false, true], [false, false]].map(
    ([sum, count]) => summaryRemnant(sum, count),
  );
  assert.deepEqual(remnants, ["composite", "samples", "samples", "samples"]);
});
