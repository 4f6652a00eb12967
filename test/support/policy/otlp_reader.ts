import type {
  AggregationTemporality,
  Field,
  FieldReader,
  FieldValue,
  MetricType,
} from "../../../src/policy/policy.ts";

/** An object of OTLP in proto3 JSON, as far as it is of interest. */
export interface OtlpObject {
  readonly [key: string]: unknown;
}

/** The oneof `data` of an OTLP metric, and the type that it stands for. */
const METRIC_DATA: Readonly<Record<string, MetricType>> = {
  gauge: "gauge",
  sum: "sum",
  histogram: "histogram",
  exponentialHistogram: "exponential_histogram",
  summary: "summary",
};

/** What is present, but of a kind that only `exists` can match: a list, a map, a value without type. */
const OTHER: FieldValue = { hex: "" };

/** The key of a metric's data, undefined when it has none. */
export function dataKey(metric: OtlpObject): string | undefined {
  return Object.keys(METRIC_DATA).find((key) => isObject(metric[key]));
}

/**
 * Reads the fields of one OTLP data point for the engine that serves scrapes. `dataPoint` is
 * undefined for a metric that has none.
 */
export class OtlpReader implements FieldReader {
  readonly #resourceMetrics: OtlpObject;
  readonly #scopeMetrics: OtlpObject;
  readonly #metric: OtlpObject;
  readonly #dataPoint: OtlpObject | undefined;

  constructor(
    resourceMetrics: OtlpObject,
    scopeMetrics: OtlpObject,
    metric: OtlpObject,
    dataPoint: OtlpObject | undefined,
  ) {
    this.#resourceMetrics = resourceMetrics;
    this.#scopeMetrics = scopeMetrics;
    this.#metric = metric;
    this.#dataPoint = dataPoint;
  }

  read(field: Field): FieldValue | undefined {
    switch (field.kind) {
      case "metric_field":
        return this.#metricField(field.name);
      case "metric_type": {
        const key = dataKey(this.#metric);
        return key && METRIC_DATA[key];
      }
      case "aggregation_temporality":
        return this.#temporality();
      case "resource_attribute":
        return attribute(objectAt(this.#resourceMetrics, "resource")?.attributes, field.path);
      case "scope_attribute":
        return attribute(objectAt(this.#scopeMetrics, "scope")?.attributes, field.path);
      case "datapoint_attribute":
        return attribute(this.#dataPoint?.attributes, field.path);
    }
  }

  #metricField(name: string): string | undefined {
    switch (name) {
      case "resource_schema_url":
        return text(this.#resourceMetrics.schemaUrl);
      case "scope_schema_url":
        return text(this.#scopeMetrics.schemaUrl);
      case "scope_name":
        return text(objectAt(this.#scopeMetrics, "scope")?.name);
      case "scope_version":
        return text(objectAt(this.#scopeMetrics, "scope")?.version);
      default:
        return text(this.#metric[name]);
    }
  }

  #temporality(): AggregationTemporality | undefined {
    const key = dataKey(this.#metric);
    const value = key && objectAt(this.#metric, key)?.aggregationTemporality;
    if (value === 1 || value === "AGGREGATION_TEMPORALITY_DELTA") return "delta";
    if (value === 2 || value === "AGGREGATION_TEMPORALITY_CUMULATIVE") return "cumulative";
    return undefined;
  }
}

/** proto3 does not tell an empty string from one that was not set. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Follows a path through nested key-value lists. */
function attribute(attributes: unknown, path: readonly string[]): FieldValue | undefined {
  if (!Array.isArray(attributes)) return undefined;
  const entry = attributes.find((candidate) => isObject(candidate) && candidate.key === path[0]);
  if (entry === undefined) return undefined;
  const value: unknown = entry.value;
  if (!isObject(value)) return path.length === 1 ? OTHER : undefined;
  if (path.length === 1) return typedValue(value);
  return attribute(objectAt(value, "kvlistValue")?.values, path.slice(1));
}

function typedValue(value: OtlpObject): FieldValue {
  if (typeof value.stringValue === "string") return value.stringValue;
  if (typeof value.boolValue === "boolean") return value.boolValue;
  if (value.intValue !== undefined) return integer(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (typeof value.bytesValue === "string") return { hex: hexOfBase64(value.bytesValue) };
  return OTHER;
}

/** A 64-bit integer, which proto3 JSON writes as a string. */
function integer(value: unknown): number | bigint {
  const number = Number(value);
  return typeof value === "string" && !Number.isSafeInteger(number) ? BigInt(value) : number;
}

function hexOfBase64(base64: string): string {
  const bytes = Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isObject(value: unknown): value is OtlpObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectAt(object: OtlpObject, key: string): OtlpObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}
