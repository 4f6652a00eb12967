import { parseNumber } from "../exposition/number_text.ts";
import type { ScrapeSample } from "./scrape_samples.ts";

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
  take({ labels, family, type }: ScrapeSample, droppedBy: number): void {
    if (type !== "histogram") return;
    const suffix = labels[0][1].slice(family.length);
    const bound = labels.find(([name]) => name === "le")?.[1];
    const others = labels.filter(([name]) => name !== "le" && name !== "__name__");
    const key = JSON.stringify([family, ...others.sort(byName)]);
    let parts = this.#histograms.get(key);
    if (parts === undefined) {
      parts = { family, bucketsKept: false, droppedBy: new Map() };
      this.#histograms.set(key, parts);
    }
    const isInfinite = suffix === "_bucket" && parseNumber(bound ?? "") === Infinity;
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

function byName([left]: readonly string[], [right]: readonly string[]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
