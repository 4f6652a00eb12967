import { isPlainMetricName } from "../exposition/quoted_text.ts";
import { goQuote } from "../relabel/go_quote.ts";
import { MAX_LISTED_VALUE_BYTES } from "../bounds.ts";
import { decodeQuoted } from "../exposition/text.ts";

/** More of a text than this is not shown. */
const SHOWN = 100;

/** `1,293,720`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `276 MB`, `4.2 kB`: three digits, powers of 1,000. */
export function bytesText(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits).replace(/\.0+$/, "")} ${UNITS[unit]}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `14.3 %`. */
export function shareText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A metric's or a label's name; in quotes, and harmless to terminals, if it is no classic one. */
export function nameText(name: string): string {
  return isPlainMetricName(name) && name.length <= SHOWN ? name : valueText(name);
}

/** A text from the upstream in quotes, its control and direction characters escaped, not too long. */
export function valueText(text: string): string {
  if (text.length <= SHOWN) return goQuote(text);
  // Not inside a character of two code units.
  const cut = text.slice(0, SHOWN).replace(/[\ud800-\udbff]$/, "");
  return `${goQuote(cut)}…`;
}

/** The text of a label value, unescaped; of a long one the beginning, with an ellipsis. */
export function shownText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= MAX_LISTED_VALUE_BYTES) return decodeQuoted(bytes, start, end);
  let cut = start + MAX_LISTED_VALUE_BYTES;
  // Not inside a character of several bytes.
  while ((bytes[cut] & 0xc0) === 0x80) cut--;
  return `${decodeQuoted(bytes, start, cut)}…`;
}
