import { GARBAGE_BYTES, SLAB_BYTES } from "../bounds.ts";
import type { ByteRange } from "../exposition/families.ts";

/** Room for lines that were put together anew: neighbours lie side by side, and leave as one view. */
export class LineSlab {
  #bytes = new Uint8Array(0);
  #used = 0;
  #garbage = 0;
  readonly #collect: () => void;

  /** `collect` is called when much of what was handed on can be collected. */
  constructor(collect = () => {}) {
    this.#collect = collect;
  }

  /** A copy of the lines, which nothing overwrites. */
  copyOf({ bytes, start: from, end: to }: ByteRange): ByteRange {
    const length = to - from;
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(SLAB_BYTES, length));
      this.#used = 0;
      this.#garbage += this.#bytes.length;
      if (this.#garbage > GARBAGE_BYTES) {
        this.#garbage = 0;
        this.#collect();
      }
    }
    const start = this.#used;
    this.#used += length;
    this.#bytes.set(bytes.subarray(from, to), start);
    return { bytes: this.#bytes, start, end: this.#used };
  }
}
