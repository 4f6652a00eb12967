import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AggregateFunction,
  combine,
  finished,
  functionFor,
  isGaugeSum,
} from "../../src/aggregate/aggregate_function.ts";
import type { FamilyType } from "../../src/exposition/family_type.ts";

const BY_TYPE: [type: FamilyType | undefined, suffix: string, fn: AggregateFunction][] = [
  ["counter", "", "sum"],
  ["counter", "_total", "sum"],
  ["counter", "_created", "drop"],
  ["histogram", "_bucket", "sum"],
  ["histogram", "_sum", "sum"],
  ["histogram", "_count", "sum"],
  ["histogram", "_created", "drop"],
  ["gaugehistogram", "_bucket", "sum"],
  ["gaugehistogram", "_gsum", "sum"],
  ["summary", "", "drop"],
  ["summary", "_sum", "sum"],
  ["summary", "_count", "sum"],
  ["summary", "_created", "drop"],
  ["gauge", "", "sum"],
  ["info", "_info", "max"],
  ["stateset", "", "max"],
  ["unknown", "", "sum"],
  ["untyped", "", "sum"],
  [undefined, "", "sum"],
];

for (const [type, suffix, fn] of BY_TYPE) {
  test(`a ${type ?? "sample without type"}'s f${suffix} becomes its ${fn}`, () => {
    assert.equal(functionFor(`f${suffix}`, suffix, type, []), fn);
  });
}

test("the first rule that matches wins over the type", () => {
  const rules = [
    { matches: (name: string) => name === "a", function: "avg" as const },
    { matches: (name: string) => name.startsWith("a"), function: "last" as const },
  ];
  assert.equal(functionFor("a", "", "info", rules), "avg");
  assert.equal(functionFor("ab", "", "summary", rules), "last");
  assert.equal(functionFor("b", "", "info", rules), "max");
});

test("a sum of gauges is one that nothing asked for", () => {
  const rules = [{ matches: (name: string) => name === "g", function: "sum" as const }];
  assert.equal(isGaugeSum("sum", "gauge", "g", []), true);
  assert.equal(isGaugeSum("sum", "gaugehistogram", "g_bucket", []), true);
  assert.equal(isGaugeSum("sum", "gauge", "g", rules), false);
  assert.equal(isGaugeSum("sum", "counter", "g", []), false);
  assert.equal(isGaugeSum("min", "gauge", "g", []), false);
});

const RUNS: [fn: AggregateFunction, values: number[], result: number][] = [
  ["sum", [1, 2, 4], 7],
  ["avg", [1, 2, 6], 3],
  ["avg", [Infinity, -Infinity], NaN],
  ["count", [5, 5, 5], 3],
  ["last", [5, 7, 6], 6],
  ["min", [5, NaN, 4], 4],
  ["min", [NaN, 5], 5],
  ["max", [NaN, 4, 5, NaN], 5],
  ["max", [NaN, NaN], NaN],
];

for (const [fn, values, result] of RUNS) {
  test(`the ${fn} of ${values.join(", ")} is ${result}`, () => {
    const running = values.reduce((sum, value) => combine(fn, sum, value));
    assert.ok(Object.is(finished(fn, running, values.length), result));
  });
}
