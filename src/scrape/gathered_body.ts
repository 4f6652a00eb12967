import { GZIP_CHUNK_BYTES } from "../bounds.ts";
import { joinedBytes } from "../exposition/bytes.ts";
import { countGarbage, free } from "../lines/output_garbage.ts";
import { type Chunk, type ChunkSource, streamOf } from "../upstream/chunk_source.ts";

/** How a response body ended. */
export type BodyEnd =
  | { readonly outcome: "complete" }
  | { readonly outcome: "broken"; readonly error: unknown }
  | { readonly outcome: "cancelled" };

/** The beginning of a body, or all of it. */
export interface GatheredBody {
  readonly chunks: Chunk[];
  readonly bytes: number;
  /** There is no more. */
  readonly complete: boolean;
}

/**
 * Reads a source as far as `maxBytes`, or one chunk beyond. A failure until there can still become a
 * status: then this throws what the source does.
 */
export async function gatherBody(source: ChunkSource, maxBytes: number): Promise<GatheredBody> {
  const chunks: Chunk[] = [];
  let bytes = 0;
  while (bytes <= maxBytes) {
    const chunk = await source.read();
    if (chunk === undefined) return { chunks, bytes, complete: true };
    chunks.push(chunk);
    bytes += chunk.length;
  }
  return { chunks, bytes, complete: false };
}

/** All of the bytes in one piece. Where there are several chunks, their memory is freed. */
export function joined({ chunks }: GatheredBody, collectGarbage?: () => void): Chunk {
  if (chunks.length === 1) return chunks[0];
  const bytes = joinedBytes(chunks);
  for (const chunk of chunks) free(chunk);
  countGarbage(bytes, collectGarbage);
  return bytes;
}

/** The bytes in pieces, so that a client that takes one of them is seen to take something. */
export function piecesOf(bytes: Chunk): Chunk[] {
  const pieces: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += GZIP_CHUNK_BYTES) {
    pieces.push(bytes.subarray(at, at + GZIP_CHUNK_BYTES));
  }
  return pieces;
}

/** A stream of all that the source has. `ended` is called once, whatever happens. */
export function streamedBody(
  source: ChunkSource,
  ended: (end: BodyEnd) => void,
): ReadableStream<Chunk> {
  return streamOf({
    async read() {
      let chunk: Chunk | undefined;
      try {
        chunk = await source.read();
      } catch (error) {
        ended({ outcome: "broken", error });
        throw error;
      }
      if (chunk === undefined) ended({ outcome: "complete" });
      return chunk;
    },
    async cancel(reason) {
      ended({ outcome: "cancelled" });
      await source.cancel(reason);
    },
  });
}
