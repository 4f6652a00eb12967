import { MAX_SAMPLE_LABELS } from "../bounds.ts";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  closingQuote,
  COMMA,
  EQUALS,
  HASH,
  isDigit,
  isUtf8,
  NEWLINE,
  QUOTE,
  skipBlanks,
  skipLabelName,
  skipName,
  SPACE,
  TAB,
  tokenEnd,
} from "./bytes.ts";
import { readNativeHistogram } from "./native_histogram.ts";
import { isMillisecondTime, isNumber, isSecondTime } from "./number_text.ts";
import { type LineFormat, TEXT_FORMATS } from "./line_format.ts";
import { SampleSpans } from "./sample_spans.ts";
import { decodeQuoted } from "./text.ts";

/** `sampleEnd`: no sample begins there. */
export const UNREADABLE = -1;
/** `sampleEnd`: what is there ends inside of quotes, in which a newline may stand. */
export const OPEN = -2;

/**
 * Finds the parts of the sample that begins at `start`, and returns where it ends: at its newline, or
 * at `end`. What is a sample is what Prometheus's parser of the format reads as one, with quoted UTF-8
 * names (`{"http.requests","k.v"="x"} 1`); OpenMetrics has no blanks but those that it asks for, and
 * the text format no exemplars; what lifted lines have besides, lifted.ts says. A newline may stand between the quotes of a name, and in the text
 * format in those of a value.
 *
 * Two differences: a name stands without the blanks before it, and an empty name, for which Prometheus
 * refuses what it has parsed, is none; nor is text that is not UTF-8 anywhere in a sample.
 *
 * Returns UNREADABLE where no sample begins, or one of more labels than are allowed, and OPEN where it
 * ends inside of quotes; of `spans`, only `quotedTo` has a meaning then.
 */
export function sampleEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: SampleSpans,
  format: LineFormat,
): number {
  const isText = format === "text";
  const blanks = isText ? skipBlanks : noBlanks;
  let at = blanks(bytes, start, end);
  spans.labelCount = 0;
  spans.quotedTo = start;
  spans.nameStart = at;
  at = spans.nameEnd = skipName(bytes, at, end);
  const named = spans.nameEnd > spans.nameStart;
  if (named && isDigit(bytes[spans.nameStart])) return UNREADABLE;

  at = blanks(bytes, at, end);
  const braced = at < end && bytes[at] === BRACE_OPEN;
  if (braced) {
    at = scanLabels(bytes, at + 1, end, spans, isText ? "text" : "openmetrics", !named);
    if (at < 0) return at;
  }
  if (spans.nameStart === spans.nameEnd) return UNREADABLE;
  const behindLabels = at;
  at = isText
    ? scanTextValue(bytes, at, end, spans)
    : scanSecondsValue(bytes, at, end, spans, format === "lifted");
  return at < 0 || isUtf8(bytes, start, behindLabels) ? at : UNREADABLE;
}

/** Whether `[start, end)` is one sample, and nothing more: see `sampleEnd`. */
export function scanSample(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: SampleSpans,
  format: LineFormat,
): boolean {
  return sampleEnd(bytes, start, end, spans, format) === end;
}

/** Whether a sample of one of the text formats begins at `start`, which ends before `end`. */
export function isOfAnyFormat(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: SampleSpans,
): boolean {
  return TEXT_FORMATS.some((format) => sampleEnd(bytes, start, end, spans, format) >= 0);
}

/**
 * The name that the line at `start` begins with, though it may be no sample: what begins with a byte of
 * a name, up to a blank, a brace or the line's end, or stands in quotes behind a brace. Undefined where
 * there is none.
 */
export function readableName(bytes: Uint8Array, start: number, end: number): string | undefined {
  const at = skipBlanks(bytes, start, end);
  let nameStart = at;
  let nameEnd = at;
  if (bytes[at] === BRACE_OPEN) {
    nameStart = skipBlanks(bytes, at + 1, end) + 1;
    nameEnd = bytes[nameStart - 1] === QUOTE ? quoteEnd(bytes, nameStart, end, true, false) : -1;
    const behind = skipBlanks(bytes, nameEnd + 1, end);
    // A label's, for another byte.
    if (bytes[behind] !== COMMA && bytes[behind] !== BRACE_CLOSE) return undefined;
  } else if (skipName(bytes, at, end) > at) {
    while (nameEnd < end && !isBehindName(bytes[nameEnd])) nameEnd++;
  }
  const isName = nameEnd > nameStart && isUtf8(bytes, nameStart, nameEnd);
  return isName ? decodeQuoted(bytes, nameStart, nameEnd) : undefined;
}

