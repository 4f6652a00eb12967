import assert from "node:assert/strict";
import { test } from "node:test";
import { DROPPED_BYTES, MIN_VIEW_BYTES } from "../../src/bounds.ts";
import { dropName, encode, engineOf, filterChunks } from "../support/lines/filtered.ts";

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
