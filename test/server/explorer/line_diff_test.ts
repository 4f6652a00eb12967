import { equal } from "node:assert/strict";
import { test } from "node:test";
import { lineDiff } from "../../../src/server/explorer/line_diff.ts";

const CASES: readonly (readonly [name: string, before: string, after: string, wanted: string])[] = [
  ["the same", "a\nb\n", "a\nb\n", " a b"],
  ["nothing", "", "", ""],
  ["all is new", "", "a\nb\n", "+a+b"],
  ["all is gone", "a\nb\n", "", "-a-b"],
  ["a line between", "a\nc\n", "a\nb\nc\n", " a+b c"],
  ["a line at each end", "b\n", "a\nb\nc\n", "+a b+c"],
  ["a line is another", "a\nb\nc\n", "a\nx\nc\n", " a-b+x c"],
  ["lines that come twice", "a\na\nb\n", "a\nb\nb\n", " a-a+b b"],
  ["the end has no newline", "a\nb", "a\nb\n", " a b"],
  ["as few as can be", "a\nb\nc\nd\n", "c\nd\na\nb\n", "-a-b c d+a+b"],
];

for (const [name, before, after, wanted] of CASES) {
  test(`a diff: ${name}`, () => {
    equal(lineDiff(before, after).map(({ sign, text }) => sign + text).join(""), wanted);
  });
}

test("of very many lines the differing middle is not compared line by line", () => {
  const lines = (from: number) =>
    Array.from({ length: 3_000 }, (_, at) => `${from + at}\n`).join("");
  const diff = lineDiff(`a\n${lines(0)}z\n`, `a\n${lines(10_000)}z\n`);
  equal(diff.length, 6_002);
  equal(diff[0].sign + diff[6_001].sign, "  ");
});
