import { BACKSLASH, NEWLINE, QUOTE, skipLabelName, skipName } from "../bytes.ts";
import type { LineBuffer } from "../line_buffer.ts";

/** What a byte is in a text between quotes: one that needs an escape, or one beyond ASCII. */
const ESCAPED = 1;
const WIDE = 2;
const KIND = new Uint8Array(256).fill(WIDE, 128);
KIND[BACKSLASH] = KIND[NEWLINE] = KIND[QUOTE] = ESCAPED;

/** Puts a text as it stands between quotes. Returns whether all of it is ASCII. */
export function putEscaped(
  out: LineBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  let kinds = 0;
  for (let at = start; at < end; at++) kinds |= KIND[bytes[at]];
  if ((kinds & ESCAPED) === 0) out.put(bytes, start, end);
  else {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (KIND[byte] === ESCAPED) {
        out.putByte(BACKSLASH);
        out.putByte(byte === NEWLINE ? 0x6e : byte);
      } else out.putByte(byte);
    }
  }
  return (kinds & WIDE) === 0;
}

/** Whether a metric's name needs no quotes. */
export function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  return start < end && (bytes[start] < 0x30 || bytes[start] > 0x39) &&
    skipName(bytes, start, end) === end;
}

/** The same of a label's. */
export function isPlainLabelName(bytes: Uint8Array, start: number, end: number): boolean {
  return start < end && (bytes[start] < 0x30 || bytes[start] > 0x39) &&
    skipLabelName(bytes, start, end) === end;
}
