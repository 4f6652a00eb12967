import assert from "node:assert/strict";
import { test } from "node:test";
import { Planner } from "../../src/engine/planner.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PolicyEngine } from "../../src/policy/policy_engine.ts";
import { PolicySet } from "../../src/policy/policy_set.ts";
import { ResourceAttributes } from "../../src/policy/resource_attributes.ts";
import { sampleLine } from "../support/engine/planned_lines.ts";
import { Filter, policy, regexLibrary, specsOf } from "../support/policy/policy_fixture.ts";

async function fixture(maxDecisions?: number) {
  const counters = new PolicyCounters();
  const specs = await specsOf([
    policy({ metric_field: "name", contains: "ab" }, true, "ab"),
    policy({ metric_field: "name", contains: "cd" }, true, "cd"),
  ]);
  const set = new PolicySet(specs, regexLibrary, counters);
  return {
    set,
    counters,
    policies: new PolicyEngine(set, new ResourceAttributes([]), maxDecisions),
  };
}

test("decisions are forgotten when there are too many, and what they decided is counted", async () => {
  const { set, counters, policies } = await fixture(3);
  for (const name of ["ab", "cd"]) policies.decide(sampleLine(`${name} 1`)).samples += 5;
  assert.deepEqual([policies.makeRoom(), policies.epoch, set.outcomes], [false, 0, 2]);
  policies.decide(sampleLine("abcd 1")).samples += 2;
  assert.deepEqual([policies.makeRoom(), policies.epoch, set.outcomes], [true, 1, 0]);
  assert.deepEqual(counters.of("ab"), { hits: 7, misses: 0 });
  assert.deepEqual(counters.of("cd"), { hits: 7, misses: 0 });
});

test("what a planner knows is forgotten with the decisions that it rests on", async () => {
  const { counters, policies } = await fixture(1);
  const planner = new Planner({ policies, rules: undefined, aggregation: undefined });
  const before = planner.version;
  for (const name of ["ab", "cd", "ab", "x", "cd"]) {
    planner.plan(sampleLine(`${name} 1`)).decision!.samples++;
  }
  policies.settle();
  assert.deepEqual(counters.of("ab"), { hits: 2, misses: 0 });
  assert.deepEqual(counters.of("cd"), { hits: 2, misses: 0 });
  assert.ok(planner.version > before);
});

test("all steps at once decide as a planner does", async () => {
  const { policies } = await fixture();
  const planner = new Planner({ policies, rules: undefined, aggregation: undefined });
  for (const name of ["ab", "cd", "abcd", "x"]) {
    const line = sampleLine(`${name} 1`);
    assert.equal(planner.plan(line).decision, policies.decide(line));
  }
});

test("a planner of one output does not count what another one counts", async () => {
  const { policies } = await fixture();
  const rules = { policies, rules: undefined, aggregation: undefined };
  const planner = new Planner({ ...rules, countsPolicies: false });
  assert.equal(planner.plan(sampleLine("ab 1")).decision, undefined);
});

test("an attribute of the resource is another one: what rested on it is decided anew", async () => {
  const filter = new Filter(
    await specsOf(
      policy([
        { metric_field: "name", exact: "a" },
        { resource_attribute: "x", exact: "1" },
      ]),
    ),
  );
  const text = 'target_info{x="1"} 1\na 1\na 2\ntarget_info{x="2"} 1\na 3';
  assert.deepEqual(filter.verdicts(text), ["keep", "drop", "drop", "keep", "keep"]);
  assert.deepEqual(filter.counts(), { p: [2, 0] });
});
