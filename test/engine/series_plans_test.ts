import assert from "node:assert/strict";
import { test } from "node:test";
import type { EditPlan } from "../../src/aggregate/edit_plan.ts";
import type { Planner } from "../../src/engine/planner.ts";
import {
  familyOf,
  keyOf,
  outcomeOf as planOf,
  ruleSetOf,
  seriesPlannerOf,
} from "../support/engine/planned_lines.ts";

type Rules = Record<string, unknown>[];

async function plannerOf(
  rules: Rules,
  signatures = 100,
  scheme: "utf8" | "legacy" = "utf8",
): Promise<Planner> {
  const set = await ruleSetOf(rules, scheme);
  return seriesPlannerOf(set, { signatures, bytes: 10_000 }, scheme);
}

const dropPath = { action: "labeldrop", regex: "path" };

test("lines that differ in labels which no rule reads share a plan", async () => {
  const planner = await plannerOf([dropPath]);
  const plan = planOf(planner, `c{m="1",path="2"} 1`);
  assert.equal(planOf(planner, `c{m="3",path="4"} 7`), plan);
  for (const other of [`c{m="1"} 1`, `c{path="2",m="1"} 1`, `c{m="",path="2"} 1`, `c 1`, `cm 1`]) {
    assert.notEqual(planOf(planner, other), plan, other);
  }
});

test("lines share no plan across types, families or values that rules read", async () => {
  const planner = await plannerOf([{ action: "drop", source_labels: ["m"], regex: "x" }, dropPath]);
  const line = `c_total{m="1"} 1`;
  const plans = [
    planOf(planner, line),
    planOf(planner, line, familyOf("c", "counter")),
    planOf(planner, line, familyOf("c_total", "counter")),
    planOf(planner, line, familyOf("c_total", "gauge")),
    planOf(planner, `c_total{m="2"} 1`),
  ] as EditPlan[];
  assert.equal(new Set(plans).size, plans.length);
  const families = plans.map(({ family }) => family.name);
  assert.deepEqual(families, ["c", "c", "c_total", "c_total", "c"]);
  assert.equal(planOf(planner, `c_total{m="x"} 1`), "rule");
});

test("fields that run together are told apart", async () => {
  const planner = await plannerOf([{
    source_labels: ["a", "b"],
    regex: "(.*);(.*)",
    target_label: "c",
  }]);
  assert.equal(keyOf(planner, `m{a="1",b="23"} 1`), `m{a="1",b="23",c="1"}`);
  assert.equal(keyOf(planner, `m{a="12",b="3"} 1`), `m{a="12",b="3",c="12"}`);
  assert.equal(keyOf(planner, `m{a="123"} 1`), `m{a="123",c="123"}`);
  assert.equal(keyOf(planner, `m{ab="1"} 1`), `m{ab="1"}`);
});

test("a planner with room for three plans gives what one with room for all gives", async () => {
  const rules: Rules = [
    { action: "labelmap", regex: "x_(.*)", replacement: "y_$1" },
    { source_labels: ["y_a"], regex: "(.).*", target_label: "first" },
    { action: "labeldrop", regex: "[xy]_.*" },
  ];
  const small = await plannerOf(rules, 3);
  const large = await plannerOf(rules);
  for (let i = 0; i < 300; i++) {
    const line = `c${i % 4}{x_a="${i % 23}",m="${i}",x_b="${i % 5}"} 1`;
    const first = i % 23 < 10 ? i % 23 : Math.floor((i % 23) / 10);
    assert.equal(keyOf(small, line), `c${i % 4}{first="${first}",m="${i}"}`);
    assert.equal(keyOf(large, line), keyOf(small, line));
  }
});

test("rules that turn out to read very many labels stay right", async () => {
  const rules: Rules = [
    { action: "labelmap", regex: "l.*", replacement: "copy" },
    { source_labels: ["copy"], regex: "(.).*", target_label: "first" },
    { action: "labelkeep", regex: "__name__|first" },
  ];
  const planner = await plannerOf(rules);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 150; i++) {
      const value = String((i * 7 + round) % 10);
      assert.equal(keyOf(planner, `c{l${i}="${value}x",m="1"} 1`), `c{first="${value}"}`);
    }
  }
});

test("labels whose names can be spelled in two ways are read in both", async () => {
  const planner = await plannerOf([
    { action: "labelmap", regex: ".*q", replacement: "copy" },
    { source_labels: ["copy"], regex: "(.).*", target_label: "first" },
    { action: "labelkeep", regex: "__name__|first" },
  ]);
  const spellings = [String.raw`a\\q`, String.raw`a\q`];
  for (const value of ["1", "2", "3"]) {
    for (const name of spellings) {
      assert.equal(keyOf(planner, `c{"${name}"="${value}x"} 1`), `c{first="${value}"}`);
    }
  }
});

test("why a sample is left out", async () => {
  const planner = await plannerOf([
    { action: "drop", source_labels: ["m"], regex: "1" },
    { source_labels: ["m"], regex: "2", target_label: "__name__", replacement: "" },
    { source_labels: ["m"], regex: "3", target_label: "__name__", replacement: "a.b" },
    { source_labels: ["m"], regex: "4", target_label: "a\0", replacement: "x" },
  ]);
  assert.equal(planOf(planner, `c{m="1"} 1`), "rule");
  assert.equal(keyOf(planner, `c{m="2"} 1`), `c{m="2"}`);
  assert.equal(planOf(planner, `c{m="1",m="1"} 1`), "duplicate_label");
  assert.equal(planOf(planner, `c{m="4"} 1`), "bad_name");
  assert.equal(keyOf(planner, `c{m="3"} 1`), `{"a.b",m="3"}`);
});

test("names beyond the classic alphabet are invalid under the legacy scheme", async () => {
  const rules = [{
    source_labels: ["m"],
    regex: "3",
    target_label: "__name__",
    replacement: "a.b",
  }];
  const planner = await plannerOf(rules, 100, "legacy");
  assert.equal(planOf(planner, `c{m="3"} 1`), "no_name");
  assert.equal(keyOf(planner, `c:d{m="4"} 1`), `c:d{m="4"}`);
});
