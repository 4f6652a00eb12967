import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleLine } from "../../src/engine/sample_line.ts";
import type { SignatureBounds } from "../../src/memory_bounds.ts";
import { Signatures } from "../../src/engine/signatures.ts";
import { familyOf, sampleLine } from "../support/engine/planned_lines.ts";

/** What is known of a line is the number of the one that was added with its signature. */
class Memory {
  shapes = 0;
  added = 0;
  readonly signatures: Signatures<{ fields: readonly number[] }, number>;

  /** The values of the labels with these names are part of signatures. */
  constructor(reads: string, bounds?: SignatureBounds) {
    this.signatures = new Signatures(
      ({ bytes, spans: { labels, labelCount } }) => {
        this.shapes++;
        const offsets = Array.from({ length: labelCount }, (_, label) => label * 4);
        const name = (at: number) =>
          new TextDecoder().decode(bytes.subarray(labels[at], labels[at + 1]));
        return { fields: offsets.filter((at) => reads.includes(name(at))) };
      },
      bounds,
    );
  }

  known(line: SampleLine): number {
    const shape = this.signatures.shapeOf(line);
    const found = this.signatures.find(shape, line);
    if (found === undefined) this.signatures.add(++this.added, shape, line);
    return found ?? this.added;
  }
}

const APART: readonly (readonly [what: string, first: SampleLine, second: SampleLine])[] = [
  ["values that are read", sampleLine('m{a="1"} 1'), sampleLine('m{a="2"} 1')],
  ["names", sampleLine('m{a="1"} 1'), sampleLine('n{a="1"} 1')],
  ["label names", sampleLine('m{b="1"} 1'), sampleLine('m{c="1"} 1')],
  ["an empty label", sampleLine('m{b="1"} 1'), sampleLine('m{b=""} 1')],
  ["another order", sampleLine('m{b="1",c="1"} 1'), sampleLine('m{c="1",b="1"} 1')],
  ["values that run together", sampleLine('m{a="1",aa="23"} 1'), sampleLine('m{a="12",aa="3"} 1')],
  ["names that run together", sampleLine('mb{c="1"} 1'), sampleLine('m{bc="1"} 1')],
  ["a family's type", sampleLine("m 1", familyOf("m", "gauge")), sampleLine("m 1")],
  [
    "the family",
    sampleLine("m_total 1", familyOf("m", "counter")),
    sampleLine("m_total 1", familyOf("m_total", "counter")),
  ],
];

for (const [what, first, second] of APART) {
  test(`lines are told apart by ${what}`, () => {
    const memory = new Memory("a aa");
    assert.notEqual(memory.known(first), memory.known(second));
  });
}

test("lines that differ in values that nothing reads are alike", () => {
  const memory = new Memory("a");
  assert.equal(memory.known(sampleLine('m{a="1",b="2"} 1')), 1);
  assert.equal(memory.known(sampleLine('m{a="1",b="3"} 2')), 1);
  assert.equal(memory.shapes, 1);
});

test("there is room until a bound is reached; then everything is forgotten", () => {
  const memory = new Memory("a", { signatures: 3, bytes: 10_000 });
  const lines = ["1", "2", "3"].map((value) => sampleLine(`m{a="${value}"} 1`));
  assert.deepEqual([...lines, ...lines].map((line) => memory.known(line)), [1, 2, 3, 1, 2, 3]);
  assert.equal(memory.known(sampleLine('m{a="4"} 1')), 4);
  assert.equal(memory.known(sampleLine('m{a="1"} 2')), 5);
  assert.equal(memory.known(sampleLine('m{a="4"} 2')), 4);
});

test("the bytes of keys are bounded, too, those of shapes and those of signatures", () => {
  const names = Array.from({ length: 20 }, (_, i) => sampleLine(`a_name_of_some_length_${i} 1`));
  const values = Array.from({ length: 20 }, (_, i) => sampleLine(`m{a="some value ${i}"} 1`));
  for (const lines of [names, values]) {
    const memory = new Memory("a", { signatures: 1000, bytes: 200 });
    for (const line of lines) memory.known(line);
    assert.equal(memory.known(lines.at(-1)!), 20, "the last is remembered");
    assert.equal(memory.known(lines[0]), 21, "the first is not");
  }
});
