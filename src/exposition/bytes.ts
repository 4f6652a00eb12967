/** The bytes that the exposition formats give a meaning to. */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const COMMA = 0x2c;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;

const COLON = 0x3a;

/** 1 for `[a-zA-Z0-9_:]`, the bytes of an unquoted metric name. */
const NAME_BYTE = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) {
  if (/[a-zA-Z0-9_:]/.test(String.fromCharCode(byte))) NAME_BYTE[byte] = 1;
}

/** The first offset from `at` on that is not a byte of an unquoted name, at most `end`. */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && NAME_BYTE[bytes[at]] === 1) at++;
  return at;
}

/** The same for an unquoted label name, which may have no colon. */
export function skipLabelName(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && NAME_BYTE[bytes[at]] === 1 && bytes[at] !== COLON) at++;
  return at;
}

/** The first offset from `at` on that is neither space nor tab, at most `end`. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** The first offset from `at` on that is a space or a tab, at most `end`. */
export function skipToken(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  return at;
}

/** The same, at which a newline ends the token, too. */
export function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB && bytes[at] !== NEWLINE) at++;
  return at;
}

/** The first offset of the byte from `at` on, or `end`; it does not look behind that, as `indexOf` does. */
export function offsetOf(bytes: Uint8Array, byte: number, at: number, end: number): number {
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/** The offset of the quote that ends a string which begins at `at`, or -1. */
export function closingQuote(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/** True for the bytes that make an escape of a backslash before them, in both formats. */
export function isEscaped(byte: number): boolean {
  return byte === BACKSLASH || byte === QUOTE || byte === 0x6e;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** True when `bytes[start, end)` equals the whole of `other`. */
export function equalBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  other: Uint8Array,
): boolean {
  const length = end - start;
  if (length !== other.length) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== other[i]) return false;
  }
  return true;
}

/** True for a line that is neither blank nor a comment, even if it turns out to be no sample. */
export function isSample(bytes: Uint8Array, start: number, end: number): boolean {
  const first = skipBlanks(bytes, start, end);
  return first < end && bytes[first] !== HASH;
}

/** Whether the bytes are UTF-8 as Go's `utf8.Valid` has it: the shortest forms, and no surrogates. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte < 0x80) continue;
    const more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    if (byte < 0xc2 || byte > 0xf4 || at + more >= end) return false;
    const second = bytes[at + 1];
    const least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    const most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (let next = at + 2; next <= at + more; next++) {
      if ((bytes[next] & 0xc0) !== 0x80) return false;
    }
    at += more;
  }
  return true;
}

/** The bytes of all of them, in one piece of its own. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
