import assert from "node:assert/strict";
import { test } from "node:test";
import { LiteralAutomaton } from "../../src/policy/literal_automaton.ts";
import { LiteralIndex } from "../../src/policy/literal_index.ts";
import { RandomPolicies } from "../support/policy/random_policies.ts";

function occurrences(literals: readonly string[], text: string): string[] {
  const automaton = new LiteralAutomaton();
  const numbers = literals.map((literal) => automaton.add(literal));
  automaton.build();
  const found: string[] = [];
  automaton.search(text, (number) => found.push(literals[numbers.indexOf(number)]));
  return found;
}

const cases: readonly (readonly [string, string[], string, string[]])[] = [
  ["in the order of their ends", ["he", "she", "hers"], "ushers", ["she", "he", "hers"]],
  ["each time", ["aa"], "aaaa", ["aa", "aa", "aa"]],
  ["suffixes of suffixes", ["abcd", "bcd", "cd", "d"], "abcd", ["abcd", "bcd", "cd", "d"]],
  ["over a false start", ["abcx", "bcd"], "abcd", ["bcd"]],
  ["outside ASCII", ["é😀", "😀"], "xé😀", ["é😀", "😀"]],
  ["none", ["abc"], "abab", []],
  ["without literals", [], "abab", []],
  ["in an empty text", ["a"], "", []],
];

for (const [name, literals, text, wanted] of cases) {
  test(`literals are found ${name}`, () => assert.deepEqual(occurrences(literals, text), wanted));
}

test("equal literals share a number", () => {
  const automaton = new LiteralAutomaton();
  assert.deepEqual(["a", "b", "a"].map((literal) => automaton.add(literal)), [0, 1, 0]);
});

test("thousands of literals: the same as a search for each", () => {
  const random = new RandomPolicies(5);
  const literals = [...new Set(Array.from({ length: 3000 }, () => random.text(4)))]
    .filter((literal) => literal !== "");
  assert.ok(literals.join("").length > 3000);
  const automaton = new LiteralAutomaton();
  literals.forEach((literal) => automaton.add(literal));
  automaton.build();
  for (let i = 0; i < 300; i++) {
    const text = random.text(6);
    const found = new Set<number>();
    automaton.search(text, (number) => found.add(number));
    const wanted = literals.flatMap((literal, index) => text.includes(literal) ? [index] : []);
    assert.deepEqual([...found].sort((a, b) => a - b), wanted, text);
  }
});

test("a policy is a candidate when all its factors occur, once, time and again", () => {
  const index = new LiteralIndex();
  index.add(7, [["ab", "cd"], ["xy"]]);
  index.add(8, [["xy"]]);
  index.add(9, [["ab"], ["abx"], ["bx"]]);
  index.build();
  assert.equal(index.size, 3);
  const candidates = (text: string) => index.candidates(text).sort();
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(candidates("abcdab"), []);
    assert.deepEqual(candidates("XYXY"), [8]);
    assert.deepEqual(candidates("cdxyab"), [7, 8]);
    assert.deepEqual(candidates("abxy"), [7, 8, 9]);
    assert.deepEqual(candidates(""), []);
  }
});
