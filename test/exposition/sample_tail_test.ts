import assert from "node:assert/strict";
import { test } from "node:test";
import { endsInValue } from "../../src/exposition/sample_tail.ts";
import { skipName } from "../../src/exposition/bytes.ts";

const cases: readonly [name: string, line: string, surely: boolean][] = [
  ["bare integer", "up 1", true],
  ["decimal", "up 0.25", true],
  ["behind a label set", `up{a="b"} 12`, true],
  ["behind an empty label set", "up{} 3", true],
  ["tab before the value", "up\t1", true],
  ["no value", "up", false],
  ["a label set and no value", `up{a="b"}`, false],
  ["a word for a value", "up one", false],
  ["two words", "this is not a sample", false],
  ["an open label set", `up{a="b 1`, false],
  ["no blank behind the label set", `up{a="b"}1`, false],
  ["a brace that none opened", "up} 1", false],
  ["two dots", "1.2.3 4.5.6", false],
  ["a dot at the end", "up 1.", false],
  ["an exponent is left to the scanner", "up 1e5", false],
  ["a sign is left to the scanner", "up -1", false],
  ["a timestamp is left to the scanner", "up 1 1700000000000", false],
  ["a number alone", "12", false],
];

for (const [name, line, surely] of cases) {
  test(`endsInValue: ${name}`, () => {
    const bytes = new TextEncoder().encode(line);
    assert.equal(endsInValue(bytes, skipName(bytes, 0, bytes.length), bytes.length), surely);
  });
}
