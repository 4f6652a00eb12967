import type { CardinalityLimits, LimitName } from "../aggregate/cardinality_guard.ts";
import { droppedByStage } from "../lines/dropped_by_stage.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import type { PolicyCounter, PolicyCounters } from "../policy/policy_counters.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import { contentOf } from "./rule_hit_metrics.ts";
import type { MetricsRegistry } from "./metrics.ts";

/** What is in shadow of one route. */
export interface ShadowParts {
  /** The relabel rules; undefined where they are enforced, or there are none. */
  readonly rules: RuleSet | undefined;
  readonly limits: CardinalityLimits | undefined;
}

/** The policies that are in shadow, and drop samples. */
export interface CountedPolicies {
  readonly ids: readonly string[];
  readonly counters: PolicyCounters;
}

/** What would have become of one scrape, beside what did. */
export interface ShadowedScrape {
  /** Undefined where it would have failed. */
  readonly figures: ScrapeStats | undefined;
  readonly answered: ScrapeStats;
}

/**
 * What would be done if nothing was in shadow: the figures that would then be those of the metrics
 * without `shadow` in their names. Nothing is there where nothing is in shadow.
 */
export class ShadowMetrics {
  readonly #dropped;
  readonly #merged;
  readonly #outputSamples;
  readonly #outputBytes;
  readonly #savedSeries;
  readonly #savedBytes;
  readonly #failures;
  #parts: ShadowParts = { rules: undefined, limits: undefined };
  /** Undefined where none is in shadow. */
  #policies: readonly string[] | undefined;
  /** How much of what each policy has counted is in the metrics. */
  readonly #counted = new WeakMap<PolicyCounter, number>();

  constructor(registry: MetricsRegistry) {
    this.#dropped = registry.counter(
      "weir_shadow_dropped_samples_total",
      "Samples that would be dropped if nothing was in shadow, by what would: a relabel rule or a " +
        "policy in shadow, a limit in shadow (folded, where that is its action), or what follows of them.",
      ["rule"],
    );
    this.#merged = registry.counter(
      "weir_shadow_merged_samples_total",
      "Samples that would meet another one with the same name and labels if nothing was in shadow.",
    );
    this.#outputSamples = registry.counter(
      "weir_shadow_output_samples_total",
      "Samples that would be written to clients if nothing was in shadow.",
    );
    this.#outputBytes = registry.counter(
      "weir_shadow_output_bytes_total",
      "Bytes that would be written to clients if nothing was in shadow, uncompressed.",
    );
    this.#savedSeries = registry.gauge(
      "weir_shadow_saved_series",
      "Series of the last scrape that would not be in its answer if nothing was in shadow.",
    );
    this.#savedBytes = registry.gauge(
      "weir_shadow_saved_bytes",
      "Bytes of the last scrape's answer that would not be there if nothing was in shadow.",
    );
    this.#failures = registry.counter(
      "weir_shadow_failures_total",
      "Scrapes that were answered, and would have failed if nothing was in shadow.",
    );
  }

  /** What is in shadow from now on. Rules that stand where other ones did are counted anew. */
  use(parts: ShadowParts): void {
    const now = parts.rules?.rules ?? [];
    for (const [index, { config }] of this.#parts.rules?.rules.entries() ?? []) {
      const isSame = contentOf(now[index]?.config) === contentOf(config);
      if (!isSame) this.#dropped.remove(ruleName(index));
    }
    this.#parts = parts;
    this.#declare();
  }

  /** Starts the counters of these policies at 0, and forgets those of others. */
  usePolicies(ids: readonly string[] | undefined): void {
    if (ids === this.#policies) return;
    this.#policies = ids;
    this.#declare();
  }

  #declare(): void {
    const { rules, limits } = this.#parts;
    const policies = this.#policies;
    const isEmpty = this.#isEmpty;
    const names = new Set([
      ...filtersOf(rules).map(ruleName),
      ...limits === undefined ? [] : limitsOf(limits).map(limitName),
      ...(policies ?? []).map(policyName),
      ...isEmpty ? [] : STAGES,
    ]);
    this.#dropped.retain((name) => names.has(name));
    for (const name of names) this.#dropped.with(name);
    for (const metric of [this.#merged, this.#outputSamples, this.#outputBytes, this.#failures]) {
      if (isEmpty) metric.retain(() => false);
      else metric.with();
    }
    // Of the last scrape: unknown until there was one.
    for (const gauge of [this.#savedSeries, this.#savedBytes]) {
      if (isEmpty) gauge.retain(() => false);
    }
  }

  /** Nothing is in shadow. */
  get #isEmpty(): boolean {
    const { rules, limits } = this.#parts;
    return rules === undefined && limits === undefined && this.#policies === undefined;
  }

  /** Adds a scrape that was answered whole; `rules` are those of its path, in shadow or not. */
  count({ figures, answered }: ShadowedScrape, rules: RuleSet | undefined): void {
    // A scrape may end behind a reload.
    if (this.#isEmpty) return;
    if (figures === undefined) return this.#failures.with().inc();
    this.#merged.with().inc(figures.mergedSamples);
    this.#outputSamples.with().inc(figures.outputSamples);
    this.#outputBytes.with().inc(figures.outputBytes);
    this.#savedSeries.with().set(answered.outputSamples - figures.outputSamples);
    this.#savedBytes.with().set(answered.outputBytes - figures.outputBytes);
    const dropped = droppedByStage(figures);
    for (const stage of STAGES) this.#dropped.with(stage).inc(dropped[stage]);
    const { rules: inShadow, limits } = this.#parts;
    // Of rules and limits that a reload has replaced meanwhile nothing.
    for (const index of inShadow === rules ? filtersOf(inShadow) : []) {
      this.#dropped.with(ruleName(index)).inc(figures.ruleHits.of(index));
    }
    const counted = new Set<string>(limits === undefined ? [] : limitsOf(limits));
    for (const { limit, samples } of figures.beyondLimits()) {
      if (counted.has(limit)) this.#dropped.with(limitName(limit)).inc(samples);
    }
  }

  /** Brings what policies would have dropped up to date. */
  countPolicies({ ids, counters }: CountedPolicies): void {
    if (ids !== this.#policies) return;
    for (const id of ids) {
      const counter = counters.of(id);
      this.#dropped.with(policyName(id)).inc(counter.hits - (this.#counted.get(counter) ?? 0));
      this.#counted.set(counter, counter.hits);
    }
  }
}

/** What follows of other parts: the stages of `weir_dropped_samples_total` that it is told as. */
const STAGES = ["invalid", "duplicate", "unmergeable"] as const;

function limitsOf(limits: CardinalityLimits): LimitName[] {
  return [
    ...limits.seriesPerFamily > 0 ? ["series_per_family"] as const : [],
    ...limits.series > 0 ? ["series"] as const : [],
    ...limits.labelValues.size > 0 ? ["label_values"] as const : [],
    ...limits.labelValueLength > 0 ? ["label_value_length"] as const : [],
  ];
}

/** The numbers of the rules that drop samples. */
function filtersOf(rules: RuleSet | undefined): number[] {
  return (rules?.rules ?? []).flatMap(({ traits }, index) =>
    traits.effect === "filter" ? [index] : []
  );
}

function ruleName(index: number): string {
  return `metric_relabel_configs[${index}]`;
}

function limitName(limit: string): string {
  return `limits.${limit}`;
}

function policyName(id: string): string {
  return `policy:${id}`;
}
