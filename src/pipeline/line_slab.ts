import { SLAB_BYTES } from "../bounds.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { ByteRange } from "../exposition/families.ts";

/** Room for lines that were put together anew: neighbours lie side by side, and leave as one view. */
export class LineSlab {
  #bytes = new Uint8Array(0);
  #used = 0;

  /** A copy of the line, which nothing overwrites. */
  copyOf(line: LineBuffer): ByteRange {
    if (this.#used + line.length > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(SLAB_BYTES, line.length));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += line.length;
    this.#bytes.set(line.bytes.subarray(0, line.length), start);
    return { bytes: this.#bytes, start, end: this.#used };
  }
}
