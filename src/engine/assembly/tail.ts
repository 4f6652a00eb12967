import { BACKSLASH, isUtf8, QUOTE, SPACE } from "./bytes";
import { LIFTED, TEXT } from "../layout";
import { isWord, numberAt, overflows, scanNumber } from "./number";

const TAB: u32 = 0x09;
const HASH: u32 = 0x23;
const COMMA: u32 = 0x2c;
const EQUALS: u32 = 0x3d;
const BRACE_OPEN: u32 = 0x7b;
const BRACE_CLOSE: u32 = 0x7d;

/** How the lines are written: TEXT, OPEN_METRICS or LIFTED. */
let format: u32 = TEXT;

export function setFormat(number: u32): void {
  format = number;
}

/** Where the parts lie of the tail that was read last; 0 for those that it has not. */
let valueStart: usize = 0;
export let valueEnd: usize = 0;
/** The value is a native histogram's: none that numbers are read of. */
export let isComposite: bool = false;
export let timestampStart: usize = 0;
export let timestampEnd: usize = 0;
/** The start time, its `st@` included. */
export let startTimeStart: usize = 0;
export let startTimeEnd: usize = 0;
/** The `#` of the exemplar, or of the first of several. */
export let exemplarStart: usize = 0;

/**
 * Reads what follows a sample's labels as scan_sample.ts does, in the format that was set. The value begins
 * at `at`; the line's newline stands at `end`. Returns false when the line is not a sample.
 */
export function readTail(at: usize, end: usize): bool {
  timestampStart = timestampEnd = startTimeStart = startTimeEnd = exemplarStart = 0;
  valueStart = at;
  isComposite = load<u8>(at) == BRACE_OPEN && format == LIFTED;
  valueEnd = isComposite ? skipComposite(at, end) : skipNumber(at, end);
  if (valueEnd == 0) return false;
  if (valueEnd == end) return true;
  return format == TEXT ? readText(end) : readSeconds(end);
}

/** Milliseconds, blanks around them, or blanks alone. */
function readText(end: usize): bool {
  const at = skipBlanks(valueEnd, end);
  if (at == end) return true;
  timestampStart = at;
  timestampEnd = skipMilliseconds(at);
  return timestampEnd != 0 && skipBlanks(timestampEnd, end) == end;
}

/** Behind a time of the text format, or 0: digits of a signed 64-bit integer. */
function skipMilliseconds(at: usize): usize {
  const start = at;
  let value: u64 = 0;
  for (;; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9) break;
    // What 64 bits hold would not be more than that after the next digit.
    if (value > <u64> i64.MAX_VALUE / 10) return 0;
    value = value * 10 + digit;
  }
  return at == start || value > <u64> i64.MAX_VALUE ? 0 : at;
}

/**
 * Behind the value of a native histogram, or 0. What is in it is as the line's reader has written it:
 * only lines that TypeScript takes are looked at there.
 */
function skipComposite(at: usize, end: usize): usize {
  // "{count:".
  if ((load<u64>(at) & 0xffffffffffffff) != 0x3a746e756f637b) return 0;
  while (at < end && load<u8>(at) != BRACE_CLOSE) at++;
  const behind = at + 1;
  return behind == end || (behind < end && load<u8>(behind) == SPACE) ? behind : 0;
}

/**
 * ` seconds`, and ` # {labels} value [seconds]`; in lifted lines ` st@seconds` between them, and any number
 * of exemplars.
 */
function readSeconds(end: usize): bool {
  let at = valueEnd;
  if (load<u8>(at, 1) != HASH && !isStartTime(at)) {
    timestampStart = at + 1;
    timestampEnd = at = skipSeconds(at, end);
    if (at == 0) return false;
    if (at == end) return true;
  }
  if (isStartTime(at)) {
    startTimeStart = at + 1;
    // A space stands before other times.
    startTimeEnd = at = skipTime(at + 4, end);
    if (at == 0) return false;
    if (at == end) return true;
  }
  exemplarStart = at + 1;
  do {
    at = skipExemplar(at, end);
    if (at == end) return true;
  } while (at != 0 && format == LIFTED);
  return false;
}

/** Whether ` st@` stands there, which only lifted lines have. */
// @ts-ignore: decorator
@inline
function isStartTime(at: usize): bool {
  return load<u32>(at) == 0x40747320 && format == LIFTED;
}

/** Whether the tail has more than a value. */
export function hasMore(): bool {
  return (timestampStart | startTimeStart | exemplarStart) != 0;
}

/** The value of the tail that was read last. */
export function value(): f64 {
  return numberAt(valueStart, valueEnd);
}

/** Its timestamp, which it has to have. */
export function timestamp(): f64 {
  return numberAt(timestampStart, timestampEnd);
}

/** Behind ` # {labels} value [timestamp]`, section "Exemplars" of OpenMetrics 1.0, or 0. */
function skipExemplar(at: usize, end: usize): usize {
  // A space before and after the hash.
  if ((load<u32>(at) & 0xffffff) != 0x202320 || load<u8>(at, 3) != BRACE_OPEN) return 0;
  at = skipLabels(at + 4, end);
  if (at == 0 || load<u8>(at) != SPACE) return 0;
  at = skipNumber(at + 1, end);
  return at == 0 || at == end || load<u8>(at, 1) == HASH ? at : skipSeconds(at, end);
}

/** Behind a space and a finite number, or 0. */
function skipSeconds(at: usize, end: usize): usize {
  return load<u8>(at) == SPACE ? skipTime(at + 1, end) : 0;
}

/** Behind a finite number, or 0. */
function skipTime(at: usize, end: usize): usize {
  const behind = skipNumber(at, end);
  return behind != 0 && isWord ? 0 : behind;
}

/** Behind the number that begins at `at`, or 0 unless a blank or the line's end stands there. */
function skipNumber(at: usize, end: usize): usize {
  const behind = scanNumber(at);
  if (behind == 0 || (behind != end && !isBlank(load<u8>(behind)))) return 0;
  return overflows(at, behind) ? 0 : behind;
}

function skipBlanks(at: usize, end: usize): usize {
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
  return byte == SPACE || (byte == TAB && format == TEXT);
}

/** Behind the `}` that ends an exemplar's labels, which begin at `at`, or 0. */
function skipLabels(at: usize, end: usize): usize {
  const start = at;
  while (load<u8>(at) != BRACE_CLOSE) {
    at = load<u8>(at) == QUOTE ? skipQuoted(at, end) : skipName(at);
    if (at == 0 || load<u8>(at) != EQUALS || load<u8>(at, 1) != QUOTE) return 0;
    at = skipQuoted(at + 1, end);
    if (at == 0) return 0;
    if (load<u8>(at) == COMMA) at++;
    else if (load<u8>(at) != BRACE_CLOSE) return 0;
  }
  return isUtf8(start, at) ? at + 1 : 0;
}

/** Behind the string whose quote stands at `at`, or 0. */
function skipQuoted(at: usize, end: usize): usize {
  for (at++; at < end; at++) {
    const byte = <u32> load<u8>(at);
    if (byte == QUOTE) return at + 1;
    if (byte == BACKSLASH) at++;
    if (load<u8>(at) == 0) return 0;
  }
  return 0;
}

/** Behind the label's name that begins at `at`, or 0. */
function skipName(at: usize): usize {
  const start = at;
  for (;; at++) {
    const byte = <u32> load<u8>(at);
    const letter = byte | 0x20;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if ((letter < 0x61 || letter > 0x7a) && byte != 0x5f && !(isDigit && at > start)) break;
  }
  return at == start ? 0 : at;
}
