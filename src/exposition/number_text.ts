import { isDigit } from "./bytes.ts";
import { decodePlain } from "./text.ts";
import { MAX_TEXT_TIME } from "./text_time.ts";

/**
 * True when the bytes are a number as Prometheus reads values: decimal floats, and `NaN`, `Inf` and
 * `Infinity` in any case. Go's hexadecimal floats and digit separators are refused there too, and
 * decimals that no double is large enough for.
 */
export function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
  if (at >= end) return false;
  const first = bytes[at];
  if (!isDigit(first) && first !== 0x2e) return isWord(bytes, at, end, at > start);
  return isDecimal(bytes, at, end) && !overflows(bytes, at, end);
}

/** True for a time of the text format: milliseconds, digits alone, of a signed 64-bit integer. */
export function isMillisecondTime(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start) return false;
  for (let at = start; at < end; at++) if (!isDigit(bytes[at])) return false;
  return end - start < 19 || BigInt(decodePlain(bytes, start, end)) <= MAX_TEXT_TIME;
}

/** True for a time of OpenMetrics: seconds, a finite number. */
export function isSecondTime(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isNumber(bytes, start, end)) return false;
  const last = bytes[end - 1];
  return isDigit(last) || last === 0x2e;
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

/** Whether a decimal is too large for a double: only one with an exponent, or of very many digits. */
function overflows(bytes: Uint8Array, at: number, end: number): boolean {
  let mayBe = end - at > 308;
  for (let i = at; i < end && !mayBe; i++) mayBe = (bytes[i] | 0x20) === 0x65;
  return mayBe && !Number.isFinite(Number(decodePlain(bytes, at, end)));
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
