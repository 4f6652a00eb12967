import { MAX_SAMPLE_LABELS } from "../bounds.ts";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  EQUALS,
  HASH,
  isDigit,
  isUtf8,
  NEWLINE,
  QUOTE,
  skipLabelName,
  skipName,
  SPACE,
  tokenEnd,
} from "./bytes.ts";
import { SpanList } from "./compose/span_list.ts";
import { isNumber, isSecondTime } from "./number_text.ts";
import { isStartTime, quoteEnd, UNREADABLE } from "./scan_sample.ts";

/** Where the parts of a line lie; one object is reused for many. */
export class LineSpans {
  /** Without quotes. */
  nameStart = 0;
  nameEnd = 0;
  /** Names and values in turn, without quotes. */
  readonly labels = new SpanList();
  /** Behind the labels' brace. */
  headEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** The value is composite, and may be any text without blanks in braces. */
  isComposite = false;
  /** Seconds; -1 without one, like the start time. */
  timestampStart = -1;
  timestampEnd = -1;
  startTimeStart = -1;
  startTimeEnd = -1;
  /** `{labels} value[ timestamp]`, each. */
  readonly exemplars = new SpanList();
}

/**
 * Finds the parts of a sample of OpenMetrics 2.0 or of lifted lines that begins at `start`, and returns
 * where it ends: at its newline, or at `end`. `isOpenMetrics2`: as Prometheus's parser has it, a quoted
 * name stands first in its braces, every exemplar has a timestamp, and a newline may stand in the quotes
 * of names alone. Lifted lines may have come from other formats: names stand anywhere, newlines in
 * values, and an exemplar's label may have no name.
 *
 * Returns UNREADABLE where no sample begins, or one of more labels than are allowed, and OPEN where it
 * ends inside of quotes.
 */
export function scanLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: LineSpans,
  isOpenMetrics2: boolean,
): number {
  spans.nameStart = start;
  let at = spans.nameEnd = skipName(bytes, start, end);
  if (at > start && isDigit(bytes[start])) return UNREADABLE;
  spans.labels.clear();
  if (at < end && bytes[at] === BRACE_OPEN) {
    at = labelsEnd(bytes, at + 1, end, spans, at === start, isOpenMetrics2);
    if (at < 0) return at;
  }
  if (spans.nameStart === spans.nameEnd || !isUtf8(bytes, start, at)) return UNREADABLE;
  return scanTail(bytes, at, end, spans, isOpenMetrics2);
}

/** The same of what stands behind the labels, at `at`. */
export function scanTail(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: LineSpans,
  isOpenMetrics2: boolean,
): number {
  spans.headEnd = at;
  if (at >= end || bytes[at] !== SPACE) return UNREADABLE;
  spans.valueStart = at + 1;
  at = spans.valueEnd = tokenEnd(bytes, at + 1, end);
  spans.isComposite = bytes[spans.valueStart] === BRACE_OPEN;
  const isValue = spans.isComposite
    ? bytes[at - 1] === BRACE_CLOSE
    : isNumber(bytes, spans.valueStart, at);
  return isValue ? tailEnd(bytes, at, end, spans, isOpenMetrics2) : UNREADABLE;
}

/**
 * The same as `scanLine` of a lifted line that says what the one before it says up to the value of its last
 * label, as buckets do: that one begins at `before`, and its parts are in `spans`. UNREADABLE where it does
 * not, and `spans` are as they were.
 */
export function scanAgain(
  bytes: Uint8Array,
  before: number,
  start: number,
  end: number,
  spans: LineSpans,
): number {
  const { labels } = spans;
  const last = labels.count - 1;
  if (last < 0 || spans.nameEnd > labels.start(last)) return UNREADABLE;
  const length = labels.start(last) - before;
  if (start + length >= end) return UNREADABLE;
  // Labels differ behind what is the same in all lines.
  for (let at = length - 1; at >= 0; at--) {
    if (bytes[start + at] !== bytes[before + at]) return UNREADABLE;
  }
  const valueStart = start + length;
  const valueEnd = quoteEnd(bytes, valueStart, end, true, true);
  if (valueEnd < 0 || bytes[valueEnd + 1] !== BRACE_CLOSE) return UNREADABLE;
  if (!isUtf8(bytes, valueStart, valueEnd)) return UNREADABLE;
  const moved = start - before;
  spans.nameStart += moved;
  spans.nameEnd += moved;
  labels.move(moved);
  labels.setLast(valueStart, valueEnd);
  return scanTail(bytes, valueEnd + 2, end, spans, false);
}

