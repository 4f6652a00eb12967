import { MAX_LISTED_VALUE_BYTES } from "../bounds.ts";
import { decodeQuoted } from "../exposition/text.ts";

/** The text of a label value, unescaped; of a long one the beginning, with an ellipsis. */
export function shownText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= MAX_LISTED_VALUE_BYTES) return decodeQuoted(bytes, start, end);
  let cut = start + MAX_LISTED_VALUE_BYTES;
  // Not inside a character of several bytes.
  while ((bytes[cut] & 0xc0) === 0x80) cut--;
  return `${decodeQuoted(bytes, start, cut)}…`;
}
