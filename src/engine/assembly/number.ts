import { NEWLINE } from "./bytes";
import { highOf, highProduct, LEAST_POWER, lowOf, MOST_POWER, twosIn } from "./powers_of_ten";

/** The double that a decimal stands for, where it takes more than 128 bits to tell. */
// @ts-ignore: decorator
@external("weir", "number")
declare function longNumber(at: usize, length: u32): f64;

/** Powers of ten that are exact doubles. */
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]);
const MOST_EXACT_POWER: i32 = 22;
const MOST_EXACT_INTEGER: u64 = 1 << 53;
/** So many digits never overflow. */
const MOST_DIGITS: i32 = 19;
const MOST_POWER_OF_DOUBLES: i32 = 308;
/** Adding a digit does not overflow, and no line has so many digits. */
const MOST_EXPONENT: i32 = 100_000_000;

/** Where the number begins that was read last. */
let readStart: usize = 0;
let mantissa: u64 = 0;
let digits: i32 = 0;
let exponent: i32 = 0;
let isNegative: bool = false;
/** The mantissa lacks digits that are not 0. */
let isCut: bool = false;
/** `NaN`, `Inf` or `Infinity`: its value, in place of digits. */
export let isWord: bool = false;
let word: f64 = 0;

/**
 * Reads the number that ends its line. Returns where that ends, or 0 when it is none or something
 * stands behind it. `lastNumber` has its value then.
 */
export function readNumber(at: usize): usize {
  const end = scanNumber(at);
  return end != 0 && load<u8>(end) == NEWLINE ? end : 0;
}

/**
 * Reads the longest number that begins at `at`, as `isNumber` of number_text.ts has it. Returns where
 * it ends, whatever stands there, or 0 when there is none.
 */
export function scanNumber(at: usize): usize {
  readStart = at;
  mantissa = 0;
  exponent = 0;
  isCut = isWord = false;
  const first = <u32> load<u8>(at);
  isNegative = first == 0x2d;
  const isSigned = isNegative || first == 0x2b;
  if (isSigned) at++;
  const end = readDigits(at);
  let all = <i32> (end - at);
  let behind = end;
  if (load<u8>(end) == 0x2e) {
    behind = readDigits(end + 1);
    const decimals = <i32> (behind - end - 1);
    exponent = -decimals;
    all += decimals;
  }
  digits = all;
  if (all == 0) return readWord(at, isSigned);
  return (load<u8>(behind) | 0x20) == 0x65 ? readExponent(behind + 1) : behind;
}

/** Whether the number that was read last, in `[start, end)`, is a decimal too large for a double. */
// @ts-ignore: decorator
@inline
export function overflows(start: usize, end: usize): bool {
  return !isWord && digits + exponent > MOST_POWER_OF_DOUBLES && isInfinite(start, end);
}

function isInfinite(start: usize, end: usize): bool {
  return abs(lastNumber(start, end)) == Infinity;
}

/** The value of the number in `[start, end)`, which was read before; correctly rounded. */
export function numberAt(start: usize, end: usize): f64 {
  if (start != readStart) scanNumber(start);
  return lastNumber(start, end);
}

/** The value of the number that was read last, which lies in `[start, end)`; correctly rounded. */
export function lastNumber(start: usize, end: usize): f64 {
  if (isWord) return word;
  if (digits > MOST_DIGITS) readFirstDigits(start);
  let value: f64 = 0;
  if (mantissa <= MOST_EXACT_INTEGER && abs(exponent) <= MOST_EXACT_POWER) {
    // Two exact doubles: their quotient or product is rounded once.
    value = exponent < 0
      ? <f64> mantissa / exactPower(-exponent)
      : <f64> mantissa * exactPower(exponent);
  } else if (mantissa != 0) {
    value = nearest(mantissa, exponent);
    // Digits that were cut matter only where one more in the last place would.
    if (value == 0 || (isCut && nearest(mantissa + 1, exponent) != value)) {
      return longNumber(start, <u32> (end - start));
    }
  }
  return isNegative ? -value : value;
}

// @ts-ignore: decorator
@inline
function exactPower(power: i32): f64 {
  return load<f64>(EXACT_POWERS + ((<usize> power) << 3));
}

/**
 * The double next to `mantissa * 10^power`, or 0 where 128 bits of the power do not tell: D. Lemire,
 * "Number Parsing at a Gigabyte per Second" (2021), the algorithm of Eisel and Lemire.
 */
function nearest(mantissa: u64, power: i32): f64 {
  if (power == 0) return <f64> mantissa;
  if (power < LEAST_POWER || power > MOST_POWER) return 0;
  const shift = clz(mantissa);
  const whole = mantissa << shift;
  const factor = highOf(power);
  let high = highProduct(whole, factor);
  let low = whole * factor;
  // The bits behind the double's are all set: what the power's lower half adds may carry.
  if ((high & 0x1ff) == 0x1ff && low + whole < low) {
    const lowFactor = lowOf(power);
    const sum = low + highProduct(whole, lowFactor);
    if (sum < low) high++;
    low = sum;
    if ((high & 0x1ff) == 0x1ff && low == u64.MAX_VALUE) {
      if (whole * lowFactor + whole < whole) return 0;
    }
  }
  const top = high >> 63;
  // 53 bits and one to round by.
  let bits = high >> (top + 9);
  // It looks like a tie, which may go down; the power's bits behind 128 may speak against that.
  if (low == 0 && (high & 0x1ff) == 0 && (bits & 3) == 1) return 0;
  bits = (bits + (bits & 1)) >> 1;
  // Nothing in the table's range is as small as a subnormal, or infinite. A carry out of the 53 bits
  // leaves the mantissa 0 and makes the exponent one more.
  const biased = <u64> (twosIn(power) + 63 + 1023) - <u64> shift + top;
  return reinterpret<f64>((biased << 52) + (bits - (1 << 52)));
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

/** Takes for the mantissa only as many of the number's digits as it holds, zeros in front left out. */
function readFirstDigits(at: usize): void {
  let left = digits;
  let taken = 0;
  mantissa = 0;
  for (; left > 0; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) continue;
    left--;
    if (taken < MOST_DIGITS) {
      mantissa = mantissa * 10 + digit;
      if (mantissa != 0) taken++;
    } else {
      exponent++;
      if (digit != 0) isCut = true;
    }
  }
  digits = taken;
}

/** Returns where the exponent ends, or 0 when there is none. */
function readExponent(at: usize): usize {
  const sign = <u32> load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  const start = at;
  let value = 0;
  for (;; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = min(value * 10 + <i32> digit, MOST_EXPONENT);
  }
  if (at == start) return 0;
  exponent += sign == 0x2d ? -value : value;
  return at;
}

/** `NaN`, which has no sign, `Inf` or `Infinity`, in any case. */
function readWord(at: usize, isSigned: bool): usize {
  isWord = true;
  const text = (load<u32>(at) | 0x202020) & 0xffffff;
  if (text == 0x6e616e && !isSigned) {
    word = NaN;
    return at + 3;
  }
  if (text != 0x666e69) return 0;
  word = isNegative ? -Infinity : Infinity;
  const isLong = (load<u32>(at + 3) | 0x20202020) == 0x74696e69 && (load<u8>(at + 7) | 0x20) == 0x79;
  return at + (isLong ? 8 : 3);
}
