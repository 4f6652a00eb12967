import assert from "node:assert/strict";
import { test } from "node:test";
import { scrapeBudgetSeconds } from "../../src/upstream/deadline.ts";

const CASES: Record<string, [header: string | null, offset: number, cap: number, budget: number]> =
  {
    "header less offset": ["10", 0.5, 15, 9.5],
    "fractions": ["2.5", 0.5, 15, 2],
    "never below half": ["0.6", 0.5, 15, 0.3],
    "an offset above the timeout": ["1", 5, 15, 0.5],
    "capped by the scrape timeout": ["60", 0.5, 15, 15],
    "half is capped too": ["60", 50, 15, 15],
    "no offset": ["10", 0, 15, 10],
    "spaces around": [" 10 ", 0.5, 15, 9.5],
    "an exponent": ["1e1", 0.5, 15, 9.5],
    "absent": [null, 0.5, 15, 15],
    "empty": ["", 0.5, 15, 15],
    "zero": ["0", 0.5, 15, 15],
    "negative": ["-3", 0.5, 15, 15],
    "not a number": ["10s", 0.5, 15, 15],
    "hexadecimal": ["0x10", 0.5, 30, 30],
    "infinite": ["Infinity", 0.5, 15, 15],
    "too large to be finite": ["1e999", 0.5, 15, 15],
  };

for (const [name, [header, offset, cap, budget]] of Object.entries(CASES)) {
  test(`scrapeBudgetSeconds: ${name}`, () => {
    assert.equal(scrapeBudgetSeconds(header, offset, cap), budget);
  });
}
