import type { FamilyType } from "../exposition/family_type.ts";

export const AGGREGATE_FUNCTIONS = ["sum", "min", "max", "avg", "count", "last", "drop"] as const;

/** What becomes of samples that end with the same name and labels. */
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

export interface AggregationRule {
  /** Anchored, on the sample's name after relabelling. */
  matches(sampleName: string): boolean;
  readonly function: AggregateFunction;
}

/**
 * The function for one sample: the first rule that matches its name, else what its family's type
 * asks for. `suffix` is what the name has more than its family's: a summary's sample without one is
 * a quantile, and a counter of its own may end in `_created` without being a time. A sum of gauges
 * is allowed but seldom meant, which `isGaugeSum` tells.
 */
export function functionFor(
  sampleName: string,
  suffix: string,
  type: FamilyType | undefined,
  rules: readonly AggregationRule[],
): AggregateFunction {
  const rule = rules.find((candidate) => candidate.matches(sampleName));
  if (rule !== undefined) return rule.function;
  switch (type) {
    case "info":
    case "stateset":
      return "max";
    case "summary":
      if (suffix === "") return "drop";
      return suffix === "_created" ? "min" : "sum";
    case "counter":
    case "histogram":
      return suffix === "_created" ? "min" : "sum";
    case "gauge":
      // The text format has no suffix for it: client_python writes a gauge of that name.
      return sampleName.endsWith("_created") ? "min" : "sum";
    default:
      return "sum";
  }
}

/** True when samples are summed only because nothing else was asked for. */
export function isGaugeSum(
  fn: AggregateFunction,
  type: FamilyType | undefined,
  sampleName: string,
  rules: readonly AggregationRule[],
): boolean {
  const declared = rules.some((rule) => rule.matches(sampleName));
  return fn === "sum" && !declared && (type === "gauge" || type === "gaugehistogram");
}

/**
 * What a sample is to a sum over targets that come and go: a `counter`'s increases are added up,
 * whereas a `level` is what it is at present. Without a TYPE only names tell, and `_sum` and `_count`
 * are counters beside a `_bucket` alone.
 */
export type Accumulation = "counter" | "counter_beside_buckets" | "level";

export function accumulationOf(
  sampleName: string,
  suffix: string,
  type: FamilyType | undefined,
  fn: AggregateFunction,
): Accumulation {
  if (fn !== "sum") return "level";
  switch (type) {
    case "counter":
      return "counter";
    case "histogram":
    case "summary":
      return suffix === "" ? "level" : "counter";
    case undefined:
    case "unknown":
    case "untyped":
      if (/_(total|bucket)$/.test(sampleName)) return "counter";
      return /_(sum|count)$/.test(sampleName) ? "counter_beside_buckets" : "level";
    default:
      return "level";
  }
}

/** Takes one more member into a series' running value. `avg` runs as a sum. */
export function combine(fn: AggregateFunction, running: number, value: number): number {
  switch (fn) {
    case "sum":
    case "avg":
      return running + value;
    case "min":
      return Number.isNaN(running) || value < running ? value : running;
    case "max":
      return Number.isNaN(running) || value > running ? value : running;
    case "last":
      return value;
    case "count":
    case "drop":
      return running;
  }
}

/** What a series of `members` samples is worth at the end. */
export function finished(fn: AggregateFunction, running: number, members: number): number {
  if (fn === "avg") return running / members;
  return fn === "count" ? members : running;
}
