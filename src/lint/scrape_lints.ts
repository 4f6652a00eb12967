import {
  type AggregateFunction,
  type AggregationRule,
  functionFor,
  isGaugeSum,
  ruleFor,
} from "../aggregate/aggregate_function.ts";
import { DEFAULT_AGGREGATION } from "../aggregate/default_rules.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { TextMap, TextSet } from "../exposition/text_map.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import { RuleCounts } from "../relabel/rule_figures.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import {
  labelTexts,
  NAME,
  sameLabels,
  valueIn,
  withCanonicalBounds,
} from "../relabel/sample_labels.ts";
import type { RuleEffects, SampleWatcher, WatchedSample } from "../relabel/sample_watcher.ts";
import { bareCounter, bareNames } from "./counter_names.ts";
import { HistogramParts } from "./histogram_parts.ts";
import { leftoverLabel, type Lint, type LintCode, lintRules } from "./lints.ts";

/** A sample as the rules found it, with the values of all labels. */
export interface LintedSample {
  readonly name: string;
  /** By name, `__name__` among them. */
  readonly labels: readonly LabelEntry[];
  /** The family's name, or the sample's own where no metadata spoke of it. */
  readonly family: string;
  readonly type: FamilyType | undefined;
  readonly isNative: boolean;
}

/** Samples by what they are counted under (a family, a label). */
type Counts = TextMap<number>;

/** Looks on at what rules do to a scrape, and says what is doubtful about them. */
export class ScrapeLints implements SampleWatcher {
  /** Names of samples that collide and of which a built-in rule says what becomes. */
  readonly byDefault: Map<AggregateFunction, TextSet> = new Map();
  readonly #rules: RuleSet;
  readonly #aggregation: readonly AggregationRule[];
  readonly #counts: RuleCounts;
  readonly #ofProtobuf: boolean;
  /** By rule. */
  readonly #bareNames: readonly ReadonlySet<string>[];
  /** Names of labels that samples came with. */
  readonly #labels = new TextSet();
  readonly #histograms = new HistogramParts();
  /** The first sample of each output series. */
  readonly #series = new TextMap<LintedSample>();
  /** By code and rule. */
  readonly #found = new Map<LintCode, Map<number, Counts>>();

  /** `format`: that of the samples; `lifted` ones are of protobuf or OpenMetrics 2.0. */
  constructor(rules: RuleSet, aggregation: readonly AggregationRule[], format?: LineFormat) {
    this.#ofProtobuf = format === "lifted";
    this.#rules = rules;
    this.#aggregation = aggregation;
    this.#counts = new RuleCounts(rules);
    this.#bareNames = rules.rules.map(bareNames);
  }

  judged(watched: WatchedSample, effects: RuleEffects | undefined): void {
    if (effects === undefined) return;
    const { name, family, spans } = watched;
    const labels = labelTexts(effects.found, watched);
    const sample = {
      name,
      labels,
      family: family?.name ?? name,
      type: family?.type,
      isNative: spans.isComposite,
    };
    for (const [label] of labels) this.#labels.add(label);
    for (const [rule, names] of this.#bareNames.entries()) {
      const counter = bareCounter(names, name, family, this.#ofProtobuf);
      if (counter !== undefined) this.#count("bare-counter", rule, counter, 1);
    }
    this.#counts.add(effects);
    this.#histograms.take(sample, effects.droppedBy);
    if (effects.droppedBy >= 0) return;
    const left = labelTexts(effects.left, watched);
    const newName = String(valueIn(left, NAME));
    if (newName === "") return;
    this.#countLeftovers(sample, left);
    const key = JSON.stringify(left);
    const first = this.#series.get(key);
    if (first === undefined) this.#series.set(key, sample);
    else this.#countCollision(newName, effects, sample, first);
  }

  /**
   * All lints, once the scrape has ended: those of the rules alone, less what the scrape disproves,
   * and what happened to its samples.
   */
  lints(): Lint[] {
    const lints = lintRules(this.#rules, { labels: this.#labels })
      .filter((lint) => lint.code !== "bound-spelling" || !this.#hasFired(lint.rule));
    const idle = new Set(lints.filter(isIdle).map(({ rule }) => rule));
    const known = new Set(lints.map(({ rule, code }) => `${rule} ${code}`));
    for (const lint of this.#ofSamples()) {
      if (lint.code === "did-not-fire" && idle.has(lint.rule)) continue;
      if (!known.has(`${lint.rule} ${lint.code}`)) lints.push(lint);
    }
    return lints.sort((left, right) => left.rule - right.rule);
  }

  #hasFired(rule: number): boolean {
    const { changed, dropped } = this.#counts.figures[rule];
    return changed + dropped > 0;
  }

  #keeps(rule: number): boolean {
    const { effect, onMatch } = this.#rules.rules[rule].traits;
    return effect === "filter" && onMatch === "keep";
  }

  #ofSamples(): Lint[] {
    for (const { rule, family, series, parts } of this.#histograms.split()) {
      this.#count("splits-histogram", rule, `${family} without ${parts}`, series);
    }
    for (const { rule, family, left, series } of this.#histograms.halved()) {
      if (left === "native") this.#count("leaves-native", rule, family, series);
      // A rule that drops the family's very name speaks of the native histogram.
      else if (this.#keeps(rule)) this.#count("drops-native", rule, family, series);
    }
    const lints = [...this.#found].flatMap(([code, byRule]) =>
      [...byRule].flatMap(([rule, counts]) => this.#lint(code, rule, counts))
    );
    for (const [rule, figures] of this.#counts.figures.entries()) {
      const { reached, changed, dropped } = figures;
      const { place } = this.#rules.rules[rule].config;
      if (changed + dropped > 0) continue;
      const message = reached === 0
        ? "no sample of the scrape reaches it"
        : `it did nothing to the ${plural(reached, "sample")} of the scrape that reached it`;
      lints.push({ place, code: "did-not-fire", message, rule });
    }
    return lints;
  }

  #lint(code: LintCode, rule: number, counts: Counts): Lint[] {
    const { place } = this.#rules.rules[rule].config;
    if (code === "leftover-tmp-label") {
      return [...counts.keys()].map((label) => ({
        place,
        code,
        message: leftoverLabel(label),
        rule,
      }));
    }
    const unit = OF_SAMPLES.has(code) ? "sample" : "histogram";
    return [{ place, code, message: `${SENTENCES[code] ?? code}: ${listed(counts, unit)}`, rule }];
  }

  #countLeftovers({ labels }: LintedSample, left: readonly LabelEntry[]): void {
    for (const [label, value] of left) {
      if (!label.startsWith("__tmp")) continue;
      const states = [labels, ...this.#statesOf(labels)];
      const setter = states.findLastIndex((state, index) =>
        index > 0 && valueIn(states[index - 1], label) !== value && valueIn(state, label) === value
      );
      if (setter > 0) this.#count("leftover-tmp-label", setter - 1, label, 1);
    }
  }

  /** What each rule that they come to leaves of labels. */
  #statesOf(labels: readonly LabelEntry[]): (readonly LabelEntry[])[] {
    const states: (readonly LabelEntry[])[] = [];
    this.#rules.apply(new LabelBuilder(labels), ({ after }) => states.push(after));
    return states;
  }

