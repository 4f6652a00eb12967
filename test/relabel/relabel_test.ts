import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { LabelBuilder } from "../../src/relabel/label_builder.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { readYaml } from "../../src/yaml/read_document.ts";
import { FILTER_CASES } from "../support/relabel/filter_cases.ts";
import { NAME_CASES } from "../support/relabel/name_cases.ts";
import { REGEX_CASES } from "../support/relabel/regex_cases.ts";
import type { RelabelCase } from "../support/relabel/relabel_case.ts";
import { REPLACE_CASES } from "../support/relabel/replace_cases.ts";
import { TEMPLATE_CASES } from "../support/relabel/template_cases.ts";
import { VALUE_CASES } from "../support/relabel/value_cases.ts";

const GROUPS: readonly [string, readonly RelabelCase[]][] = [
  ["replace", REPLACE_CASES],
  ["regex", REGEX_CASES],
  ["template", TEMPLATE_CASES],
  ["filter", FILTER_CASES],
  ["names", NAME_CASES],
  ["values", VALUE_CASES],
];

for (const [group, cases] of GROUPS) {
  for (const testCase of cases) {
    test(`${group}: ${testCase[0]}`, () => check(testCase));
  }
}

/** Twice: with plain values, and with values that are decoded only when a rule reads them. */
async function check([, yaml, input, expected, scheme]: RelabelCase): Promise<void> {
  const { value } = await readYaml(yaml);
  const { configs, problems } = readRelabelConfigs(value, placeOf("rules"), scheme ?? "utf8");
  deepEqual(problems, []);
  const rules = await compileRules(configs);
  const inputs = Object.entries(input);

  const plain = new LabelBuilder(inputs);
  const dropped = rules.apply(plain) >= 0;
  deepEqual(dropped ? "dropped" : Object.fromEntries(plain.result()), expected);

  const symbolic = new LabelBuilder(
    inputs.map(([name, value], index) => [name, value === "" ? "" : index]),
    (index) => inputs[index][1],
  );
  deepEqual(rules.apply(symbolic) >= 0, dropped);
  const decoded = symbolic.result().map(([name, value]) => [
    name,
    typeof value === "number" ? inputs[value][1] : value,
  ]);
  if (!dropped) deepEqual(decoded, plain.result());

  const maps = configs.some((config) => config.action === "labelmap");
  for (const index of symbolic.reads) ok(maps || rules.reads.has(inputs[index][0]));
  const name = Object.fromEntries(plain.result()).__name__ ?? "";
  if (!rules.mayRename) deepEqual(name, input.__name__ ?? "");
  if (!rules.changesLabels) deepEqual(plain.result(), new LabelBuilder(inputs).result());
}
