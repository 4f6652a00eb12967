import { formatCanonicalFloat } from "../../src/exposition/format_value.ts";
import type { ReferenceSample } from "./reference_sample.ts";

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  summary: ["_sum", "_count", "_created"],
  info: ["_info"],
};
const ANY_SUFFIX = [...new Set(Object.values(SUFFIXES).flat())];

/** What a target has said of a family so far. */
export interface InputFamily {
  readonly name: string;
  readonly lines: Map<string, string>;
  type: string | undefined;
}

/** One sample of the input. */
export interface Member extends ReferenceSample {
  readonly line: string;
  /** What it is before the rules, and the histogram that it is a part of. */
  readonly identity: string;
  readonly histogram: string;
  readonly suffix: string;
  readonly family: InputFamily | undefined;
}

/** By name and sorted labels, whatever their spelling. */
export function seriesKey(name: string, labels: Iterable<readonly [string, string]>): string {
  return JSON.stringify([name, [...labels].sort(([a], [b]) => a < b ? -1 : 1)]);
}

export function memberOf(
  sample: ReferenceSample,
  line: string,
  families: ReadonlyMap<string, InputFamily>,
  target: number,
): Member {
  const family = familyOf(sample.name, families);
  const base = family?.name ?? sample.name;
  const labels = new Map([...sample.labels].map(([label, value]) => {
    const isBound = (label === "le" && family?.type === "histogram") ||
      (label === "quantile" && family?.type === "summary");
    return [label, isBound && value !== "+Inf" ? formatCanonicalFloat(Number(value)) : value];
  }));
  const rest = [...labels].filter(([label]) => label !== "le");
  return {
    ...sample,
    labels,
    line,
    family,
    suffix: sample.name.slice(base.length),
    identity: seriesKey(sample.name, labels),
    histogram: `${target} ${seriesKey(base.replace(/_(bucket|g?count)$/, ""), rest)}`,
  };
}

function familyOf(name: string, families: ReadonlyMap<string, InputFamily>) {
  const suffix = ANY_SUFFIX.find((suffix) => {
    const family = families.get(name.slice(0, -suffix.length));
    return name.endsWith(suffix) && SUFFIXES[family?.type ?? ""]?.includes(suffix);
  });
  return families.get(name) ??
    (suffix === undefined ? undefined : families.get(name.slice(0, -suffix.length)));
}

/** Its own family under another name, as long as the suffix stays; else a family without metadata. */
export function outputFamily({ name: before, suffix, family }: Member, name: string) {
  if (family !== undefined && name === before) return { name: family.name, hasMetadata: true };
  if (family !== undefined && name.endsWith(suffix) && name.length > suffix.length) {
    return { name: name.slice(0, name.length - suffix.length), hasMetadata: true };
  }
  const group = name.replace(/_(bucket|sum|count|total|created)$/, "") || name;
  return { name: group, hasMetadata: false };
}

/** The function by type: docs/aggregation.md. */
export function functionOf(name: string, suffix: string, type: string | undefined): string {
  if (type === "info" || type === "stateset") return "max";
  if (type === "summary" && suffix === "") return "drop";
  if (type === "gauge") return name.endsWith("_created") ? "min" : "sum";
  return type !== undefined && type in SUFFIXES && suffix === "_created" ? "drop" : "sum";
}

/** What samples come to. */
export function valueOf(fn: string, numbers: readonly number[]): number {
  const sum = numbers.reduce((a, b) => a + b);
  const some = numbers.filter((number) => !Number.isNaN(number));
  switch (fn) {
    case "min":
      return some.reduce((a, b) => b < a ? b : a, some[0] ?? NaN);
    case "max":
      return some.reduce((a, b) => b > a ? b : a, some[0] ?? NaN);
    case "avg":
      return sum / numbers.length;
    case "count":
      return numbers.length;
    case "last":
      return numbers[numbers.length - 1];
    default:
      return sum;
  }
}

/** A value as it is written. */
export function numberOf(text: string): number {
  return Number(text.replace(/Inf$/, "Infinity"));
}
