import { BRACE_CLOSE, closingQuote, COMMA, EQUALS, offsetOf, QUOTE, SPACE } from "../bytes.ts";
import type { Span } from "./composed_metric.ts";
import { SpanList } from "./span_list.ts";

/** Where the parts of an exemplar lie; one object is reused for many. */
export class ExemplarSpans {
  /** Names and values in turn, as in a metric. */
  readonly labels = new SpanList();
  readonly value: Span = { start: -1, end: -1 };
  /** Seconds; without one, -1. */
  readonly timestamp: Span = { start: -1, end: -1 };
}

/** Finds the parts of `{labels} value[ timestamp]`, which has to be one. */
export function readExemplar(
  bytes: Uint8Array,
  start: number,
  end: number,
  spans: ExemplarSpans,
): void {
  const { labels, value, timestamp } = spans;
  labels.clear();
  let at = start + 1;
  while (bytes[at] !== BRACE_CLOSE) {
    if (bytes[at] === COMMA) {
      at++;
      continue;
    }
    const isQuoted = bytes[at] === QUOTE;
    const nameStart = isQuoted ? at + 1 : at;
    const nameEnd = isQuoted
      ? closingQuote(bytes, nameStart, end)
      : offsetOf(bytes, EQUALS, nameStart, end);
    labels.add(nameStart, nameEnd);
    const valueStart = nameEnd + (isQuoted ? 3 : 2);
    const valueEnd = closingQuote(bytes, valueStart, end);
    labels.add(valueStart, valueEnd);
    at = valueEnd + 1;
  }
  value.start = at + 2;
  const blank = value.end = offsetOf(bytes, SPACE, value.start, end);
  const hasTime = blank < end;
  timestamp.start = hasTime ? blank + 1 : -1;
  timestamp.end = hasTime ? end : -1;
}
