import { isObject, listOf, textAt } from "./document_parts.ts";
import type { UseCollector } from "./use_collector.ts";
import type { UsePlace } from "./used_document.ts";

/** Whether it is what `mimirtool analyze` writes: names of metrics, and where they are. */
export function isMimirtoolReport(value: unknown): boolean {
  return isObject(value) &&
    (Array.isArray(value.metricsUsed) || Array.isArray(value.in_use_metric_counts));
}

/** Adds the metrics that `mimirtool analyze grafana`, `ruler`, `rule-file` or `prometheus` found. */
export function readMimirtoolReport(value: unknown, source: string, uses: UseCollector): void {
  const listed = new Set<string>();
  const add = (name: unknown, place: UsePlace) => {
    if (typeof name !== "string") return;
    listed.add(name);
    uses.metric(name, place);
  };
  for (const dashboard of listOf(value, "dashboards")) {
    const place = { source, kind: "report" as const, name: textAt(dashboard, "title") };
    for (const name of listOf(dashboard, "metrics")) add(name, place);
    for (const error of listOf(dashboard, "parse_errors")) {
      uses.unread({ ...place, error: String(error) });
    }
  }
  for (const group of listOf(value, "ruleGroups")) {
    const place = {
      source,
      kind: "report" as const,
      name: textAt(group, "name"),
      in: textAt(group, "namespace"),
    };
    for (const name of listOf(group, "metrics")) add(name, place);
    for (const error of listOf(group, "parse_errors")) {
      uses.unread({ ...place, error: String(error) });
    }
  }
  const place = { source, kind: "report" as const };
  const inUse = listOf(value, "in_use_metric_counts").map((one) => textAt(one, "metric"));
  for (const name of [...listOf(value, "metricsUsed"), ...inUse]) {
    if (!listed.has(String(name))) add(name, place);
  }
}

/** Whether it is what `metrics-usage` of Perses answers: what uses each metric, by its name. */
export function isPersesUsage(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0 &&
    Object.values(value).every((metric) =>
      isObject(metric) && ("usage" in metric || "labels" in metric)
    );
}

export function readPersesUsage(value: unknown, source: string, uses: UseCollector): void {
  if (!isObject(value)) return;
  for (const [name, metric] of Object.entries(value)) {
    const usage = isObject(metric) ? metric.usage : undefined;
    if (!isObject(usage)) continue;
    for (const [key, kind] of [["alertRules", "alert"], ["recordingRules", "record"]] as const) {
      for (const rule of listOf(usage, key)) {
        const place = { source, kind, name: textAt(rule, "name"), in: textAt(rule, "group_name") };
        const expression = textAt(rule, "expression");
        if (expression === undefined) uses.metric(name, place);
        else uses.expression(expression, { place });
      }
    }
    for (const dashboard of listOf(usage, "dashboards")) {
      const title = textAt(dashboard, "name") ??
        (typeof dashboard === "string" ? dashboard : undefined);
      uses.metric(name, { source, kind: "report", name: title });
    }
  }
}
