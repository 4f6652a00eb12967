import { isObject } from "./otlp_reader.ts";

/**
 * A JSON value in the form that conformance results are compared in: null fields and empty values
 * (proto3's defaults: `0`, `false`, `""`, `[]`, `{}`) are dropped, numeric strings are numbers, keys
 * are sorted. Elements of lists stay, so that their number counts. Undefined when nothing is left.
 */
export function normalize(value: unknown): unknown {
  if (typeof value === "string" && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) {
    return normalize(Number(value));
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((element) => normalize(element) ?? null);
  }
  if (isObject(value)) {
    const entries = Object.keys(value).sort()
      .map((key) => [key, normalize(value[key])] as const)
      .filter(([, inner]) => inner !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return value || undefined;
}

/**
 * The same for an OTLP metrics document. Whether a resource or scope that has lost all its metrics
 * goes as well is for an exporter to say: here they are left out on either side.
 */
export function normalizeOtlp(document: unknown): unknown {
  if (!isObject(document)) return normalize(document);
  const resources = list(document.resourceMetrics).map((resource) => ({
    ...resource,
    scopeMetrics: list(resource.scopeMetrics).filter((scope) => list(scope.metrics).length > 0),
  }));
  return normalize({
    ...document,
    resourceMetrics: resources.filter((resource) => resource.scopeMetrics.length > 0),
  });
}

function list(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Where two normalized values first differ, what is there and what was wanted; else undefined. */
export function firstDifference(found: unknown, wanted: unknown, path = ""): string | undefined {
  if (Array.isArray(found) && Array.isArray(wanted) || isObject(found) && isObject(wanted)) {
    const [left, right] = [Object(found), Object(wanted)];
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    for (const key of [...keys]) {
      const difference = firstDifference(left[key], right[key], `${path}.${key}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (Object.is(found, wanted)) return undefined;
  return `${path || "."}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`;
}
