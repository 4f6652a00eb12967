import { isDigit } from "./bytes.ts";
import { parseNumber } from "./number_text.ts";
import { decodePlain } from "./text.ts";

/** Up to so many digits a decimal's mantissa is an exact double. */
const EXACT_DIGITS = 15;
/** Powers of ten that are exact doubles; a quotient of two exact doubles is rounded once. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * The double that a sample's value stands for, correctly rounded. Short integers and decimals are
 * read without a string; everything else goes through `parseNumber`. The bytes have to be a number
 * (`isNumber`).
 */
export function floatOf(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === 0x2d;
  let at = negative || bytes[start] === 0x2b ? start + 1 : start;
  let mantissa = 0;
  let digits = 0;
  let decimals = -1;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (isDigit(byte)) {
      mantissa = mantissa * 10 + (byte - 0x30);
      digits++;
      if (decimals >= 0) decimals++;
    } else if (byte === 0x2e && decimals < 0) decimals = 0;
    else break;
  }
  if (at < end || digits > EXACT_DIGITS || digits === 0) {
    return parseNumber(decodePlain(bytes, start, end));
  }
  const value = decimals > 0 ? mantissa / POWERS[decimals] : mantissa;
  return negative ? -value : value;
}
