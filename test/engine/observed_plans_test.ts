import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { NO_TARGET_LABELS, TargetLabels } from "../../src/aggregate/target_labels.ts";
import { observedRules } from "../../src/relabel/observed_rules.ts";
import {
  familyOf,
  keyOf as outcomeOf,
  outcomeOf as planOf,
  ruleSetOf as rulesOf,
  seriesPlannerOf,
} from "../support/engine/planned_lines.ts";
import { random } from "../support/random.ts";
import { randomLine, randomRule } from "../support/relabel/random_rules.ts";

type Rules = readonly Record<string, unknown>[];
for (const seed of [9107, 9108, 9109, 9110]) {
  test(`many values come out as with whole values in signatures, seed ${seed}`, async () => {
    const next = random(seed);
    const families = [undefined, familyOf("m", "histogram"), familyOf("m", "gauge")];
    const targets = [
      NO_TARGET_LABELS,
      NO_TARGET_LABELS,
      new TargetLabels([["a", "x"], ["i", "1"]]),
    ];
    let observed = 0;
    for (let turn = 0; turn < 150; turn++) {
      const text = Array.from({ length: 1 + next(3) }, () => randomRule(next));
      const rules = await rulesOf(text);
      observed += Number(observedRules(rules).labels.size > 0);
      // Few plans, so that all is observed almost from the beginning; and so many that nothing is.
      const planner = seriesPlannerOf(rules, { signatures: 3, bytes: 10_000 });
      const whole = seriesPlannerOf(rules);
      for (let line = 0; line < 40; line++) {
        const input = randomLine(next);
        const family = families[next(2)];
        const ofTarget = targets[next(2)];
        equal(
          outcomeOf(planner, input, family, ofTarget),
          outcomeOf(whole, input, family, ofTarget),
          `${JSON.stringify(text)} on ${input} of ${family?.type}`,
        );
      }
    }
    ok(observed > 60, `${observed} rule sets are observed`);
  });
}

test("values that only make others share one plan once there are many of them", async () => {
  const rules = await rulesOf([
    { source_labels: ["path"], regex: "/users/([0-9]+)/.*", target_label: "user" },
    { action: "labeldrop", regex: "path" },
  ]);
  const planner = seriesPlannerOf(rules, { signatures: 8, bytes: 10_000 });
  const plans = new Set(
    Array.from(
      { length: 100 },
      (_, index) => planOf(planner, `m{path="/users/${index}/x"} 1`),
    ),
  );
  ok(plans.size <= 10, `${plans.size} plans`);
  equal(outcomeOf(planner, `m{path="/users/77/y",z="1"} 1`), `m{user="77",z="1"}`);
});

test("a value that comes out empty is no label, whatever came before", async () => {
  const rules = await rulesOf([
    { source_labels: ["a"], regex: "(x*)(y*).*", target_label: "d", replacement: "$2" },
    { source_labels: ["a"], regex: "(x*).*", target_label: "a" },
  ]);
  const planner = seriesPlannerOf(rules, { signatures: 3, bytes: 10_000 });
  for (const value of ["xy", "yy", "xxy", "xyy"]) outcomeOf(planner, `m{a="${value}"} 1`);
  equal(outcomeOf(planner, `m{a="xxyyyz"} 1`), `m{a="xx",d="yyy"}`);
  equal(outcomeOf(planner, `m{a="xxxz"} 1`), `m{a="xxx"}`);
  equal(outcomeOf(planner, `m{a="yyyy"} 1`), `m{d="yyyy"}`);
});

const OBSERVED: readonly (readonly [what: string, rules: Rules, labels: string, made: number])[] = [
  ["a drop", [{ action: "drop", source_labels: ["a"], regex: "x.*" }], "a", 0],
  ["a capture", [{ source_labels: ["a"], regex: "(.).*", target_label: "d" }], "a", 1],
  [
    "a capture that is read",
    [
      { source_labels: ["a"], regex: "(.).*", target_label: "d" },
      { action: "drop", source_labels: ["d"], regex: "x" },
    ],
    "a,d",
    0,
  ],
  ["a rewriting of a label", [{ source_labels: ["a"], regex: "(.).*", target_label: "a" }], "a", 1],
  [
    "a label with a hash",
    [
      { action: "drop", source_labels: ["a"], regex: "x" },
      { action: "hashmod", source_labels: ["a"], modulus: 2, target_label: "d" },
    ],
    "a",
    1,
  ],
  [
    "a label compared with another",
    [
      { action: "drop", source_labels: ["a"], regex: "x" },
      { action: "keepequal", source_labels: ["a"], target_label: "b" },
    ],
    "",
    0,
  ],
  [
    "a label whose copy is read",
    [
      { source_labels: ["a"], target_label: "d" },
      { action: "drop", source_labels: ["a"], regex: "x" },
      { action: "drop", source_labels: ["d"], regex: "y" },
    ],
    "d",
    0,
  ],
  [
    "labels joined after one is gone",
    [
      { action: "labeldrop", regex: "b" },
      { action: "drop", source_labels: ["a", "b"], regex: "x;" },
    ],
    "",
    0,
  ],
  [
    "a label under many names",
    [
      { action: "labelmap", regex: "a", replacement: "d" },
      { action: "drop", source_labels: ["a"], regex: "x" },
    ],
    "",
    0,
  ],
];

for (const [what, text, labels, made] of OBSERVED) {
  test(`what is observed of ${what}`, async () => {
    const observed = observedRules(await rulesOf(text));
    equal([...observed.labels].join(), labels);
    equal(observed.rules.filter((rule) => rule.made >= 0).length, made);
  });
}

test("a value that was observed, and then is read as a bound, is read from then on", async () => {
  const planner = seriesPlannerOf(
    await rulesOf([
      { source_labels: ["c"], target_label: "le" },
      { source_labels: ["c"], regex: "(.).*", target_label: "a" },
    ]),
    { signatures: 8, bytes: 10_000 },
  );
  for (let i = 0; i < 20; i++) {
    equal(
      outcomeOf(planner, `g{c="v${i}"} 1`, familyOf("g", "gauge")),
      `g{a="v",c="v${i}",le="v${i}"}`,
    );
  }
  const histogram = familyOf("h", "histogram");
  equal(outcomeOf(planner, 'h_bucket{c="5"} 1', histogram), 'h_bucket{a="5",c="5",le="5.0"}');
  equal(outcomeOf(planner, 'h_bucket{c="6"} 1', histogram), 'h_bucket{a="6",c="6",le="6.0"}');
  equal(
    outcomeOf(planner, 'h_bucket{c="6",z="1"} 1', histogram),
    'h_bucket{a="6",c="6",z="1",le="6.0"}',
  );
});
