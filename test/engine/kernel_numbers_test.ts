import assert from "node:assert/strict";
import { test } from "node:test";
import { formatValue } from "../../src/exposition/format_value.ts";
import { isNumber, parseNumber } from "../../src/exposition/number_text.ts";
import { random } from "../support/random.ts";
import { BareKernel } from "../support/engine/bare_kernel.ts";

type Next = (largest: number) => number;

const TEXTS: readonly (readonly [string, readonly string[]])[] = [
  ["zeros", ["0", "-0", "+0", "0.0", "-0.000", "0e400", "-0e-400", ".0", "0."]],
  ["integers about 2^53", [
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9007199254740995",
    "-9007199254740993",
    "9007199254740993.0",
    "9007199254740993e0",
    "9007199254740993000e-3",
  ]],
  ["integers about 2^63 and 2^64", [
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "9999999999999999999",
    "10000000000000000000",
  ]],
  ["halves between two doubles, and what lies beside them", [
    "9007199254740993.00000000000000000000",
    "9007199254740993.00000000000000000001",
    "9007199254740992.99999999999999999999",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126",
    "0.500000000000000166533453693773481063544750213623046875",
    "3.518437208883201171875e13",
    "62.5364939768271845828",
    "8.10109172351e-10",
    "1.50000000000000011102230246251565",
  ]],
  ["subnormals", [
    "5e-324",
    "4.9406564584124654e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "2.2250738585072014e-308",
    "1e-310",
  ]],
  ["the largest", [
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "-1e309",
    "1e99999999999",
    "1e-99999999999",
  ]],
  ["exact powers and the first that are none", [
    "1e22",
    "1e23",
    "1e-22",
    "1e-23",
    "9007199254740992e22",
    "9007199254740992e-22",
    "123456789012345678e22",
  ]],
  ["the table's edges", [
    "1e65",
    "1e66",
    "1e-65",
    "1e-66",
    "9999999999999999999e65",
    "9999999999999999999e-65",
    "9999999999999999999e66",
    "1234567890123456789e-66",
  ]],
  ["more digits than 64 bits hold", [
    "0.30000000000000004",
    "0.1234567890123456789012345678901234567890",
    "12345678901234567890123",
    "100000000000000000000000000000000",
    "99999999999999999999.99999999999999999999",
    "3.14159265358979323846264338327950288419716939937510",
  ]],
  ["long zeros", [
    "0".repeat(50) + "1.5",
    "1.5" + "0".repeat(50),
    "0." + "0".repeat(50) + "15",
    "15" + "0".repeat(50),
    "1" + "0".repeat(400),
    "0." + "0".repeat(400) + "1",
    "0." + "0".repeat(400) + "1234567890123456789e401",
    "1" + "0".repeat(100) + "e-100",
  ]],
  ["words", [
    "NaN",
    "nan",
    "nAn",
    "Inf",
    "inf",
    "+Inf",
    "-Inf",
    "+INFINITY",
    "-infinity",
    "Infinity",
  ]],
  ["forms", ["1.", ".5", "+.5", "-1.e5", "1E5", "1e+5", "1e05", "1e-00005", "007"]],
];

for (const [name, texts] of TEXTS) {
  test(`is read as JavaScript reads it: ${name}`, () => {
    const kernel = new BareKernel();
    for (const text of texts) assertRead(kernel, text);
  });
}

test("what is no number is none", () => {
  const kernel = new BareKernel();
  const words = [
    "",
    "+",
    "-",
    ".",
    "+.",
    "e5",
    ".e5",
    "1e",
    "1e+",
    "1e5.0",
    "1.2.3",
    "--1",
    "1_000",
  ];
  for (
    const text of [...words, "0x10", "+nan", "-NaN", "in", "infin", "infinit", "Infs", "1 ", "1a"]
  ) {
    assert.equal(isNumber(new TextEncoder().encode(text), 0, text.length), false, text);
    assert.equal(kernel.read(text), undefined, text);
  }
});

