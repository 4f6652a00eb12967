import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { bareCounter, bareNames } from "../../src/lint/counter_names.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";

const NAMES: readonly (readonly [rule: Record<string, unknown>, names: readonly string[]])[] = [
  [{ source_labels: ["__name__"], regex: "jobs|up", action: "drop" }, ["jobs", "up"]],
  [{ source_labels: ["__name__"], regex: "jobs(_total)?", action: "keep" }, ["jobs_total"]],
  [{ source_labels: ["__name__"], regex: "jobs.*", action: "drop" }, []],
  [{ source_labels: ["a", "__name__"], regex: "1;jobs", target_label: "b" }, ["jobs"]],
  [{ source_labels: ["__name__", "a"], regex: "jobs", target_label: "b" }, []],
  [{ source_labels: ["a"], regex: "jobs", action: "drop" }, []],
  [{ regex: "jobs", action: "labeldrop" }, []],
];

test("the names that a rule looks for, without _total", async () => {
  for (const [rule, names] of NAMES) {
    const { configs } = readRelabelConfigs([rule], placeOf("rules"), "utf8");
    const [compiled] = (await compileRules(configs)).rules;
    deepEqual([...bareNames(compiled)], names, JSON.stringify(rule));
  }
});

test("a counter of such a name, in OpenMetrics, text and protobuf", () => {
  const names = new Set(["jobs", "up", "done_total"]);
  const found = (name: string, family: string, type: "counter" | "gauge", ofProtobuf = false) =>
    bareCounter(names, name, { name: family, type }, ofProtobuf);
  equal(found("jobs_total", "jobs", "counter"), "jobs");
  equal(found("jobs_created", "jobs", "counter"), undefined);
  equal(found("jobs", "jobs", "counter"), undefined);
  equal(found("jobs", "jobs", "counter", true), "jobs");
  equal(found("done_total", "done_total", "counter", true), undefined);
  equal(found("up", "up", "gauge", true), undefined);
  equal(found("other_total", "other", "counter"), undefined);
  equal(bareCounter(names, "jobs_total", undefined), undefined);
});
