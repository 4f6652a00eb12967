import { deepEqual, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { selectorText } from "../../src/usage/series_use.ts";
import { TooMuchToCompare, UsedIndex } from "../../src/usage/used_index.ts";
import { indexOf, usedBy } from "../support/usage/used.ts";

/** What reads a series with these labels, of the expressions. */
const CASES: readonly [
  name: string,
  labels: Readonly<Record<string, string>>,
  expressions: readonly string[],
  read: readonly string[],
][] = [
  ["a", {}, ["a", "b", '{__name__=~"a|c"}', '{__name__!="a"}'], ["a", '{__name__=~"a|c"}']],
  ["a", { x: "1" }, ['a{x="1"}', 'a{x="2"}', 'a{x!="1"}', 'a{x=~"[12]"}', 'a{x!~"2"}'], [
    'a{x="1"}',
    'a{x=~"[12]"}',
    'a{x!~"2"}',
  ]],
  ["a", {}, ['a{x=""}', 'a{x!=""}', 'a{x=~".*y?"}', 'a{x=~".+"}'], ['a{x=""}', 'a{x=~".*y?"}']],
  // Regexes match the whole value.
  ["a", { x: "12" }, ['a{x=~"1"}', 'a{x=~"1.*"}'], ['a{x=~"1.*"}']],
  // A bound in either spelling.
  ["a_bucket", { le: "1.0" }, ['a_bucket{le="1"}', 'a_bucket{le=~"1.0|2.0"}', 'a_bucket{le="2"}'], [
    'a_bucket{le="1"}',
    'a_bucket{le=~"1.0|2.0"}',
  ]],
  ["a", {}, ["sum(a", "sum(b"], ["a"]],
];

for (const [name, labels, expressions, read] of CASES) {
  test(`${name}${JSON.stringify(labels)} under ${expressions.join(", ")}`, async () => {
    const index = await indexOf(expressions);
    const found = index.ofSeries(name, (label) => labels[label] ?? "").map(selectorText);
    deepEqual(found.sort(), [...read].sort());
  });
}

test("of a label that nobody knows every matcher may match", async () => {
  const index = await indexOf(['a{x="1",y="2"}', 'a{x!="1"}', 'a{y="3"}']);
  const found = index.ofSeries("a", (label) => label === "y" ? "2" : undefined);
  deepEqual(found.map(selectorText).sort(), ['a{x!="1"}', 'a{x="1", y="2"}']);
});

test("a regex that is none is an error", async () => {
  await rejects(indexOf(['a{x=~"("}']), /missing closing/);
});

test("no more is compared than may be", async () => {
  const index = await UsedIndex.of(usedBy(['a{x=~"1.*"}', "b", "c"]), 20);
  deepEqual(index.ofSeries("a", () => "1").length, 1);
  throws(() => {
    for (const value of ["2", "3"]) index.ofSeries("a", () => value);
  }, TooMuchToCompare);
});
