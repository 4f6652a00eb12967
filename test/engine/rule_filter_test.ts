import assert from "node:assert/strict";
import { test } from "node:test";
import { Planner } from "../../src/engine/planner.ts";
import { outcomeOf, ruleSetOf } from "../support/engine/planned_lines.ts";

async function filterOf(...rules: Record<string, unknown>[]): Promise<Planner> {
  return new Planner({
    policies: undefined,
    rules: await ruleSetOf(rules),
    aggregation: undefined,
  });
}

function keeps(filter: Planner, line: string): boolean {
  const outcome = outcomeOf(filter, line);
  assert.ok(outcome === "keep" || outcome === "rule", String(outcome));
  return outcome === "keep";
}

interface Case {
  what: string;
  rules: Record<string, unknown>[];
  kept: string[];
  dropped: string[];
}

const cases: Case[] = [
  {
    what: "drop by name",
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "a|b.*" }],
    kept: ["ab 1", `c{__x__="a"} 1`, `{"a.b"} 1`],
    dropped: ["a 1", `a{x="y"} 2`, "bc 1", `{"b c",x="y"} 1`],
  },
  {
    what: "keep by a label; an empty one is absent",
    rules: [{ action: "keep", source_labels: ["x"], regex: "" }],
    kept: ["a 1", `a{x=""} 1`, `a{y="x"} 1`, `a{xx="1"} 1`],
    dropped: [`a{x=" "} 1`, `a{y="",x="1"} 1`],
  },
  {
    what: "values are read without their escapes",
    rules: [{ action: "drop", source_labels: ["x"], regex: 'a"b\\\\c\\nd' }],
    kept: [`a{x="a"} 1`, String.raw`a{x="a\"b\\c"} 1`],
    dropped: [String.raw`a{x="a\"b\\c\nd"} 1`],
  },
  {
    what: "label names in quotes, with escapes and beyond ASCII",
    rules: [{ action: "drop", source_labels: ['k"v', "ö"], regex: "1;.*|.*;2" }],
    kept: [`a{"k.v"="1"} 1`, `a{"ü"="2"} 1`],
    dropped: [String.raw`a{"k\"v"="1"} 1`, `a{"ö"="2"} 1`],
  },
  {
    what: "joined sources are told apart where their bytes run together",
    rules: [{ action: "drop", source_labels: ["x", "y"], regex: "ab;c" }],
    kept: [`m{x="a",y="bc"} 1`, `m{x="abc"} 1`, `m{y="abc"} 1`],
    dropped: [`m{x="ab",y="c"} 1`, `m{y="c",x="ab"} 2`],
  },
  {
    what: "an absent label is told from another one that is absent",
    rules: [{ action: "drop", source_labels: ["x", "y"], regex: "1;" }],
    kept: [`m{y="1"} 1`, "m 1", `m{x="1",y="1"} 1`],
    dropped: [`m{x="1"} 1`, `m{x="1",y=""} 1`],
  },
  {
    what: "keepequal and dropequal",
    rules: [
      { action: "dropequal", source_labels: ["x"], target_label: "y" },
      { action: "keepequal", source_labels: ["x"], target_label: "z" },
    ],
    kept: [`m{x="1",z="1"} 1`, `m{x="1",y="2",z="1"} 1`],
    dropped: [`m{x="1",y="1",z="1"} 1`, `m 1`, `m{x="1"} 1`],
  },
];

for (const { what, rules, kept, dropped } of cases) {
  test(what, async () => {
    const filter = await filterOf(...rules);
    // The second time from memory.
    for (let round = 0; round < 2; round++) {
      for (const line of kept) assert.equal(keeps(filter, line), true, line);
      for (const line of dropped) assert.equal(keeps(filter, line), false, line);
    }
  });
}

test("a full memory is emptied, and decisions stay right", async () => {
  const filter = await filterOf({ action: "drop", source_labels: ["x"], regex: ".*7" });
  for (let i = 0; i < 140_000; i++) {
    assert.equal(keeps(filter, `m{x="${i}"} 1`), i % 10 !== 7);
  }
});
