import assert from "node:assert/strict";
import { test } from "node:test";
import { familyOfSample, type FamilyType, isFamilyType } from "../../src/exposition/family_type.ts";

const SUFFIXES = [
  "",
  "_total",
  "_created",
  "_bucket",
  "_sum",
  "_count",
  "_gsum",
  "_gcount",
  "_info",
];
SUFFIXES.push("bar", "_bar", "_max", "_Total", "_total_total");

const allowed: [FamilyType | undefined, string[]][] = [
  ["counter", ["", "_total", "_created"]],
  ["gauge", [""]],
  ["histogram", ["", "_created", "_bucket", "_sum", "_count"]],
  ["gaugehistogram", ["", "_bucket", "_sum", "_count", "_gsum", "_gcount"]],
  ["summary", ["", "_created", "_sum", "_count"]],
  ["info", ["", "_info"]],
  ["stateset", [""]],
  ["unknown", [""]],
  ["untyped", [""]],
  [undefined, [""]],
];

for (const [type, suffixes] of allowed) {
  test(`a family of type ${type ?? "not said"} has the samples foo${suffixes.join(", foo")}`, () => {
    const foo = { name: "foo", type };
    const lookup = (name: string) => name === "foo" ? foo : undefined;
    const found = SUFFIXES.filter((suffix) => familyOfSample(`foo${suffix}`, lookup) === foo);
    assert.deepEqual(found, suffixes);
  });
}

test("the family of the very name comes before the one with a suffix", () => {
  const families = new Map([
    ["foo", { name: "foo", type: "histogram" as const }],
    ["foo_count", { name: "foo_count", type: undefined }],
  ]);
  const family = (sample: string) => familyOfSample(sample, (name) => families.get(name))?.name;
  assert.equal(family("foo_count"), "foo_count");
  assert.equal(family("foo_sum"), "foo");
});

test("a suffix that two types share finds the family whose type allows it", () => {
  const families = new Map([
    ["a_sum", { name: "a_sum", type: "counter" as const }],
    ["a", { name: "a", type: "summary" as const }],
  ]);
  const family = (sample: string) => familyOfSample(sample, (name) => families.get(name))?.name;
  assert.equal(family("a_sum_total"), "a_sum");
  assert.equal(family("a_count"), "a");
  assert.equal(family("a_total"), undefined);
});

test("isFamilyType knows the types of both formats and nothing else", () => {
  const types = allowed.map(([type]) => type).filter((type) => type !== undefined);
  assert.deepEqual(types.filter(isFamilyType), types);
  assert.deepEqual(["", "Counter", "toString", "__proto__", "info "].filter(isFamilyType), []);
});
