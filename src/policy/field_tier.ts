import type { Field } from "./policy.ts";

/**
 * When, while a line of an exposition is read, a field's value is known:
 * - `family`: with the sample's name, and so the same for all samples of that name;
 * - `label`: from the sample's labels;
 * - `number`: only from this very line (its value or timestamp, or all of its labels).
 */
export type FieldTier = "family" | "label" | "number";

export function fieldTier(field: Field): FieldTier {
  switch (field.kind) {
    case "metric_type":
    case "aggregation_temporality":
    case "resource_attribute":
      return "family";
    case "scope_attribute":
      return "label";
    case "datapoint_attribute":
      return isOwnName(field) ? "number" : "label";
    case "metric_field":
      return field.name in SCOPE_LABELS ? "label" : "family";
  }
}

/**
 * `value` and `timestamp` are the sample's own numbers unless a label has that name, and `labels` is
 * all of its labels, which differ from line to line as much.
 */
export function isOwnName(field: Field): boolean {
  if (field.kind !== "datapoint_attribute" || field.path.length !== 1) return false;
  return ["value", "timestamp", "labels"].includes(field.path[0]);
}

/** OpenTelemetry's Prometheus compatibility rules name the labels of a scope so. */
const SCOPE_LABELS: Readonly<Record<string, string>> = {
  scope_name: "otel_scope_name",
  scope_version: "otel_scope_version",
  scope_schema_url: "otel_scope_schema_url",
};

/**
 * The label names to look a field up under, in order: as the policy writes it, then with every
 * character outside `[a-zA-Z0-9_]` replaced by `_`. Empty for a field that is no label.
 */
export function labelNames(field: Field): readonly string[] {
  if (field.kind === "metric_field") {
    const label = SCOPE_LABELS[field.name];
    return label === undefined ? [] : [label];
  }
  if (field.kind !== "datapoint_attribute" && field.kind !== "scope_attribute") return [];
  const prefix = field.kind === "scope_attribute" ? "otel_scope_" : "";
  return spellings(prefix + field.path.join("."));
}

/** A name as it is written, and as Prometheus writes it where that differs. */
export function spellings(name: string): readonly string[] {
  const normalized = name.replace(/[^a-zA-Z0-9_]/g, "_");
  return normalized === name ? [name] : [name, normalized];
}

/** Tells fields apart: equal fields have equal keys. */
export function fieldKey(field: Field): string {
  if (field.kind === "metric_field") return `field:${field.name}`;
  return "path" in field ? `${field.kind}:${JSON.stringify(field.path)}` : field.kind;
}