const VALUES: readonly (readonly [string, readonly number[]])[] = [
  ["no finite ones", [NaN, Infinity, -Infinity]],
  ["zeros", [0, -0]],
  ["integers", [1, 9, 10, 99, 100, 12345678, 99999999, 100000000, 1e15, 1e16 / 2, -7, -2147483648]],
  ["integers about 2^53", [2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), -(2 ** 53) - 2, 2 ** 63]],
  ["about 1e-4", [1e-4, 0.00012345678901234567, 9.999999999999999e-5, 1.0000000000000002e-4, 1e-5]],
  ["sums", [0.1 + 0.2, 0.1 + 0.7, 1.1 + 2.2, 1e15 + 0.3, 4503599627370496.5, 0.5, -0.25, 100.5]],
  ["powers of two", Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074))],
  ["powers of ten", Array.from({ length: 632 }, (_, i) => Number(`1e${i - 323}`))],
  ["largest and smallest", [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]],
  ["where shortest is hard", [1e23, 9.5e-7, 2.0 ** -44, 9007199254740993, 5e22, 1.5e300, 1e-7]],
];

for (const [name, values] of VALUES) {
  test(`is written as TypeScript writes it: ${name}`, () => {
    const kernel = new BareKernel();
    for (const value of values.flatMap((value) => [value, -value])) assertWritten(kernel, value);
  });
}

test("doubles of any bits are written and read back", () => {
  const kernel = new BareKernel();
  const next = random(23);
  for (let i = 0; i < 300_000; i++) {
    // Every other one lies in the table's range.
    const value = doubleOf(next, i % 2 === 0 ? next(2047) : 860 + next(420));
    assertWritten(kernel, value);
    if (Number.isFinite(value)) assertRead(kernel, String(value));
  }
});

test("decimals of any length are read correctly", () => {
  const kernel = new BareKernel();
  const next = random(29);
  for (let i = 0; i < 300_000; i++) assertRead(kernel, randomDecimal(next));
});

test("halves between two doubles are read correctly", () => {
  const kernel = new BareKernel();
  const next = random(31);
  for (let i = 0; i < 20_000; i++) {
    // An odd number of 54 bits, over a power of two.
    const half = (BigInt(next(2 ** 31)) << 22n | BigInt(next(2 ** 22 - 1)) | 1n << 53n) | 1n;
    const shift = next(10);
    const digits = String(half * 5n ** BigInt(shift));
    assertRead(kernel, `${digits}e-${shift}`);
    assertRead(kernel, String(half << BigInt(shift)));
    assertRead(kernel, `${digits}00001e-${shift + 5}`);
  }
});

test("TypeScript is asked for hardly any number of usual sums", () => {
  const kernel = new BareKernel();
  const next = random(37);
  const count = 100_000;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    const isDuration = i % 2 === 0;
    for (let member = next(20); member >= 0; member--) {
      sum += isDuration ? next(2 ** 31) / 2 ** 31 * 10 ** (next(6) - 4) : next(10_000_000) / 100;
    }
    assertRead(kernel, assertWritten(kernel, sum));
  }
  assert.ok(kernel.reads < count / 1000, `${kernel.reads} were read by TypeScript`);
  assert.ok(kernel.writes < count / 100, `${kernel.writes} were written by TypeScript`);
});

function assertRead(kernel: BareKernel, text: string): void {
  const found = kernel.read(text);
  const expected = parseNumber(text);
  // `assert` is slow for so many.
  if (!Object.is(found, expected)) assert.fail(`${text} was read as ${found}, not ${expected}`);
}

function assertWritten(kernel: BareKernel, value: number): string {
  const found = kernel.write(value);
  const expected = formatValue(value);
  if (found !== expected) assert.fail(`${expected} was written as ${found}`);
  return found;
}

const view = new DataView(new ArrayBuffer(8));

function doubleOf(next: Next, exponent: number): number {
  view.setUint32(0, next(2 ** 32 - 1));
  view.setUint32(4, next(2 ** 32 - 1));
  view.setUint16(0, exponent << 4 | view.getUint16(0) & 0x800f);
  return view.getFloat64(0);
}

/** 1 to 25 digits, with a point somewhere and an exponent now and then. */
function randomDecimal(next: Next): string {
  const digits = Array.from({ length: 1 + next(24) }, () => next(9)).join("");
  const point = next(digits.length);
  const sign = ["", "", "-", "+"][next(3)];
  const exponent = [
    "",
    `e${next(40) - 20}`,
    `E${next(140) - 70}`,
    `e${next(700) - 350}`,
  ][next(3)];
  return `${sign}${digits.slice(0, point)}${next(2) > 0 ? "." : ""}${
    digits.slice(point)
  }${exponent}`;
}
