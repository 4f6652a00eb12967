import {
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  equalBytes,
  EQUALS,
  isDigit,
  NEWLINE,
  offsetOf,
  QUOTE,
  skipLabelName,
  SPACE,
} from "../bytes.ts";
import type { ComposedMetric, Span } from "../compose/composed_metric.ts";
import { ExemplarSpans, readExemplar } from "../compose/exemplar_text.ts";
import type { SpanList } from "../compose/span_list.ts";
import { timeOf, timeText } from "../compose/time_text.ts";
import type { FamilyType } from "../family_type.ts";
import { formatValue } from "../format_value.ts";
import type { LineBuffer } from "../line_buffer.ts";
import { CUSTOM_BUCKETS, type NativeHistogram } from "../native_histogram.ts";
import { putCustomBuckets, putNativeFields } from "./native_fields.ts";

/**
 * Puts a metric's line. `name` is its family's as it stands in quotes, which it needs where it is not
 * plain; `native` is what `metric.native` says.
 */
export function putMetric(
  lines: LineBuffer,
  name: Uint8Array,
  isPlainName: boolean,
  type: FamilyType,
  metric: ComposedMetric,
  native: NativeHistogram | undefined,
): void {
  const { bytes } = metric;
  putSeries(lines, name, isPlainName, metric);
  lines.putByte(SPACE);
  if (metric.value.start >= 0) putSpan(lines, bytes, metric.value);
  else if (type === "summary") putSummary(lines, metric);
  else putHistogram(lines, metric, native, type === "gaugehistogram" ? "g" : "");
  putTime(lines, " ", bytes, metric.timestamp);
  putTime(lines, " st@", bytes, metric.startTime);
  putExemplars(lines, metric);
  lines.putByte(NEWLINE);
}

function putSeries(
  lines: LineBuffer,
  name: Uint8Array,
  isPlainName: boolean,
  { bytes, labels }: ComposedMetric,
): void {
  if (isPlainName) {
    lines.put(name, 0, name.length);
    if (labels.count > 0) putLabels(lines, bytes, labels, undefined);
  } else putLabels(lines, bytes, labels, name);
}

/** Labels in their braces, behind the name that stands there. */
function putLabels(
  lines: LineBuffer,
  bytes: Uint8Array,
  labels: SpanList,
  name: Uint8Array | undefined,
): void {
  lines.putByte(BRACE_OPEN);
  if (name !== undefined) putQuoted(lines, name, 0, name.length);
  for (let i = 0; i < labels.count; i += 2) {
    if (i > 0 || name !== undefined) lines.putByte(COMMA);
    const start = labels.start(i);
    const end = labels.end(i);
    const isPlain = skipLabelName(bytes, start, end) === end && !isDigit(bytes[start]);
    if (isPlain) lines.put(bytes, start, end);
    else putQuoted(lines, bytes, start, end);
    lines.putByte(EQUALS);
    putQuoted(lines, bytes, labels.start(i + 1), labels.end(i + 1));
  }
  lines.putByte(BRACE_CLOSE);
}

/** A text with its escapes. A newline, which the text format has in quotes, becomes one. */
function putQuoted(lines: LineBuffer, bytes: Uint8Array, start: number, end: number): void {
  lines.putByte(QUOTE);
  for (let at = start; at < end;) {
    const stop = offsetOf(bytes, NEWLINE, at, end);
    lines.put(bytes, at, stop);
    if (stop < end) lines.putText("\\n");
    at = stop + 1;
  }
  lines.putByte(QUOTE);
}

function putSummary(lines: LineBuffer, metric: ComposedMetric): void {
  putTotals(lines, metric, "");
  lines.putText(",quantile:[");
  putPoints(lines, metric);
  lines.putText("]}");
}

