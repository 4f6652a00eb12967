import assert from "node:assert/strict";
import { test } from "node:test";
import { floatOf } from "../../src/exposition/float_bytes.ts";
import { random } from "../support/random.ts";

const read = (text: string) => {
  const bytes = new TextEncoder().encode(`x ${text} y`);
  return floatOf(bytes, 2, bytes.length - 2);
};

const VALUES: [text: string, value: number][] = [
  ["0", 0],
  ["-0", -0],
  ["+0", 0],
  ["-0.0", -0],
  ["7", 7],
  ["+5", 5],
  ["-12.25", -12.25],
  ["007.50", 7.5],
  [".5", 0.5],
  ["5.", 5],
  ["0.1", 0.1],
  ["0.000000000000001", 1e-15],
  ["0.00000000000000000000001", 1e-23],
  ["999999999999999", 999999999999999],
  ["9007199254740993", 9007199254740992],
  ["123456789.1234567", 123456789.1234567],
  ["1e3", 1000],
  ["1E-3", 0.001],
  ["1e308", 1e308],
  ["1e309", Infinity],
  ["5e-324", 5e-324],
  ["NaN", NaN],
  ["nan", NaN],
  ["Inf", Infinity],
  ["+Inf", Infinity],
  ["-inf", -Infinity],
  ["-Infinity", -Infinity],
];

for (const [text, value] of VALUES) {
  test(`${text} is read as ${value}`, () => assert.ok(Object.is(read(text), value)));
}

test("decimals of any length are rounded as JavaScript rounds them", () => {
  const next = random(7);
  const digits = (count: number) => Array.from({ length: count }, () => next(9)).join("");
  for (let i = 0; i < 20_000; i++) {
    const text = ["", "-"][next(1)] + digits(1 + next(9)) + ["", "."][next(1)] + digits(next(9));
    assert.ok(Object.is(read(text), Number(text)), text);
  }
});
