import assert from "node:assert/strict";
import { test } from "node:test";
import { FamilyNames } from "../../src/engine/family_names.ts";

test("names have numbers from 1 on, and a twin has one of its own", () => {
  const names = new FamilyNames();
  assert.equal(names.find("up"), 0);
  assert.equal(names.add("up"), 1);
  assert.equal(names.add("größe"), 2);
  assert.equal(names.add("up", "\0gauge"), 3);
  assert.deepEqual([names.find("up"), names.find("größe"), names.find("up", "\0gauge")], [1, 2, 3]);
  assert.equal(names.find("up", "\0counter"), 0);
  assert.deepEqual([1, 2, 3].map((number) => names.name(number)), ["up", "größe", "up"]);
  assert.deepEqual([1, 2, 3].map((number) => names.twin(number)), [
    undefined,
    undefined,
    "\0gauge",
  ]);
  assert.equal(names.name(0), "");
});

test("the family of the output belongs to a name until all are forgotten", () => {
  const names = new FamilyNames();
  for (let n = 1; n <= 1_000; n++) assert.equal(names.add(`f_${n}`), n);
  names.setOut(1_000, 4_096);
  names.setOut(7, 8);
  assert.deepEqual([names.outOf(1_000), names.outOf(7), names.outOf(8)], [4_096, 8, 0]);
  assert.ok(names.bytes > 1_000 * 32, String(names.bytes));
  names.clear();
  assert.equal(names.bytes, 0);
  assert.equal(names.find("f_7"), 0);
  assert.equal(names.add("other"), 1);
  assert.deepEqual([names.name(1), names.outOf(7)], ["other", 0]);
});

test("a name of a megabyte is one, too", () => {
  const names = new FamilyNames();
  const long = "ä".repeat(1 << 20);
  assert.equal(names.add(long), 1);
  assert.equal(names.find(long), 1);
  assert.equal(names.name(1), long);
});
