import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOf, timeText } from "../../../src/exposition/compose/time_text.ts";

const CASES: readonly (readonly [
  text: string,
  seconds: number,
  nanos: number,
  written: string,
])[] = [
  ["0", 0, 0, "0"],
  ["-0", 0, 0, "0"],
  ["1", 1, 0, "1"],
  ["+1.5", 1, 500_000_000, "1.5"],
  ["1.", 1, 0, "1"],
  [".25", 0, 250_000_000, "0.25"],
  ["-1", -1, 0, "-1"],
  ["-1.5", -2, 500_000_000, "-1.5"],
  ["-0.25", -1, 750_000_000, "-0.25"],
  ["1795756036.123456789", 1795756036, 123_456_789, "1795756036.123456789"],
  ["1795756036.1234567899", 1795756036, 123_456_789, "1795756036.123456789"],
  ["1795756036.000000001", 1795756036, 1, "1795756036.000000001"],
  ["1.5e9", 1_500_000_000, 0, "1500000000"],
  ["-5e-1", -1, 500_000_000, "-0.5"],
];

for (const [text, seconds, nanos, written] of CASES) {
  test(`the time ${text}`, () => {
    const bytes = new TextEncoder().encode(`x ${text} y`);
    const end = 2 + text.length;
    const time = timeOf(bytes, 2, end);
    assert.deepEqual(time, { seconds, nanos });
    assert.equal(timeText(time), written);
  });
}
