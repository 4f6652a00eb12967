import assert from "node:assert/strict";
import { test } from "node:test";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { gzipStream } from "../../src/scrape/gzip_stream.ts";
import { encode, streamOf } from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes that hardly compress. */
function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next(255));
}

const bodies: [string, Uint8Array<ArrayBuffer>[]][] = [
  ["nothing", []],
  ["one short chunk", [encode("up 1\n")]],
  ["empty chunks", [encode(""), encode("up 1\n"), encode("")]],
  ["many short chunks", Array.from({ length: 2000 }, (_, i) => encode(`metric_${i} ${i}\n`))],
  ["large chunks that hardly compress", [1, 2, 3].map((seed) => noise(200_000, seed))],
];

for (const [what, chunks] of bodies) {
  test(`gzip of ${what} is one member with the same bytes`, async () => {
    const packed = await collect(await gzipStream(streamOf(chunks)));
    assert.deepEqual([...packed.subarray(0, 3)], [0x1f, 0x8b, 8]);
    assert.ok(Buffer.concat(chunks).equals(gunzipSync(packed)));
  });
}

test("repetitive text gets smaller", async () => {
  const text = encode(`requests_total{path="/",code="200"} 1\n`.repeat(5000));
  const packed = await collect(await gzipStream(streamOf([text])));
  assert.ok(packed.length < text.length / 20);
});

test("an error of the source breaks the stream", async () => {
  const failure = new Error("upstream is gone");
  let pulled = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (pulled++ > 2) throw failure;
      controller.enqueue(noise(100_000, pulled));
    },
  }, { highWaterMark: 0 });
  await assert.rejects(async () => await collect(await gzipStream(source)), failure);
});

test("cancelling reaches the source, also while it compresses", async () => {
  for (const reads of [0, 1, 3]) {
    let reason: unknown;
    let pulled = 0;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(noise(100_000, ++pulled)),
      cancel(why) {
        reason = why;
      },
    }, { highWaterMark: 0 });
    const reader = (await gzipStream(source)).getReader();
    for (let i = 0; i < reads; i++) await reader.read();
    const pending = reader.read();
    await reader.cancel("client is gone");
    assert.equal(reason, "client is gone");
    await pending;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(pulled <= 2 * reads + 2, `pulled ${pulled} times for ${reads} reads`);
  }
});
