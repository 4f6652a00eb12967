import { NEWLINE } from "./layout";

/** The double that a decimal stands for, where it takes more than one rounding to find it. */
// @ts-ignore: decorator
@external("weir", "number")
declare function longNumber(at: usize, length: u32): f64;

/** Powers of ten that are exact doubles. */
const POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]);
const MOST_POWER: i32 = 22;
/** So many digits never overflow. */
const MOST_DIGITS: i32 = 19;
const MOST_MANTISSA: u64 = 1 << 53;

let mantissa: u64 = 0;
let digits: i32 = 0;
let exponent: i32 = 0;
let isNegative: bool = false;
/** `NaN`, `+Inf` or `-Inf`: its value, in place of digits. */
let isWord: bool = false;
let word: f64 = 0;

/**
 * Reads the number that ends its line. Returns where that ends, or 0 when it is none, or one that is
 * spelled unusually, or something stands behind it. `lastNumber` has its value then.
 */
export function readNumber(at: usize): usize {
  mantissa = 0;
  digits = exponent = 0;
  isWord = false;
  const first = <u32> load<u8>(at);
  isNegative = first == 0x2d;
  if (isNegative || first == 0x2b) at++;
  const end = readDigits(at);
  const whole = <i32> (end - at);
  let behind = end;
  let all = whole;
  if (load<u8>(end) == 0x2e) {
    behind = readDigits(end + 1);
    const decimals = <i32> (behind - end - 1);
    exponent = -decimals;
    all += decimals;
  }
  digits = all;
  if (all == 0) return readWord(at);
  if ((load<u8>(behind) | 0x20) == 0x65) {
    behind = readExponent(behind + 1);
    if (behind == 0) return 0;
  }
  return load<u8>(behind) == NEWLINE ? behind : 0;
}

/** The value of the number that was read last, which lies in `[start, end)`; correctly rounded. */
export function lastNumber(start: usize, end: usize): f64 {
  if (isWord) return word;
  if (digits > MOST_DIGITS || mantissa > MOST_MANTISSA || abs(exponent) > MOST_POWER) {
    return longNumber(start, <u32> (end - start));
  }
  const whole = <f64> mantissa;
  // Two exact doubles: their quotient or product is rounded once.
  const value = exponent < 0
    ? whole / load<f64>(POWERS + ((<usize> -exponent) << 3))
    : whole * load<f64>(POWERS + ((<usize> exponent) << 3));
  return isNegative ? -value : value;
}

// @ts-ignore: decorator
@inline
function readDigits(at: usize): usize {
  for (;; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  return at;
}

function readExponent(at: usize): usize {
  const sign = <u32> load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  const start = at;
  let value = 0;
  for (;; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = min(value * 10 + <i32> digit, 100_000);
  }
  if (at == start) return 0;
  exponent += sign == 0x2d ? -value : value;
  return at;
}

/** `NaN` and `Inf` as they are mostly written; other spellings are left to TypeScript. */
function readWord(at: usize): usize {
  isWord = true;
  const text = load<u32>(at);
  if (text == 0x0a666e49) {
    word = isNegative ? -Infinity : Infinity;
    return at + 3;
  }
  if (text == 0x0a4e614e && load<u8>(at - 1) != 0x2d && load<u8>(at - 1) != 0x2b) {
    word = NaN;
    return at + 3;
  }
  return 0;
}
