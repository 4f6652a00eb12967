/** A source whose chunks, end and failure come when the test says so. */
export class BodySource {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How often a chunk was asked for. */
  pulls = 0;
  cancelledWith: unknown;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

  constructor() {
    this.body = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => void this.pulls++,
      cancel: (reason) => void (this.cancelledWith = reason),
    }, { highWaterMark: 0 });
  }

  give(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#controller.close();
  }

  break(error: Error): void {
    this.#controller.error(error);
  }
}

/** Everything that is due without I/O has happened when this resolves. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export function textOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer> | null,
): Promise<string> {
  return new Response(body).text();
}