function isBehindName(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === NEWLINE || byte === BRACE_OPEN;
}

function noBlanks(_bytes: Uint8Array, at: number, _end: number): number {
  return at;
}

/** Where labels stand: each has its own grammar. */
type Place = "text" | "openmetrics" | "exemplar";

/**
 * Scans from after `{` and returns the offset after `}`, UNREADABLE or OPEN. A quoted string without
 * `=` is the sample's name, once, if `nameAllowed`; Prometheus takes it after labels too. The text
 * format needs no comma between labels.
 */
function scanLabels(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: SampleSpans,
  place: Place,
  nameAllowed: boolean,
): number {
  const blanks = place === "text" ? skipBlanks : noBlanks;
  for (;;) {
    at = blanks(bytes, at, end);
    if (at < end && bytes[at] === BRACE_CLOSE) return at + 1;

    const quoted = at < end && bytes[at] === QUOTE;
    const nameStart = quoted ? at + 1 : at;
    const nameEnd = quoted
      ? quoteEnd(bytes, nameStart, end, place !== "exemplar", false)
      : skipLabelName(bytes, at, end);
    if (nameEnd < 0) return nameEnd;
    spans.quotedTo = nameEnd;
    if (nameEnd === nameStart && (!quoted || place !== "exemplar")) return UNREADABLE;
    if (!quoted && isDigit(bytes[nameStart])) return UNREADABLE;
    at = blanks(bytes, quoted ? nameEnd + 1 : nameEnd, end);
    const isLabel = at < end && bytes[at] === EQUALS;
    if (isLabel) {
      at = blanks(bytes, at + 1, end);
      if (at >= end || bytes[at] !== QUOTE) return UNREADABLE;
      const valueStart = at + 1;
      const valueEnd = quoteEnd(bytes, valueStart, end, place === "text", place !== "exemplar");
      if (valueEnd < 0) return valueEnd;
      spans.quotedTo = valueEnd;
      if (spans.labelCount === MAX_SAMPLE_LABELS) return UNREADABLE;
      spans.addLabel(nameStart, nameEnd, valueStart, valueEnd);
      at = blanks(bytes, valueEnd + 1, end);
    } else if (quoted && nameAllowed) {
      spans.nameStart = nameStart;
      spans.nameEnd = nameEnd;
      nameAllowed = false;
    } else {
      return UNREADABLE;
    }
    if (at >= end) return UNREADABLE;
    if (bytes[at] === COMMA) at++;
    else if (bytes[at] !== BRACE_CLOSE && (place !== "text" || !isLabel)) return UNREADABLE;
  }
}

/**
 * The offset of the quote that ends a string, UNREADABLE or OPEN. No newline may be escaped, and no NUL,
 * which is part of a sample's values only.
 */
export function quoteEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  newlineAllowed: boolean,
  nulAllowed: boolean,
): number {
  const quote = closingQuote(bytes, start, end);
  const stop = quote < 0 ? end : quote;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at];
    if (byte !== 0 && byte !== NEWLINE) continue;
    const isAllowed = byte === 0 ? nulAllowed : newlineAllowed;
    if (!isAllowed || isEscapedAt(bytes, start, at)) return UNREADABLE;
  }
  return quote < 0 ? OPEN : quote;
}

