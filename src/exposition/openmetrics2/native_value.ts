import { MAX_NATIVE_BUCKETS } from "../../bounds.ts";
import { isDigit, offsetOf } from "../bytes.ts";
import { floatOf } from "../float_bytes.ts";
import {
  type BucketSpan,
  type NativeBuckets,
  type NativeHistogram,
  validNativeHistogram,
} from "../native_histogram.ts";
import { isNumber } from "../number_text.ts";
import {
  type CompositeFields,
  COUNT,
  eachItem,
  GCOUNT,
  GSUM,
  NEGATIVE_BUCKETS,
  NEGATIVE_SPANS,
  POSITIVE_BUCKETS,
  POSITIVE_SPANS,
  SCHEMA,
  SUM,
  ZERO_COUNT,
  ZERO_THRESHOLD,
} from "./composite_fields.ts";

/**
 * The native histogram of a composite value. Undefined where Prometheus's parser refuses it, or a
 * number of it is hexadecimal, which the format has none of.
 */
export function nativeOf(
  bytes: Uint8Array,
  fields: CompositeFields,
  isGauge: boolean,
): NativeHistogram | undefined {
  const reader = new NativeReader(bytes, fields);
  const count = reader.number(isGauge ? GCOUNT : COUNT);
  const sum = reader.number(isGauge ? GSUM : SUM);
  const schema = reader.integer(fields.start(SCHEMA), fields.end(SCHEMA));
  const zeroThreshold = reader.number(ZERO_THRESHOLD);
  const zeroCount = reader.number(ZERO_COUNT);
  // As Prometheus has it: what else a number says does not tell integers from floats.
  const isFloat = !isUint64(count) || !isUint64(zeroCount) ||
    reader.hasFloat(NEGATIVE_BUCKETS) || reader.hasFloat(POSITIVE_BUCKETS);
  const negative = reader.buckets(NEGATIVE_SPANS, NEGATIVE_BUCKETS, isFloat);
  const positive = reader.buckets(POSITIVE_SPANS, POSITIVE_BUCKETS, isFloat);
  // Custom buckets have no spelling here.
  if (!reader.isGood || schema < -4) return undefined;
  return validNativeHistogram({
    isFloat,
    count,
    sum,
    schema,
    zeroThreshold,
    zeroCount,
    negative,
    positive,
    customValues: [],
  });
}

function isUint64(number: number): boolean {
  return Number.isInteger(number) && number < 2 ** 64;
}

class NativeReader {
  isGood = true;
  readonly #bytes: Uint8Array;
  readonly #fields: CompositeFields;

  constructor(bytes: Uint8Array, fields: CompositeFields) {
    this.#bytes = bytes;
    this.#fields = fields;
  }

  number(field: number): number {
    const start = this.#fields.start(field);
    return start < 0 ? this.#bad() : this.#float(start, this.#fields.end(field));
  }

  /** A point or an exponent. */
  hasFloat(field: number): boolean {
    const start = this.#fields.start(field);
    for (let at = start; start >= 0 && at < this.#fields.end(field); at++) {
      const byte = this.#bytes[at];
      if (byte === 0x2e || (byte | 0x20) === 0x65) return true;
    }
    return false;
  }

  buckets(spansField: number, countsField: number, isFloat: boolean): NativeBuckets {
    const spans: BucketSpan[] = [];
    const counts: number[] = [];
    this.#each(spansField, (start, end) => {
      const colon = offsetOf(this.#bytes, COLON, start, end);
      const offset = this.integer(start, colon);
      const length = this.integer(colon + 1, end);
      spans.push({ offset, length });
      const isSpan = offset === (offset | 0) && length === length >>> 0;
      return isSpan && isDigit(this.#bytes[colon + 1]) && spans.length <= MAX_NATIVE_BUCKETS;
    });
    this.#each(countsField, (start, end) => {
      counts.push(isFloat ? this.#float(start, end) : this.integer(start, end));
      return counts.length <= MAX_NATIVE_BUCKETS;
    });
    return { spans, counts };
  }

  #each(field: number, take: (start: number, end: number) => boolean): void {
    const start = this.#fields.start(field);
    if (start < 0) return;
    if (!eachItem(this.#bytes, start, this.#fields.end(field), take)) this.isGood = false;
  }

  #float(start: number, end: number): number {
    return isNumber(this.#bytes, start, end) ? floatOf(this.#bytes, start, end) : this.#bad();
  }

  /** Of 64 bits, as Go reads it: with a sign or without. */
  integer(start: number, end: number): number {
    const hasSign = this.#bytes[start] === 0x2b || this.#bytes[start] === 0x2d;
    const first = hasSign ? start + 1 : start;
    for (let at = first; at < end; at++) if (!isDigit(this.#bytes[at])) return this.#bad();
    if (start < 0 || first >= end) return this.#bad();
    const number = floatOf(this.#bytes, start, end);
    return number >= -(2 ** 63) && number < 2 ** 63 ? number : this.#bad();
  }

  #bad(): number {
    this.isGood = false;
    return 0;
  }
}

const COLON = 0x3a;
