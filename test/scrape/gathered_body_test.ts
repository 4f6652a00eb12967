import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BodyEnd,
  gatherBody,
  joined,
  piecesOf,
  streamedBody,
} from "../../src/scrape/gathered_body.ts";
import { sourceOfChunks, sourceOfStream } from "../../src/upstream/chunk_source.ts";
import { encode } from "../support/lines/filtered.ts";

const failure = new Error("upstream is gone");

/** A source of these texts; an Error among them breaks it. */
function sourceOf(...parts: (string | Error)[]) {
  const state = { pulled: 0, cancelled: undefined as unknown };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const part = parts[state.pulled++];
      if (part === undefined) return controller.close();
      if (part instanceof Error) throw part;
      controller.enqueue(encode(part));
    },
    cancel(reason) {
      state.cancelled = reason;
    },
  }, { highWaterMark: 0 });
  return { source: sourceOfStream(stream), state };
}

/** Reads to the end; the text so far and how it ended. */
async function drain(body: ReadableStream<Uint8Array>): Promise<{ text: string; error?: unknown }> {
  let text = "";
  try {
    for await (const chunk of body) text += new TextDecoder().decode(chunk);
  } catch (error) {
    return { text, error };
  }
  return { text };
}

test("a small body is gathered whole", async () => {
  const gathered = await gatherBody(sourceOf("ab", "c").source, 3);
  assert.deepEqual([gathered.complete, gathered.bytes], [true, 3]);
  assert.equal(new TextDecoder().decode(joined(gathered)), "abc");
  // Nobody reads them any more.
  assert.deepEqual(gathered.chunks.map(({ length }) => length), gathered.chunks.map(() => 0));
});

test("an empty body is whole", async () => {
  const gathered = await gatherBody(sourceOf().source, 3);
  assert.deepEqual([gathered.complete, joined(gathered)], [true, new Uint8Array(0)]);
});

test("what lies in one piece is not copied", async () => {
  const chunk = encode("a");
  assert.equal(joined(await gatherBody(sourceOfChunks([chunk]), 1)), chunk);
});

test("a failure while it is gathered is thrown", async () => {
  await assert.rejects(gatherBody(sourceOf("a", failure).source, 3), failure);
});

test("beyond the bound nothing more is read, and a stream has all of it", async () => {
  const ends: BodyEnd[] = [];
  const { source, state } = sourceOf("a", "b", "c");
  const gathered = await gatherBody(source, 1);
  assert.deepEqual([gathered.complete, state.pulled], [false, 2]);
  const body = streamedBody(sourceOfChunks(gathered.chunks, source), (end) => ends.push(end));
  assert.deepEqual(ends, []);
  assert.deepEqual(await drain(body), { text: "abc" });
  assert.deepEqual(ends, [{ outcome: "complete" }]);
});

test("a stream reads only what is asked for", async () => {
  const { source, state } = sourceOf("a", "b");
  const reader = streamedBody(source, () => {}).getReader();
  assert.equal(state.pulled, 0);
  await reader.read();
  assert.equal(state.pulled, 1);
});

test("a late failure breaks the stream, which never ends cleanly", async () => {
  const ends: BodyEnd[] = [];
  const body = streamedBody(sourceOf("a", "b", failure).source, (end) => ends.push(end));
  assert.deepEqual(await drain(body), { text: "ab", error: failure });
  assert.deepEqual(ends, [{ outcome: "broken", error: failure }]);
});

test("cancelling reaches the source, with the reason", async () => {
  const ends: BodyEnd[] = [];
  const { source, state } = sourceOf("a", "b");
  const gathered = await gatherBody(source, 0);
  const body = streamedBody(sourceOfChunks(gathered.chunks, source), (end) => ends.push(end));
  await body.cancel("client is gone");
  assert.equal(state.cancelled, "client is gone");
  assert.deepEqual(ends, [{ outcome: "cancelled" }]);
});

test("pieces are all of the bytes", () => {
  const bytes = new Uint8Array(200_000).map((_, i) => i);
  const pieces = piecesOf(bytes);
  assert.ok(pieces.length > 1);
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(joined({ chunks: pieces, bytes: size, complete: true }), bytes);
});
