import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { LabelBuilder, type LabelEntry, type LabelValue } from "./label_builder.ts";

export const NAME = "__name__";

/**
 * Returns the labels of a scanned sample, as rules find them. `isRead` tells, by the number of the
 * label in the line, which values are given as texts; all of them by default.
 */
export function sampleLabels(
  bytes: Uint8Array,
  { nameStart, nameEnd, labels, labelCount }: SampleSpans,
  type: FamilyType | undefined,
  isRead: (name: string) => boolean = () => true,
): LabelBuilder {
  const base: LabelEntry[] = [[NAME, decodeQuoted(bytes, nameStart, nameEnd)]];
  const names = new Set<string>([NAME]);
  const textOf = (index: number) =>
    decodeQuoted(bytes, labels[index * 4 + 2], labels[index * 4 + 3]);
  for (let index = 0; index < labelCount; index++) {
    const name = decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1]);
    // An empty label is an absent one.
    if (names.has(name) || labels[index * 4 + 2] === labels[index * 4 + 3]) continue;
    names.add(name);
    if (isBoundLabel(name, type)) base.push([name, canonicalBound(textOf(index))]);
    else base.push([name, isRead(name) ? textOf(index) : index]);
  }
  return new LabelBuilder(base, textOf);
}

export function sameLabels(left: readonly LabelEntry[], right: readonly LabelEntry[]): boolean {
  return left.length === right.length &&
    left.every(([name, value], i) => name === right[i][0] && value === right[i][1]);
}

export function valueIn(labels: readonly LabelEntry[], name: string): LabelValue {
  return labels.find((entry) => entry[0] === name)?.[1] ?? "";
}
