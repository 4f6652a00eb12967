import { codecOf } from "../exposition/composite_codec.ts";
import { type LiftedLines, UnreadableBody } from "../exposition/lifted.ts";
import type { CompositeFormat } from "../exposition/line_format.ts";

type Chunk = Uint8Array<ArrayBuffer>;
type Failed = (error: UnreadableBody) => Error;

/**
 * The lines of a body of composite metrics, for those who look at a scrape and answer with something
 * else. Errors with what `failed` makes of the error where the body cannot be read.
 */
export function liftedStream(
  body: ReadableStream<Chunk>,
  format: CompositeFormat,
  failed: Failed,
): ReadableStream<Chunk> {
  return body.pipeThrough(
    readThrough(format, failed, ({ bytes, length }, controller) => {
      // They hold until the next ones are read.
      controller.enqueue(bytes.slice(0, length));
    }, () => {}),
  );
}

/** The body itself, which errors in the same way. */
export function readableStream(
  body: ReadableStream<Chunk>,
  format: CompositeFormat,
  failed: Failed,
): ReadableStream<Chunk> {
  return body.pipeThrough(
    readThrough(format, failed, () => {}, (chunk, controller) => controller.enqueue(chunk)),
  );
}

type Controller = TransformStreamDefaultController<Chunk>;

function readThrough(
  format: CompositeFormat,
  failed: Failed,
  take: (lines: LiftedLines, controller: Controller) => void,
  taken: (chunk: Chunk, controller: Controller) => void,
): TransformStream<Chunk, Chunk> {
  const reader = codecOf(format).newReader();
  const guarded = (read: () => void) => {
    try {
      read();
    } catch (error) {
      throw error instanceof UnreadableBody ? failed(error) : error;
    }
  };
  return new TransformStream<Chunk, Chunk>({
    transform(chunk, controller) {
      guarded(() => reader.push(chunk, (lines) => take(lines, controller)));
      taken(chunk, controller);
    },
    flush: (controller) => guarded(() => reader.end((lines) => take(lines, controller))),
  });
}
