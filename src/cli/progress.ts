import { bytesText } from "../analyze/figure_text.ts";
import { isTerminal, writeMessage } from "../telemetry/standard_streams.ts";

/** Nothing is shown of what takes less than the first; then the line changes every so often. */
const FIRST_MS = 1000;
const EVERY_MS = 200;

export interface Progress {
  /** `bytes` were read so far. */
  at(bytes: number): void;
  /** Takes the line away. */
  end(): void;
}

export const NO_PROGRESS: Progress = { at() {}, end() {} };

/** Shows on a terminal how far a long input is read; elsewhere nothing. */
export function progress(): Progress {
  if (!isTerminal(2)) return NO_PROGRESS;
  const start = performance.now();
  let shownAt = -Infinity;
  return {
    at(bytes) {
      const now = performance.now();
      if (now - start < FIRST_MS || now - shownAt < EVERY_MS) return;
      shownAt = now;
      writeMessage(`\r${bytesText(bytes)} read\x1b[K`);
    },
    end() {
      if (shownAt > 0) writeMessage("\r\x1b[K");
    },
  };
}

/** The same bytes, of which `shown` is told as they are read: what comes out may be held to the end. */
export function watched(body: ReadableStream<Chunk>, shown: Progress): ReadableStream<Chunk> {
  if (shown === NO_PROGRESS) return body;
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Chunk, Chunk>({
      transform(chunk, controller) {
        shown.at(bytes += chunk.length);
        controller.enqueue(chunk);
      },
    }),
  );
}

type Chunk = Uint8Array<ArrayBuffer>;
