import { ByteTable } from "./byte_table.ts";
import { decodeQuoted } from "./text.ts";

/**
 * Texts by the bytes that they were written with, for texts of which there are few, such as the names
 * of labels: found again without decoding. Emptied whole when it is full.
 */
export class TextCache {
  readonly #bytes: ByteTable;
  #texts: string[] = [];

  /** Bounds in texts and in bytes of all of them. */
  constructor(maxTexts: number, maxBytes: number) {
    this.#bytes = new ByteTable(maxTexts, maxBytes);
  }

  /** The text of a name or value, its escapes resolved. */
  quoted(bytes: Uint8Array, start: number, end: number): string {
    const known = this.#bytes.find(bytes, start, end);
    if (known >= 0) return this.#texts[known];
    const text = decodeQuoted(bytes, start, end);
    if (!this.#bytes.hasRoom(end - start)) {
      this.#bytes.clear();
      this.#texts = [];
      if (!this.#bytes.hasRoom(end - start)) return text;
    }
    this.#texts[this.#bytes.add(bytes, start, end)] = text;
    return text;
  }
}
