import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import type { Family } from "../exposition/families.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { isPlainMetricName } from "../exposition/quoted_text.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { LabelBuilder, type LabelEntry } from "../relabel/label_builder.ts";
import { Observations } from "../relabel/observations.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import {
  accumulationOf,
  type AggregationRule,
  functionFor,
  isGaugeSum,
} from "./aggregate_function.ts";
import { type OutputFamilyName, planSeries } from "./edit_plan.ts";
import { type PlanBounds, PlanCache, type Planned } from "./plan_cache.ts";
import { exportedName, NO_TARGET_LABELS, type TargetLabels } from "./target_labels.ts";

const NAME = "__name__";

/**
 * Works out what rules make of a sample, once per signature: its name, its family's type, which
 * labels it has, and the values of those that the rules read. Lives as long as the rule set and is
 * shared by its scrapes; its cache is emptied whole when it is full.
 */
export class SeriesPlanner {
  readonly #rules: RuleSet | undefined;
  readonly #aggregation: readonly AggregationRule[];
  /** Metric names have to be of the classic alphabet, as with Prometheus's scheme `legacy`. */
  readonly #isLegacy: boolean;
  readonly #cache: PlanCache;

  constructor(
    rules: RuleSet | undefined,
    aggregation: readonly AggregationRule[],
    bounds?: PlanBounds,
  ) {
    this.#rules = rules;
    this.#aggregation = aggregation;
    this.#isLegacy = rules?.rules.some(({ config }) => config.scheme === "legacy") ?? false;
    const observations = rules && new Observations(rules);
    this.#cache = new PlanCache(rules?.reads ?? [], bounds, observations);
  }

  /**
   * What becomes of the line that `spans` lie in; `family` is the one that it belongs to, `ofTarget`
   * what its target adds to it.
   */
  plan(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    ofTarget: TargetLabels = NO_TARGET_LABELS,
  ): Planned {
    const known = this.#cache.find(bytes, spans, family, ofTarget);
    if (known !== undefined) return known;
    const planned = this.#workOut(bytes, spans, family, ofTarget);
    this.#cache.add(bytes, spans, family, planned, ofTarget);
    return planned;
  }

  /**
   * Offsets in `spans.labels` of the labels whose values are part of this line's signature, for a
   * target that adds none. They hold as long as `version` stays.
   */
  readsOf(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): readonly number[] {
    return this.#cache.readsOf(bytes, spans, family);
  }

  /** Rises when rules turn out to read more labels. */
  get version(): number {
    return this.#cache.version;
  }

