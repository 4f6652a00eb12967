import { BACKSLASH, QUOTE, SPACE } from "./bytes";
import { numberAt, scanNumber } from "./number";

const TAB: u32 = 0x09;
const HASH: u32 = 0x23;
const BRACE_OPEN: u32 = 0x7b;
const BRACE_CLOSE: u32 = 0x7d;

/** Where the parts lie of the tail that was read last; 0 when it has no timestamp or exemplar. */
let valueStart: usize = 0;
export let valueEnd: usize = 0;
export let timestampStart: usize = 0;
export let timestampEnd: usize = 0;
/** The exemplar's `#`. */
export let exemplarStart: usize = 0;

/**
 * Reads what follows a sample's labels as scan_sample.ts does: `value [timestamp] [# {labels} value
 * [timestamp]]`. The value begins at `at`; the line's newline stands at `end`. A carriage return is
 * no blank here. Returns false when the line is not a sample.
 */
export function readTail(at: usize, end: usize): bool {
  timestampStart = timestampEnd = exemplarStart = 0;
  valueStart = at;
  valueEnd = skipNumber(at, end);
  if (valueEnd == 0) return false;
  at = skipBlanks(valueEnd, end);
  if (at == end) return true;
  if (load<u8>(at) != HASH) {
    timestampStart = at;
    timestampEnd = skipNumber(at, end);
    if (timestampEnd == 0) return false;
    at = skipBlanks(timestampEnd, end);
    if (at == end) return true;
  }
  exemplarStart = at;
  return isExemplar(at, end);
}

/** The value of the tail that was read last. */
export function value(): f64 {
  return numberAt(valueStart, valueEnd);
}

/** Its timestamp, which it has to have. */
export function timestamp(): f64 {
  return numberAt(timestampStart, timestampEnd);
}

/** `# {labels} value [timestamp]`, section "Exemplars" of OpenMetrics 1.0. */
function isExemplar(at: usize, end: usize): bool {
  if (load<u8>(at) != HASH) return false;
  at = skipBlanks(at + 1, end);
  if (at == end || load<u8>(at) != BRACE_OPEN) return false;
  at = skipBraces(at + 1, end);
  if (at == 0) return false;
  at = skipNumber(skipBlanks(at, end), end);
  if (at == 0) return false;
  at = skipBlanks(at, end);
  if (at == end) return true;
  at = skipNumber(at, end);
  return at != 0 && skipBlanks(at, end) == end;
}

/** Behind the number that begins at `at`, or 0 unless a blank or the line's end stands there. */
function skipNumber(at: usize, end: usize): usize {
  const behind = scanNumber(at);
  return behind == end || (behind != 0 && isBlank(load<u8>(behind))) ? behind : 0;
}

function skipBlanks(at: usize, end: usize): usize {
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}

/** Behind the `}` that ends a label set, strings skipped, or 0. */
function skipBraces(at: usize, end: usize): usize {
  let isString = false;
  for (; at < end; at++) {
    const byte = <u32> load<u8>(at);
    if (byte == QUOTE) isString = !isString;
    else if (byte == BACKSLASH && isString) at++;
    else if (byte == BRACE_CLOSE && !isString) return at + 1;
  }
  return 0;
}
