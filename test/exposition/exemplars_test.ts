import assert from "node:assert/strict";
import { test } from "node:test";
import { newestExemplars, readExemplars } from "../../src/exposition/exemplars.ts";

const cases: readonly [what: string, text: string, expected: [string, number][]][] = [
  ["none", "", []],
  ["one without a time", "# {} 1", [["# {} 1", -Infinity]]],
  ["one with a time", '# {a="b"} 1 2.5', [['# {a="b"} 1 2.5', 2.5]]],
  [
    "several, with what looks like their ends in quotes",
    String.raw`# {a="} # {",b="\"} # "} 1 2 # {} 3 # {c="\\"} 4 -1`,
    [
      [String.raw`# {a="} # {",b="\"} # "} 1 2`, 2],
      ["# {} 3", -Infinity],
      [String.raw`# {c="\\"} 4 -1`, -1],
    ],
  ],
];

for (const [what, text, expected] of cases) {
  test(`exemplars: ${what}`, () => {
    assert.deepEqual(readExemplars(text).map(({ text, seconds }) => [text, seconds]), expected);
  });
}

test("the newest exemplars are the last ones by time, and those without one go first", () => {
  const all = readExemplars("# {} 1 3 # {} 2 # {} 3 1 # {} 4 2 # {} 5 3");
  const newest = (most: number) => newestExemplars(all, most).map(({ text }) => text);
  assert.deepEqual(newest(3), ["# {} 4 2", "# {} 1 3", "# {} 5 3"]);
  assert.deepEqual(newest(9), ["# {} 2", "# {} 3 1", "# {} 4 2", "# {} 1 3", "# {} 5 3"]);
});
