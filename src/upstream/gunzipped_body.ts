type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * The text of a body that was declared gzip. Deno's fetch decodes it where the request asked for
 * gzip; so, if it `mayBeDecoded`, the first two bytes decide (no exposition starts with 0x1f). Waits
 * for them; throws what the body's read throws, and where it is no gzip. The stream errors when the
 * gzip ends early.
 */
export async function gunzippedBody(body: Body, mayBeDecoded: boolean): Promise<Body> {
  const reader = body.getReader();
  const first: Uint8Array<ArrayBuffer>[] = [];
  const magic: number[] = [];
  while (magic.length < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    first.push(value);
    magic.push(...value.subarray(0, 2 - magic.length));
  }
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    if (magic.length > 0 && !mayBeDecoded) throw new Error("no gzip, though declared as such");
    return rejoined(first, reader, Infinity);
  }
  return rejoined(first, reader, MAX_COMPRESSED).pipeThrough(new DecompressionStream("gzip"));
}

/** Runtimes decode a chunk whole, and gzip may hold a thousand times its size: 4 MiB at most. */
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
