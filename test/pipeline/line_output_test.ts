import assert from "node:assert/strict";
import { test } from "node:test";
import { DROPPED_BYTES, GATHER_BYTES, MIN_VIEW_BYTES } from "../../src/bounds.ts";
import { LineOutput } from "../../src/pipeline/line_output.ts";
import { dropName, encode, engineOf, filterChunks } from "../support/pipeline/filtered.ts";

function collect(limit = 0) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const output = new LineOutput(limit, (bytes) => chunks.push(bytes));
  const text = () => chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  return { output, chunks, text };
}

/** Bytes that differ along the way. */
function ramp(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => 0x20 + i % 90);
}

test("neighbouring ranges leave as one view of their chunk", () => {
  const { output, chunks } = collect();
  const bytes = ramp(3 * MIN_VIEW_BYTES);
  const half = MIN_VIEW_BYTES / 2;
  output.write(bytes, 5, 5 + half);
  output.write(bytes, 5 + half, 5 + 2 * half);
  output.flush();
  assert.equal(chunks.length, 1);
  assert.equal(chunks[0].buffer, bytes.buffer);
  assert.deepEqual([chunks[0].byteOffset, chunks[0].length], [5, MIN_VIEW_BYTES]);
});

test("one byte less is copied, a whole short chunk is not", () => {
  const { output, chunks } = collect();
  const bytes = ramp(2 * MIN_VIEW_BYTES);
  output.write(bytes, 0, MIN_VIEW_BYTES - 1);
  output.flush();
  const short = ramp(10);
  output.write(short, 0, 10);
  output.flush();
  assert.deepEqual(chunks.map((chunk) => chunk.length), [MIN_VIEW_BYTES - 1, 10]);
  assert.notEqual(chunks[0].buffer, bytes.buffer);
  assert.equal(chunks[1].buffer, short.buffer);
});

test("scattered ranges are gathered in order, between views too", () => {
  const { output, chunks, text } = collect();
  const bytes = ramp(4 * MIN_VIEW_BYTES);
  const ranges = [[0, 9], [20, 30], [100, 100 + MIN_VIEW_BYTES], [3000, 3001], [2999, 3000]];
  for (const [start, end] of ranges) output.write(bytes, start, end);
  output.flush();
  const expected = ranges.map(([start, end]) => new TextDecoder().decode(bytes.slice(start, end)));
  assert.equal(text(), expected.join(""));
  assert.deepEqual(chunks.map((chunk) => chunk.length), [19, MIN_VIEW_BYTES, 2]);
  assert.deepEqual(chunks.map((chunk) => chunk.buffer === bytes.buffer), [false, true, false]);
  assert.equal(output.bytesWritten, 21 + MIN_VIEW_BYTES);
});

test("what was handed on is not overwritten when the gathering goes on", () => {
  const { output, text } = collect();
  let expected = "";
  for (let i = 0; expected.length < 5 * GATHER_BYTES; i++) {
    const line = `line ${i} `.repeat(1 + i % 40);
    output.write(encode(`-${line}-`), 1, 1 + line.length);
    if (i % 7 === 0) output.flush();
    expected += line;
  }
  output.flush();
  assert.equal(text(), expected);
});

test("flushing twice, or nothing, hands on nothing", () => {
  const { output, chunks } = collect();
  output.flush();
  output.write(ramp(9), 2, 2);
  output.flush();
  assert.deepEqual(chunks, []);
  output.write(ramp(9), 2, 5);
  output.flush();
  output.flush();
  assert.equal(chunks.length, 1);
});

const budgets: [number, number, boolean][] = [
  [10, 6, true],
  [10, 7, false],
  [0, 1e12, true],
];

for (const [limit, length, fits] of budgets) {
  test(`of ${limit || "unlimited"} bytes 4 are written and ${length} more ${fits ? "" : "do not "}fit`, () => {
    const { output } = collect(limit);
    output.write(ramp(4), 0, 4);
    assert.equal(output.fits(length), fits);
  });
}

const kept = 'kept_metric{label="value"} 1\n'.repeat(100);
const sample = `drop_me 1\n${kept}drop_me 2\nkept_metric 1\ndrop_me 3\n`;

test("through a scrape, a chunk that passes whole is a view, and parts of another are copied", async () => {
  assert.ok(kept.length >= MIN_VIEW_BYTES);
  const policies = await engineOf([dropName("^drop_me$")]);
  for (const ownsInput of [false, true]) {
    const [part, whole] = [encode(sample), encode(kept)];
    const { chunks, text } = await filterChunks([part, whole], { policies, ownsInput });
    assert.equal(text, `${kept}kept_metric 1\n${kept}`);
    assert.deepEqual(chunks.map(({ length }) => length), [kept.length + 14, kept.length]);
    assert.notEqual(chunks[0].buffer, part.buffer);
    assert.equal(chunks[1].buffer, whole.buffer);
    assert.deepEqual([part.length > 0, whole.length > 0], [!ownsInput, true]);
  }
});

test("without policies only the lines across chunks are copied", async () => {
  const bytes = encode(sample);
  const [first, second] = [bytes.slice(0, 2500), bytes.slice(2500)];
  const { chunks, text } = await filterChunks([first, second]);
  assert.equal(text, sample);
  const shared = chunks.filter(({ buffer }) => buffer === first.buffer || buffer === second.buffer);
  assert.equal(shared[0].length, sample.lastIndexOf("\n", 2499) + 1);
  assert.equal(shared[0].byteOffset, 0);
});

test("lines of a chunk that is freed are copied, longer than the shared buffer too", () => {
  const { output, chunks, text } = collect();
  const bytes = ramp(2 * GATHER_BYTES + 10);
  output.freed = bytes;
  output.write(bytes, 3, bytes.length);
  output.flush();
  assert.equal(text(), new TextDecoder().decode(bytes.subarray(3)));
  assert.ok(chunks.every((chunk) => chunk.buffer !== bytes.buffer));
  assert.equal(output.viewed.has(bytes.buffer), false);
});

test("a chunk that is kept whole leaves as a view, which says that it is not to be freed", () => {
  const { output, chunks } = collect();
  const bytes = ramp(MIN_VIEW_BYTES);
  output.freed = bytes;
  output.write(bytes, 0, bytes.length);
  output.flush();
  assert.deepEqual(chunks.map((chunk) => chunk.buffer === bytes.buffer), [true]);
  assert.ok(output.viewed.has(bytes.buffer));
});

test("garbage is collected once for so many bytes that were dropped, where the input is owned", async () => {
  const policies = await engineOf([dropName("m")]);
  const line = `m{a="${"x".repeat(1000)}"} 1\n`;
  const bytes = 1 << 20;
  const chunk = line.repeat(Math.ceil(bytes / line.length));
  for (const ownsInput of [true, false]) {
    let collected = 0;
    const chunks = Array.from({ length: 2 * DROPPED_BYTES / bytes }, () => encode(chunk));
    await filterChunks(chunks, { policies, ownsInput, collectGarbage: () => collected++ });
    assert.equal(collected, ownsInput ? 2 : 0);
  }
});
