import { equal } from "node:assert/strict";
import { test } from "node:test";
import { regexCost } from "../../src/regex/regex_cost.ts";

const COSTS: readonly (readonly [pattern: string, cost: number])[] = [
  ["", 0],
  ["up", 2],
  ["a|b", 3],
  [String.raw`\.\d`, 2],
  ["a{1000}", 1000],
  ["a{2,}", 2],
  ["a{0,1000}", 1000],
  ["a{,1000}", 8],
  ["a{0}", 1],
  ["(ab){3}", 9],
  ["(a{1,1000}){1,1000}", 1_001_000],
  [String.raw`\pL`, 100],
  [String.raw`\PN{500}`, 50_000],
  [String.raw`\p{Greek}{2}`, 200],
  [String.raw`[\pL\PN]{3}`, 624],
  ["[[:alpha:]]]", 12],
  ["[]a]", 4],
  ["[", 1],
  ["((((", 0],
  ["a)){2}", 4],
];

for (const [pattern, cost] of COSTS) {
  test(`the cost of ${pattern} is ${cost}`, () => equal(regexCost(pattern), cost));
}