/** Whether an odd number of backslashes stands before it. */
function isEscapedAt(bytes: Uint8Array, start: number, at: number): boolean {
  let backslashes = 0;
  while (at - backslashes > start && bytes[at - backslashes - 1] === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/** `value [timestamp]`, blanks around them. */
function scanTextValue(bytes: Uint8Array, at: number, end: number, spans: SampleSpans): number {
  spans.valueStart = skipBlanks(bytes, at, end);
  spans.valueEnd = tokenEnd(bytes, spans.valueStart, end);
  spans.clearTail();
  if (!isNumber(bytes, spans.valueStart, spans.valueEnd)) return UNREADABLE;
  at = skipBlanks(bytes, spans.valueEnd, end);
  if (isLineEnd(bytes, at, end)) return at;
  spans.timestampStart = at;
  spans.timestampEnd = tokenEnd(bytes, at, end);
  if (!isMillisecondTime(bytes, spans.timestampStart, spans.timestampEnd)) return UNREADABLE;
  at = skipBlanks(bytes, spans.timestampEnd, end);
  return isLineEnd(bytes, at, end) ? at : UNREADABLE;
}

/**
 * `value [timestamp] [# exemplar]`, a space before each. In lifted lines the value may be composite, and
 * what follows it is `[timestamp] [st@start-time] [# exemplar]*`.
 */
function scanSecondsValue(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: SampleSpans,
  isLifted: boolean,
): number {
  if (at >= end || bytes[at] !== SPACE) return UNREADABLE;
  spans.valueStart = at + 1;
  at = spans.valueEnd = tokenEnd(bytes, spans.valueStart, end);
  spans.clearTail();
  if (isLifted && bytes[spans.valueStart] === BRACE_OPEN) {
    spans.native = readNativeHistogram(bytes, spans.valueStart, spans.valueEnd);
    if (spans.native === undefined) return UNREADABLE;
  } else if (!isNumber(bytes, spans.valueStart, spans.valueEnd)) return UNREADABLE;
  if (isLineEnd(bytes, at, end)) return at;
  if (bytes[at] === SPACE && bytes[at + 1] !== HASH && !(isLifted && isStartTime(bytes, at + 1))) {
    spans.timestampStart = at + 1;
    at = spans.timestampEnd = tokenEnd(bytes, at + 1, end);
    if (!isSecondTime(bytes, spans.timestampStart, spans.timestampEnd)) return UNREADABLE;
    if (isLineEnd(bytes, at, end)) return at;
  }
  if (isLifted && bytes[at] === SPACE && isStartTime(bytes, at + 1)) {
    spans.startTimeStart = at + 1;
    spans.startTimeEnd = tokenEnd(bytes, at + 1, end);
    at = spans.startTimeEnd;
    if (!isSecondTime(bytes, spans.startTimeStart + 3, at)) return UNREADABLE;
    if (isLineEnd(bytes, at, end)) return at;
  }
  if (bytes[at] !== SPACE) return UNREADABLE;
  spans.exemplarStart = at + 1;
  do {
    if (bytes[at] !== SPACE) return UNREADABLE;
    at = exemplarEnd(bytes, at + 1, end);
    if (at < 0 || isLineEnd(bytes, at, end)) return at;
  } while (isLifted);
  return UNREADABLE;
}

/** Whether `st@` stands at `at`. */
export function isStartTime(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x73 && bytes[at + 1] === 0x74 && bytes[at + 2] === 0x40;
}

/**
 * Behind `# {labels} value [timestamp]`, section "Exemplars" of OpenMetrics 1.0: at the line's end, or
 * before another one.
 */
function exemplarEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start + 2 >= end) return UNREADABLE;
  if (bytes[start] !== HASH || bytes[start + 1] !== SPACE) return UNREADABLE;
  if (bytes[start + 2] !== BRACE_OPEN) return UNREADABLE;
  exemplarSpans.labelCount = 0;
  let at = scanLabels(bytes, start + 3, end, exemplarSpans, "exemplar", false);
  if (at < 0) return at;
  if (!isUtf8(bytes, start, at)) return UNREADABLE;
  for (const isOne of [isNumber, isSecondTime]) {
    if (at >= end || bytes[at] !== SPACE) return UNREADABLE;
    const token = at + 1;
    at = tokenEnd(bytes, token, end);
    if (!isOne(bytes, token, at)) return UNREADABLE;
    if (isLineEnd(bytes, at, end) || bytes[at + 1] === HASH) return at;
  }
  return at;
}

const exemplarSpans = new SampleSpans();

function isLineEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return at === end || bytes[at] === NEWLINE;
}
