import { type AggregationRule, functionFor, isGaugeSum } from "../aggregate/aggregate_function.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import { sameLabels, valueIn } from "../relabel/sample_labels.ts";
import { leftoverLabel, type Lint, type LintCode, lintRules } from "./lints.ts";
import type { RuleSet, RuleStep } from "../relabel/rule_set.ts";
import { HistogramParts } from "./histogram_parts.ts";
import { type ScrapeSample, scrapeSamples } from "./scrape_samples.ts";

/**
 * Runs the rules over the lines of a sample scrape, policies being applied already, and returns all
 * lints: those of the rules alone, less what the scrape disproves, and what happened to its samples.
 */
export function lintScrape(
  rules: RuleSet,
  aggregation: readonly AggregationRule[],
  lines: Uint8Array,
): Lint[] {
  const run = new LintRun(rules, aggregation);
  const labels = new Set<string>();
  for (const sample of scrapeSamples(lines)) {
    for (const [name] of sample.labels) labels.add(name);
    run.take(sample);
  }
  const lints = lintRules(rules, { labels });
  const idle = new Set(lints.filter(isIdle).map(({ rule }) => rule));
  const known = new Set(lints.map(({ rule, code }) => `${rule} ${code}`));
  for (const lint of run.lints()) {
    if (lint.code === "did-not-fire" && idle.has(lint.rule)) continue;
    if (!known.has(`${lint.rule} ${lint.code}`)) lints.push(lint);
  }
  return lints.sort((left, right) => left.rule - right.rule);
}

/** Says already why the rule does nothing. */
function isIdle({ code }: Lint): boolean {
  return code === "never-fires" || code === "cannot-match" || code === "prometheus-label";
}

/** Samples by what they are counted under (a family, a label). */
type Counts = Map<string, number>;

class LintRun {
  readonly #rules: RuleSet;
  readonly #aggregation: readonly AggregationRule[];
  readonly #reached: number[];
  readonly #fired: number[];
  readonly #histograms = new HistogramParts();
  /** The first sample of each output series. */
  readonly #series = new Map<string, ScrapeSample>();
  /** By code and rule. */
  readonly #found = new Map<LintCode, Map<number, Counts>>();

  constructor(rules: RuleSet, aggregation: readonly AggregationRule[]) {
    this.#rules = rules;
    this.#aggregation = aggregation;
    this.#reached = rules.rules.map(() => 0);
    this.#fired = rules.rules.map(() => 0);
  }

  take(sample: ScrapeSample): void {
    const builder = new LabelBuilder(sample.labels);
    const steps: RuleStep[] = [];
    const droppedBy = this.#rules.apply(builder, (step) => {
      steps.push(step);
      this.#reached[step.index]++;
      if (step.dropped || !sameLabels(step.before, step.after)) this.#fired[step.index]++;
    });
    this.#histograms.take(sample, droppedBy);
    if (droppedBy >= 0) return;
    const result = builder.result();
    const name = String(builder.get("__name__"));
    if (name === "") return;
    this.#countLeftovers(result, steps);
    const key = JSON.stringify(result);
    const first = this.#series.get(key);
    if (first === undefined) this.#series.set(key, sample);
    else this.#countCollision(name, sample, first);
  }

  lints(): Lint[] {
    for (const { rule, family, series, parts } of this.#histograms.split()) {
      this.#count("splits-histogram", rule, `${family} without ${parts}`, series);
    }
    const lints = [...this.#found].flatMap(([code, byRule]) =>
      [...byRule].flatMap(([rule, counts]) => this.#lint(code, rule, counts))
    );
    for (const [rule, fired] of this.#fired.entries()) {
      if (fired > 0) continue;
      const reached = this.#reached[rule];
      const message = reached === 0
        ? "no sample of the scrape reaches it"
        : `it did nothing to the ${plural(reached, "sample")} of the scrape that reached it`;
      lints.push({ place: this.#place(rule), code: "did-not-fire", message, rule });
    }
    return lints;
  }

  #lint(code: LintCode, rule: number, counts: Counts): Lint[] {
    const place = this.#place(rule);
    if (code === "leftover-tmp-label") {
      return [...counts.keys()].map((label) => ({
        place,
        code,
        message: leftoverLabel(label),
        rule,
      }));
    }
    const unit = code === "splits-histogram" ? "histogram" : "sample";
    return [{ place, code, message: `${SENTENCES[code] ?? code}: ${listed(counts, unit)}`, rule }];
  }

  #countLeftovers(result: readonly LabelEntry[], steps: readonly RuleStep[]): void {
    for (const [label, value] of result) {
      if (!label.startsWith("__tmp")) continue;
      const setter = steps.findLast(({ before, after }) =>
        valueIn(before, label) !== value && valueIn(after, label) === value
      );
      if (setter !== undefined) this.#count("leftover-tmp-label", setter.index, label, 1);
    }
  }

  /** Two samples have become one series: is that worth a word? */
  #countCollision(name: string, sample: ScrapeSample, first: ScrapeSample): void {
    const suffix = sample.labels[0][1].slice(sample.family.length);
    const fn = functionFor(name, suffix, sample.type, this.#aggregation);
    const isDeclared = this.#aggregation.some((rule) => rule.matches(name));
    const code = isGaugeSum(fn, sample.type, name, this.#aggregation)
      ? "sums-gauges"
      : fn === "drop" && !isDeclared
      ? "drops-quantiles"
      : undefined;
    if (code === undefined) return;
    const rule = this.#collidingRule(sample, first);
    if (rule !== undefined) this.#count(code, rule, sample.family, 1);
  }

  /** The rule that made two samples alike; undefined when they were alike from the beginning. */
  #collidingRule(one: ScrapeSample, other: ScrapeSample): number | undefined {
    const [left, right] = [one, other].map((sample) => {
      const after: (readonly LabelEntry[])[] = [];
      const builder = new LabelBuilder(sample.labels);
      const start = builder.result();
      this.#rules.apply(builder, (step) => after.push(step.after));
      return { start, after };
    });
    if (sameLabels(left.start, right.start)) return undefined;
    const rule = left.after.findIndex((labels, index) => sameLabels(labels, right.after[index]));
    return rule < 0 ? undefined : rule;
  }

  #count(code: LintCode, rule: number, subject: string, by: number): void {
    const byRule = this.#found.get(code) ?? new Map<number, Counts>();
    const counts = byRule.get(rule) ?? new Map<string, number>();
    this.#found.set(code, byRule.set(rule, counts.set(subject, (counts.get(subject) ?? 0) + by)));
  }

  #place(rule: number): string {
    return this.#rules.rules[rule].config.place;
  }
}

const SENTENCES: Partial<Record<LintCode, string>> = {
  "sums-gauges": "it makes gauges collide, which are summed as nothing else is declared",
  "drops-quantiles":
    "it makes quantiles of summaries collide, which cannot be merged and are dropped",
  "splits-histogram": "it leaves histograms that cannot be read as such",
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
