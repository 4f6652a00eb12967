import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PolicySet } from "../../src/policy/policy_set.ts";
import type { RegexLibrary } from "../../src/policy/regex.ts";
import { PolicyEngine } from "../../src/policy/policy_engine.ts";
import { ResourceAttributes } from "../../src/policy/resource_attributes.ts";
import { Planner } from "../../src/engine/planner.ts";
import { Families } from "../../src/exposition/families.ts";
import {
  Decider,
  Filter,
  policy,
  regexLibrary,
  specsOf,
} from "../support/policy/policy_fixture.ts";

const name = (text: string) => ({ metric_field: "name", starts_with: text });

interface CountCase {
  readonly name: string;
  readonly policies: unknown[];
  readonly text: string;
  readonly verdicts: string;
  readonly counts: Record<string, [number, number]>;
}

const cases: CountCase[] = [
  {
    name: "a kept sample is a hit of every policy that matches",
    policies: [policy(name("a"), true, "1"), policy(name("ab"), true, "2")],
    text: "ab 1\nac 1\nb 1",
    verdicts: "keep keep keep",
    counts: { 1: [2, 0], 2: [1, 0] },
  },
  {
    name: "a dropped sample is a hit of those that drop it and a miss of the others",
    policies: [
      policy(name("a"), true, "keep"),
      policy(name("ab"), false, "drop"),
      policy(name("abc"), false, "drop too"),
    ],
    text: "abc 1\nab 1\na 1",
    verdicts: "drop drop keep",
    counts: { keep: [1, 2], drop: [2, 0], "drop too": [1, 0] },
  },
  {
    name: "a policy that does not match does not move",
    policies: [policy(name("x"), true, "keep"), policy(name("y"), false, "drop")],
    text: "a 1",
    verdicts: "keep",
    counts: { keep: [0, 0], drop: [0, 0] },
  },
  {
    name: "all matchers have to match",
    policies: [policy([name("a"), { datapoint_attribute: "l", exact: "x" }])],
    text: 'a{l="x"} 1\na{l="y"} 1\nb{l="x"} 1',
    verdicts: "drop keep keep",
    counts: { p: [1, 0] },
  },
  {
    name: "the order of policies does not matter",
    policies: [policy(name("a"), false, "drop"), policy(name("a"), true, "keep")],
    text: "a 1",
    verdicts: "drop",
    counts: { drop: [1, 0], keep: [0, 1] },
  },
  {
    name: "a matcher on the value is evaluated line by line",
    policies: [
      policy([name("a"), { datapoint_attribute: "value", gt: 5 }], false, "high"),
      policy([name("a"), { datapoint_attribute: "value", lt: 7 }], true, "low"),
    ],
    text: "a 1\na 9\na 6\na 1\na NaN",
    verdicts: "keep drop drop keep keep",
    counts: { high: [2, 0], low: [2, 1] },
  },
  {
    name: "an absent field matches when negated",
    policies: [policy({ datapoint_attribute: "l", exact: "x", negate: true })],
    text: 'a 1\na{l=""} 1\na{l="x"} 1',
    verdicts: "drop drop keep",
    counts: { p: [2, 0] },
  },
  {
    name: "a label that is there twice makes a sample invalid, unless its first value drops it",
    policies: [policy({ datapoint_attribute: "l", exact: "x" })],
    text: 'a{l="x"} 1\na{l="",l="x"} 1\na{l="x",l="y"} 1\na{l="y",l="x"} 1',
    verdicts: "drop invalid drop invalid",
    counts: { p: [2, 0] },
  },
  {
    name: "a value cannot pass for the end of one label and the next",
    policies: [
      policy([{ datapoint_attribute: "k", exists: true }, {
        datapoint_attribute: "l",
        exact: "y",
      }]),
    ],
    text: 'm{k="x",l="y"} 1\nm{k="x\u0001\0\0\0\0\0\0\0y"} 1\nm{k="xl",l="y"} 1\nm{k="x"} 1',
    verdicts: "drop keep drop keep",
    counts: { p: [2, 0] },
  },
  {
    name: "a line that cannot be parsed passes and counts nowhere",
    policies: [policy(name("a"))],
    text: 'a{l="x} 1\na one\na\n{} 1\na 1 2 3\na 1',
    verdicts: "unparseable unparseable unparseable unparseable unparseable drop",
    counts: { p: [1, 0] },
  },
  {
    name: "blanks before a name are no part of it",
    policies: [policy({ metric_field: "name", exact: "a" })],
    text: '  a 1\n\ta{l="x"} 1',
    verdicts: "drop drop",
    counts: { p: [2, 0] },
  },
  {
    name: "the same name as metadata of it changes between scrapes and within one",
    policies: [policy({ metric_type: "sum" })],
    text: "a 1\n# TYPE a counter\na 1\na 1",
    verdicts: "keep drop drop",
    counts: { p: [2, 0] },
  },
];

