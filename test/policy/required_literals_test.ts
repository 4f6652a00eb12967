import assert from "node:assert/strict";
import { test } from "node:test";
import type { Match, MatcherSpec } from "../../src/policy/policy.ts";
import { OP, requiredLiterals } from "../../src/policy/required_literals.ts";
import { regexLibrary } from "../support/policy/policy_fixture.ts";

/** Node kinds by a pattern whose root has it. */
const roots: readonly (readonly [keyof typeof OP, string])[] = [
  ["EMPTY", ""],
  ["LITERAL", "ab"],
  ["CLASS", "[a-c]"],
  ["CAPTURE", "(ab)"],
  ["PLUS", "a+"],
  ["QUESTION", "a?"],
  ["CONCAT", "a[bc]"],
  ["ALTERNATE", "ab|cd"],
];

test("the node kinds are those of the regular-expression library", () => {
  assert.deepEqual(roots.map(([name]) => name), Object.keys(OP));
  for (const [name, pattern] of roots) {
    assert.equal(regexLibrary.parse(pattern, false).op, OP[name], name);
  }
});

test("no other kind of node has one of these numbers", () => {
  const others = ["a*", "^", "$", "\\b", "\\B", ".", "(?s).", "(?m)^", "(?m)$", "\\A", "\\z"];
  const known: readonly number[] = Object.values(OP);
  for (const pattern of others) {
    assert.ok(!known.includes(regexLibrary.parse(pattern, false).op), pattern);
  }
});

test("the flag of a literal that ignores case is 1", () => {
  assert.equal(regexLibrary.parse("ab", true).flags & 1, 1);
  assert.equal(regexLibrary.parse("(?i)ab", false).flags & 1, 1);
  assert.equal(regexLibrary.parse("ab", false).flags & 1, 0);
});

const name = { kind: "metric_field", name: "name" } as const;

function literals(match: Match, more: Partial<MatcherSpec> = {}): unknown {
  const spec = { field: name, match, negate: false, caseInsensitive: false, ...more };
  return requiredLiterals(spec, regexLibrary);
}

const patterns: readonly (readonly [string, string[][]])[] = [
  ["abc", [["abc"]]],
  ["^abc$", [["abc"]]],
  ["^debug_", [["debug_"]]],
  ["aBc", [["abc"]]],
  ["(?i)abc", [["abc"]]],
  ["ab|cd", [["ab", "cd"]]],
  ["(ab|cd)ef", [["abef", "cdef"]]],
  ["a[bc]d", [["abd", "acd"]]],
  ["ab?c", [["abc", "ac"]]],
  ["^http_.*_total$", [["_total"], ["http_"]]],
  ["aa.*bbb.*cccc.*ddddd", [["ddddd"], ["cccc"], ["bbb"]]],
  ["(abc)+", [["abc"]]],
  ["(?:abc){2}", [["abcabc"]]],
  ["x(abc)*yz", [["yz"]]],
  ["a.b", []],
  ["ab|c", []],
  ["ab|.*", []],
  ["[a-z]+", []],
  ["", []],
  [".*", []],
  ["(?:ab)?", []],
  ["[^a]bc", [["bc"]]],
  ["\\w\\wab", [["ab"]]],
  ["é\u017f", [["és"]]],
  ["(?i)éa", []],
  ["(?i)kelvin", [["kelvin"]]],
];

for (const [pattern, wanted] of patterns) {
  test(`literals of /${pattern}/`, () => {
    const found = literals({ kind: "regex", text: pattern }) as string[][];
    assert.deepEqual(found.map((factor) => [...factor].sort()), wanted);
  });
}

test("literals of the string matches", () => {
  assert.deepEqual(literals({ kind: "equals", value: "Ab" }), [["ab"]]);
  for (const kind of ["starts_with", "ends_with", "contains"] as const) {
    assert.deepEqual(literals({ kind, text: "Ab" }), [["ab"]]);
  }
  assert.deepEqual(literals({ kind: "contains", text: "É" }), []);
  assert.deepEqual(literals({ kind: "contains", text: "ÉÉ" }), [["ÉÉ"]]);
});

test("no literals can be relied on", () => {
  assert.deepEqual(literals({ kind: "contains", text: "abc" }, { negate: true }), []);
  assert.deepEqual(literals({ kind: "contains", text: "éab" }, { caseInsensitive: true }), []);
  assert.deepEqual(literals({ kind: "contains", text: "a" }), []);
  assert.deepEqual(literals({ kind: "exists", exists: true }), []);
  assert.deepEqual(literals({ kind: "equals", value: 5 }), []);
  assert.deepEqual(literals({ kind: "gt", value: 5 }), []);
});

test("a pattern whose quotation is not ended is read when case is ignored", () => {
  assert.deepEqual(literals({ kind: "regex", text: "\\Qa.b" }, { caseInsensitive: true }), [[
    "a.b",
  ]]);
});
