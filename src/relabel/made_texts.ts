import { LineBuffer } from "../exposition/line_buffer.ts";

/** The values that rules make of one line, as they are written between quotes. */
export class MadeTexts {
  readonly #text = new LineBuffer();
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Begins another line. */
  reset(): void {
    this.#text.reset();
  }

  /**
   * Begins the value number `index`; what is put into the buffer that is returned belongs to it.
   */
  begin(index: number): LineBuffer {
    this.#starts[index] = this.#text.length;
    return this.#text;
  }

  /** Ends it. Returns true when it is empty. */
  end(index: number): boolean {
    this.#ends[index] = this.#text.length;
    return this.#ends[index] === this.#starts[index];
  }

  /** All values; valid until the next one is made. */
  get bytes(): Uint8Array {
    return this.#text.bytes;
  }

  start(index: number): number {
    return this.#starts[index];
  }

  stop(index: number): number {
    return this.#ends[index];
  }
}
