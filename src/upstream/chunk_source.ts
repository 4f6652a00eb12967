export type Chunk = Uint8Array<ArrayBuffer>;

/**
 * Bytes that come only when they are asked for, so that a slow reader slows whoever sends them. A
 * stream without the machinery of one: what reads all of it in one place needs no more.
 */
export interface ChunkSource {
  /**
   * The next bytes; undefined at the end, and from then on. Rejects when the source ends early. Not
   * to be called before the last call has settled.
   */
  read(): Promise<Chunk | undefined>;
  /** Nobody wants the rest; harmless when there is none. */
  cancel(reason?: unknown): Promise<void>;
}

/** Chunks that lie there already, and what `rest` has beyond them. */
export function sourceOfChunks(chunks: readonly Chunk[], rest?: ChunkSource): ChunkSource {
  // What was read is let go.
  const left = [...chunks];
  return {
    read: async () => left.shift() ?? await rest?.read(),
    cancel: async (reason) => {
      left.length = 0;
      await rest?.cancel(reason);
    },
  };
}

export function sourceOfStream(stream: ReadableStream<Chunk>): ChunkSource {
  const reader = stream.getReader();
  return {
    read: async () => (await reader.read()).value,
    cancel: (reason) => reader.cancel(reason),
  };
}

/** A response's body in one piece. A stream of it costs more than a small one does. */
export function sourceOfWhole(response: Response): ChunkSource {
  let isRead = false;
  return {
    async read() {
      if (isRead) return undefined;
      isRead = true;
      const bytes = await response.bytes();
      return bytes.length === 0 ? undefined : bytes;
    },
    cancel: async (reason) => {
      if (!isRead) await response.body?.cancel(reason);
    },
  };
}

/** The source for those who want a stream; it reads only when it is read. */
export function streamOf(source: ChunkSource): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>({
    async pull(controller) {
      const chunk = await source.read();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => source.cancel(reason),
  }, { highWaterMark: 0 });
}
