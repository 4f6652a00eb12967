import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_FAMILIES, MAX_HELD_METADATA_BYTES } from "../../src/bounds.ts";
import { Families, type Family } from "../../src/exposition/families.ts";

const encoder = new TextEncoder();

/** Holds the lines, which end with a newline each, as one block. */
function hold(families: Families, text: string): boolean[] {
  const bytes = encoder.encode(text);
  const taken: boolean[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    taken.push(families.hold(bytes, start, newline, newline + 1));
    start = newline + 1;
  }
  return taken;
}

function heldText(family: Family | undefined): string | undefined {
  const decoder = new TextDecoder();
  return family?.held
    .map((line) => decoder.decode(line.bytes.subarray(line.start, line.end)))
    .join("");
}

test("metadata lines are held whole, other comments are not", () => {
  const families = new Families(false);
  const text = "# TYPE a counter\n# note\n  # HELP a x\r\n# EOF\n# UNIT a s\n";
  assert.deepEqual(hold(families, text), [true, false, true, false, true]);
  const held = "# TYPE a counter\n  # HELP a x\r\n# UNIT a s\n";
  assert.equal(heldText(families.ofSample("a_total")), held);
});

test("a repeated kind is taken and left out, before and after the release", () => {
  const families = new Families(false);
  hold(families, "# HELP a x\n# HELP a y\n# TYPE a gauge\n# TYPE a counter\n");
  const family = families.ofSample("a")!;
  assert.equal(heldText(family), "# HELP a x\n# TYPE a gauge\n");
  assert.equal(family.type, "gauge");
  families.release(family);
  assert.deepEqual(hold(families, "# HELP a z\n# UNIT a s\n"), [true, true]);
  assert.equal(heldText(family), "# UNIT a s\n");
});

test("a last line without its newline is held with one", () => {
  const families = new Families(false);
  const bytes = encoder.encode("# HELP a x");
  families.hold(bytes, 0, 10, 10);
  assert.equal(heldText(families.ofSample("a")), "# HELP a x\n");
});

test("detach copies what is held, so that the chunk may go", () => {
  const families = new Families(false);
  const bytes = encoder.encode("# HELP a x\n");
  families.hold(bytes, 0, 10, 11);
  families.detach();
  bytes.fill(0);
  assert.equal(heldText(families.ofSample("a")), "# HELP a x\n");
});

test("the texts are kept, unescaped, only where policies read them", () => {
  const text = "# HELP a b\\nc \\\\ d\n# UNIT a seconds \n# TYPE a weird\n";
  for (const keepsText of [true, false]) {
    const families = new Families(keepsText);
    hold(families, text);
    const { help, unit, type } = families.ofSample("a")!;
    const expected = keepsText ? ["b\nc \\ d", "seconds"] : [undefined, undefined];
    assert.deepEqual([help, unit], expected);
    assert.equal(type, undefined);
  }
});

test("a description of a line with a carriage return is without it", () => {
  const families = new Families(true);
  hold(families, "# HELP a b\r\n# TYPE a gauge\r\n");
  assert.deepEqual([families.ofSample("a")?.help, families.ofSample("a")?.type], ["b", "gauge"]);
});

test("the generation rises when a sample's family may have become another one", () => {
  const families = new Families(false);
  const generations = ["# HELP a x\n", "# HELP a y\n", "# TYPE a counter\n", "# TYPE a gauge\n"]
    .map(
      (line) => {
        hold(families, line);
        return families.generation;
      },
    );
  assert.deepEqual(generations, [1, 1, 2, 2]);
});

test("beyond the bound the oldest metadata is let go, whole families at a time", () => {
  const families = new Families(false);
  const help = "x".repeat(MAX_HELD_METADATA_BYTES / 2 - 100);
  for (const name of ["a", "b"]) hold(families, `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`);
  const lengths = () => ["a", "b", "c"].map((name) => heldText(families.ofSample(name))?.length);
  const whole = help.length + "# HELP a \n# TYPE a gauge\n".length;
  assert.deepEqual(lengths(), [whole, whole, undefined]);
  hold(families, `# HELP c ${"y".repeat(200)}\n`);
  assert.deepEqual(lengths(), [0, whole, 210]);
});

test("released metadata no longer counts towards the bound", () => {
  const families = new Families(false);
  const help = "x".repeat(MAX_HELD_METADATA_BYTES / 2 - 100);
  for (const name of ["a", "b", "c", "d"]) {
    if (name > "a") {
      families.release(families.ofSample(String.fromCharCode(name.charCodeAt(0) - 1))!);
    }
    hold(families, `# HELP kept_${name} x\n# HELP ${name} ${help}\n`);
  }
  for (const name of ["a", "b", "c", "d"]) {
    assert.equal(heldText(families.ofSample(`kept_${name}`)), `# HELP kept_${name} x\n`);
  }
});

test("beyond the bound of families all are forgotten", () => {
  const families = new Families(false);
  for (let i = 0; i < MAX_FAMILIES; i++) hold(families, `# TYPE f${i} gauge\n`);
  assert.equal(families.ofSample("f0")?.type, "gauge");
  hold(families, "# TYPE last counter\n");
  assert.equal(families.ofSample("f0"), undefined);
  assert.equal(families.ofSample("last_total")?.name, "last");
});
