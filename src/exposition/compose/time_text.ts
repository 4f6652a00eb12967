import { isDigit } from "../bytes.ts";
import { floatOf } from "../float_bytes.ts";
import { decodePlain } from "../text.ts";

/** A time as `google.protobuf.Timestamp` has it: `nanos` are never negative. */
export interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

/** The time that stands there in seconds, which has to be a number. Nanoseconds are exact in decimals. */
export function timeOf(bytes: Uint8Array, start: number, end: number): Time {
  const isNegative = bytes[start] === MINUS;
  const first = isNegative || bytes[start] === PLUS ? start + 1 : start;
  let point = first;
  while (point < end && isDigit(bytes[point])) point++;
  let last = bytes[point] === POINT ? point + 1 : point;
  while (last < end && isDigit(bytes[last])) last++;
  // An exponent.
  if (last < end) return timeOfFloat(floatOf(bytes, start, end));
  const seconds = Number(decodePlain(bytes, first, point));
  const decimals = decodePlain(bytes, Math.min(point + 1, end), end).slice(0, 9);
  const nanos = Number(decimals.padEnd(9, "0"));
  return isNegative ? before(seconds, nanos) : { seconds, nanos };
}

/** As lifted lines have it. */
export function timeText({ seconds, nanos }: Time): string {
  if (seconds < 0 && nanos > 0) {
    return `-${timeText({ seconds: -seconds - 1, nanos: 1e9 - nanos })}`;
  }
  const decimals = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${seconds}${decimals}`;
}

function timeOfFloat(number: number): Time {
  const seconds = Math.floor(number);
  return { seconds, nanos: Math.floor((number - seconds) * 1e9) };
}

/** The time so long before 0. */
function before(seconds: number, nanos: number): Time {
  return nanos === 0
    ? { seconds: 0 - seconds, nanos }
    : { seconds: -seconds - 1, nanos: 1e9 - nanos };
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
