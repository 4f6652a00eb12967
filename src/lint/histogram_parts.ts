import { parseNumber } from "../exposition/number_text.ts";
import type { LabelEntry } from "../relabel/label_builder.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { NAME, valueIn } from "../relabel/sample_labels.ts";

interface Sample {
  readonly name: string;
  /** By name. */
  readonly labels: readonly LabelEntry[];
  readonly family: string;
  readonly type: FamilyType | undefined;
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

/** One label set of a histogram. */
interface Parts {
  readonly family: string;
  /** Buckets other than `+Inf` that passed the rules. */
  bucketsKept: boolean;
  /** The rule that dropped a part. */
  readonly droppedBy: Map<Part, number>;
}

type Part = "_sum" | "_count" | "+Inf";

/** Follows which parts of a scrape's histograms rules drop. */
export class HistogramParts {
  readonly #histograms = new Map<string, Parts>();

  /** `droppedBy` is the number of the rule that dropped the sample, or -1. */
  take({ name, labels, family, type }: Sample, droppedBy: number): void {
    if (type !== "histogram") return;
    const suffix = name.slice(family.length);
    const others = labels.filter(([label]) => label !== "le" && label !== NAME);
    const key = JSON.stringify([family, ...others]);
    let parts = this.#histograms.get(key);
    if (parts === undefined) {
      parts = { family, bucketsKept: false, droppedBy: new Map() };
      this.#histograms.set(key, parts);
    }
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
    const found = new Map<string, SplitHistograms>();
    for (const { family, bucketsKept, droppedBy } of this.#histograms.values()) {
      if (!bucketsKept) continue;
      for (const rule of new Set(droppedBy.values())) {
        const parts = [...droppedBy].flatMap(([part, by]) => by === rule ? [part] : []).sort();
        const key = JSON.stringify([rule, family, parts]);
        const series = (found.get(key)?.series ?? 0) + 1;
        found.set(key, { rule, family, parts: parts.reverse().join(" and "), series });
      }
    }
    return [...found.values()];
  }
}
