import assert from "node:assert/strict";
import { test } from "node:test";
import { GARBAGE_BYTES, GARBAGE_LINES, LARGE_GARBAGE_LINES } from "../../src/bounds.ts";
import { countGarbage, free } from "../../src/lines/output_garbage.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

const PIECE = GARBAGE_BYTES / 8;

/** After so many bytes nothing is counted. */
function begin() {
  countGarbage(new Uint8Array(GARBAGE_BYTES));
}

test("garbage is collected for every so many bytes that were handed on and not freed", () => {
  begin();
  let collected = 0;
  for (let pieces = 0; pieces < 23; pieces++) {
    countGarbage(new Uint8Array(PIECE), () => collected++);
  }
  assert.equal(collected, 2);
});

test("what is freed is not waited for, and is counted once", () => {
  begin();
  let collected = 0;
  for (let pieces = 0; pieces < 23; pieces++) {
    const piece = new Uint8Array(PIECE);
    countGarbage(piece, () => collected++);
    free(piece);
    free(piece);
    assert.equal(piece.length, 0);
  }
  for (let pieces = 0; pieces < 7; pieces++) countGarbage(new Uint8Array(PIECE), () => collected++);
  assert.equal(collected, 0);
  countGarbage(new Uint8Array(PIECE), () => collected++);
  assert.equal(collected, 1);
});

test("bytes that were never handed on, or were collected for, are freed without being counted", () => {
  begin();
  let collected = 0;
  const before = new Uint8Array(PIECE);
  countGarbage(before);
  countGarbage(new Uint8Array(GARBAGE_BYTES));
  free(before);
  free(new Uint8Array(PIECE));
  for (let pieces = 0; pieces < 8; pieces++) countGarbage(new Uint8Array(PIECE), () => collected++);
  assert.equal(collected, 1);
});

test("a view of more is left as it is", () => {
  const all = new Uint8Array(100);
  free(all.subarray(0, 99));
  free(all.subarray(1));
  assert.equal(all.length, 100);
});

const UNKNOWN: readonly [
  name: string,
  rules: RelabelRules,
  line: (n: number) => string,
  large: boolean,
][] = [
  [
    "of one name that a rule drops or keeps",
    [{ action: "drop", source_labels: ["id"], regex: ".*[02468]" }],
    (n) => `m{id="${n}"} 1\n`,
    false,
  ],
  [
    "of other names each",
    [{ action: "drop", source_labels: ["id"], regex: ".*[02468]" }],
    (n) => `m_${n}{id="${n}"} 1\n`,
    true,
  ],
  [
    "that a rule edits, of other names each",
    [{ action: "labeldrop", regex: "id" }],
    (n) => `m_${n}{id="${n}"} 1\n`,
    true,
  ],
  [
    "of metadata",
    [{ action: "labeldrop", regex: "id" }],
    (n) => `# HELP m Help ${n}.\n`,
    true,
  ],
];

for (const [name, rules, line, isLarge] of UNKNOWN) {
  test(`garbage is collected once for so many unknown lines ${name}`, async () => {
    begin();
    const count = (lines: number) => Array.from({ length: lines }, (_, n) => line(n)).join("");
    const each = isLarge ? LARGE_GARBAGE_LINES : 1;
    for (const [lines, expected] of [[0.9, 0], [1.5, 1]] as const) {
      let collected = 0;
      // Rules of which nothing has been learnt.
      const inForce = await rulesOf({ rules });
      const text = count(Math.floor(lines * GARBAGE_LINES / each));
      await filterChunks([encode(text)], { rules: inForce, collectGarbage: () => collected++ });
      assert.equal(collected, expected);
    }
  });
}
