import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_FAMILIES } from "../../src/bounds.ts";
import { Families } from "../../src/exposition/families.ts";

const encoder = new TextEncoder();

/** Takes the lines, which end with a newline each, as one block. */
function take(families: Families, text: string): boolean[] {
  const bytes = encoder.encode(text);
  const taken: boolean[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    taken.push(families.take(bytes, start, newline));
    start = newline + 1;
  }
  return taken;
}

test("metadata lines are taken, other comments are not", () => {
  const families = new Families(false);
  const text = "# TYPE a counter\n# note\n  # HELP a x\r\n# EOF\n# UNIT a s\n";
  assert.deepEqual(take(families, text), [true, false, true, false, true]);
  assert.equal(families.ofSample("a_total")?.type, "counter");
});

test("a repeated kind is taken and says nothing", () => {
  const families = new Families(true);
  const text = "# HELP a x\n# HELP a y\n# TYPE a gauge\n# TYPE a counter\n";
  assert.deepEqual(take(families, text), [true, true, true, true]);
  const { help, type } = families.ofSample("a")!;
  assert.deepEqual([help, type], ["x", "gauge"]);
});

test("the texts are kept, unescaped, only where policies read them", () => {
  const text = "# HELP a b\\nc \\\\ d\n# UNIT a seconds\n# TYPE a weird\n";
  for (const keepsText of [true, false]) {
    const families = new Families(keepsText);
    take(families, text);
    const { help, unit, type } = families.ofSample("a")!;
    const expected = keepsText ? ["b\nc \\ d", "seconds"] : [undefined, undefined];
    assert.deepEqual([help, unit], expected);
    assert.equal(type, undefined);
  }
});

test("a carriage return is part of a description, and makes a type none", () => {
  const families = new Families(true);
  take(families, "# HELP a b\r\n# TYPE a gauge\r\n");
  assert.deepEqual([families.ofSample("a")?.help, families.ofSample("a")?.type], [
    "b\r",
    undefined,
  ]);
});

test("beyond the bound of families all are forgotten", () => {
  const families = new Families(false);
  for (let i = 0; i < MAX_FAMILIES; i++) take(families, `# TYPE f${i} gauge\n`);
  assert.equal(families.ofSample("f0")?.type, "gauge");
  take(families, "# TYPE last counter\n");
  assert.equal(families.ofSample("f0"), undefined);
  assert.equal(families.ofSample("last_total")?.name, "last");
});
