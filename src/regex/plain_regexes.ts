import { BACKSLASH } from "../exposition/bytes.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { NO, UNSURE, YES } from "./lazy_dfa.ts";
import type { ByteRegex } from "./byte_regex.ts";

/** `^(?s:(.*))$`, which needs no library. */
export const anyBytes: ByteRegex = {
  groups: new Int32Array(4),
  test: () => YES,
  match(bytes, start, end) {
    if (!isPlain(bytes, start, end)) return UNSURE;
    this.groups.set([start, end, start, end]);
    return YES;
  },
};

/** A regex that matches whole texts, those of a list. */
export function literalBytes(texts: readonly string[]): ByteRegex {
  const table = new ByteTable(Infinity, Infinity);
  for (const text of texts) {
    const bytes = encoder.encode(text);
    if (table.find(bytes, 0, bytes.length) < 0) table.add(bytes, 0, bytes.length);
  }
  return {
    groups: new Int32Array(2),
    test(bytes, start, end) {
      if (!isPlain(bytes, start, end)) return UNSURE;
      return table.find(bytes, start, end) >= 0 ? YES : NO;
    },
    match(bytes, start, end) {
      this.groups[0] = start;
      this.groups[1] = end;
      return this.test(bytes, start, end);
    },
  };
}

/** Whether the bytes are the text as it is: ASCII without escapes. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] > 127 || bytes[at] === BACKSLASH) return false;
  }
  return true;
}

const encoder = new TextEncoder();
