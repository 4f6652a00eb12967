import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { LabelEntry, LabelValue } from "./label_builder.ts";
import type { WatchedSample } from "./sample_watcher.ts";

export const NAME = "__name__";

export function sameLabels(left: readonly LabelEntry[], right: readonly LabelEntry[]): boolean {
  return left.length === right.length &&
    left.every(([name, value], i) => name === right[i][0] && value === right[i][1]);
}

/** The label's value, empty where it is not there. */
export function valueIn<V extends LabelValue>(
  labels: readonly (readonly [name: string, value: V])[],
  name: string,
): V | "" {
  return labels.find((entry) => entry[0] === name)?.[1] ?? "";
}

/**
 * The same labels with bounds as a series of this type has them, wherever rules took them from.
 * `textOf` gives the text of a label whose value is a reference.
 */
export function withCanonicalBounds(
  labels: readonly LabelEntry[],
  type: FamilyType | undefined,
  textOf: (name: string) => string,
): LabelEntry[] {
  return labels.map(([name, value]): LabelEntry => {
    if (!isBoundLabel(name, type)) return [name, value];
    return [name, canonicalBound(typeof value === "string" ? value : textOf(name))];
  });
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

/** The labels as the sample's line has them, unescaped. */
export function writtenLabels(
  { bytes, spans }: Pick<WatchedSample, "bytes" | "spans">,
): [name: string, value: string][] {
  return Array.from({ length: spans.labelCount }, (_, label) => {
    const at = label * 4;
    const text = (from: number) => decodeQuoted(bytes, spans.labels[from], spans.labels[from + 1]);
    return [text(at), text(at + 2)];
  });
}
