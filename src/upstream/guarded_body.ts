import type { Chunk, ChunkSource } from "./chunk_source.ts";
import type { UpstreamCall } from "./upstream_call.ts";

export interface BodyLimit {
  readonly bytes: number;
  /** Makes the error that the body ends with. */
  readonly exceeded: () => unknown;
}

const NO_LIMIT: BodyLimit = { bytes: Infinity, exceeded: () => undefined };

/**
 * The body of a response under the call's deadline. It reads only when it is read, so that a slow
 * reader slows the upstream. It fails with the call's failure and never ends cleanly once it was
 * cut short; cancelling it ends the request at the upstream.
 */
export class GuardedBody implements ChunkSource {
  readonly #body: ChunkSource | undefined;
  readonly #call: UpstreamCall;
  readonly #endings: readonly string[];
  readonly #limit: BodyLimit;
  readonly #onCut: () => void;
  /** The last bytes, as Latin-1. */
  #tail = "";
  #bytes = 0;
  #over = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * A body that is not empty and ends in none of `endings` counts as cut short; without any, every
   * end will do. More than `limit` is a failure.
   */
  constructor(
    body: ChunkSource | undefined,
    call: UpstreamCall,
    endings: readonly string[],
    limit: BodyLimit = NO_LIMIT,
  ) {
    this.#body = body;
    this.#call = call;
    this.#endings = endings;
    this.#limit = limit;
    // A deadline that passes while nobody reads has to be seen by the next read.
    this.#onCut = () => this.#fail(call.signal.reason);
    call.signal.addEventListener("abort", this.#onCut);
    if (call.signal.aborted) this.#onCut();
  }

  async read(): Promise<Chunk | undefined> {
    try {
      if (!this.#over) {
        const chunk = await this.#body?.read();
        if (!this.#over) return this.#take(chunk);
      }
    } catch (error) {
      if (!this.#over) this.#fail(this.#call.failure(error));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return undefined;
  }

  cancel(): Promise<void> {
    this.#finish();
    this.#call.abort();
    this.#letGo();
    return Promise.resolve();
  }

  /** Throws what is wrong with it. */
  #take(chunk: Chunk | undefined): Chunk | undefined {
    if (chunk === undefined) {
      if (this.#tail !== "" && !this.#endings.some((ending) => this.#tail.endsWith(ending))) {
        throw new Error("connection closed before the end of the exposition");
      }
      this.#finish();
      return undefined;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit.bytes) throw this.#limit.exceeded();
    if (this.#endings.length > 0) this.#tail = tailOf(this.#tail, chunk, this.#endings);
    return chunk;
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#finish();
    this.#call.abort();
    this.#letGo();
  }

  #finish(): void {
    this.#over = true;
    this.#call.end();
    this.#call.signal.removeEventListener("abort", this.#onCut);
  }

  /** Deno does not hear of the abort while nobody reads the response; who reads hears of an end. */
  #letGo(): void {
    this.#body?.cancel().catch(() => {});
  }
}

function tailOf(before: string, chunk: Uint8Array, endings: readonly string[]): string {
  const length = Math.max(...endings.map((ending) => ending.length));
  return (before + String.fromCharCode(...chunk.subarray(-length))).slice(-length);
}
