import {
  type NativeHistogram,
  readNativeHistogram,
} from "../../../src/exposition/native_histogram.ts";

/** The histogram that a sample's value is; it stands between other bytes. */
export function readNative(text: string): NativeHistogram | undefined {
  const bytes = new TextEncoder().encode(`1${text}1`);
  return readNativeHistogram(bytes, 1, bytes.length - 1);
}

export function native(text: string): NativeHistogram {
  const h = readNative(text);
  if (h === undefined) throw new Error(`not a native histogram: ${text}`);
  return h;
}

/** A histogram of schema 0 and a sum of 1 without a zero bucket, with these things said otherwise. */
export function nativeText(parts: Readonly<Record<string, string | number>>): string {
  const fields = {
    count: 0,
    sum: 1,
    schema: 0,
    zero_threshold: 0,
    zero_count: 0,
    negative_spans: "[]",
    negative_buckets: "[]",
    positive_spans: "[]",
    positive_buckets: "[]",
    ...parts,
  };
  return `{${Object.entries(fields).map(([name, value]) => `${name}:${value}`).join(",")}}`;
}

export function customText(
  count: number,
  spans: string,
  buckets: string,
  customValues: string,
): string {
  return nativeText({
    count,
    schema: -53,
    positive_spans: spans,
    positive_buckets: buckets,
    custom_values: customValues,
  });
}
