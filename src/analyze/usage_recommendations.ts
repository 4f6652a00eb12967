import { TextMap, TextSet } from "../exposition/text_map.ts";
import { escapedRegex } from "../regex/escaped.ts";
import { type AggregationRule, functionFor } from "../aggregate/aggregate_function.ts";
import { MAX_NAMED_METRICS, MAX_RECOMMENDATIONS } from "../bounds.ts";
import { canonicalBound } from "../exposition/bound_label.ts";
import { wordsOf } from "../lint/regex_words.ts";
import { isNeeded } from "../usage/label_need.ts";
import type { UsedIndex } from "../usage/used_index.ts";
import { countText, nameText } from "./figure_text.ts";
import { alternativesOf, namePattern } from "./name_pattern.ts";
import { less, lost, recommend } from "./recommend.ts";
import type { FamilyReport, LabelTotal, MetricReport, Recommendation, Size } from "./report.ts";

/** What is known of who reads the metrics of a scrape. */
export interface UsageAdvice {
  readonly used: UsedIndex;
  /** Whether no rule may touch the metric, used or not. */
  readonly isKept: (name: string) => boolean;
  /** Functions of samples that collide, as they are in force. */
  readonly aggregation: readonly AggregationRule[];
}

interface Scrape {
  readonly whole: Size;
  readonly metrics: readonly MetricReport[];
  readonly families: readonly FamilyReport[];
  readonly labels: readonly LabelTotal[];
  /** Samples of metrics that are not listed. */
  readonly unlisted: number;
}

/**
 * Returns rules that take away what nothing reads and nothing else, the one that saves most first:
 * metrics, buckets that no query compares, labels that no query needs. All of them together do no
 * harm either: labels go from metrics that are summed alone.
 */
export function usageRecommendations(scrape: Scrape, advice: UsageAdvice): Recommendation[] {
  const reader = new Readers(scrape, advice);
  return [
    ...metricRules(scrape, reader),
    ...scrape.families.flatMap((family) => boundRules(family, scrape, reader)),
    ...scrape.labels.flatMap((label) => labelRules(label, scrape, reader)),
  ].filter(({ before, after }) => after.series < before.series || after.bytes < before.bytes)
    .sort((a, b) => a.after.series - b.after.series || a.after.bytes - b.after.bytes)
    .slice(0, MAX_RECOMMENDATIONS);
}

/** Who reads what of a scrape, and the names that patterns have to leave alone. */
class Readers {
  /** Of the scrape, and those that uses name though the scrape has them not. */
  readonly names: readonly string[];
  /** False where the scrape has metrics that nobody listed. */
  readonly isComplete: boolean;
  readonly byName: TextMap<MetricReport>;
  readonly families: TextMap<FamilyReport>;
  readonly #advice: UsageAdvice;

  constructor({ metrics, families, unlisted }: Scrape, advice: UsageAdvice) {
    this.#advice = advice;
    this.isComplete = unlisted === 0;
    this.byName = new TextMap(metrics.map((metric) => [metric.name, metric]));
    this.families = new TextMap(families.map((family) => [family.name, family]));
    const named = advice.used.uses.flatMap(({ matchers }) =>
      matchers.filter(({ label }) => label === NAME).flatMap(({ op, value }) =>
        op === "=" ? [value] : [...wordsOf(value) ?? []]
      )
    );
    this.names = [...new TextSet([...this.byName.keys(), ...named])];
  }

  pattern(chosen: readonly string[]): string {
    return namePattern(chosen, this.isComplete ? this.names : undefined);
  }

  isUnread({ name, family }: MetricReport): boolean {
    const { used, isKept } = this.#advice;
    return !isKept(name) && used.ofName(name).length === 0 && !this.#isReadAs(family, name);
  }

  /** Whether the label may go from the metric, alone or with others. */
  isFree(metric: MetricReport, label: string): boolean {
    const { used, isKept, aggregation } = this.#advice;
    const { name, family, type } = metric;
    if (isKept(name)) return false;
    if (this.isUnread(metric)) return true;
    if (this.#isReadAs(family, name)) return false;
    const fn = functionFor(name, name.slice(family.length), type, aggregation);
    return fn === "sum" && !used.ofName(name).some(({ needs }) => isNeeded(needs, label));
  }

  readsBound({ name, family }: MetricReport, bound: string): boolean {
    const { used, isKept } = this.#advice;
    return bound === "+Inf" || isKept(name) || this.#isReadAs(family, name) ||
      used.readsValue(name, "le", bound);
  }

  /** Whether it may go from all metrics: no query names it, be its metric in the scrape or not. */
  isFreeEverywhere(label: string): boolean {
    return this.isComplete &&
      [...this.byName.values()].every(({ unfollowed }) => !unfollowed.includes(label)) &&
      this.#advice.used.uses.every(({ needs, matchers }) =>
        !(needs.kind === "only" && needs.labels.includes(label)) &&
        matchers.every((matcher) => matcher.label !== label)
      );
  }

  /** A native histogram can be made of classic parts, by whoever scrapes them. */
  #isReadAs(family: string, name: string): boolean {
    const report = this.families.get(family);
    return name !== family && report?.type === "histogram" && report.native === undefined &&
      this.#advice.used.ofName(family).length > 0;
  }
}

const NAME = "__name__";

