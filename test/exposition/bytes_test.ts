import assert from "node:assert/strict";
import { test } from "node:test";
import {
  closingQuote,
  equalBytes,
  skipBlanks,
  skipLabelName,
  skipName,
  skipToken,
} from "../../src/exposition/bytes.ts";

const encode = (text: string) => new TextEncoder().encode(text);

type Skip = (bytes: Uint8Array, at: number, end: number) => number;

/** The offset from which each function goes on, when it starts at 1 and must stop at `end`. */
const skips: [string, Skip, string, number, number][] = [
  ["skipName stops at what is no name", skipName, "-aZ09_:.", 8, 7],
  ["skipName stops at the end", skipName, "-aaaa", 3, 3],
  ["skipName takes no UTF-8", skipName, "-aä", 4, 2],
  ["skipLabelName stops at a colon", skipLabelName, "-aZ09_:b", 8, 6],
  ["skipBlanks takes spaces and tabs only", skipBlanks, "- \t \r", 5, 4],
  ["skipBlanks stops at the end", skipBlanks, "-    ", 3, 3],
  ["skipToken stops at a blank", skipToken, '-a{"} b', 7, 5],
  ["skipToken stops at a tab", skipToken, "-ab\tb", 5, 3],
  ["skipToken stops at the end", skipToken, "-abcd", 3, 3],
  ["closingQuote finds the quote", closingQuote, '"ab"c"', 6, 3],
  ["closingQuote skips escaped quotes", closingQuote, '"a\\"b"', 6, 5],
  ["closingQuote knows an escaped backslash", closingQuote, '"a\\\\"b"', 7, 4],
  ["closingQuote does not look behind the end", closingQuote, '"ab"', 3, -1],
  ["closingQuote with a backslash at the end", closingQuote, '"a\\"', 3, -1],
];

for (const [what, skip, text, end, expected] of skips) {
  test(what, () => assert.equal(skip(encode(text), 1, end), expected));
}

test("equalBytes compares the whole of both", () => {
  const bytes = encode("xabcx");
  const equal = ["abc", "ab", "abcx", "abd", ""].map((other) =>
    equalBytes(bytes, 1, 4, encode(other))
  );
  assert.deepEqual(equal, [true, false, false, false, false]);
});
