import { formatCanonicalFloat, formatValue } from "../format_value.ts";
import type { LineBuffer } from "../line_buffer.ts";
import type { BucketSpan, NativeHistogram } from "../native_histogram.ts";

/**
 * Whether OpenMetrics 2.0 has a spelling for the histogram: Prometheus takes counts that are words for
 * no float's where nothing else is one.
 */
export function hasSpelling({ isFloat, count, zeroCount, negative, positive }: NativeHistogram) {
  if (!isFloat || !Number.isInteger(count) || !Number.isInteger(zeroCount)) return true;
  const counts = [...negative.counts, ...positive.counts];
  return counts.length === 0 || counts.some(Number.isFinite);
}

/** Puts what a native histogram has beside count and sum, which is that of an exponential schema. */
export function putNativeFields(lines: LineBuffer, h: NativeHistogram): void {
  const { schema, zeroThreshold, zeroCount, negative, positive } = h;
  // Prometheus knows a float histogram by the point or the exponent of its buckets.
  const format = h.isFloat ? formatCanonicalFloat : formatValue;
  lines.putText(`,schema:${schema},zero_threshold:${formatValue(zeroThreshold)}`);
  lines.putText(`,zero_count:${format(zeroCount)}`);
  lines.putText(`,negative_spans:[${spanTexts(negative.spans)}]`);
  lines.putText(`,negative_buckets:[${negative.counts.map(format)}]`);
  lines.putText(`,positive_spans:[${spanTexts(positive.spans)}]`);
  lines.putText(`,positive_buckets:[${positive.counts.map(format)}]`);
}

function spanTexts(spans: readonly BucketSpan[]): string[] {
  return spans.map(({ offset, length }) => `${offset}:${length}`);
}

/**
 * Puts a histogram of custom buckets as the classic buckets that they are, since the format has no
 * schema for them.
 */
export function putCustomBuckets(lines: LineBuffer, h: NativeHistogram): void {
  const counts = new Map<number, number>();
  let index = 0;
  let bucket = 0;
  for (const { offset, length } of h.positive.spans) {
    index += offset;
    for (let i = 0; i < length; i++) counts.set(index++, h.positive.counts[bucket++]);
  }
  let total = 0;
  lines.putText(",bucket:[");
  h.customValues.forEach((bound, i) => {
    total += counts.get(i) ?? 0;
    lines.putText(`${formatValue(bound)}:${formatValue(total)},`);
  });
  lines.putText(`+Inf:${formatValue(h.count)}]`);
}
