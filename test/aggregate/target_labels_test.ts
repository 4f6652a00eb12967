import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_TARGET_LABELS, TargetLabels } from "../../src/aggregate/target_labels.ts";
import { familyOf, keyOf, ruleSetOf, seriesPlannerOf } from "../support/engine/planned_lines.ts";
import { testMerged } from "../support/gateway/merged_case.ts";

type Rules = Record<string, unknown>[];

/** Keys of lines with their targets' labels, by one planner. */
async function keysBy(rules: Rules) {
  const planner = seriesPlannerOf(await ruleSetOf(rules));
  return (line: string, labels: TargetLabels = NO_TARGET_LABELS, type?: string): string => {
    const name = line.replace(/(_bucket)?[{ ].*/, "");
    return keyOf(planner, line, type === undefined ? undefined : familyOf(name, type), labels);
  };
}

const zone = (value: string) => new TargetLabels([["zone", value]]);

test("labels of a target stand in each of its samples, whether rules read them or not", async () => {
  const readers: Rules[] = [
    [{ action: "labeldrop", regex: "path" }],
    [{ action: "drop", source_labels: ["zone"], regex: "none" }],
    [{ action: "labelmap", regex: "none(.*)" }],
  ];
  for (const rules of readers) {
    const keyOf = await keysBy(rules);
    for (const value of ["a", "b", 'q"\\', "a"]) {
      const written = value.replace(/["\\]/g, "\\$&");
      assert.equal(keyOf('c{m="1"} 1', zone(value)), `c{m="1",zone="${written}"}`);
      assert.equal(keyOf("c 1", zone(value)), `c{zone="${written}"}`);
    }
    assert.equal(keyOf('c{m="1"} 1'), 'c{m="1"}');
    assert.equal(keyOf("c 1"), "c");
  }
});

test("what rules make of a target's label is told apart by its value", async () => {
  const keyOf = await keysBy([
    { action: "drop", source_labels: ["zone"], regex: "c" },
    { source_labels: ["zone"], target_label: "z", regex: "(.).*" },
    { action: "labeldrop", regex: "zone" },
  ]);
  assert.equal(keyOf("c 1", zone("ax")), 'c{z="a"}');
  assert.equal(keyOf("c 1", zone("bx")), 'c{z="b"}');
  assert.equal(keyOf("c 1", zone("c")), "rule");
  assert.equal(keyOf("c 1"), "c");
  assert.equal(keyOf("c 1", zone("ay")), 'c{z="a"}');
});

test("a rule that reads a target's label through a copy tells its values apart", async () => {
  const keyOf = await keysBy([
    { action: "labelmap", regex: "zo(.*)", replacement: "copy" },
    { source_labels: ["copy"], target_label: "z", regex: "(.).*" },
    { action: "labeldrop", regex: "zone|copy" },
  ]);
  for (const value of ["ax", "bx", "ay", "bz"]) {
    assert.equal(keyOf('c{m="1"} 1', zone(value)), `c{m="1",z="${value[0]}"}`);
  }
});

test("an exposed label whose name the target's takes is renamed until the name is free", async () => {
  const keyOf = await keysBy([{ action: "labeldrop", regex: "path" }]);
  const exported = 'c{exported_zone="x",zone="t"}';
  assert.equal(keyOf('c{zone="x"} 1', zone("t")), exported);
  assert.equal(keyOf('c{zone="y"} 1', zone("t")), exported.replace(`"x"`, `"y"`));
  assert.equal(keyOf('c{zone=""} 1', zone("t")), 'c{zone="t"}');
  assert.equal(
    keyOf('c{exported_zone="e",zone="x"} 1', zone("t")),
    'c{exported_exported_zone="x",exported_zone="e",zone="t"}',
  );
  assert.equal(keyOf('c{zone="x"} 1'), 'c{zone="x"}');
});

test("targets with other labels have other plans in the same planner", async () => {
  const keyOf = await keysBy([{ action: "labeldrop", regex: "path" }]);
  const both = (a: string, b: string) => new TargetLabels([["b", b], ["a", a]]);
  const other = new TargetLabels([["a", "1"], ["b", "2"]]);
  for (let round = 0; round < 3; round++) {
    assert.equal(keyOf('c{m="1"} 1', both("1", "2")), 'c{a="1",b="2",m="1"}');
    assert.equal(keyOf('c{m="1"} 1', zone("z")), 'c{m="1",zone="z"}');
    assert.equal(keyOf('c{m="1"} 1', other), 'c{a="1",b="2",m="1"}');
    assert.equal(keyOf('c{m="1"} 1', both("3", "")), 'c{a="3",m="1"}');
    assert.equal(keyOf('c{m="1"} 1'), 'c{m="1"}');
  }
});

test("bounds stay numbers beside a target's labels", async () => {
  const keyOf = await keysBy([{ action: "labeldrop", regex: "path" }]);
  for (const le of ["1", "1.0", "1e0"]) {
    const key = keyOf(`h_bucket{le="${le}"} 1`, zone("t"), "histogram");
    assert.equal(key, 'h_bucket{zone="t",le="1.0"}');
  }
});

testMerged([
  {
    what: "targets' labels keep their samples apart, and rules take them away again",
    labels: { a: { zone: "x" }, b: { zone: "y" }, c: { zone: "y" } },
    scrapes: [
      {
        answers: { a: "g 1.0\n", b: "g 2\n", c: "g 3\n" },
        expected: 'g{zone="x"} 1.0\ng{zone="y"} 5\n',
      },
      { answers: { c: "g 3\n", a: "g 1\n" }, expected: 'g{zone="x"} 1\ng{zone="y"} 3\n' },
    ],
  },
  {
    what: "rules see them",
    rules: [{ action: "labeldrop", regex: "zone" }],
    labels: { a: { zone: "x" }, b: { zone: "y" } },
    scrapes: [{ answers: { a: "g 1\n", b: "g 2\n" }, expected: "g 3\n" }],
  },
]);
