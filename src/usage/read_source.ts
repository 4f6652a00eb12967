import { isDashboard, readDashboard } from "./dashboards.ts";
import { isObject, listOf, textAt } from "./document_parts.ts";
import { hasRuleGroups, readRuleGroups } from "./rule_groups.ts";
import {
  isMimirtoolReport,
  isPersesUsage,
  readMimirtoolReport,
  readPersesUsage,
} from "./usage_reports.ts";
import type { UseCollector } from "./use_collector.ts";
import { isUsedDocument, readUsedDocument } from "./used_document.ts";

/**
 * Adds what a document that was parsed uses. Returns what it is, undefined where it is nothing that
 * is known. Throws an Error for a document of `weir usage` that is none.
 */
export function readUsageOf(
  value: unknown,
  source: string,
  uses: UseCollector,
): string | undefined {
  if (isUsedDocument(value)) {
    uses.document(readUsedDocument(value));
    return "weir usage";
  }
  if (hasRuleGroups(value)) {
    readRuleGroups(value, source, uses);
    return "rules";
  }
  if (isObject(value) && value.kind === "PrometheusRule") {
    if (hasRuleGroups(value.spec)) readRuleGroups(value.spec, source, uses);
    return "PrometheusRule";
  }
  // What the API of Prometheus answers.
  if (isObject(value) && value.status === "success" && hasRuleGroups(value.data)) {
    readRuleGroups(value.data, source, uses);
    return "rules of Prometheus";
  }
  if (isMimirtoolReport(value)) {
    readMimirtoolReport(value, source, uses);
    return "mimirtool";
  }
  if (isQuery(value)) {
    uses.expression(textAt(value.params, "query")!, { place: { source, kind: "query" } });
    return "query log";
  }
  if (isDashboard(value)) {
    readDashboard(value, source, uses);
    return "dashboard";
  }
  if (isPersesUsage(value)) {
    readPersesUsage(value, source, uses);
    return "perses";
  }
  return readParts(value, source, uses);
}

/** One of a query log, JSON on each line. */
function isQuery(value: unknown): value is { readonly params: object } {
  return isObject(value) && textAt(value.params, "query") !== undefined;
}

/** A list of Kubernetes's objects, or of several documents. */
function readParts(value: unknown, source: string, uses: UseCollector): string | undefined {
  const items = Array.isArray(value) ? value : listOf(value, "items");
  const kinds = new Set(items.flatMap((item) => readUsageOf(item, source, uses) ?? []));
  return kinds.size === 0 ? undefined : [...kinds].join(", ");
}
