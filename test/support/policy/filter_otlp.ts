import type { PolicySet } from "../../../src/policy/policy_set.ts";
import { dataKey, isObject, type OtlpObject, OtlpReader } from "./otlp_reader.ts";

/**
 * What the policies leave of an OTLP metrics document. Each data point is decided and counted on its
 * own, as a sample of an exposition is; a metric that has no data points at all is decided as one. A
 * metric goes when its last data point does, and so do the scope and the resource above it.
 */
export function filterOtlp(document: OtlpObject, set: PolicySet): OtlpObject {
  const resources = objects(document.resourceMetrics).flatMap((resource) => {
    const scopes = objects(resource.scopeMetrics).flatMap((scope) => {
      const metrics = objects(scope.metrics).flatMap((metric) =>
        filterMetric(resource, scope, metric, set)
      );
      return metrics.length === 0 ? [] : [{ ...scope, metrics }];
    });
    return scopes.length === 0 ? [] : [{ ...resource, scopeMetrics: scopes }];
  });
  return { ...document, resourceMetrics: resources };
}

/** The metric with the data points that are kept, or nothing. */
function filterMetric(
  resource: OtlpObject,
  scope: OtlpObject,
  metric: OtlpObject,
  set: PolicySet,
): OtlpObject[] {
  const isKept = (point: OtlpObject | undefined) => {
    const decision = set.decide(new OtlpReader(resource, scope, metric, point));
    decision.samples++;
    return decision.keep;
  };
  const key = dataKey(metric);
  const data = key === undefined ? {} : metric[key] as OtlpObject;
  const points = objects(data.dataPoints);
  if (key === undefined || points.length === 0) return isKept(undefined) ? [metric] : [];
  const kept = points.filter(isKept);
  return kept.length === 0 ? [] : [{ ...metric, [key]: { ...data, dataPoints: kept } }];
}

function objects(value: unknown): readonly OtlpObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
