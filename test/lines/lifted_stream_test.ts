import { equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { liftedStream, readableStream } from "../../src/lines/lifted_stream.ts";
import { NATIVE_BODY, NATIVE_LINES } from "../support/exposition/native_families.ts";
import { chunksOf, streamOf } from "../support/lines/filtered.ts";

const STREAMS = { liftedStream, readableStream };

function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}

const failed = (error: Error) => new Error(`scrape.pb: ${error.message}`);

test("a body comes as lines, wherever it is cut", async () => {
  for (const size of [1, 7, 64, 100_000]) {
    const lines = liftedStream(streamOf(chunksOf(NATIVE_BODY, size)), "protobuf", failed);
    equal(await textOf(lines), NATIVE_LINES, String(size));
  }
});

test("a body that can be read comes through as it is", async () => {
  for (const size of [1, 7, 64, 100_000]) {
    const body = readableStream(streamOf(chunksOf(NATIVE_BODY, size)), "protobuf", failed);
    const found = new Uint8Array(await new Response(body).arrayBuffer());
    equal(Buffer.from(NATIVE_BODY).equals(found), true, String(size));
  }
});

test("OpenMetrics 2.0 too", async () => {
  const text = '# TYPE h summary\nh{a="1"} {count:2,sum:3,quantile:[0.5:1]} st@1.5\n# EOF\n';
  const body = () => streamOf([new TextEncoder().encode(text)]);
  equal(await textOf(readableStream(body(), "openmetrics2", failed)), text);
  equal(
    await textOf(liftedStream(body(), "openmetrics2", failed)),
    '# TYPE h summary\nh{a="1",quantile="0.5"} 1 st@1.5\nh_sum{a="1"} 3 st@1.5\n' +
      'h_count{a="1"} 2 st@1.5\n',
  );
});

for (const [name, make] of Object.entries(STREAMS)) {
  test(`${name} errors where a body cannot be read, also at its very end`, async () => {
    for (const cut of [1, 3, 100]) {
      const chunks = chunksOf(NATIVE_BODY.subarray(0, -cut), 50);
      await rejects(textOf(make(streamOf(chunks), "protobuf", failed)), /^Error: scrape\.pb: /);
    }
    const garbage = [new Uint8Array(100).fill(0xff)];
    await rejects(textOf(make(streamOf(garbage), "protobuf", failed)), /^Error: scrape\.pb: /);
  });

  test(`${name} lets the body go when nobody wants it`, async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(NATIVE_BODY.slice()),
      cancel: () => resolve(),
    });
    const reader = make(body, "protobuf", failed).getReader();
    await reader.read();
    await reader.cancel();
    await promise;
  });
}
