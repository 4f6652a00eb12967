import { NEWLINE } from "../exposition/bytes.ts";
import { Composer } from "../exposition/compose/composer.ts";
import type { CompositeCodec } from "../exposition/composite_codec.ts";
import type { LiftedOutput } from "../exposition/lifted.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Hands on the pieces of a body of composite metrics as long as the output budget lasts. */
export class CompositeOutput implements LiftedOutput {
  /** A piece did not fit. */
  full = false;
  bytesWritten = 0;
  /** Lines of families by which the body says what is missing in it. */
  own = "";
  /** What the body ends with. */
  terminator: Bytes | undefined;
  readonly #codec: CompositeCodec;
  readonly #limit: number;
  readonly #enqueue: (bytes: Bytes) => void;
  /** The last byte that was written. */
  #last: number = NEWLINE;

  /** `maxBytes` 0 is no limit. */
  constructor(codec: CompositeCodec, maxBytes: number, enqueue: (bytes: Bytes) => void) {
    this.#codec = codec;
    this.#limit = maxBytes === 0 ? Infinity : maxBytes - codec.terminator.length;
    this.#enqueue = enqueue;
  }

  write(piece: Bytes): boolean {
    if (this.bytesWritten + piece.length > this.#limit) this.full = true;
    if (!this.full) this.#put(piece);
    return !this.full;
  }

  /** The body ends as its format wants it. */
  terminate(): void {
    this.terminator = this.#codec.terminator;
  }

  /** Writes what the body says of itself, on top of the budget, and the terminator. */
  end(): void {
    const write = (piece: Bytes) => {
      this.#put(piece);
      return true;
    };
    if (this.own !== "") {
      // A body of lines may end in the midst of one.
      if (this.#codec.terminator.length > 0 && this.#last !== NEWLINE) this.#put(LINE_END.slice());
      const composer = new Composer(this.#codec.newEncoder({ write }));
      composer.push(encoder.encode(this.own));
      composer.end();
    }
    if (this.terminator !== undefined) this.#put(this.terminator.slice());
  }

  #put(piece: Bytes): void {
    if (piece.length === 0) return;
    this.bytesWritten += piece.length;
    this.#last = piece[piece.length - 1];
    this.#enqueue(piece);
  }
}

const encoder = new TextEncoder();
const LINE_END = encoder.encode("\n");
