import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { LabelBuilder, type LabelEntry } from "../../src/relabel/label_builder.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";

const VALUES = ["up", "/x", "GET"];
const INPUT: readonly LabelEntry[] = [["__name__", 0], ["path", 1], ["method", 2]];

/** What the rules make of `INPUT`, which inputs they read, and how often each was decoded. */
async function outcome(rules: unknown[]) {
  const { configs, problems } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
  deepEqual(problems, []);
  const decoded: number[] = [];
  const labels = new LabelBuilder(INPUT, (index) => {
    decoded.push(index);
    return VALUES[index];
  });
  const dropped = (await compileRules(configs)).apply(labels);
  return { dropped, result: labels.result(), reads: [...labels.reads], decoded };
}

test("labelmap, labeldrop and labelkeep read no value", async () => {
  const { result, reads, decoded } = await outcome([
    { action: "labelmap", regex: "p(.*)", replacement: "new_$1" },
    { action: "labeldrop", regex: "path" },
    { action: "labelkeep", regex: "__name__|new_.*" },
  ]);
  deepEqual(result, [["__name__", 0], ["new_ath", 1]]);
  deepEqual([reads, decoded], [[], []]);
});

test("a rule that reads a label made by labelmap reads the label it was made from", async () => {
  const { dropped, reads, decoded } = await outcome([
    { action: "labelmap", regex: "path", replacement: "route" },
    { action: "drop", source_labels: ["route"], regex: "/y" },
    { action: "drop", source_labels: ["route"], regex: "/x" },
  ]);
  deepEqual({ dropped, reads, decoded }, { dropped: 2, reads: [1], decoded: [1] });
});

test("a plain copy reads nothing, and reading the copy reads its source", async () => {
  const copy = { source_labels: ["path"], target_label: "route" };
  const copied = await outcome([copy]);
  deepEqual(copied.result, [["__name__", 0], ["method", 2], ["path", 1], ["route", 1]]);
  deepEqual(copied.reads, []);
  const read = await outcome([
    copy,
    { action: "uppercase", source_labels: ["route"], target_label: "r" },
  ]);
  deepEqual(read.reads, [1]);
});

test("a constant reads nothing, whatever its sources", async () => {
  const { result, reads } = await outcome([
    { source_labels: ["path"], target_label: "path", replacement: "all" },
  ]);
  deepEqual(result, [["__name__", 0], ["method", 2], ["path", "all"]]);
  deepEqual(reads, []);
});

test("an overridden label is not read any more", async () => {
  const { reads } = await outcome([
    { target_label: "path", replacement: "all" },
    { action: "keep", source_labels: ["path"], regex: "all" },
  ]);
  deepEqual(reads, []);
});

test("a missing label is no read", async () => {
  deepEqual((await outcome([{ action: "keep", source_labels: ["no"], regex: "" }])).reads, []);
});

test("range: base by name in byte order, then added as they came; later changes do not show", () => {
  const labels = new LabelBuilder([["\u{1f600}", "1"], ["\ufb01", "2"], ["b", "3"], ["a", "4"]]);
  labels.set("z", "5");
  labels.set("a", "6");
  labels.set("z", "7");
  labels.delete("b");
  const before = labels.range();
  labels.set("z", "8");
  labels.set("new", "9");
  deepEqual(before, [["\ufb01", "2"], ["\u{1f600}", "1"], ["z", "7"], ["a", "6"]]);
  deepEqual(labels.result().map(([name]) => name), ["a", "new", "z", "\ufb01", "\u{1f600}"]);
});

test("set and delete: empty deletes, a deleted label comes back at the end", () => {
  const labels = new LabelBuilder([["a", "1"], ["empty", ""], ["b", "2"]]);
  labels.set("c", "3");
  labels.set("a", "");
  equal(labels.get("a"), "");
  equal(labels.get("empty"), "");
  labels.set("a", "4");
  equal(labels.get("a"), "4");
  deepEqual(labels.range(), [["b", "2"], ["c", "3"], ["a", "4"]]);
  labels.delete("c");
  labels.delete("c");
  deepEqual(labels.result(), [["a", "4"], ["b", "2"]]);
});

test("a reference without a way to resolve it is an error", () => {
  throws(() => new LabelBuilder([["a", 0]]).get("a"), RangeError);
});
