import assert from "node:assert/strict";
import { test } from "node:test";
import { compileMatcher } from "../../src/policy/matcher.ts";
import type { FieldValue } from "../../src/policy/policy.ts";
import { matcherOf, regexLibrary } from "../support/policy/policy_fixture.ts";

const BIG = 9007199254740993n;

/** Name, match, then the values that match and those that do not. */
const cases: readonly (readonly [string, unknown, FieldValue[], (FieldValue | undefined)[]])[] = [
  ["exact", { exact: "ab" }, ["ab"], ["AB", "abc", "", 1, true, { hex: "ab" }, undefined]],
  ["equals a string", { equals: "1" }, ["1"], [1, 1n, "01", true, undefined]],
  ["equals an integer", { equals: 1 }, [1, 1n], ["1", 1.5, true, undefined]],
  ["equals a double", { equals: 0.5 }, [0.5], ["0.5", 0, undefined]],
  ["equals true", { equals: true }, [true], [false, "true", 1, undefined]],
  ["equals false", { equals: false }, [false], [true, "", 0, undefined]],
  ["equals NaN", { equals: { double_value: "NaN" } }, [], [NaN, 0, undefined]],
  ["equals infinity", { equals: { doubleValue: "-Infinity" } }, [-Infinity], [Infinity]],
  ["equals negative zero", { equals: 0 }, [0, -0, 0n], []],
  ["equals 64 bits", { equals: { int_value: String(BIG) } }, [BIG], [Number(BIG), BIG - 1n]],
  ["equals int_value", { equals: { int_value: "5" } }, [5, 5n, 5.0], ["5", 5.1]],
  ["equals int_value below zero", { equals: { intValue: "-5" } }, [-5, -5n], [5]],
  ["equals double_value", { equals: { double_value: 2 } }, [2, 2n], [2.5]],
  ["equals double_value as text", { equals: { double_value: "1e3" } }, [1000], ["1e3"]],
  ["equals bool_value", { equals: { bool_value: false } }, [false], [0, "", undefined]],
  ["equals string_value", { equals: { stringValue: "a" } }, ["a"], ["A"]],
  ["equals an empty string", { equals: { string_value: "" } }, [""], [undefined, 0, false]],
  ["equals hex_value", { equals: { hex_value: "0aFF" } }, [{ hex: "0aff" }], ["0aff", { hex: "" }]],
  ["equals bytes_value", { equals: { bytesValue: "Cv8=" } }, [{ hex: "0aff" }], ["Cv8="]],
  ["regex", { regex: "b+" }, ["abbc", "b"], ["ac", "", "B", 1, undefined]],
  ["regex anchored", { regex: "^a.c$" }, ["abc"], ["abc\n", "xabc", "a\nc"]],
  ["regex of RE2 alone", { regex: "(?i)\\Aa\\pL[[:digit:]]\\z" }, ["aé1", "Ab2"], ["aé1\n"]],
  ["regex on an empty text", { regex: "" }, ["", "a"], [undefined, 1]],
  ["starts_with", { starts_with: "ab" }, ["ab", "abc"], ["a", "xab", "AB", undefined]],
  ["ends_with", { ends_with: "ab" }, ["ab", "cab"], ["b", "abx", "cAB", undefined]],
  ["contains", { contains: "ab" }, ["ab", "xabx"], ["axb", "AB", 1, undefined]],
  ["contains nothing", { contains: "" }, ["", "a"], [undefined, 0]],
  ["exists", { exists: true }, ["", "a", 0, false, NaN, { hex: "" }], [undefined]],
  ["gt", { gt: 1 }, [1.1, 2, 2n, Infinity], [1, 1n, "2", NaN, true, undefined]],
  ["gte", { gte: 1 }, [1, 1n, 2], [0.9, NaN, "1", undefined]],
  ["lt", { lt: 1 }, [0.9, 0n, -Infinity], [1, "0", NaN, false, undefined]],
  ["lte", { lte: 1 }, [1, 1n, 0], [1.1, NaN, undefined]],
  ["gt as text", { gt: "1" }, [2], [1]],
  ["gt 64 bits", { gt: String(BIG) }, [BIG + 1n, 9007199254740994], [BIG, Number(BIG - 1n)]],
  ["gt typed", { gt: { int_value: "1" } }, [2], [1]],
  ["lt typed", { lt: { doubleValue: 0.5 } }, [0.25], [0.5]],
];

for (const [name, match, matching, others] of cases) {
  test(`match ${name}`, async () => {
    const spec = await matcherOf({ datapoint_attribute: "a", ...match as object });
    const { test: matches } = compileMatcher(spec, regexLibrary);
    const { test: negated } = compileMatcher({ ...spec, negate: true }, regexLibrary);
    for (const value of matching) assert.equal(matches(value), true, `matches ${String(value)}`);
    for (const value of others) assert.equal(matches(value), false, `not ${String(value)}`);
    for (const value of [...matching, ...others]) {
      assert.equal(negated(value), !matches(value), `negated ${String(value)}`);
    }
  });
}

test("exists: false matches what is absent alone", async () => {
  const spec = await matcherOf({ datapoint_attribute: "a", exists: false });
  const { test: matches } = compileMatcher(spec, regexLibrary);
  assert.equal(matches(undefined), true);
  assert.equal(matches(""), false);
  const { test: negated } = compileMatcher({ ...spec, negate: true }, regexLibrary);
  assert.equal(negated(undefined), false);
  assert.equal(negated(0), true);
});

/** Match, texts that match when case is ignored, texts that do not. */
const ignoringCase: readonly (readonly [string, unknown, string[], string[]])[] = [
  ["exact", { exact: "aB" }, ["ab", "AB", "Ab"], ["abc"]],
  ["equals", { equals: { string_value: "aB" } }, ["ab", "AB"], ["abc"]],
  ["starts_with", { starts_with: "aB" }, ["ABc"], ["cab"]],
  ["ends_with", { ends_with: "aB" }, ["cAB"], ["abc"]],
  ["contains", { contains: "aB" }, ["xABx"], ["a b"]],
  ["contains, not ASCII", { contains: "É" }, ["é", "xÉ"], ["e"]],
  ["contains, Kelvin sign", { contains: "ok" }, ["OK", "o\u212a"], ["o"]],
  ["regex", { regex: "^a[b-d]" }, ["AB", "aC"], ["ba"]],
  ["regex, Kelvin sign and long s", { regex: "ks" }, ["KS", "\u212a\u017f"], ["k"]],
];

for (const [name, match, matching, others] of ignoringCase) {
  test(`case_insensitive ${name}`, async () => {
    const fields = { datapoint_attribute: "a", ...match as object, case_insensitive: true };
    const { test: matches } = compileMatcher(await matcherOf(fields), regexLibrary);
    for (const text of matching) assert.equal(matches(text), true, text);
    for (const text of others) assert.equal(matches(text), false, text);
  });
}

test("a pattern whose quotation is not ended works when case is ignored, too", async () => {
  const spec = await matcherOf({ metric_field: "name", regex: "\\Qa.b", case_insensitive: true });
  const { test: matches } = compileMatcher(spec, regexLibrary);
  assert.deepEqual(["xA.By", "axb"].map(matches), [true, false]);
});
