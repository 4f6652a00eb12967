import assert from "node:assert/strict";
import { test } from "node:test";
import { readInTime } from "../../src/scrape/read_in_time.ts";
import { sourceOfChunks, streamOf } from "../../src/upstream/chunk_source.ts";

const chunks = ["a 1\n", "b 2\n"].map((text) => new TextEncoder().encode(text));

test("a client that reads gets all of it", async () => {
  const body = readInTime(streamOf(sourceOfChunks(chunks)), 60_000, () => assert.fail("cut"));
  assert.equal(await new Response(body).text(), "a 1\nb 2\n");
});

test("a client that takes nothing after a chunk is cut, and the source cancelled", async () => {
  let cancelled = () => {};
  const cancel = new Promise<void>((resolve) => cancelled = resolve);
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(chunks[0]),
    cancel: () => cancelled(),
  }, { highWaterMark: 0 });
  let cuts = 0;
  const reader = readInTime(source, 5, () => cuts++).getReader();
  await reader.read();
  await cancel;
  await assert.rejects(reader.read(), { message: "the client takes nothing of the response" });
  assert.equal(cuts, 1);
});

test("a slow source is no slow client", async () => {
  const source = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      controller.enqueue(chunks[0]);
      controller.close();
    },
  }, { highWaterMark: 0 });
  const body = readInTime(source, 5, () => assert.fail("cut"));
  assert.equal(await new Response(body).text(), "a 1\n");
});

test("a client that leaves cancels the source and is not cut later", async () => {
  let reason: unknown;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(chunks[0]),
    cancel: (given) => void (reason = given),
  }, { highWaterMark: 0 });
  const reader = readInTime(source, 5, () => assert.fail("cut")).getReader();
  await reader.read();
  await reader.cancel("left");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(reason, "left");
});
