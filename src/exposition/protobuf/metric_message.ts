import { BACKSLASH } from "../bytes.ts";
import type { ComposedMetric, Span } from "../compose/composed_metric.ts";
import { ExemplarSpans, readExemplar } from "../compose/exemplar_text.ts";
import type { SpanList } from "../compose/span_list.ts";
import { timeOf } from "../compose/time_text.ts";
import { floatOf } from "../float_bytes.ts";
import { LineBuffer } from "../line_buffer.ts";
import { CUSTOM_BUCKETS, type NativeHistogram } from "../native_histogram.ts";
import { decodePlain } from "../text.ts";
import { COUNTER, GAUGE, SUMMARY, UNTYPED } from "./family_head.ts";
import { putNativeFields } from "./native_message.ts";
import {
  putBytesField,
  putDoubleField,
  putIntegerField,
  putLongField,
  putMessageField,
} from "./wire_writer.ts";

/** Fields of a Metric: what says its value, by its family's type. */
const VALUE_FIELDS = [3, 2, 4, 5, 7, 7];
const LABEL = 1;
const TIMESTAMP = 6;

/** The most that an unsigned integer of 64 bits holds. */
const MAX_UINT64 = 2n ** 64n - 1n;

/** Writes metrics that were composed of lines as Metric messages of Prometheus's metrics.proto. */
export class MetricMessage {
  /** What was written last. */
  readonly content = new LineBuffer();
  readonly #value = new LineBuffer();
  readonly #part = new LineBuffer();
  readonly #inner = new LineBuffer();
  readonly #exemplar = new ExemplarSpans();

  /** Whether a message of that type can say the metric: a summary counts in integers. */
  canSay(metric: ComposedMetric, type: number): boolean {
    return type !== SUMMARY || integerOf(metric.bytes, metric.count) !== undefined;
  }

  /** A metric of a family of that type. `native` is its native histogram, if any. */
  write(metric: ComposedMetric, type: number, native: NativeHistogram | undefined): void {
    const value = this.#value;
    value.reset();
    if (type === COUNTER || type === GAUGE || type === UNTYPED) {
      this.#putSingle(metric, type, floatAt(metric.bytes, metric.value));
    } else if (type === SUMMARY) this.#putSummary(metric);
    else this.#putHistogram(metric, native);
    this.#write(metric, type, undefined);
  }

  /**
   * One sample of a composite metric as a metric of its own: its value, and the label that it has more,
   * if any.
   */
  writeSample(
    metric: ComposedMetric,
    type: number,
    value: number,
    label: readonly [name: string, value: string] | undefined,
  ): void {
    this.#value.reset();
    this.#putSingle(metric, type, value);
    this.#write(metric, type, label);
  }

