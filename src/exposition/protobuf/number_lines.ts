import { formatCanonicalFloat, formatValue } from "../format_value.ts";
import type { LineBuffer } from "../line_buffer.ts";
import type { TimestampFields } from "./exemplar_fields.ts";

const TWO_32 = 2 ** 32;
/** Below it the upper 32 bits of an integer are, where a double holds it exactly. */
const EXACT_HIGH = 2 ** 21;

const digits = new Uint8Array(20);

/** An integer from 0 to 2^53. */
export function putInteger(out: LineBuffer, value: number): void {
  if (value < 10) return out.putByte(0x30 + value);
  let at = digits.length;
  while (value >= 2 ** 31) {
    const rest = Math.floor(value / 10);
    // Nothing is added to the integer itself, which may be as large as is exact.
    digits[--at] = (value - rest * 10) + 0x30;
    value = rest;
  }
  for (let left = value | 0; left > 0;) {
    const rest = (left / 10) | 0;
    digits[--at] = left - rest * 10 + 0x30;
    left = rest;
  }
  out.put(digits, at, digits.length);
}

/** An unsigned integer of 64 bits, all of its digits. */
export function putUnsigned(out: LineBuffer, low: number, high: number): void {
  if (high < EXACT_HIGH) putInteger(out, high * TWO_32 + low);
  else out.putText(long(low, high).toString());
}

/** A sample's value. */
export function putValue(out: LineBuffer, value: number): void {
  if (value >= 0 && value < 2 ** 31 && (value | 0) === value && !Object.is(value, -0)) {
    putInteger(out, value);
  } else out.putText(formatValue(value));
}

/** The value of `le` or `quantile`. Prometheus has no negative 0 there. */
export function boundText(bound: number): string {
  return formatCanonicalFloat(bound + 0);
}

/** A count that is a double where that says anything (Prometheus: where it is not 0). */
export function putCount(out: LineBuffer, low: number, high: number, float: number): void {
  if (float === 0) putUnsigned(out, low, high);
  else putValue(out, float);
}

/** A double that says that it is one. */
export function putFloat(out: LineBuffer, value: number): void {
  out.putText(formatCanonicalFloat(value));
}

/** Milliseconds of 64 bits, as a sample's timestamp: seconds, with as many decimals as it takes. */
export function putMilliseconds(out: LineBuffer, low: number, high: number): void {
  if (high < EXACT_HIGH) {
    const milliseconds = high * TWO_32 + low;
    const seconds = Math.floor(milliseconds / 1_000);
    putInteger(out, seconds);
    putDecimals(out, milliseconds - seconds * 1_000, 3);
    return;
  }
  putExact(out, signed(low, high), 3);
}

/** Whether the timestamp says another time than 1970-01-01, which says none. */
export function isTime(time: TimestampFields): boolean {
  return time.isGiven && (time.secondsLow | time.secondsHigh | time.nanos) !== 0;
}

/** Seconds, with as many of nine decimals as it takes. */
export function putTime(out: LineBuffer, time: TimestampFields): void {
  const { secondsLow, secondsHigh, nanos } = time;
  if (secondsHigh < EXACT_HIGH && nanos >= 0 && nanos < 1e9) {
    putInteger(out, secondsHigh * TWO_32 + secondsLow);
    putDecimals(out, nanos, 9);
    return;
  }
  putExact(out, signed(secondsLow, secondsHigh) * 1_000_000_000n + BigInt(nanos), 9);
}

/** An unsigned integer of 64 bits. */
export function long(low: number, high: number): bigint {
  return BigInt(high) << 32n | BigInt(low);
}

/** A signed one. */
export function signed(low: number, high: number): bigint {
  return BigInt.asIntN(64, long(low, high));
}

function putDecimals(out: LineBuffer, value: number, places: number): void {
  if (value === 0) return;
  out.putByte(0x2e);
  for (let unit = 10 ** (places - 1); value > 0; unit /= 10) {
    const digit = Math.floor(value / unit);
    out.putByte(0x30 + digit);
    value -= digit * unit;
  }
}

/** `value` units of which 10^places make one. */
function putExact(out: LineBuffer, value: bigint, places: number): void {
  const unit = 10n ** BigInt(places);
  const magnitude = value < 0n ? -value : value;
  if (value < 0n) out.putByte(0x2d);
  out.putText((magnitude / unit).toString());
  putDecimals(out, Number(magnitude % unit), places);
}
