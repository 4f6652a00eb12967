import type { AggregationTemporality, MetricField, MetricType } from "./policy.ts";

/**
 * The proto numbers of the enums. A document may write a value as its short name, as its full proto
 * name (in any case) or as its number.
 */
const METRIC_FIELDS: Readonly<Record<MetricField, number>> = {
  name: 1,
  description: 2,
  unit: 3,
  resource_schema_url: 10,
  scope_schema_url: 11,
  scope_name: 12,
  scope_version: 13,
};

const METRIC_TYPES: Readonly<Record<MetricType, number>> = {
  gauge: 1,
  sum: 2,
  histogram: 3,
  exponential_histogram: 4,
  summary: 5,
};

const TEMPORALITIES: Readonly<Record<AggregationTemporality, number>> = {
  delta: 1,
  cumulative: 2,
};

/** Each returns the short name, or undefined when the value names nothing (or "unspecified"). */
export function readMetricField(value: unknown): MetricField | undefined {
  return readEnum(METRIC_FIELDS, "metric_field_", value);
}

export function readMetricType(value: unknown): MetricType | undefined {
  return readEnum(METRIC_TYPES, "metric_type_", value);
}

export function readTemporality(value: unknown): AggregationTemporality | undefined {
  return readEnum(TEMPORALITIES, "aggregation_temporality_", value);
}

function readEnum<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  prefix: string,
  value: unknown,
): Name | undefined {
  const names = Object.keys(numbers) as Name[];
  if (typeof value === "number") return names.find((name) => numbers[name] === value);
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase();
  const short = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return names.find((name) => name === short);
}
