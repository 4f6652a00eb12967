import { MAX_SAMPLE_LABELS } from "../bounds.ts";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  CARRIAGE_RETURN,
  closingQuote,
  COMMA,
  EQUALS,
  HASH,
  isDigit,
  QUOTE,
  skipBlanks,
  skipLabelName,
  skipName,
  skipToken,
} from "./bytes.ts";
import { isNumber } from "./number_text.ts";
import type { SampleSpans } from "./sample_spans.ts";

/**
 * Finds the parts of one sample line in the text format or in OpenMetrics, quoted UTF-8 names
 * (`{"http.requests","k.v"="x"} 1`) included. As Prometheus does, it allows blanks between tokens
 * and a comma after the last label; a carriage return at the end counts as a blank.
 *
 * Returns false when the line is not a sample, or has more labels than are allowed; `spans` is then without meaning.
 */
export function scanSample(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: SampleSpans,
): boolean {
  if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
  let at = skipBlanks(bytes, start, end);
  spans.labelCount = 0;
  spans.nameStart = at;
  at = spans.nameEnd = skipName(bytes, at, end);
  const named = spans.nameEnd > spans.nameStart;
  if (named && isDigit(bytes[spans.nameStart])) return false;

  at = skipBlanks(bytes, at, end);
  const braced = at < end && bytes[at] === BRACE_OPEN;
  if (braced) {
    at = scanLabels(bytes, at + 1, end, spans, !named);
    if (at < 0) return false;
  } else if (at === spans.nameEnd) {
    return false;
  }
  if (spans.nameStart === spans.nameEnd) return false;
  return scanValue(bytes, at, end, spans);
}

/**
 * Scans from after `{` and returns the offset after `}`, or -1. A quoted string without `=` is
 * the sample's name, once, if `nameAllowed`; Prometheus takes it after labels too.
 */
function scanLabels(
  bytes: Uint8Array,
  at: number,
  end: number,
  spans: SampleSpans,
  nameAllowed: boolean,
): number {
  for (;;) {
    at = skipBlanks(bytes, at, end);
    if (at < end && bytes[at] === BRACE_CLOSE) return at + 1;

    const quoted = at < end && bytes[at] === QUOTE;
    const nameStart = quoted ? at + 1 : at;
    const nameEnd = quoted ? closingQuote(bytes, nameStart, end) : skipLabelName(bytes, at, end);
    if (nameEnd <= nameStart || (!quoted && isDigit(bytes[nameStart]))) return -1;
    at = skipBlanks(bytes, quoted ? nameEnd + 1 : nameEnd, end);

    if (at < end && bytes[at] === EQUALS) {
      at = skipBlanks(bytes, at + 1, end);
      if (at >= end || bytes[at] !== QUOTE) return -1;
      const valueStart = at + 1;
      const valueEnd = closingQuote(bytes, valueStart, end);
      if (valueEnd < 0 || spans.labelCount === MAX_SAMPLE_LABELS) return -1;
      spans.addLabel(nameStart, nameEnd, valueStart, valueEnd);
      at = skipBlanks(bytes, valueEnd + 1, end);
    } else if (quoted && nameAllowed) {
      spans.nameStart = nameStart;
      spans.nameEnd = nameEnd;
      nameAllowed = false;
    } else {
      return -1;
    }
    if (at >= end) return -1;
    if (bytes[at] === COMMA) at++;
    else if (bytes[at] !== BRACE_CLOSE) return -1;
  }
}

function scanValue(bytes: Uint8Array, at: number, end: number, spans: SampleSpans): boolean {
  spans.valueStart = skipBlanks(bytes, at, end);
  spans.valueEnd = skipToken(bytes, spans.valueStart, end);
  if (!isNumber(bytes, spans.valueStart, spans.valueEnd)) return false;

  at = skipBlanks(bytes, spans.valueEnd, end);
  spans.timestampStart = spans.timestampEnd = spans.exemplarStart = -1;
  if (at < end && bytes[at] !== HASH) {
    spans.timestampStart = at;
    spans.timestampEnd = skipToken(bytes, at, end);
    if (!isNumber(bytes, spans.timestampStart, spans.timestampEnd)) return false;
    at = skipBlanks(bytes, spans.timestampEnd, end);
  }
  if (at === end) return true;
  spans.exemplarStart = at;
  return isExemplar(bytes, at, end);
}

/** `# {labels} value [timestamp]`, section "Exemplars" of OpenMetrics 1.0. */
function isExemplar(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== HASH) return false;
  at = skipBlanks(bytes, at + 1, end);
  if (at >= end || bytes[at] !== BRACE_OPEN) return false;
  at = skipBraces(bytes, at + 1, end);
  if (at < 0) return false;
  for (let numbers = 0; numbers < 2; numbers++) {
    at = skipBlanks(bytes, at, end);
    if (at === end) return numbers === 1;
    const tokenEnd = skipToken(bytes, at, end);
    if (!isNumber(bytes, at, tokenEnd)) return false;
    at = tokenEnd;
  }
  return skipBlanks(bytes, at, end) === end;
}

/** The offset after the `}` that ends a label set, strings skipped, or -1. */
function skipBraces(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at];
    if (byte === BRACE_CLOSE) return at + 1;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1, end);
      if (at < 0) return -1;
    }
    at++;
  }
  return -1;
}
