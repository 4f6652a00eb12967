/**
 * A policy as its document states it, every accepted spelling resolved to one. The words are those
 * of the policy specification (package `tero.policy.v1`, metric target).
 */
export interface PolicySpec {
  readonly id: string;
  readonly name: string;
  readonly keep: boolean;
  readonly matchers: readonly MatcherSpec[];
}

export interface MatcherSpec {
  readonly field: Field;
  readonly match: Match;
  readonly negate: boolean;
  readonly caseInsensitive: boolean;
}

export type MetricField =
  | "name"
  | "description"
  | "unit"
  | "resource_schema_url"
  | "scope_schema_url"
  | "scope_name"
  | "scope_version";

export type MetricType = "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary";

export type AggregationTemporality = "delta" | "cumulative";

export type AttributeKind = "datapoint_attribute" | "resource_attribute" | "scope_attribute";

/** What a matcher looks at. */
export type Field =
  | { readonly kind: "metric_field"; readonly name: MetricField }
  | { readonly kind: AttributeKind; readonly path: readonly string[] }
  | { readonly kind: "metric_type" }
  | { readonly kind: "aggregation_temporality" };

/** A field's value; undefined stands for an absent field. Bytes are written as lower-case hex. */
export type FieldValue = string | number | bigint | boolean | { readonly hex: string };

export type Comparison = "gt" | "gte" | "lt" | "lte";

/** What a matcher demands of that value. */
export type Match =
  | { readonly kind: "equals"; readonly value: FieldValue }
  | { readonly kind: "regex" | "starts_with" | "ends_with" | "contains"; readonly text: string }
  | { readonly kind: "exists"; readonly exists: boolean }
  | { readonly kind: Comparison; readonly value: number | bigint };

/** Reads the fields of one sample (or of an OTLP data point, in the conformance suite). */
export interface FieldReader {
  read(field: Field): FieldValue | undefined;
}
