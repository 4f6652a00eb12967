import type { FamilyType } from "../exposition/family_type.ts";
import type { CountedValue } from "./frequent_values.ts";
import type { NativeFigures } from "./native_figures.ts";
import type { RuleText } from "./rule_yaml.ts";

/** How large a scrape is, or a part of it. */
export interface Size {
  /** Distinct names and label sets. */
  readonly series: number;
  /** Of its lines, line breaks included. */
  readonly bytes: number;
  /** True when `series` is an estimate, with a standard error of 1.6 %. */
  readonly estimated: boolean;
}

/** Plain data: what `weir analyze --json` prints. */
export interface CardinalityReport extends Size {
  /** Absent where there are none, as in the other parts. */
  readonly native?: NativeFigures;
  readonly lines: number;
  readonly samples: number;
  /** Lines that are no samples that can be read, and are in none of the figures below. */
  readonly unreadable: number;
  /** Samples of metrics beyond the bound, each counted as a series and listed nowhere. */
  readonly unlisted: number;
  /** The largest first. */
  readonly metrics: readonly MetricReport[];
  readonly families: readonly FamilyReport[];
  /** Those that save the most first. */
  readonly labels: readonly LabelTotal[];
  readonly recommendations: readonly Recommendation[];
  readonly hints: readonly Hint[];
}

/** What would make the scrape smaller, and is no rule's to do. */
export interface Hint {
  readonly family: string;
  /** Series. */
  readonly saves: number;
  /** One line, with the figures. */
  readonly summary: string;
}

export interface MetricReport extends Size {
  readonly native?: NativeFigures;
  readonly name: string;
  readonly family: string;
  readonly type: FamilyType | undefined;
  readonly samples: number;
  /** Of the scrape's series, from 0 to 1. */
  readonly share: number;
  /** Those with the most values first. */
  readonly labels: readonly LabelReport[];
  /** Labels that were not followed because the memory was used up. */
  readonly unfollowed: readonly string[];
}

export interface FamilyReport extends Size {
  readonly native?: NativeFigures;
  readonly name: string;
  readonly type: FamilyType | undefined;
  readonly samples: number;
  readonly share: number;
  readonly metrics: readonly string[];
}

/** A label of one metric. */
export interface LabelReport {
  readonly name: string;
  /** Series that have it. */
  readonly series: number;
  /** Distinct values. */
  readonly distinct: number;
  readonly estimated: boolean;
  /** The most frequent ones. */
  readonly values: readonly CountedValue[];
  /** Whether `values` are all of them. */
  readonly complete: boolean;
  /** By how many series the counts of `values` may be too low. */
  readonly error: number;
  /** What is left of the metric when the label is dropped. Sums may be longer or shorter. */
  readonly without: Size;
}

/** A label wherever it is. */
export interface LabelTotal {
  readonly name: string;
  readonly series: number;
  readonly distinct: number;
  readonly estimated: boolean;
  /** The metrics that have it. */
  readonly metrics: readonly string[];
  /** What is left of the scrape when the label is dropped everywhere. */
  readonly without: Size;
}

/**
 * What a rule may break, what breaks nothing first. `unused`: nothing, as no query reads it. `exact`:
 * counters and histograms are summed exactly. `buckets`: quantiles can be computed no more. `gone`: the
 * metric is not there. `wrong`: figures are there and mean something else, of gauges that are summed or
 * of a histogram without its bounds.
 */
export const SAFETY = ["unused", "exact", "buckets", "gone", "wrong"] as const;

export type Safety = typeof SAFETY[number];

/** A rule to be pasted, and what the scrape would be with it alone. */
export interface Recommendation {
  readonly safety: Safety;
  /** What it costs, in a few words each: `breaks histogram_quantile`. */
  readonly costs: readonly string[];
  /** One line: what is dropped, and the figures. */
  readonly summary: string;
  readonly rule: RuleText;
  /** The rule as an item of `metric_relabel_configs`. */
  readonly yaml: string;
  readonly before: Size;
  /** The bytes are those of lines as they were: sums may be longer or shorter. */
  readonly after: Size;
  /** What else the rule does, a sentence each without its full stop. */
  readonly warnings: readonly string[];
}
