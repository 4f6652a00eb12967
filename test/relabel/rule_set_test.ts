import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { placeOf, placeText } from "../../src/problems/problem.ts";
import { LabelBuilder } from "../../src/relabel/label_builder.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules, type RuleStep } from "../../src/relabel/rule_set.ts";

async function ruleSet(...rules: unknown[]) {
  const { configs, problems } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
  deepEqual(problems, []);
  return await compileRules(configs);
}

const DROP = { action: "drop", source_labels: ["__name__", "a"], regex: "x" };
const EQUAL = { action: "keepequal", source_labels: ["b"], target_label: "c" };

test("changesLabels: only keep, drop, keepequal and dropequal change nothing", async () => {
  equal((await ruleSet()).changesLabels, false);
  equal((await ruleSet(DROP, EQUAL)).changesLabels, false);
  equal((await ruleSet(DROP, { action: "labeldrop", regex: "a" })).changesLabels, true);
});

test("reads: sources, compared targets, and sources of copies that are read", async () => {
  deepEqual([...(await ruleSet(DROP, EQUAL)).reads].sort(), ["__name__", "a", "b", "c"]);
  const copy = { source_labels: ["p"], target_label: "q" };
  deepEqual([...(await ruleSet(copy)).reads], []);
  const read = { action: "keep", source_labels: ["r"], regex: "x" };
  const copies = await ruleSet({ source_labels: ["q"], target_label: "r" }, copy, read);
  deepEqual([...copies.reads].sort(), ["p", "q", "r"]);
  deepEqual([...(await ruleSet({ action: "labelmap", source_labels: ["a"] })).reads], []);
});

const RENAMES: readonly [rule: Record<string, unknown>, mayRename: boolean][] = [
  [{ target_label: "__name__" }, true],
  [{ target_label: "a" }, false],
  [{ target_label: "$1" }, true],
  [{ target_label: "__${1}__" }, true],
  [{ target_label: "a_$1" }, false],
  [{ target_label: "${1}_total" }, false],
  [{ action: "uppercase", target_label: "__name__" }, true],
  [{ action: "lowercase", target_label: "a" }, false],
  [{ action: "hashmod", modulus: 2, target_label: "__name__" }, true],
  [{ action: "keepequal", target_label: "__name__" }, false],
  [{ action: "labelmap" }, true],
  [{ action: "labelmap", replacement: "__name__" }, true],
  [{ action: "labelmap", replacement: "x_$1" }, false],
  [{ action: "labeldrop", regex: "a" }, false],
  [{ action: "labeldrop", regex: "__.*" }, true],
  [{ action: "labelkeep", regex: "a" }, true],
  [{ action: "labelkeep", regex: "a|__name__" }, false],
];

for (const [rule, mayRename] of RENAMES) {
  test(`mayRename: ${JSON.stringify(rule)}`, async () => {
    equal((await ruleSet(rule)).mayRename, mayRename);
  });
}

test("apply tells which rule dropped the sample, and every step of it", async () => {
  const rules = await ruleSet(
    { target_label: "b", replacement: "2" },
    { action: "drop", source_labels: ["b"], regex: "2" },
    { target_label: "c", replacement: "3" },
  );
  const steps: RuleStep[] = [];
  equal(rules.apply(new LabelBuilder([["a", "1"]]), (step) => steps.push(step)), 1);
  deepEqual(
    steps.map(({ index, before, after, dropped }) => ({ index, before, after, dropped })),
    [
      { index: 0, before: [["a", "1"]], after: [["a", "1"], ["b", "2"]], dropped: false },
      {
        index: 1,
        before: [["a", "1"], ["b", "2"]],
        after: [["a", "1"], ["b", "2"]],
        dropped: true,
      },
    ],
  );
  equal(placeText(steps[1].rule.config.place), "rules[1]");
});
