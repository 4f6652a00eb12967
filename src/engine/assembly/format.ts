import { highOf, highProduct, LEAST_POWER, lowOf, MOST_POWER, twosIn } from "./powers_of_ten";

/** Writes a number beyond the table's powers of ten to `at` and returns its length. */
// @ts-ignore: decorator
@external("weir", "format")
declare function formatNumber(value: f64, at: usize): u32;

/** Between these no number has an exponent; up to the second, integers are exact. */
const LEAST_FIXED: f64 = 1e-4;
const MOST_FIXED: f64 = 9007199254740992;

const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << 52) - 1;
/** The exponent of an integral mantissa in a double whose bits for it are 0. */
const LEAST_EXPONENT: i32 = -1075;

const ZEROS: u64 = 0x3030_3030_3030_3030;

/** The shortest decimal, as `shorten` leaves it: `decimal * 10^power`. */
let decimal: u64 = 0;
let power: i32 = 0;

/**
 * Writes a number to `at` as `formatValue` of format_value.ts does, and returns its end. At most 24
 * bytes; as many behind them may be overwritten.
 */
export function putNumber(value: f64, at: usize): usize {
  if (value != value) return putWord(at, 0x4e614e, 3);
  const magnitude = abs(value);
  if (magnitude == Infinity) return putWord(at, value < 0 ? 0x666e492d : 0x666e492b, 4);
  let start = at;
  if (reinterpret<i64>(value) < 0) store<u8>(start++, 0x2d);
  if (magnitude <= MOST_FIXED && floor(magnitude) == magnitude) {
    return putDigits(<u64> magnitude, start);
  }
  if (!shorten(magnitude)) return at + formatNumber(value, at);
  let end = putDigits(decimal, start);
  // How many digits stand before the point.
  const whole = <i32> (end - start) + power;
  end -= zerosBefore(end);
  return magnitude >= LEAST_FIXED && magnitude <= MOST_FIXED
    ? putPoint(start, end, whole)
    : putExponent(start, end, whole - 1);
}

/**
 * Sets `decimal * 10^power` to the shortest decimal that reads back as the value, a positive one,
 * with zeros behind it perhaps; the nearest where several are as short. False when its power is not
 * in the table. R. Giulietti, "The Schubfach way to render doubles" (2020), with 128 bits of a power.
 */
function shorten(value: f64): bool {
  const bits = reinterpret<u64>(value);
  const mantissa = bits & MANTISSA;
  const twos = <i32> (bits >> MANTISSA_BITS) + LEAST_EXPONENT;
  // The lower neighbour of a power of two is half as far away as the upper one.
  const isPowerOfTwo = mantissa == 0;
  // floor(log10(2^twos)), or of three quarters of it.
  const tens = (twos * 1_262_611 - (isPowerOfTwo ? 524_031 : 0)) >> 22;
  if (-tens < LEAST_POWER || -tens > MOST_POWER) return false;
  const shift = <u64> (twos + twosIn(-tens) + 1);
  const high = highOf(-tens);
  const low = lowOf(-tens) + 1;

  // The value and the ends of what reads back as it, in quarters of 10^tens, odd if inexact.
  const quarters = (mantissa | (1 << MANTISSA_BITS)) << 2;
  const isOdd = mantissa & 1;
  const least = roundToOdd(high, low, (quarters - 2 + <u64> isPowerOfTwo) << shift) + isOdd;
  const scaled = roundToOdd(high, low, quarters << shift);
  const most = roundToOdd(high, low, (quarters + 2) << shift) - isOdd;

  const unit = scaled >> 2;
  const ten = unit / 10;
  power = tens + 1;
  const isTenBelow = least <= ten * 40;
  const isTenAbove = ten * 40 + 40 <= most;
  decimal = ten + <u64> isTenAbove;
  if (isTenBelow != isTenAbove) return true;

  power = tens;
  const isBelow = least <= unit << 2;
  const isAbove = (unit << 2) + 4 <= most;
  decimal = unit + <u64> isAbove;
  if (isBelow != isAbove) return true;
  const half = (unit << 2) + 2;
  decimal = unit + <u64> (scaled > half || (scaled == half && (unit & 1) != 0));
  return true;
}

/** The product behind its lowest 128 bits, with the last bit set for what those hold. */
function roundToOdd(high: u64, low: u64, factor: u64): u64 {
  const carried = highProduct(low, factor);
  const middle = high * factor + carried;
  const product = highProduct(high, factor) + <u64> (middle < carried);
  return product | <u64> (middle > 1);
}

/** Writes an integer and returns its end. */
function putDigits(value: u64, at: usize): usize {
  if (value < 100_000_000) {
    const digits = eightDigits(<u32> value);
    // The last digit stays.
    const zeros = min(ctz(digits) >> 3, 7);
    store<u64>(at, (digits >> (zeros << 3)) + ZEROS);
    return at + 8 - <usize> zeros;
  }
  const high = value / 100_000_000;
  const end = putDigits(high, at);
  store<u64>(end, eightDigits(<u32> (value - high * 100_000_000)) + ZEROS);
  return end + 8;
}

/** How many of the 16 digits before `end` are zeros that end them. */
// @ts-ignore: decorator
@inline
function zerosBefore(end: usize): usize {
  const others = i8x16.bitmask(i8x16.ne(v128.load(end - 16), i8x16.splat(0x30)));
  return clz((others << 16) | 0x8000);
}

/** The digits of a number below 10^8, the first one in the lowest byte. */
function eightDigits(value: u32): u64 {
  const thousands = value / 10_000;
  const fours = <u64> thousands | (<u64> (value - thousands * 10_000) << 32);
  // Multiplied and shifted: divided by 100, then by 10, in all lanes at once.
  const hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
  return tens | ((twos - tens * 10) << 8);
}

/** Puts a point behind the first `whole` of at most 17 digits, and zeros where there are too few. */
function putPoint(start: usize, end: usize, whole: i32): usize {
  if (whole > 0) return insertPoint(start + whole, end);
  const zeros = <usize> (2 - whole);
  const digits = v128.load(start);
  const last = load<u8>(start, 16);
  store<u64>(start, 0x3030_3030_3030_2e30);
  v128.store(start + zeros, digits);
  store<u8>(start + zeros, last, 16);
  return end + zeros;
}

/** As Go's `%g` has it; the table's range leaves the exponent two digits. */
function putExponent(start: usize, end: usize, exponent: i32): usize {
  if (end - start > 1) end = insertPoint(start + 1, end);
  const size = abs(exponent);
  const tens = size / 10;
  store<u8>(end, 0x65);
  store<u8>(end, exponent < 0 ? 0x2d : 0x2b, 1);
  store<u8>(end, 0x30 + tens, 2);
  store<u8>(end, 0x30 + size - tens * 10, 3);
  return end + 4;
}

function insertPoint(at: usize, end: usize): usize {
  v128.store(at + 1, v128.load(at));
  store<u8>(at, 0x2e);
  return end + 1;
}

// @ts-ignore: decorator
@inline
function putWord(at: usize, word: u32, length: usize): usize {
  store<u32>(at, word);
  return at + length;
}