  #write(
    metric: ComposedMetric,
    type: number,
    label: readonly [name: string, value: string] | undefined,
  ): void {
    const { content } = this;
    const { bytes, labels, timestamp } = metric;
    content.reset();
    this.#putLabels(content, bytes, labels);
    if (label !== undefined) {
      const pair = this.#part;
      pair.reset();
      putBytesField(pair, 1, encoder.encode(label[0]));
      putBytesField(pair, 2, encoder.encode(label[1]));
      putMessageField(content, LABEL, pair);
    }
    putMessageField(content, VALUE_FIELDS[type], this.#value);
    if (timestamp.start >= 0) putMilliseconds(content, bytes, timestamp);
  }

  #putSingle(metric: ComposedMetric, type: number, number: number): void {
    const value = this.#value;
    putDoubleField(value, 1, number);
    if (type !== COUNTER) return;
    const { exemplars, exemplarPoints } = metric;
    for (let i = exemplars.count - 1; i >= 0; i--) {
      if (exemplarPoints[i] >= 0) continue;
      this.#putExemplar(value, 2, metric, i);
      break;
    }
    this.#putStart(metric, 3);
  }

  #putSummary(metric: ComposedMetric): void {
    const value = this.#value;
    const { bytes, points, bounds } = metric;
    putLongField(value, 1, integerOf(bytes, metric.count)!);
    putDoubleField(value, 2, floatAt(bytes, metric.sum));
    for (let i = 0; i < points.count; i++) {
      const quantile = this.#part;
      quantile.reset();
      putDoubleField(quantile, 1, bounds[i]);
      putDoubleField(quantile, 2, floatOf(bytes, points.start(i), points.end(i)));
      putMessageField(value, 3, quantile);
    }
    this.#putStart(metric, 4);
  }

  #putHistogram(metric: ComposedMetric, native: NativeHistogram | undefined): void {
    const value = this.#value;
    const { bytes, exemplars, exemplarPoints, points } = metric;
    if (native === undefined) {
      putCount(value, 1, 4, bytes, metric.count.start, metric.count.end);
      putDoubleField(value, 2, floatAt(bytes, metric.sum));
      this.#putBuckets(metric);
    } else if (native.schema === CUSTOM_BUCKETS) {
      putNumberOfCount(value, 1, 4, native.count, native.isFloat);
      putDoubleField(value, 2, native.sum);
      if (points.count > 0) this.#putBuckets(metric);
      else this.#putCustomBuckets(native);
    } else {
      putNumberOfCount(value, 1, 4, native.count, native.isFloat);
      putDoubleField(value, 2, native.sum);
      this.#putBuckets(metric);
      putNativeFields(value, native);
    }
    this.#putStart(metric, 15);
    if (native === undefined) return;
    for (let i = 0; i < exemplars.count; i++) {
      if (exemplarPoints[i] < 0) this.#putExemplar(value, 16, metric, i);
    }
  }

  #putBuckets(metric: ComposedMetric): void {
    const { bytes, points, bounds, exemplars, exemplarPoints } = metric;
    const bucket = this.#part;
    for (let i = 0, exemplar = 0; i < points.count; i++) {
      bucket.reset();
      putCount(bucket, 1, 4, bytes, points.start(i), points.end(i));
      putDoubleField(bucket, 2, bounds[i]);
      // One of them has room: the last one.
      let last = -1;
      while (exemplar < exemplars.count && exemplarPoints[exemplar] <= i) {
        if (exemplarPoints[exemplar] === i) last = exemplar;
        exemplar++;
      }
      if (last >= 0) this.#putExemplar(bucket, 3, metric, last);
      putMessageField(this.#value, 3, bucket);
    }
  }

  /** Custom buckets have no field here; classic ones say as much. */
  #putCustomBuckets({ positive, customValues, isFloat, count }: NativeHistogram): void {
    const own = new Array<number>(customValues.length + 1).fill(0);
    let index = 0;
    let next = 0;
    for (const { offset, length } of positive.spans) {
      index += offset;
      for (let i = 0; i < length; i++) own[index++] = positive.counts[next++];
    }
    let cumulative = 0;
    const bucket = this.#part;
    for (let i = 0; i < own.length; i++) {
      cumulative += own[i];
      const isLast = i === customValues.length;
      bucket.reset();
      // Observations of NaN are in no bucket, but the last one holds all.
      putNumberOfCount(bucket, 1, 4, isLast ? count : cumulative, isFloat);
      putDoubleField(bucket, 2, isLast ? Infinity : customValues[i]);
      putMessageField(this.#value, 3, bucket);
    }
  }

  #putExemplar(out: LineBuffer, field: number, metric: ComposedMetric, index: number): void {
    const { bytes, exemplars } = metric;
    const spans = this.#exemplar;
    const message = this.#inner;
    readExemplar(bytes, exemplars.start(index), exemplars.end(index), spans);
    message.reset();
    this.#putLabels(message, bytes, spans.labels);
    putDoubleField(message, 2, floatAt(bytes, spans.value));
    if (spans.timestamp.start >= 0) putTimestamp(message, 3, bytes, spans.timestamp);
    putMessageField(out, field, message);
  }

  #putLabels(out: LineBuffer, bytes: Uint8Array, labels: SpanList): void {
    for (let i = 0; i < labels.count; i += 2) {
      const pair = pairBuffer;
      pair.reset();
      putString(pair, 1, bytes, labels.start(i), labels.end(i));
      putString(pair, 2, bytes, labels.start(i + 1), labels.end(i + 1));
      putMessageField(out, LABEL, pair);
    }
  }

  #putStart({ bytes, startTime }: ComposedMetric, field: number): void {
    if (startTime.start >= 0) putTimestamp(this.#value, field, bytes, startTime);
  }
}

