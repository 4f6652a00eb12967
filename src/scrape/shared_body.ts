import type { BodyEnd } from "./gathered_body.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** One chunk and what follows it: a reader holds on to what it has not read, and to no more. */
interface Link {
  readonly chunk: Chunk;
  next: Link | undefined;
}

/**
 * A body for any number of readers. Each gets all of it from its beginning, whenever it joins and
 * however slowly it reads; the chunks are shared, so nobody may write to them. The source is read
 * when the reader that is furthest ahead asks for more, never ahead of it. A source that errors
 * breaks every reader off at once. When the last reader leaves before the end, the source is
 * cancelled: nobody waits for the rest, so the upstream need not send it.
 */
export class SharedBody {
  readonly #source: ReadableStreamDefaultReader<Chunk>;
  readonly #ended: (end: BodyEnd) => void;
  readonly #readers = new Set<BodyReader>();
  /** Where readers begin, itself without bytes; undefined once nobody may join. */
  #first: Link | undefined = { chunk: new Uint8Array(0), next: undefined };
  #last: Link = this.#first!;
  #end: BodyEnd | undefined;
  /** The read under way: readers that wait for the same chunk share it. */
  #reading: Promise<void> | undefined;

  /** `ended` is called once, whatever happens; the source is not touched any more after it. */
  constructor(source: ReadableStream<Chunk>, ended: (end: BodyEnd) => void) {
    this.#source = source.getReader();
    this.#ended = ended;
  }

  /**
   * The whole body, for one more reader. It errors with the reason of `signal` when that is aborted,
   * which counts as leaving. Throws once the body is sealed, broken or given up.
   */
  stream(signal: AbortSignal): ReadableStream<Chunk> {
    if (this.#first === undefined) throw new Error("the body takes no more readers");
    const reader = new BodyReader(this.#first, signal);
    this.#readers.add(reader);
    return new ReadableStream<Chunk>({
      start: (controller) => reader.open(controller, () => this.#remove(reader, signal.reason)),
      pull: (controller) => this.#advance(reader, controller),
      cancel: (reason) => this.#remove(reader, reason),
    }, { highWaterMark: 0 });
  }

  /** Nobody joins from now on, so what every reader has read can be let go. */
  seal(): void {
    this.#first = undefined;
  }

  /** Hands the reader its next chunk, or the end. */
  async #advance(
    reader: BodyReader,
    controller: ReadableStreamDefaultController<Chunk>,
  ): Promise<void> {
    while (reader.at.next === undefined && this.#end === undefined) await this.#read();
    if (!this.#readers.has(reader)) return;
    if (reader.at.next !== undefined) {
      reader.at = reader.at.next;
      return controller.enqueue(reader.at.chunk);
    }
    this.#readers.delete(reader);
    reader.close();
    controller.close();
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readChunk().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #readChunk(): Promise<void> {
    try {
      const { done, value } = await this.#source.read();
      // What a cancelled source still says is no end.
      if (this.#end !== undefined) return;
      if (!done) {
        this.#last = this.#last.next = { chunk: value, next: undefined };
        return;
      }
      this.#end = { outcome: "complete" };
    } catch (error) {
      if (this.#end !== undefined) return;
      this.#end = { outcome: "broken", error };
      this.seal();
      for (const reader of this.#readers) reader.fail(error);
      this.#readers.clear();
    }
    this.#ended(this.#end);
  }

  async #remove(reader: BodyReader, reason: unknown): Promise<void> {
    reader.close();
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#end !== undefined) return;
    this.#end = { outcome: "cancelled" };
    this.seal();
    // The source hears of it first: what `ended` aborts would look like a failure to it.
    const cancelled = this.#source.cancel(reason);
    this.#ended(this.#end);
    await cancelled;
  }
}

/** One reader's place in the body, and its client's way to leave. */
class BodyReader {
  /** The last link that was handed on. */
  at: Link;
  readonly #signal: AbortSignal;
  #controller: ReadableStreamDefaultController<Chunk> | undefined;
  #onAbort = () => {};

  constructor(first: Link, signal: AbortSignal) {
    this.at = first;
    this.#signal = signal;
  }

  /** `left` is called when the client's signal is aborted, also if it was so from the start. */
  open(controller: ReadableStreamDefaultController<Chunk>, left: () => Promise<void>): void {
    this.#controller = controller;
    this.#onAbort = () => {
      controller.error(this.#signal.reason);
      left().catch(() => {});
    };
    this.#signal.addEventListener("abort", this.#onAbort);
    if (this.#signal.aborted) this.#onAbort();
  }

  fail(error: unknown): void {
    this.close();
    this.#controller?.error(error);
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
