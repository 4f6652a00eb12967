import type { FamilyType } from "../exposition/family_type.ts";
import * as combining from "./combine.ts";

/** The functions by name, with what combine.ts and the kernel call them. */
export const FUNCTION_NUMBERS = {
  sum: combining.SUM,
  min: combining.MIN,
  max: combining.MAX,
  avg: combining.AVG,
  count: combining.COUNT,
  last: combining.LAST,
  drop: combining.DROP,
} as const;

/** What becomes of samples that end with the same name and labels. */
export type AggregateFunction = keyof typeof FUNCTION_NUMBERS;

export const AGGREGATE_FUNCTIONS = Object.keys(FUNCTION_NUMBERS) as readonly AggregateFunction[];

/** One rule of the configuration's `aggregation.rules`. */
export interface AggregationRuleConfig {
  /** RE2, anchored, on the sample's name. */
  readonly match: string;
  readonly function: AggregateFunction;
}

export interface AggregationRule {
  /** On the sample's name after relabelling, and the type of the family that it is written in. */
  matches(sampleName: string, type: FamilyType | undefined): boolean;
  readonly function: AggregateFunction;
}

/** The first rule that matches a sample, if one does. */
export function ruleFor(
  sampleName: string,
  type: FamilyType | undefined,
  rules: readonly AggregationRule[],
): AggregationRule | undefined {
  return rules.find((rule) => rule.matches(sampleName, type));
}

/**
 * The function for one sample: that of the first rule that matches it, else what its family's type
 * suggests. `suffix` is what the name has more than its family's: a summary's sample without one is
 * a quantile, and a counter of its own may end in `_created` without being a time. Start times are
 * none of what they collide into: Prometheus would take the sum for one that began anew. A sum of
 * gauges is allowed but seldom meant, which `isGaugeSum` tells.
 */
export function functionFor(
  sampleName: string,
  suffix: string,
  type: FamilyType | undefined,
  rules: readonly AggregationRule[],
): AggregateFunction {
  const rule = ruleFor(sampleName, type, rules);
  if (rule !== undefined) return rule.function;
  switch (type) {
    case "info":
    case "stateset":
      return "max";
    case "summary":
      return suffix === "" || suffix === CREATED ? "drop" : "sum";
    case "counter":
    case "histogram":
      return suffix === CREATED ? "drop" : "sum";
    case "gauge":
      // The text format has no suffix for it: client_python writes a gauge of that name.
      return sampleName.endsWith(CREATED) ? "min" : "sum";
    default:
      return "sum";
  }
}

/** What a sample's name ends in that tells when its metric began. */
const CREATED = "_created";

/** True when samples are summed only because nothing else was asked for. */
export function isGaugeSum(
  fn: AggregateFunction,
  type: FamilyType | undefined,
  sampleName: string,
  rules: readonly AggregationRule[],
): boolean {
  if (fn !== "sum" || (type !== "gauge" && type !== "gaugehistogram")) return false;
  return ruleFor(sampleName, type, rules) === undefined;
}

/**
 * What a sample is to a sum over targets that come and go: a `counter`'s increases are added up,
 * whereas a `level` is what it is at present, and a `start` tells when a counter began. Without a TYPE
 * only names tell, and `_sum` and `_count` are counters beside a `_bucket` alone.
 */
export type Accumulation = "counter" | "counter_beside_buckets" | "level" | "start";

export function accumulationOf(
  sampleName: string,
  suffix: string,
  type: FamilyType | undefined,
  fn: AggregateFunction,
): Accumulation {
  if (isStart(sampleName, suffix, type)) return "start";
  if (fn !== "sum") return "level";
  switch (type) {
    case "counter":
      return "counter";
    case "histogram":
      return "counter";
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

/** A gauge is one only where there is a counter that it could be of. */
function isStart(sampleName: string, suffix: string, type: FamilyType | undefined): boolean {
  switch (type) {
    case "counter":
    case "histogram":
    case "summary":
      return suffix === CREATED;
    default:
      return type === "gauge" && sampleName.endsWith(CREATED);
  }
}

/** What a series is in its histogram or summary: those rise, and are made one, together. */
export type HistogramPart = "bucket" | "sum" | "count" | "native";

/**
 * The part that a sample's series is; a bucket's `le` is looked at elsewhere. The sample that has a
 * histogram's very name is native.
 */
export function partOf(
  sampleName: string,
  suffix: string,
  type: FamilyType | undefined,
  fn: AggregateFunction,
  accumulation: Accumulation,
): HistogramPart | undefined {
  // The buckets of a gaugehistogram fall, too, but have to agree all the same.
  if (fn !== "sum" || accumulation === "start") return undefined;
  if (accumulation === "level" && type !== "gaugehistogram") return undefined;
  if ((type === "histogram" || type === "gaugehistogram") && suffix === "") return "native";
  const parts = type === "gaugehistogram" ? /_(bucket|g?sum|g?count)$/ : /_(bucket|sum|count)$/;
  return parts.exec(sampleName)?.[1].replace("g", "") as HistogramPart | undefined;
}

/** `combine` of combine.ts by the function's name. */
export function combine(fn: AggregateFunction, running: number, value: number): number {
  return combining.combine(FUNCTION_NUMBERS[fn], running, value);
}

/** `finished` of combine.ts by the function's name. */
export function finished(fn: AggregateFunction, running: number, members: number): number {
  return combining.finished(FUNCTION_NUMBERS[fn], running, members);
}

/** `keepsOnly` of combine.ts by the function's name. */
export function keepsOnly(fn: AggregateFunction): boolean {
  return combining.keepsOnly(FUNCTION_NUMBERS[fn]);
}
