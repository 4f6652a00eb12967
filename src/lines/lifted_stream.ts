import { codecOf } from "../exposition/composite_codec.ts";
import { type LiftedLines, UnreadableBody } from "../exposition/lifted.ts";
import type { CompositeFormat } from "../exposition/line_format.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * The lines of a body of composite metrics, for those who look at a scrape and answer with something
 * else. Errors with what `failed` makes of the error where the body cannot be read.
 */
export function liftedStream(
  body: ReadableStream<Chunk>,
  format: CompositeFormat,
  failed: (error: UnreadableBody) => Error,
): ReadableStream<Chunk> {
  const reader = codecOf(format).newReader();
  const lift = (
    controller: TransformStreamDefaultController<Chunk>,
    read: (take: (lines: LiftedLines) => void) => void,
  ) => {
    try {
      // They hold until the next ones are read.
      read(({ bytes, length }) => controller.enqueue(bytes.slice(0, length)));
    } catch (error) {
      throw error instanceof UnreadableBody ? failed(error) : error;
    }
  };
  return body.pipeThrough(
    new TransformStream<Chunk, Chunk>({
      transform: (chunk, controller) => lift(controller, (take) => reader.push(chunk, take)),
      flush: (controller) => lift(controller, (take) => reader.end(take)),
    }),
  );
}
