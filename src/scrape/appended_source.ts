import { joinedBytes, NEWLINE } from "../exposition/bytes.ts";
import { type BodyFormat, isComposite } from "../exposition/line_format.ts";
import { composedBody } from "../lines/converted_body.ts";
import type { OwnExposition } from "../telemetry/own_exposition.ts";
import type { Chunk, ChunkSource } from "../upstream/chunk_source.ts";
import { TakenNames } from "./taken_names.ts";

/** `# EOF` and its newline. */
const EOF_BYTES = 6;

/**
 * A body with Weir's own metrics behind it: in front of the terminator where the format has one, in the
 * body's format. Families that the body has already are left out, `collided` is told of those: no family
 * may stand in a response twice. Nothing is added to a body that does not end as its format wants.
 */
export class AppendedSource implements ChunkSource {
  readonly #body: ChunkSource;
  readonly #format: BodyFormat;
  readonly #own: OwnExposition;
  readonly #collided: (families: readonly string[]) => void;
  readonly #taken: TakenNames;
  readonly #pieces: Chunk[] = [];
  /** The last bytes, which may be the terminator. */
  #held: Chunk = new Uint8Array(0);
  #lastByte = NEWLINE;
  #ended = false;

  constructor(
    body: ChunkSource,
    format: BodyFormat,
    own: OwnExposition,
    collided: (families: readonly string[]) => void,
  ) {
    this.#body = body;
    this.#format = format;
    this.#own = own;
    this.#collided = collided;
    this.#taken = new TakenNames(own.families);
  }

  async read(): Promise<Chunk | undefined> {
    while (this.#pieces.length === 0 && !this.#ended) {
      const chunk = await this.#body.read();
      if (chunk === undefined) this.#end();
      else this.#take(chunk);
    }
    return this.#pieces.shift();
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#ended = true;
    this.#pieces.length = 0;
    await this.#body.cancel(reason);
  }

  #take(chunk: Chunk): void {
    if (chunk.length === 0) return;
    this.#taken.look(chunk);
    this.#lastByte = chunk[chunk.length - 1];
    if (!this.#isTerminated) {
      this.#pieces.push(chunk);
      return;
    }
    if (chunk.length < EOF_BYTES) chunk = joinedBytes([this.#held, chunk]);
    else if (this.#held.length > 0) this.#pieces.push(this.#held);
    const kept = Math.max(0, chunk.length - EOF_BYTES);
    if (kept > 0) this.#pieces.push(chunk.subarray(0, kept));
    this.#held = chunk.slice(kept);
  }

  get #isTerminated(): boolean {
    return this.#format === "openmetrics" || this.#format === "openmetrics2";
  }

  #end(): void {
    this.#ended = true;
    const held = this.#held;
    const [terminator] = /# EOF\n?$/.exec(new TextDecoder().decode(held)) ?? [];
    if (this.#isTerminated && terminator === undefined) {
      if (held.length > 0) this.#pieces.push(held);
      return;
    }
    const taken = this.#taken.end();
    if (taken.size > 0) this.#collided([...taken]);
    const before = held.subarray(0, held.length - (terminator?.length ?? 0));
    if (before.length > 0) this.#pieces.push(before);
    this.#pieces.push(...this.#rendered(taken));
  }

  /** What is to come behind the body, its terminator included. */
  #rendered(taken: ReadonlySet<string>): Chunk[] {
    if (this.#format === "openmetrics") return [encode(this.#own.render("openmetrics", taken))];
    const text = encode(this.#own.render("text", taken));
    if (isComposite(this.#format)) return composedBody([text], this.#format);
    const isOpen = this.#lastByte !== NEWLINE;
    return isOpen && text.length > 0 ? [encode("\n"), text] : [text];
  }
}

function encode(text: string): Chunk {
  return new TextEncoder().encode(text);
}
