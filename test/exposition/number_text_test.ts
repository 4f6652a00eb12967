import assert from "node:assert/strict";
import { test } from "node:test";
import { isNumber, parseNumber } from "../../src/exposition/number_text.ts";

function accepts(text: string): boolean {
  const bytes = new TextEncoder().encode(`9${text}9`);
  return isNumber(bytes, 1, bytes.length - 1);
}

const numbers: [string, number][] = [
  ["0", 0],
  ["-0", -0],
  ["+1", 1],
  ["007", 7],
  ["1.", 1],
  [".5", 0.5],
  ["-1.25", -1.25],
  ["1e3", 1000],
  ["1E+3", 1000],
  ["1.5e-3", 0.0015],
  ["1e-999", 0],
  ["1.7976931348623157e308", Number.MAX_VALUE],
  [`0.${"0".repeat(400)}1e401`, 1],
  ["123456789012345678", 123456789012345680],
  ["NaN", NaN],
  ["nan", NaN],
  ["NAN", NaN],
  ["Inf", Infinity],
  ["+Inf", Infinity],
  ["-Inf", -Infinity],
  ["inf", Infinity],
  ["-INFINITY", -Infinity],
  ["+infinity", Infinity],
];

for (const [text, number] of numbers) {
  test(`${text} is a number`, () => {
    assert.equal(accepts(text), true);
    assert.equal(parseNumber(text), number);
  });
}

const others = ["", "+", "-", ".", "-.", "e5", "1e", "1e+", "1e5x", "1.2.3", "--1", "1-", "1 "];
others.push("+NaN", "-nan", "in", "infi", "infinit", "infinityy", "na", "nano", "true", "null");
others.push("1e309", "-1e309", "1.8e308", `1${"0".repeat(309)}`);
others.push("0x", "0x1", "0xff", "0x1p4", "0X1P-2", "0b1", "0o7", "1_000", "1n", "1,5", "½", "٣");

for (const text of others) {
  test(`${JSON.stringify(text)} is no number`, () => assert.equal(accepts(text), false));
}
