import { familyStem } from "../telemetry/own_exposition.ts";

/** What all of Weir's own families begin with. */
const PREFIX = new TextEncoder().encode("weir_");
/** No own family has a longer name, suffix included. */
const MOST_NAME_BYTES = 128;

/**
 * Finds which of Weir's own families a body has, as it goes by in any format. A name that stands in a
 * label's value counts too: what is left out for nothing is less than an invalid response.
 */
export class TakenNames {
  /** Those that were found. */
  readonly families = new Set<string>();
  readonly #stems = new Map<string, string>();
  /** The end of what went by, where a name may go on. */
  #tail = new Uint8Array(0);

  constructor(families: readonly string[]) {
    for (const family of families) this.#stems.set(familyStem(family), family);
  }

  look(chunk: Uint8Array): void {
    if (this.#tail.length > 0) {
      const seam = new Uint8Array(this.#tail.length + Math.min(chunk.length, MOST_NAME_BYTES));
      seam.set(this.#tail);
      seam.set(chunk.subarray(0, MOST_NAME_BYTES), this.#tail.length);
      this.#scan(seam);
      // A chunk may be shorter than a name.
      if (chunk.length < MOST_NAME_BYTES) {
        this.#tail = seam.slice(-MOST_NAME_BYTES);
        return;
      }
    }
    this.#scan(chunk);
    this.#tail = chunk.slice(-MOST_NAME_BYTES);
  }

  /** Those of the whole body, of which no more comes. */
  end(): ReadonlySet<string> {
    this.#scan(this.#tail, true);
    return this.families;
  }

  /** A name that may go on behind the bytes is none yet: it comes again with what is there. */
  #scan(bytes: Uint8Array, isLast = false): void {
    for (let at = bytes.indexOf(PREFIX[0]); at >= 0; at = bytes.indexOf(PREFIX[0], at + 1)) {
      if (!PREFIX.every((byte, index) => bytes[at + index] === byte)) continue;
      let end = at + PREFIX.length;
      while (end < bytes.length && isOfName(bytes[end])) end++;
      if (end === bytes.length && !isLast) break;
      const name = new TextDecoder().decode(bytes.subarray(at, end));
      const family = this.#stems.get(familyStem(name));
      if (family !== undefined) this.families.add(family);
    }
  }
}

/** Letters, digits, `_` and `:`. */
function isOfName(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x3a) || byte === 0x5f;
}
