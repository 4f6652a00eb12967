import { isDigit } from "./bytes.ts";

/**
 * True when the bytes are a number as Prometheus reads values: decimal floats, and `NaN`, `Inf` and
 * `Infinity` in any case. Go's hexadecimal floats and digit separators are refused there too.
 */
export function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
  if (at >= end) return false;
  const first = bytes[at];
  if (isDigit(first) || first === 0x2e) return isDecimal(bytes, at, end);
  return isWord(bytes, at, end, at > start);
}

/** The double that a text accepted by `isNumber` stands for. */
export function parseNumber(text: string): number {
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  if (!/inf/i.test(text)) return NaN;
  return text.startsWith("-") ? -Infinity : Infinity;
}

function isDecimal(bytes: Uint8Array, at: number, end: number): boolean {
  let digits = 0;
  for (; at < end && isDigit(bytes[at]); at++) digits++;
  if (at < end && bytes[at] === 0x2e) {
    for (at++; at < end && isDigit(bytes[at]); at++) digits++;
  }
  if (digits === 0) return false;
  return at === end || isExponent(bytes, at, end);
}

/** An exponent that ends the number. */
function isExponent(bytes: Uint8Array, at: number, end: number): boolean {
  if ((bytes[at] | 0x20) !== 0x65) return false;
  at++;
  if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
  if (at === end) return false;
  while (at < end && isDigit(bytes[at])) at++;
  return at === end;
}

const WORDS = ["nan", "inf", "infinity"].map((word) => new TextEncoder().encode(word));

function isWord(bytes: Uint8Array, start: number, end: number, signed: boolean): boolean {
  return WORDS.some((word, index) => {
    if (word.length !== end - start || (signed && index === 0)) return false;
    return word.every((letter, i) => (bytes[start + i] | 0x20) === letter);
  });
}
