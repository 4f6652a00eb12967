import { parseNumber } from "../exposition/number_text.ts";
import type { LabelEntry } from "../relabel/label_builder.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { TextMap } from "../exposition/text_map.ts";
import { NAME, valueIn } from "../relabel/sample_labels.ts";

interface Sample {
  readonly name: string;
  /** By name. */
  readonly labels: readonly LabelEntry[];
  readonly family: string;
  readonly type: FamilyType | undefined;
  /** A native histogram. */
  readonly isNative: boolean;
}

/** What a rule took out of histograms of which it left buckets. */
export interface SplitHistograms {
  readonly rule: number;
  readonly family: string;
  /** `_sum and _count`. */
  readonly parts: string;
  /** How many label sets of the family it is about. */
  readonly series: number;
}

/** A histogram that came as a native and as a classic one, of which rules left one. */
export interface HalvedHistograms {
  /** The rule that dropped the other. */
  readonly rule: number;
  readonly family: string;
  readonly left: "native" | "classic";
  /** How many label sets of the family it is about. */
  readonly series: number;
}

/** One label set of a histogram. */
interface Parts {
  readonly family: string;
  /** Buckets other than `+Inf` that passed the rules. */
  bucketsKept: boolean;
  /** Parts of the classic histogram that passed the rules. */
  classicKept: boolean;
  /** The rule that dropped the native histogram; -1: it passed them; undefined: there is none. */
  nativeDroppedBy: number | undefined;
  /** The rule that dropped a part. */
  readonly droppedBy: Map<Part, number>;
}

type Part = "_sum" | "_count" | "+Inf";

/** Follows which parts of a scrape's histograms rules drop. */
export class HistogramParts {
  readonly #histograms = new TextMap<Parts>();

  /** `droppedBy` is the number of the rule that dropped the sample, or -1. */
  take({ name, labels, family, type, isNative }: Sample, droppedBy: number): void {
    if (type !== "histogram") return;
    const suffix = name.slice(family.length);
    const others = labels.filter(([label]) => label !== "le" && label !== NAME);
    const key = JSON.stringify([family, ...others]);
    let parts = this.#histograms.get(key);
    if (parts === undefined) {
      parts = {
        family,
        bucketsKept: false,
        classicKept: false,
        nativeDroppedBy: undefined,
        droppedBy: new Map(),
      };
      this.#histograms.set(key, parts);
    }
    if (isNative) {
      parts.nativeDroppedBy = droppedBy;
      return;
    }
    if (droppedBy < 0) parts.classicKept = true;
    const isInfinite = suffix === "_bucket" &&
      parseNumber(String(valueIn(labels, "le"))) === Infinity;
    if (suffix === "_bucket" && !isInfinite && droppedBy < 0) parts.bucketsKept = true;
    const part = isInfinite
      ? "+Inf"
      : suffix === "_sum" || suffix === "_count"
      ? suffix
      : undefined;
    if (part !== undefined && droppedBy >= 0) parts.droppedBy.set(part, droppedBy);
  }

  split(): SplitHistograms[] {
    const found = new TextMap<SplitHistograms>();
    for (const { family, bucketsKept, nativeDroppedBy, droppedBy } of this.#histograms.values()) {
      // A native histogram has its own sum and count, and its classic buckets are written with them.
      if (!bucketsKept || nativeDroppedBy === -1) continue;
      for (const rule of new Set(droppedBy.values())) {
        const parts = [...droppedBy].flatMap(([part, by]) => by === rule ? [part] : []).sort();
        const key = JSON.stringify([rule, family, parts]);
        const series = (found.get(key)?.series ?? 0) + 1;
        found.set(key, { rule, family, parts: parts.reverse().join(" and "), series });
      }
    }
    return [...found.values()];
  }

  halved(): HalvedHistograms[] {
    const found = new TextMap<HalvedHistograms>();
    for (const parts of this.#histograms.values()) {
      const { family } = parts;
      const half = halfOf(parts);
      if (half === undefined) continue;
      const { rule, left } = half;
      const key = JSON.stringify([rule, family, left]);
      found.set(key, { rule, family, left, series: (found.get(key)?.series ?? 0) + 1 });
    }
    return [...found.values()];
  }
}

function halfOf(
  { classicKept, nativeDroppedBy, droppedBy }: Parts,
): Pick<HalvedHistograms, "rule" | "left"> | undefined {
  if (nativeDroppedBy === undefined) return undefined;
  if (nativeDroppedBy >= 0) {
    return classicKept ? { rule: nativeDroppedBy, left: "classic" } : undefined;
  }
  // Without its buckets alone, the histogram is what a rule may well have wanted.
  const [sum, count] = [droppedBy.get("_sum"), droppedBy.get("_count")];
  const isGone = !classicKept && sum !== undefined && count !== undefined;
  return isGone ? { rule: count, left: "native" } : undefined;
}
