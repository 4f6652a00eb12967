import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { leftTexts } from "../../../src/server/explorer/left_text.ts";

const NONE = { policies: 0, rules: 0, invalid: 0, duplicates: 0, unmergeable: 0 };
const SIZE = { samples: 200_000, series: 200_000, bytes: 1e7 };
const WHOLE = {
  before: SIZE,
  after: SIZE,
  dropped: NONE,
  merged: 0,
  limited: 0,
  truncated: undefined,
  processed: 200_000,
};

const cases = [
  { what: "nothing is lost", said: ["All 200,000 samples stay"] },
  {
    what: "rules and policies drop",
    preview: { dropped: { ...NONE, rules: 3, policies: 2 }, merged: 1 },
    said: ["Of 200,000 samples 2 dropped by policies, 3 dropped by rules, 1 merged into others"],
  },
  {
    what: "a cardinality limit alone",
    preview: { limited: 7 },
    said: ["All 200,000 samples stay", "7 are beyond a cardinality limit"],
  },
  {
    what: "the output limit alone",
    preview: { truncated: "output", processed: 75_202 },
    said: [
      "All the 75,202 samples before the cut stay",
      "The output limit cuts the other 124,798 off: what the rules save is not known",
    ],
  },
  {
    what: "the input limit, and rules before it",
    preview: { truncated: "input", processed: 1000, dropped: { ...NONE, rules: 400 } },
    said: [
      "Of the 1,000 samples before the cut 400 dropped by rules",
      "The input limit cuts the other 199,000 off: what the rules save is not known",
    ],
  },
  {
    what: "the output limit, once rules have seen all",
    preview: {
      truncated: "output",
      after: { ...SIZE, samples: 75_202 },
      dropped: { ...NONE, rules: 50_000 },
      merged: 10_000,
    },
    said: [
      "Of 200,000 samples 50,000 dropped by rules, 10,000 merged into others",
      "The output limit cuts off 64,798 of the 140,000 that are left",
    ],
  },
] as const;

for (const { what, said, ...more } of cases) {
  test(`what became of a preview's samples: ${what}`, () => {
    deepEqual(leftTexts({ ...WHOLE, ...("preview" in more ? more.preview : {}) }), said);
  });
}