  #workOut(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    ofTarget: TargetLabels,
  ): Planned {
    const builder = this.#builder(bytes, spans, family?.type, ofTarget);
    if (builder === undefined) return "duplicate_label";
    const dropped = this.#rules !== undefined && this.#rules.apply(builder) >= 0;
    const { observed } = this.#cache;
    if (observed !== undefined) this.#forgetObserved(bytes, spans, builder);
    const sampleName = dropped ? "" : builder.get(NAME);
    const oldName = decodeQuoted(bytes, spans.nameStart, spans.nameEnd);
    const output = outputFamily(oldName, sampleName, family);
    const outputType = output.hasMetadata ? family?.type : undefined;
    // Bounds that rules copied from elsewhere are compared as numbers too.
    const labels = dropped ? [] : builder.result().filter(([name]) => name !== NAME)
      .map(([name, value]): LabelEntry => [
        name,
        isBoundLabel(name, outputType) ? builder.get(name) : value,
      ]);
    this.#learnReads(bytes, spans, builder, ofTarget);
    if (dropped) return "rule";
    if (sampleName === "" || (this.#isLegacy && !isPlainMetricName(sampleName))) return "no_name";
    if (!isReadable(sampleName) || !labels.every(([name]) => isReadable(name))) return "bad_name";

    const suffix = sampleName.slice(output.name.length);
    const fn = functionFor(sampleName, suffix, outputType, this.#aggregation);
    return planSeries({
      sampleName,
      family: output,
      labels,
      labelCount: spans.labelCount,
      made: observed?.made,
      type: outputType,
      fn,
      accumulation: accumulationOf(sampleName, suffix, outputType, fn),
      isGaugeSum: isGaugeSum(fn, outputType, sampleName, this.#aggregation),
    });
  }

  /** The sample's labels, those that are not read as references. Undefined when one is there twice. */
  #builder(
    bytes: Uint8Array,
    spans: SampleSpans,
    type: FamilyType | undefined,
    ofTarget: TargetLabels,
  ): LabelBuilder | undefined {
    const { labels, labelCount } = spans;
    const { observed } = this.#cache;
    const base: LabelEntry[] = [[NAME, decodeQuoted(bytes, spans.nameStart, spans.nameEnd)]];
    const names = new Set<string>([NAME]);
    const valueOf = (index: number) =>
      index < labelCount
        ? decodeQuoted(bytes, labels[index * 4 + 2], labels[index * 4 + 3])
        : ofTarget.texts[index - labelCount];
    for (let index = 0; index < labelCount; index++) {
      const at = index * 4;
      const name = decodeQuoted(bytes, labels[at], labels[at + 1]);
      if (names.has(name)) return undefined;
      names.add(name);
      if (labels[at + 2] === labels[at + 3]) continue;
      if (isBoundLabel(name, type)) base.push([name, canonicalBound(valueOf(index))]);
      else if (
        observed?.labels.has(name) || !this.#cache.isRead(bytes, labels[at], labels[at + 1], type)
      ) {
        base.push([name, index]);
      } else base.push([name, valueOf(index)]);
    }
    const own = exportedLabels(base, ofTarget);
    for (const [index, name] of ofTarget.names.entries()) {
      const isRead = this.#cache.isNameRead(name, type);
      own.push([name, isRead ? ofTarget.texts[index] : labelCount + index]);
    }
    // References beyond the labels stand for what rules make.
    return new LabelBuilder(own, valueOf, (rule) => {
      const made = observed?.madeBy(rule);
      return made === undefined ? undefined : labelCount + made;
    });
  }

  /** Rules have read observed labels in no other way than was observed. */
  #forgetObserved(bytes: Uint8Array, { labels }: SampleSpans, builder: LabelBuilder): void {
    for (const index of [...builder.reads]) {
      const name = decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1]);
      if (this.#cache.observed?.labels.has(name)) builder.reads.delete(index);
    }
  }

  /** Labels that rules read unforeseen, through a copy, are part of signatures from now on. */
  #learnReads(
    bytes: Uint8Array,
    { labels, labelCount }: SampleSpans,
    builder: LabelBuilder,
    ofTarget: TargetLabels,
  ): void {
    const names = [...builder.reads].map((index) =>
      index < labelCount
        ? decodeQuoted(bytes, labels[index * 4], labels[index * 4 + 1])
        : ofTarget.names[index - labelCount]
    );
    if (names.length > 0) this.#cache.learn(names);
  }
}

/** The sample's labels, those renamed whose names its target's labels take. */
function exportedLabels(labels: readonly LabelEntry[], ofTarget: TargetLabels): LabelEntry[] {
  if (ofTarget.names.length === 0) return [...labels];
  const taken = new Set([...ofTarget.names, ...labels.map(([name]) => name)]);
  return labels.map(([name, value]): LabelEntry => {
    if (!ofTarget.names.includes(name)) return [name, value];
    const exported = exportedName(name, (candidate) => taken.has(candidate));
    taken.add(exported);
    return [exported, value];
  });
}

/**
 * The family that a sample is written in. It follows the sample's new name as long as that ends as
 * the old one did (`a_bucket` of `a` becomes `b_bucket` of `b`); otherwise the sample stands for
 * itself, without metadata.
 */
function outputFamily(
  oldName: string,
  newName: string,
  family: Family | undefined,
): OutputFamilyName {
  if (family === undefined) return { name: groupName(newName), hasMetadata: false };
  if (newName === oldName) return { name: family.name, hasMetadata: true };
  const suffix = oldName.slice(family.name.length);
  return newName.endsWith(suffix) && newName.length > suffix.length
    ? { name: newName.slice(0, newName.length - suffix.length), hasMetadata: true }
    : { name: groupName(newName), hasMetadata: false };
}

/**
 * Without metadata nothing says that `a_bucket`, `a_sum` and `a_count` belong together, but they are
 * written side by side, series by series; taken as one family they are met there again.
 */
function groupName(sampleName: string): string {
  return sampleName.replace(/_(bucket|sum|count|total|created)$/, "") || sampleName;
}

/**
 * False for a name that rules can make but for which Prometheus refuses the whole scrape: an empty
 * one, and one with a NUL, which it reads in values only.
 */
function isReadable(name: string): boolean {
  return name !== "" && !name.includes("\0");
}
