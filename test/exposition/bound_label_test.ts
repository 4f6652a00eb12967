import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalBound, isBoundLabel } from "../../src/exposition/bound_label.ts";

const BOUNDS: [bound: string, canonical: string][] = [
  ["1", "1.0"],
  ["1e0", "1.0"],
  ["+1", "1.0"],
  [".5", "0.5"],
  ["1E3", "1000.0"],
  ["1000000", "1e+06"],
  ["0.00001", "1e-05"],
  ["0", "0.0"],
  ["-0", "0.0"],
  ["-0.0", "0.0"],
  ["1e-400", "0.0"],
  ["inf", "+Inf"],
  ["-Infinity", "-Inf"],
  ["nan", "NaN"],
  // Beyond the range of a double, or no number at all.
  ["1e400", "1e400"],
  ["-1e400", "-1e400"],
  ["", ""],
  ["abc", "abc"],
  ["0x10", "0x10"],
];

for (const [bound, canonical] of BOUNDS) {
  test(`canonicalBound makes ${JSON.stringify(bound)} ${JSON.stringify(canonical)}`, () => {
    assert.equal(canonicalBound(bound), canonical);
  });
}

test("le of histograms and quantile of summaries are numbers, those of other types are text", () => {
  const types = ["histogram", "gaugehistogram", "summary", "gauge", undefined] as const;
  assert.deepEqual(types.filter((type) => isBoundLabel("le", type)), ["histogram"]);
  assert.deepEqual(types.filter((type) => isBoundLabel("quantile", type)), ["summary"]);
  assert.equal(isBoundLabel("bound", "histogram"), false);
});
