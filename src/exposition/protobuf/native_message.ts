import { LineBuffer } from "../line_buffer.ts";
import type { NativeBuckets, NativeHistogram } from "../native_histogram.ts";
import {
  putDouble,
  putDoubleField,
  putIntegerField,
  putLongVarint,
  putMessageField,
  putVarint,
} from "./wire_writer.ts";

/**
 * The fields of a Histogram that say its native buckets. One that would be taken as a classic histogram
 * gets a span of no buckets, as metrics.proto has it.
 */
export function putNativeFields(out: LineBuffer, native: NativeHistogram): void {
  const { isFloat, schema, zeroThreshold, zeroCount, negative, positive } = native;
  putIntegerField(out, 5, zigzag(schema));
  putDoubleField(out, 6, zeroThreshold);
  if (isFloat) putDoubleField(out, 8, zeroCount);
  else putIntegerField(out, 7, zeroCount);
  putSide(out, 9, negative, isFloat);
  putSide(out, 12, positive, isFloat);
  const isSeen = positive.spans.length > 0 || negative.spans.length > 0 || zeroThreshold > 0 ||
    (!isFloat && zeroCount > 0);
  if (!isSeen) putSpan(out, 12, 0, 0);
}

/** Spans, and behind their field those of deltas and of counts. */
function putSide(out: LineBuffer, field: number, side: NativeBuckets, isFloat: boolean): void {
  const { spans, counts } = side;
  for (const { offset, length } of spans) putSpan(out, field, offset, length);
  if (counts.length === 0) return;
  packed.reset();
  let before = 0;
  for (const count of counts) {
    if (isFloat) putDouble(packed, count);
    else putSignedVarint(packed, count - before);
    before = count;
  }
  putMessageField(out, isFloat ? field + 2 : field + 1, packed);
}

function putSpan(out: LineBuffer, field: number, offset: number, length: number): void {
  span.reset();
  putIntegerField(span, 1, zigzag(offset));
  putIntegerField(span, 2, length);
  putMessageField(out, field, span);
}

function putSignedVarint(out: LineBuffer, value: number): void {
  if (Math.abs(value) < 2 ** 51) putVarint(out, zigzag(value));
  else putLongVarint(out, value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n);
}

/** A signed integer with its sign in the lowest bit. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

const packed = new LineBuffer();
const span = new LineBuffer();
