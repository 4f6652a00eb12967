import { decodeQuoted } from "../exposition/text.ts";
import type { LabelEntry, LabelValue } from "./label_builder.ts";
import type { WatchedSample } from "./sample_watcher.ts";

export const NAME = "__name__";

export function sameLabels(left: readonly LabelEntry[], right: readonly LabelEntry[]): boolean {
  return left.length === right.length &&
    left.every(([name, value], i) => name === right[i][0] && value === right[i][1]);
}

export function valueIn(labels: readonly LabelEntry[], name: string): LabelValue {
  return labels.find((entry) => entry[0] === name)?.[1] ?? "";
}

/** The same labels with the values of those that the sample's line has, unescaped. */
export function labelTexts(
  labels: readonly LabelEntry[],
  { bytes, spans }: Pick<WatchedSample, "bytes" | "spans">,
): [name: string, value: string][] {
  return labels.map(([name, value]) => {
    if (typeof value === "string") return [name, value];
    return [name, decodeQuoted(bytes, spans.labels[value * 4 + 2], spans.labels[value * 4 + 3])];
  });
}
