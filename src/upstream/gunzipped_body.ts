type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * The text of a body that was declared gzip. fetch decodes it, except in Deno when the request
 * asked for identity; so the first two bytes decide (no exposition starts with 0x1f). Waits for
 * them; throws what the body's read throws. The stream errors when the gzip ends early.
 */
export async function gunzippedBody(body: Body): Promise<Body> {
  const reader = body.getReader();
  const first: Uint8Array<ArrayBuffer>[] = [];
  const magic: number[] = [];
  while (magic.length < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    first.push(value);
    magic.push(...value.subarray(0, 2 - magic.length));
  }
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return rejoined(first, reader, Infinity);
  return rejoined(first, reader, MAX_COMPRESSED).pipeThrough(new DecompressionStream("gzip"));
}

/** Deno decodes a chunk whole, and gzip may hold a thousand times its size: 4 MiB at most. */
const MAX_COMPRESSED = 4096;

/** `first`, then what `reader` gives, in chunks of at most `maxBytes`. */
function rejoined(
  first: Uint8Array<ArrayBuffer>[],
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
): Body {
  const queue = [...first];
  return new ReadableStream({
    async pull(controller) {
      const next = queue.shift() ?? (await reader.read()).value;
      if (next === undefined) return controller.close();
      if (next.length > maxBytes) queue.unshift(next.subarray(maxBytes));
      controller.enqueue(next.subarray(0, maxBytes));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