/** `[ timestamp][ st@start-time][ # exemplar]*` */
function tailEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: LineSpans,
  isOpenMetrics2: boolean,
): number {
  spans.timestampStart =
    spans.timestampEnd =
    spans.startTimeStart =
    spans.startTimeEnd =
      -1;
  spans.exemplars.clear();
  if (isToken(bytes, at, end) && !isStartTime(bytes, at + 1)) {
    spans.timestampStart = at + 1;
    at = spans.timestampEnd = tokenEnd(bytes, at + 1, end);
    if (!isSecondTime(bytes, spans.timestampStart, at)) return UNREADABLE;
  }
  if (isToken(bytes, at, end)) {
    if (!isStartTime(bytes, at + 1)) return UNREADABLE;
    spans.startTimeStart = at + 1 + START_TIME;
    at = spans.startTimeEnd = tokenEnd(bytes, at + 1, end);
    if (!isSecondTime(bytes, spans.startTimeStart, at)) return UNREADABLE;
  }
  while (at < end && bytes[at] !== NEWLINE) {
    if (bytes[at] !== SPACE || bytes[at + 1] !== HASH || bytes[at + 2] !== SPACE) return UNREADABLE;
    const exemplarStart = at + 3;
    at = exemplarEnd(bytes, exemplarStart, end, isOpenMetrics2);
    if (at < 0) return at;
    spans.exemplars.add(exemplarStart, at);
  }
  return at;
}

/** Whether something other than an exemplar comes behind a blank. */
function isToken(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && bytes[at] === SPACE && bytes[at + 1] !== HASH;
}

/** `st@` */
const START_TIME = 3;

/** `{labels} value[ timestamp]` */
function exemplarEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  isOpenMetrics2: boolean,
): number {
  if (start >= end || bytes[start] !== BRACE_OPEN) return UNREADABLE;
  let at = labelsEnd(bytes, start + 1, end, undefined, false, isOpenMetrics2);
  if (at < 0 || at >= end || !isUtf8(bytes, start, at)) return UNREADABLE;
  if (bytes[at] !== SPACE) return UNREADABLE;
  const valueStart = at + 1;
  at = tokenEnd(bytes, valueStart, end);
  if (!isNumber(bytes, valueStart, at)) return UNREADABLE;
  if (!isToken(bytes, at, end)) return isOpenMetrics2 ? UNREADABLE : at;
  const timeStart = at + 1;
  at = tokenEnd(bytes, timeStart, end);
  return isSecondTime(bytes, timeStart, at) ? at : UNREADABLE;
}

/**
 * Behind the `}` of labels that begin at `at`; a sample's are added to `spans`, an exemplar's are not.
 * `mayName`: one of them may be the sample's name.
 */
function labelsEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: LineSpans | undefined,
  mayName: boolean,
  isOpenMetrics2: boolean,
): number {
  const isExemplar = spans === undefined;
  for (let labels = 0;; labels++) {
    if (at < end && bytes[at] === BRACE_CLOSE) return at + 1;
    const isQuoted = at < end && bytes[at] === QUOTE;
    const nameStart = isQuoted ? at + 1 : at;
    const nameEnd = isQuoted
      ? quoteEnd(bytes, nameStart, end, !isExemplar, false)
      : skipLabelName(bytes, at, end);
    if (nameEnd < 0) return nameEnd;
    if (nameEnd === nameStart && (!isQuoted || !isExemplar || isOpenMetrics2)) return UNREADABLE;
    if (!isQuoted && isDigit(bytes[nameStart])) return UNREADABLE;
    at = isQuoted ? nameEnd + 1 : nameEnd;
    if (at < end && bytes[at] === EQUALS) {
      if (at + 1 >= end || bytes[at + 1] !== QUOTE) return UNREADABLE;
      const valueEnd = quoteEnd(bytes, at + 2, end, !isExemplar && !isOpenMetrics2, true);
      if (valueEnd < 0) return valueEnd;
      if (labels > MAX_SAMPLE_LABELS) return UNREADABLE;
      spans?.labels.add(nameStart, nameEnd);
      spans?.labels.add(at + 2, valueEnd);
      at = valueEnd + 1;
    } else if (spans !== undefined && isQuoted && mayName && (labels === 0 || !isOpenMetrics2)) {
      spans.nameStart = nameStart;
      spans.nameEnd = nameEnd;
      mayName = false;
    } else return UNREADABLE;
    if (at >= end) return UNREADABLE;
    if (bytes[at] === COMMA) at++;
    else if (bytes[at] !== BRACE_CLOSE) return UNREADABLE;
  }
}
