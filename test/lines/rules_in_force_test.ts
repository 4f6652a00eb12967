import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { buildRules, isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import {
  dropPath,
  NO_LIMITS,
  type RelabelRules,
  rulesOf,
  type RulesText,
} from "../support/lines/series_case.ts";

const drop: RelabelRules = [{ action: "drop", source_labels: ["a"], regex: "1" }];
const rename: RelabelRules = [{ target_label: "__name__", replacement: "x" }];

const KINDS: [what: string, text: RulesText, kind: string | undefined][] = [
  ["nothing", {}, undefined],
  ["functions alone", { aggregation: [{ match: "a", function: "max" }] }, undefined],
  ["rules that drop", { rules: drop }, "filter"],
  ["rules that change labels", { rules: dropPath }, "series"],
  ["both", { rules: [...drop, ...dropPath] }, "series"],
  ["limits alone", { limits: NO_LIMITS }, "series"],
  ["rules that drop, and limits", { rules: drop, limits: NO_LIMITS }, "series"],
];

for (const [what, text, kind] of KINDS) {
  test(`${what}: ${kind ?? "no rules in force"}`, async () => {
    const inForce = await rulesOf(text);
    const found = isSeriesRules(inForce) ? "series" : inForce && "filter";
    assert.equal(found, kind);
  });
}

test("only rules that may change the name make the scrape wait", async () => {
  for (const [rules, mayRename] of [[dropPath, false], [rename, true]] as const) {
    const inForce = await rulesOf({ rules });
    assert.ok(isSeriesRules(inForce));
    assert.equal(inForce.mayRename, mayRename);
  }
});

test("every pattern that is not RE2 syntax is named", async () => {
  const aggregationRules = [
    { match: "a(", function: "sum" },
    { match: "fine", function: "sum" },
    { match: "(?=x)", function: "max" },
  ] as const;
  const relabelConfigs = readRelabelConfigs(dropPath, placeOf("rules"), "utf8").configs;
  await assert.rejects(
    buildRules({ relabelConfigs, aggregationRules, limits: undefined }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /aggregation\.rules\[0\]\.match: found "a\(", wanted an RE2/);
      assert.match(error.message, /aggregation\.rules\[2\]\.match: found "\(\?=x\)"/);
      assert.doesNotMatch(error.message, /rules\[1\]/);
      return true;
    },
  );
});
