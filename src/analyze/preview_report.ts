import type { PolicyCounters } from "../policy/policy_counters.ts";
import { type Cardinality } from "./cardinality.ts";
import type { Collision } from "./collisions.ts";
import type { RuleFigures } from "../relabel/rule_figures.ts";
import type { RuleTally } from "./rule_tally.ts";
import { TextMap, TextSet } from "../exposition/text_map.ts";

/** Samples and bytes of a whole exposition. */
export interface ExpositionSize {
  readonly samples: number;
  readonly series: number;
  readonly bytes: number;
}

/** Plain data: what rules and policies make of a scrape. */
export interface PreviewReport {
  readonly before: ExpositionSize;
  /** Of what the pipeline put out, to the byte. */
  readonly after: ExpositionSize;
  /** Samples that are not in the output, by what kept them out. */
  readonly dropped: {
    readonly policies: number;
    readonly rules: number;
    readonly invalid: number;
    /** Of series of which the scrape had a sample before. */
    readonly duplicates: number;
    /** Quantiles that collided, and what `aggregation` says to drop. */
    readonly unmergeable: number;
  };
  /** Samples that went into an earlier one. */
  readonly merged: number;
  /** Samples beyond a cardinality limit. */
  readonly limited: number;
  /** The budget that cut the output, if one did. */
  readonly truncated: "input" | "output" | undefined;
  /** Samples that came to policies and rules before that: all, where none did. */
  readonly processed: number;
  readonly rules: readonly RuleFigures[];
  /** Samples that each policy decided, and those that it matched and another one decided. */
  readonly policies: readonly {
    readonly id: string;
    readonly hits: number;
    readonly misses: number;
  }[];
  /** Metrics that change, those that lose the most first. */
  readonly metrics: readonly MetricChange[];
  readonly collisions: readonly Collision[];
  /** Families of which gauges are summed though nothing asks for that. */
  readonly gauges: readonly string[];
}

export interface MetricChange {
  readonly name: string;
  readonly before: { readonly series: number; readonly bytes: number };
  readonly after: { readonly series: number; readonly bytes: number };
}

/** What the run itself counted. */
export interface RunStats {
  readonly inputSamples: number;
  readonly droppedByPolicy: number;
  readonly droppedByRules: number;
  readonly droppedAsInvalid: number;
  readonly duplicateSamples: number;
  readonly droppedUnmergeable: number;
  readonly mergedSamples: number;
  /** By family and limit. */
  readonly limitedSamples: TextMap<number>;
  readonly truncatedBy: "input" | "output" | undefined;
  readonly summedGauges: TextSet;
}

/** What a run of the pipeline was watched with. */
export interface PreviewCounts {
  readonly before: Cardinality;
  readonly after: Cardinality;
  readonly stats: RunStats;
  readonly tally: RuleTally | undefined;
  readonly counters: PolicyCounters;
}

/** Returns the report of a run that has ended. */
export function previewReport(counts: PreviewCounts): PreviewReport {
  const { before, after, stats, tally, counters } = counts;
  return {
    before: sizeOf(before),
    after: sizeOf(after),
    dropped: {
      policies: stats.droppedByPolicy,
      rules: stats.droppedByRules,
      invalid: stats.droppedAsInvalid,
      duplicates: stats.duplicateSamples,
      unmergeable: stats.droppedUnmergeable,
    },
    merged: stats.mergedSamples,
    limited: [...stats.limitedSamples.values()].reduce((sum, samples) => sum + samples, 0),
    truncated: stats.truncatedBy,
    processed: stats.inputSamples,
    rules: tally?.figures ?? [],
    policies: [...counters.entries()].map(([id, { hits, misses }]) => ({ id, hits, misses })),
    metrics: metricChanges(before, after),
    collisions: tally?.collisions?.examples ?? [],
    gauges: [...stats.summedGauges],
  };
}

function sizeOf(cardinality: Cardinality): ExpositionSize {
  const { beyond, unreadable, bytes, metrics } = cardinality;
  const more = beyond.samples + unreadable;
  return {
    samples: metrics.reduce((sum, { track }) => sum + track.samples, more),
    series: metrics.reduce((sum, { track }) => sum + track.series, beyond.samples),
    bytes,
  };
}

const NONE = { series: 0, bytes: 0 };

function metricChanges(before: Cardinality, after: Cardinality): MetricChange[] {
  const left = new TextMap(after.metrics.map(({ track }) => [track.name, sizeOfMetric(track)]));
  const changes: MetricChange[] = before.metrics.map(({ track: { name, series, bytes } }) => ({
    name,
    before: { series, bytes },
    after: left.get(name) ?? NONE,
  }));
  const known = new TextSet(changes.map(({ name }) => name));
  for (const [name, size] of left) {
    if (!known.has(name)) changes.push({ name, before: NONE, after: size });
  }
  const saved = (change: MetricChange) => change.before.series - change.after.series;
  return changes
    .filter((change) => saved(change) !== 0 || change.before.bytes !== change.after.bytes)
    .sort((a, b) => saved(b) - saved(a) || (a.name < b.name ? -1 : 1));
}

function sizeOfMetric({ series, bytes }: { readonly series: number; readonly bytes: number }) {
  return { series, bytes };
}