for (const { name, policies, text, verdicts, counts } of cases) {
  test(`counting: ${name}`, async () => {
    const filter = new Filter(await specsOf(policies));
    assert.deepEqual(filter.verdicts(text), verdicts.split(" "));
    assert.deepEqual(filter.counts(), counts);
  });
}

test("counts go on over scrapes, and settling twice counts once", async () => {
  const filter = new Filter(await specsOf(policy(name("a"))));
  filter.verdicts("a 1\na 2");
  assert.deepEqual(filter.counts(), { p: [2, 0] });
  assert.deepEqual(filter.counts(), { p: [2, 0] });
  filter.verdicts("a 1");
  assert.deepEqual(filter.counts(), { p: [3, 0] });
});

test("counters outlive a set, and are forgotten some time after", async () => {
  const counters = new PolicyCounters();
  const specs = await specsOf([policy(name("a"), true, "x"), policy(name("a"), true, "y")]);
  for (let round = 0; round < 2; round++) {
    const set = new PolicySet(specs, regexLibrary, counters);
    set.decide({ read: () => "abc" }).samples += 2;
    set.settle();
  }
  assert.deepEqual(counters.of("x"), { hits: 4, misses: 0 });
  counters.retain(new Set(["y"]), 1000, 500);
  assert.equal([...counters.entries()].length, 2, "it may still be reported");
  counters.retain(new Set(["y"]), 1499, 500);
  assert.equal([...counters.entries()].length, 2);
  counters.retain(new Set(["y"]), 1500, 500);
  assert.deepEqual([...counters.entries()], [["y", { hits: 4, misses: 0 }]]);
});

test("more policies on the value than an outcome has bits are told apart", async () => {
  const policies = Array.from(
    { length: 60 },
    (_, i) => policy({ datapoint_attribute: "value", gt: i }, true, String(i)),
  );
  const filter = new Filter(await specsOf(policies));
  filter.verdicts("a 60\na 60\na 1\na 0");
  const counts = filter.counts();
  assert.deepEqual([counts[0], counts[1], counts[59]], [[3, 0], [2, 0], [2, 0]]);
});

test("metadata is told apart when the cache was emptied on its account", async () => {
  const specs = await specsOf(policy({ metric_field: "description", exact: "c" }));
  const filter = new Filter(specs, { bounds: { signatures: 3, bytes: 100 } });
  const texts = [..."abcdefabcdef"];
  assert.deepEqual(
    texts.flatMap((text) => filter.verdicts(`# HELP m ${text}\nm 1`)),
    texts.map((text) => text === "c" ? "drop" : "keep"),
  );
});

/** A library whose compiled patterns cannot be run on a text that holds "boom". */
const failing: RegexLibrary = {
  ...regexLibrary,
  compile(pattern, caseInsensitive) {
    const compiled = regexLibrary.compile(pattern, caseInsensitive);
    return {
      test(text) {
        if (text.includes("boom")) throw new Error("boom");
        return compiled.test(text);
      },
    };
  },
};

test("a sample whose evaluation fails passes, whether by its name or by a label", async () => {
  const counters = new PolicyCounters();
  const specs = await specsOf([
    policy({ metric_field: "name", regex: "^a|boom" }, false, "name"),
    policy({ datapoint_attribute: "l", regex: "^x|boom" }, false, "label"),
  ]);
  const set = new PolicySet(specs, failing, counters);
  const policies = new PolicyEngine(set, new ResourceAttributes([]));
  const planner = new Planner({ policies, rules: undefined, aggregation: undefined });
  const decider = new Decider(planner, new Families(false));
  const lines = ["a 1", "boom 1", "boom 1", "a 2", 'b{l="boom"} 1', 'b{l="boom"} 1', 'b{l="x"} 1'];
  assert.deepEqual(
    lines.flatMap((line) => decider.decide(line)),
    ["drop", "failed", "failed", "drop", "failed", "failed", "drop"],
  );
  set.settle();
  assert.deepEqual(counters.of("name"), { hits: 2, misses: 0 });
  assert.deepEqual(counters.of("label"), { hits: 1, misses: 0 });
});
