import { countText } from "./figure_text.ts";

/** Native histograms of a scrape, or of a part of it. */
export interface NativeFigures {
  /** Each is one series. */
  readonly histograms: number;
  /** Of all of them: those that their spans have, and the zero bucket of each. */
  readonly buckets: number;
}

/** `12 native histograms with 96 buckets`. */
export function nativeText({ histograms, buckets }: NativeFigures): string {
  return `${countText(histograms)} native histogram${histograms === 1 ? "" : "s"} with ` +
    `${countText(buckets)} bucket${buckets === 1 ? "" : "s"}`;
}
