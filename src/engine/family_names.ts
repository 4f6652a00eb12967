import { ByteTable } from "../exposition/byte_table.ts";
import { decodePlain } from "../exposition/text.ts";

/** What the table takes for one entry besides its name: hash, end, two slots, and as much to grow. */
const ENTRY_BYTES = 32;

/**
 * The names of families, by number from 1 on, in bytes: an exposition may have hundreds of thousands,
 * and an object each would be the most of what is remembered of them.
 */
export class FamilyNames {
  readonly #table = new ByteTable(Infinity, Infinity);
  #key = new Uint8Array(1024);
  /** The families of the output with these names, four bytes each; 0: none so far. */
  #outs = new Uint32Array(256);
  #bytes = 0;
  #last = 0;
  #lastName = "";

  /** What they take, in bytes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of a name; 0: it has none. `twin` tells a second family of the name from the first. */
  find(name: string, twin = ""): number {
    const length = this.#put(name, twin);
    return this.#table.find(this.#key, 0, length) + 1;
  }

  /** Adds a name that has no number, and returns it. */
  add(name: string, twin = ""): number {
    const length = this.#put(name, twin);
    this.#bytes += ENTRY_BYTES + 2 * length;
    return this.#table.add(this.#key, 0, length) + 1;
  }

  name(number: number): string {
    if (number !== this.#last) {
      const [start, end] = this.#nameOf(number);
      this.#lastName = decodePlain(this.#table.bytes, start, end);
      this.#last = number;
    }
    return this.#lastName;
  }

  /** What tells it from the first family of its name; undefined for that one. */
  twin(number: number): string | undefined {
    const end = this.#nameOf(number)[1];
    const keyEnd = this.#table.keyEnd(number - 1);
    return end === keyEnd ? undefined : decodePlain(this.#table.bytes, end, keyEnd);
  }

  /** The bytes of the name, and of what tells it from another family's. Valid until one is added. */
  key(number: number): Uint8Array {
    return this.#table.bytes.subarray(
      this.#table.keyStart(number - 1),
      this.#table.keyEnd(number - 1),
    );
  }

  outOf(number: number): number {
    return this.#outs[number] ?? 0;
  }

  setOut(number: number, out: number): void {
    if (number >= this.#outs.length) {
      const grown = new Uint32Array(number * 2);
      grown.set(this.#outs);
      this.#outs = grown;
    }
    this.#outs[number] = out;
  }

  /** Forgets all names; numbers begin anew. */
  clear(): void {
    this.#table.clear();
    this.#outs.fill(0);
    this.#bytes = 0;
    this.#last = 0;
    this.#lastName = "";
  }

  #nameOf(number: number): [number, number] {
    if (number === 0) return [0, 0];
    const start = this.#table.keyStart(number - 1);
    const end = this.#table.keyEnd(number - 1);
    const bytes = this.#table.bytes;
    for (let at = start; at < end; at++) if (bytes[at] === TWIN_BYTE) return [start, at];
    return [start, end];
  }

  /** Returns the length of the key, which lies in `#key`. */
  #put(name: string, twin: string): number {
    const key = twin === "" ? name : name + twin;
    // A code unit takes three bytes at most.
    if (key.length * 3 > this.#key.length) this.#key = new Uint8Array(key.length * 6);
    return encoder.encodeInto(key, this.#key).written;
  }
}

const encoder = new TextEncoder();

/** Stands before the type of a second family of a name; no name has it. */
export const TWIN = "\0";
const TWIN_BYTE = 0;