/** Metrics that nothing reads, in as few rules as can be read. */
function metricRules({ whole, metrics }: Scrape, reader: Readers): Recommendation[] {
  const unread = metrics.filter((metric) => reader.isUnread(metric));
  const parts = unread.filter((metric) => isOfReadHistogram(metric, reader));
  const rest = unread.filter((metric) => !parts.includes(metric));
  return [
    ...dropRules(rest, "that nothing reads", whole, reader),
    ...dropRules(
      parts.filter((metric) => mayGoAlone(metric, reader)),
      "whose histograms are read without them",
      whole,
      reader,
    ),
  ];
}

/**
 * Buckets, and of a histogram that came as a native and a classic one the form that nothing reads. A sum
 * or a count alone is one series, and without it what is left could not be read as a histogram.
 */
function mayGoAlone({ name, family }: MetricReport, reader: Readers): boolean {
  const { native, metrics } = reader.families.get(family)!;
  if (native === undefined) return name === `${family}_bucket`;
  const isNative = name === family;
  return isNative ||
    metrics.every((other) => other === family || reader.isUnread(reader.byName.get(other)!));
}

/** A part of a histogram of which something else is read. */
function isOfReadHistogram({ family }: MetricReport, reader: Readers): boolean {
  const report = reader.families.get(family);
  return report?.type === "histogram" &&
    report.metrics.some((other) => !reader.isUnread(reader.byName.get(other)!));
}

function dropRules(
  metrics: readonly MetricReport[],
  why: string,
  whole: Size,
  reader: Readers,
): Recommendation[] {
  return patterns(metrics, reader).map(([regex, dropped]) =>
    recommend(
      `drop ${counted(dropped)} ${why}`,
      { action: "drop", source_labels: [NAME], regex },
      whole,
      less(whole, dropped),
      { safety: "unused", costs: ["nothing reads it"], warnings: [] },
    )
  );
}

/** Patterns of so many alternatives as can be read, and the metrics of each. */
function patterns(
  metrics: readonly MetricReport[],
  reader: Readers,
): [regex: string, metrics: MetricReport[]][] {
  const found: [string, MetricReport[]][] = [];
  const left = metrics.map(({ name }) => name).sort();
  while (left.length > 0) {
    let size = left.length;
    let regex = reader.pattern(left);
    while (size > 1 && countAlternatives(regex) > MAX_NAMED_METRICS) {
      size = Math.ceil(size / 2);
      regex = reader.pattern(left.slice(0, size));
    }
    found.push([regex, left.splice(0, size).map((name) => reader.byName.get(name)!)]);
  }
  return found;
}

function countAlternatives(regex: string): number {
  const { literals, others } = alternativesOf(regex);
  return literals.length + others.length;
}

/** The bounds of a histogram's buckets that no query compares, where queries compare some. */
function boundRules({ name, type }: FamilyReport, { whole }: Scrape, reader: Readers) {
  const buckets = reader.byName.get(`${name}_bucket`);
  const bounds = buckets?.labels.find((label) => label.name === "le");
  if (type !== "histogram" || buckets === undefined || !bounds?.complete) return [];
  if (reader.isUnread(buckets)) return [];
  const unread = bounds.values.filter(({ text }) =>
    !reader.readsBound(buckets, canonicalBound(text))
  );
  if (unread.length === 0) return [];
  const list = unread.map(({ text }) => escapedRegex(canonicalBound(text))).join("|");
  const series = unread.reduce((sum, value) => sum + value.series, 0);
  const bytes = Math.round(buckets.bytes * series / buckets.series);
  return [
    recommend(
      `drop ${unread.length} of ${bounds.values.length} bounds of ${nameText(buckets.name)}`,
      {
        action: "drop",
        source_labels: [NAME, "le"],
        regex: `${escapedRegex(buckets.name)};(?:${list})`,
      },
      whole,
      { series: whole.series - series, bytes: whole.bytes - bytes, estimated: true },
      { safety: "unused", costs: ["no query compares them"], warnings: [] },
    ),
  ];
}

/** A label, from all metrics of which no query needs it. */
function labelRules({ name, without, metrics }: LabelTotal, { whole }: Scrape, reader: Readers) {
  if (name === "le" || name === "quantile") return [];
  const having = metrics.map((metric) => reader.byName.get(metric)!);
  // The parts of a histogram stay together: one label more in some of them, and they are none.
  const isHeld = new TextSet(
    having.filter((metric) => !reader.isFree(metric, name)).map(({ family }) => family),
  );
  const free = having.filter(({ family }) => !isHeld.has(family));
  const read = free.filter((metric) => !reader.isUnread(metric));
  // From metrics that nothing reads it goes with them.
  if (read.length === 0) return [];
  const loss = { safety: "unused" as const, costs: ["no query needs it"], warnings: [] };
  if (isHeld.size === 0 && reader.isFreeEverywhere(name)) {
    const rule = { action: "labeldrop", regex: escapedRegex(name) };
    const what = `labeldrop ${nameText(name)}, which no query needs`;
    return [recommend(what, rule, whole, without, loss)];
  }
  return patterns(read, reader).map(([regex, chosen]) =>
    recommend(
      `drop ${nameText(name)} from ${counted(chosen)} of which no query needs it`,
      {
        action: "replace",
        source_labels: [NAME],
        regex,
        target_label: name,
        replacement: "",
      },
      whole,
      less(whole, chosen.map((metric) => lost(metric, name))),
      loss,
    )
  );
}

/** `a`, `3 metrics (a, b, c)`, `200 metrics (a, b and 198 more)`. */
function counted(metrics: readonly MetricReport[]): string {
  const names = [...metrics].sort((a, b) => b.series - a.series).map(({ name }) => nameText(name));
  if (names.length === 1) return names[0];
  const shown = names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${countText(names.length - 3)} more` : "";
  return `${countText(names.length)} metrics (${shown}${more})`;
}
