import { MAX_NATIVE_BUCKETS } from "../bounds.ts";
import { CompositeReader } from "./composite_reader.ts";
import { formatCanonicalFloat, formatValue } from "./format_value.ts";

/** The schema of histograms whose buckets' bounds are listed (NHCB). */
export const CUSTOM_BUCKETS = -53;
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

/**
 * A native histogram's value. Whether it is a gauge's, its family's type says.
 *
 * Integer histograms are exact: one that counts 2^53 or more is a float histogram here, as everything
 * is to Prometheus's functions. So all counts of an integer histogram are safe integers.
 */
export interface NativeHistogram {
  readonly isFloat: boolean;
  readonly count: number;
  readonly sum: number;
  /** -4 to 8: a power of two has 2^schema buckets; or CUSTOM_BUCKETS. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negative: NativeBuckets;
  readonly positive: NativeBuckets;
  /** The upper bounds of custom buckets, ascending, without `+Inf`; else empty. */
  readonly customValues: readonly number[];
}

/** Buckets of one sign, in the order of their indices. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  /** What each bucket counts for itself. */
  readonly counts: readonly number[];
}

/** Buckets side by side. */
export interface BucketSpan {
  /** The first one's index; from the second span on, how many buckets lie between it and the one before. */
  readonly offset: number;
  readonly length: number;
}

/**
 * The histogram that `bytes[start, end)` is, as `writeNativeHistogram` writes them. Undefined where it
 * is malformed, or what Prometheus's `Validate` refuses: spans of more or fewer buckets than there
 * are, or out of range, unknown schemas, negative counts, an integer histogram that does not count its
 * buckets' observations, bounds that do not ascend. So is one of more than MAX_NATIVE_BUCKETS.
 */
export function readNativeHistogram(
  bytes: Uint8Array,
  start: number,
  end: number,
): NativeHistogram | undefined {
  const fields = new CompositeReader(bytes, start, end);
  const count = fields.number("{count:");
  const isFloat = !fields.isInteger;
  const sum = fields.number(",sum:");
  const schema = fields.integer(",schema:");
  const zeroThreshold = fields.number(",zero_threshold:");
  const zeroCount = fields.number(",zero_count:");
  const negative = {
    spans: fields.spans(",negative_spans:["),
    counts: fields.numbers(",negative_buckets:["),
  };
  const positive = {
    spans: fields.spans(",positive_spans:["),
    counts: fields.numbers(",positive_buckets:["),
  };
  const customValues = schema === CUSTOM_BUCKETS ? fields.numbers(",custom_values:[") : [];
  if (!fields.ends("}")) return undefined;
  return validNativeHistogram({
    isFloat,
    count,
    sum,
    schema,
    zeroThreshold,
    zeroCount,
    negative,
    positive,
    customValues,
  });
}

/**
 * The histogram, where Prometheus's `Validate` takes it; else undefined. An integer histogram of
 * 2^53 observations or more comes back as a float one.
 */
export function validNativeHistogram(h: NativeHistogram): NativeHistogram | undefined {
  const { count, zeroCount, zeroThreshold, negative, positive, schema } = h;
  if (count < 0 || zeroCount < 0) return undefined;
  if (!(zeroThreshold >= 0 && zeroThreshold < Infinity)) return undefined;
  if (!areBuckets(negative) || !areBuckets(positive)) return undefined;
  if (schema === CUSTOM_BUCKETS) {
    if (!areCustom(h)) return undefined;
  } else if (!(schema >= MIN_SCHEMA && schema <= MAX_SCHEMA) || h.customValues.length > 0) {
    return undefined;
  }
  if (h.isFloat) return h;
  if (count > Number.MAX_SAFE_INTEGER) return { ...h, isFloat: true };
  return countsItsBuckets(h) ? h : undefined;
}

/**
 * A native histogram as a sample's value: as OpenMetrics 2.0 spells it, with all fields in this order,
 * no blanks, and absolute counts. A float histogram's count has a `.`, an `e`, or is a word.
 */
export function writeNativeHistogram(h: NativeHistogram): string {
  const count = h.isFloat ? formatCanonicalFloat(h.count) : formatValue(h.count);
  const custom = h.schema === CUSTOM_BUCKETS ? `,custom_values:${list(h.customValues)}` : "";
  return `{count:${count},sum:${formatValue(h.sum)},schema:${h.schema}` +
    `,zero_threshold:${formatValue(h.zeroThreshold)},zero_count:${formatValue(h.zeroCount)}` +
    `,negative_spans:${spanList(h.negative.spans)},negative_buckets:${list(h.negative.counts)}` +
    `,positive_spans:${spanList(h.positive.spans)},positive_buckets:${list(h.positive.counts)}` +
    `${custom}}`;
}

function list(numbers: readonly number[]): string {
  return `[${numbers.map(formatValue).join(",")}]`;
}

function spanList(spans: readonly BucketSpan[]): string {
  return `[${spans.map(({ offset, length }) => `${offset}:${length}`).join(",")}]`;
}

const MIN_INDEX = -(2 ** 31);
const MAX_INDEX = 2 ** 31 - 1;

function areBuckets({ spans, counts }: NativeBuckets): boolean {
  if (counts.length > MAX_NATIVE_BUCKETS || spans.length > MAX_NATIVE_BUCKETS) return false;
  let end = 0;
  let buckets = 0;
  for (let i = 0; i < spans.length; i++) {
    const { offset, length } = spans[i];
    if (i > 0 ? offset < 0 : offset <= MIN_INDEX) return false;
    end += offset + length;
    buckets += length;
    if (end - 1 > MAX_INDEX) return false;
  }
  return buckets === counts.length && counts.every((count) => !(count < 0));
}

function areCustom(
  { zeroCount, zeroThreshold, negative, positive, customValues }: NativeHistogram,
) {
  if (zeroCount !== 0 || zeroThreshold !== 0 || negative.spans.length > 0) return false;
  if (customValues.length > MAX_NATIVE_BUCKETS) return false;
  for (let i = 0; i < customValues.length; i++) {
    const value = customValues[i];
    if (Number.isNaN(value) || value === Infinity) return false;
    if (i > 0 && value <= customValues[i - 1]) return false;
  }
  let reach = 0;
  for (const { offset, length } of positive.spans) {
    if (offset < 0) return false;
    reach += offset + length;
  }
  return reach <= customValues.length + 1;
}

/** Observations of NaN are in the count alone, and make the sum NaN. */
function countsItsBuckets({ count, sum, zeroCount, negative, positive }: NativeHistogram): boolean {
  let observations = 0;
  for (const counts of [[zeroCount], negative.counts, positive.counts]) {
    for (const bucket of counts) {
      if (!Number.isInteger(bucket)) return false;
      observations += bucket;
    }
  }
  return Number.isNaN(sum) ? observations <= count : observations === count;
}