const pairBuffer = new LineBuffer();
const textBuffer = new LineBuffer();
const timeBuffer = new LineBuffer();

/** A string field of what stands between quotes. */
function putString(
  out: LineBuffer,
  field: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  // Not `indexOf`: it would look through all lines that are held, for what hardly any of them has.
  let at = start;
  while (at < end && bytes[at] !== BACKSLASH) at++;
  if (at === end) return putBytesField(out, field, bytes, start, end);
  textBuffer.reset();
  for (at = start; at < end; at++) {
    const next = bytes[at + 1];
    const isEscape = bytes[at] === BACKSLASH && at + 1 < end &&
      (next === BACKSLASH || next === 0x22 || next === 0x6e);
    if (!isEscape) textBuffer.putByte(bytes[at]);
    else {
      textBuffer.putByte(next === 0x6e ? 0x0a : next);
      at++;
    }
  }
  putMessageField(out, field, textBuffer);
}

function putTimestamp(out: LineBuffer, field: number, bytes: Uint8Array, time: Span): void {
  const { seconds, nanos } = timeOf(bytes, time.start, time.end);
  timeBuffer.reset();
  if (seconds >= 0) putIntegerField(timeBuffer, 1, seconds);
  else putLongField(timeBuffer, 1, BigInt(seconds));
  if (nanos !== 0) putIntegerField(timeBuffer, 2, nanos);
  putMessageField(out, field, timeBuffer);
}

/** The field of a sample's timestamp: milliseconds, cut off, exact where decimals say them. */
function putMilliseconds(out: LineBuffer, bytes: Uint8Array, { start, end }: Span): void {
  const { seconds, nanos } = timeOf(bytes, start, end);
  const milliseconds = seconds * 1_000 + Math.floor(nanos / 1e6);
  if (milliseconds >= 0 && Number.isSafeInteger(milliseconds)) {
    putIntegerField(out, TIMESTAMP, milliseconds);
  } else putLongField(out, TIMESTAMP, longMilliseconds(decodePlain(bytes, start, end)));
}

function longMilliseconds(text: string): bigint {
  const decimal = /^([+-]?)([0-9]+)\.?([0-9]*)$/.exec(text);
  if (decimal === null) return BigInt(Math.trunc(Number(text) * 1_000) || 0);
  const [, sign, whole, decimals] = decimal;
  const magnitude = BigInt(whole + decimals.slice(0, 3).padEnd(3, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

/** A count as an integer where it is written as one, else as a double. */
function putCount(
  out: LineBuffer,
  integerField: number,
  floatField: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const value = floatOf(bytes, start, end);
  if (value >= 0 && Number.isSafeInteger(value)) return putIntegerField(out, integerField, value);
  const integer = integerOf(bytes, { start, end });
  if (integer !== undefined) putLongField(out, integerField, integer);
  else putDoubleField(out, floatField, value);
}

function putNumberOfCount(
  out: LineBuffer,
  integerField: number,
  floatField: number,
  count: number,
  isFloat: boolean,
): void {
  if (isFloat) putDoubleField(out, floatField, count);
  else putIntegerField(out, integerField, count);
}

function floatAt(bytes: Uint8Array, { start, end }: Span): number {
  return floatOf(bytes, start, end);
}

/** The unsigned integer of 64 bits that stands there, in whatever spelling; undefined where it is none. */
function integerOf(bytes: Uint8Array, { start, end }: Span): bigint | undefined {
  const value = floatOf(bytes, start, end);
  if (!(value >= 0 && Number.isInteger(value))) return undefined;
  const text = decodePlain(bytes, start, end);
  const integer = /^[0-9]+$/.test(text) ? BigInt(text) : BigInt(value);
  return integer <= MAX_UINT64 ? integer : undefined;
}

const encoder = new TextEncoder();
