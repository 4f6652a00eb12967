import assert from "node:assert/strict";
import { test } from "node:test";
import { type BodyEnd, peekedBody } from "../../src/pipeline/scrape_body.ts";
import { encode } from "../support/pipeline/filtered.ts";

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
  return { stream, state };
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

test("a body passes whole and ends once", async () => {
  const ends: BodyEnd[] = [];
  const { stream } = sourceOf("a", "b", "c");
  const body = await peekedBody(stream, () => undefined, (end) => ends.push(end));
  assert.deepEqual(ends, []);
  assert.deepEqual(await drain(body), { text: "abc" });
  assert.deepEqual(ends, [{ outcome: "complete" }]);
});

test("an empty body is complete", async () => {
  const ends: BodyEnd[] = [];
  const { stream } = sourceOf();
  const body = await peekedBody(stream, () => undefined, (end) => ends.push(end));
  assert.deepEqual(await drain(body), { text: "" });
  assert.deepEqual(ends, [{ outcome: "complete" }]);
});

test("a failure before the first byte is thrown", async () => {
  const ends: BodyEnd[] = [];
  const { stream } = sourceOf(failure);
  const peeked = peekedBody(stream, () => undefined, (end) => ends.push(end));
  await assert.rejects(peeked, failure);
  assert.deepEqual(ends, []);
});

test("a late failure breaks the body", async () => {
  const ends: BodyEnd[] = [];
  const { stream } = sourceOf("a", "b", failure);
  const body = await peekedBody(stream, () => undefined, (end) => ends.push(end));
  assert.deepEqual(await drain(body), { text: "ab", error: failure });
  assert.deepEqual(ends, [{ outcome: "broken", error: failure }]);
});

test("a body that must break does so at its end, never ending cleanly", async () => {
  for (const parts of [["a", "b"], []]) {
    const ends: BodyEnd[] = [];
    const { stream } = sourceOf(...parts);
    const body = await peekedBody(stream, () => failure, (end) => ends.push(end));
    assert.deepEqual(await drain(body), { text: parts.join(""), error: failure });
    assert.deepEqual(ends, [{ outcome: "broken", error: failure }]);
  }
});

test("only what is asked for is read, beyond the first chunk", async () => {
  const { stream, state } = sourceOf("a", "b", "c");
  const body = await peekedBody(stream, () => undefined, () => {});
  assert.equal(state.pulled, 1);
  const reader = body.getReader();
  await reader.read();
  assert.equal(state.pulled, 1);
  await reader.read();
  assert.equal(state.pulled, 2);
});

test("cancelling reaches the source, with the reason", async () => {
  const ends: BodyEnd[] = [];
  const { stream, state } = sourceOf("a", "b");
  const body = await peekedBody(stream, () => undefined, (end) => ends.push(end));
  await body.cancel("client is gone");
  assert.equal(state.cancelled, "client is gone");
  assert.deepEqual(ends, [{ outcome: "cancelled" }]);
});