/** `prefix`: that of a gauge histogram's count and sum. */
function putHistogram(
  lines: LineBuffer,
  metric: ComposedMetric,
  native: NativeHistogram | undefined,
  prefix: string,
): void {
  const { points, bounds } = metric;
  if (native === undefined) putTotals(lines, metric, prefix);
  else {
    lines.putText(`{${prefix}count:${formatValue(native.count)}`);
    lines.putText(`,${prefix}sum:${formatValue(native.sum)}`);
  }
  const isCustom = native?.schema === CUSTOM_BUCKETS;
  if (native !== undefined && !isCustom) putNativeFields(lines, native);
  if (points.count > 0 || native === undefined) {
    lines.putText(",bucket:[");
    putPoints(lines, metric);
    // A rule has dropped the bucket that every list has.
    if (native !== undefined && bounds[points.count - 1] !== Infinity) {
      lines.putText(`,+Inf:${formatValue(native.count)}`);
    }
    lines.putText("]");
  } else if (isCustom) putCustomBuckets(lines, native);
  lines.putByte(BRACE_CLOSE);
}

function putTotals(lines: LineBuffer, { bytes, count, sum }: ComposedMetric, prefix: string): void {
  lines.putText(`{${prefix}count:`);
  putSpan(lines, bytes, count);
  lines.putText(`,${prefix}sum:`);
  putSpan(lines, bytes, sum);
}

function putPoints(lines: LineBuffer, { bytes, points, bounds }: ComposedMetric): void {
  for (let i = 0; i < points.count; i++) {
    if (i > 0) lines.putByte(COMMA);
    lines.putText(`${formatValue(bounds[i])}:`);
    lines.put(bytes, points.start(i), points.end(i));
  }
}

/** Those of a histogram's native line come first, and then what only its buckets' lines have. */
function putExemplars(lines: LineBuffer, metric: ComposedMetric): void {
  const { exemplars, exemplarPoints } = metric;
  for (let i = 0; i < exemplars.count; i++) {
    if (exemplarPoints[i] < 0) putExemplar(lines, metric, i);
  }
  for (let i = 0; i < exemplars.count; i++) {
    if (exemplarPoints[i] >= 0 && !isOnNativeLine(metric, i)) putExemplar(lines, metric, i);
  }
}

function putExemplar(lines: LineBuffer, { bytes, exemplars }: ComposedMetric, index: number): void {
  readExemplar(bytes, exemplars.start(index), exemplars.end(index), exemplarSpans);
  const { labels, value, timestamp } = exemplarSpans;
  if (timestamp.start < 0 || hasNamelessLabel(labels)) return;
  lines.putText(" # ");
  putLabels(lines, bytes, labels, undefined);
  lines.putByte(SPACE);
  putSpan(lines, bytes, value);
  putTime(lines, " ", bytes, timestamp);
}

function isOnNativeLine(metric: ComposedMetric, index: number): boolean {
  const { bytes, native, exemplars, exemplarPoints } = metric;
  if (native.start < 0) return false;
  const exemplar = bytes.subarray(exemplars.start(index), exemplars.end(index));
  for (let i = 0; i < exemplars.count; i++) {
    const isSame = equalBytes(bytes, exemplars.start(i), exemplars.end(i), exemplar);
    if (exemplarPoints[i] < 0 && isSame) return true;
  }
  return false;
}

function hasNamelessLabel(labels: SpanList): boolean {
  for (let i = 0; i < labels.count; i += 2) if (labels.start(i) === labels.end(i)) return true;
  return false;
}

const exemplarSpans = new ExemplarSpans();

function putSpan(lines: LineBuffer, bytes: Uint8Array, { start, end }: Span): void {
  lines.put(bytes, start, end);
}

/** A time if there is one, behind `before`; decimals without an exponent, as the format wants them. */
function putTime(lines: LineBuffer, before: string, bytes: Uint8Array, { start, end }: Span): void {
  if (start < 0) return;
  lines.putText(before);
  if (isPlainDecimal(bytes, start, end)) lines.put(bytes, start, end);
  else lines.putText(timeText(timeOf(bytes, start, end)));
}

/** Digits, and a point that is neither first nor last. */
function isPlainDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const isPoint = bytes[at] === POINT && at > start && at < end - 1;
    if (!isPoint && !isDigit(bytes[at])) return false;
  }
  return true;
}

const POINT = 0x2e;