  /** Two samples have become one series: is that worth a word? */
  #countCollision(
    name: string,
    { type, suffix }: RuleEffects,
    sample: LintedSample,
    first: LintedSample,
  ): void {
    const fn = functionFor(name, suffix, type, this.#aggregation);
    const declared = ruleFor(name, type, this.#aggregation);
    if (declared !== undefined && DEFAULT_AGGREGATION.includes(declared)) {
      const names = this.byDefault.get(fn) ?? new TextSet();
      this.byDefault.set(fn, names.add(name));
    }
    const code = isGaugeSum(fn, type, name, this.#aggregation)
      ? "sums-gauges"
      : fn === "drop" && declared === undefined && type === "summary" && suffix === ""
      ? "drops-quantiles"
      : undefined;
    if (code === undefined) return;
    const rule = this.#collidingRule(sample, first, type);
    if (rule !== undefined) this.#count(code, rule, sample.family, 1);
  }

  /** The rule that made two samples alike; undefined when they were alike from the beginning. */
  #collidingRule(
    one: LintedSample,
    other: LintedSample,
    type: FamilyType | undefined,
  ): number | undefined {
    if (sameLabels(one.labels, other.labels)) return undefined;
    const statesOf = ({ labels }: LintedSample) =>
      this.#statesOf(labels).map((state) => withCanonicalBounds(state, type, () => ""));
    const others = statesOf(other);
    const rule = statesOf(one).findIndex((labels, index) => sameLabels(labels, others[index]));
    return rule < 0 ? undefined : rule;
  }

  #count(code: LintCode, rule: number, subject: string, by: number): void {
    const byRule = this.#found.get(code) ?? new Map<number, Counts>();
    const counts = byRule.get(rule) ?? new TextMap<number>();
    this.#found.set(code, byRule.set(rule, counts.set(subject, (counts.get(subject) ?? 0) + by)));
  }
}

/** Says already why the rule does nothing. */
function isIdle({ code }: Lint): boolean {
  return code === "never-fires" || code === "cannot-match" || code === "prometheus-label" ||
    code === "bound-spelling";
}

/** The others count histograms. */
const OF_SAMPLES: ReadonlySet<LintCode> = new Set([
  "sums-gauges",
  "drops-quantiles",
  "bare-counter",
]);

const SENTENCES: Partial<Record<LintCode, string>> = {
  "sums-gauges": "it makes gauges collide, which are summed as nothing else is declared",
  "drops-quantiles":
    "it makes quantiles of summaries collide, which cannot be merged and are dropped",
  "bare-counter": "it names counters whose samples end in _total in OpenMetrics",
  "splits-histogram": "it leaves histograms that cannot be read as such",
  "drops-native":
    "it keeps the classic part of histograms and not their native one, which has the family's name",
  "leaves-native":
    "it drops the classic part of histograms and not their native one, which has the family's name",
};

/** The largest first, and how many more there are. */
function listed(counts: Counts, unit: string): string {
  const all = [...counts].sort(([, left], [, right]) => right - left);
  const shown = all.slice(0, 5).map(([subject, count]) => `${subject} (${plural(count, unit)})`);
  if (all.length > shown.length) shown.push(`${all.length - shown.length} more`);
  return shown.join(", ");
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
