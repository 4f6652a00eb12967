import { isDashboard, readDashboard } from "./dashboards.ts";
import { isObject, listOf, textAt } from "./document_parts.ts";
import { hasRuleGroups, readRuleGroups } from "./rule_groups.ts";
import {
  isMimirtoolReport,
  isPersesUsage,
  readMimirtoolReport,
  readPersesUsage,
} from "./usage_reports.ts";
import type { DocumentParser } from "./parse_documents.ts";
import type { UseCollector } from "./use_collector.ts";
import { isUsedDocument, readUsedDocument } from "./used_document.ts";

/** What documents are read into, and with. */
export interface UsageReading {
  readonly uses: UseCollector;
  /** For texts in ConfigMaps. */
  readonly parse: DocumentParser;
}

/**
 * Adds what the documents of a text use. Returns what they are, undefined where they are nothing
 * that is known. Throws an Error for a text that cannot be read.
 */
export function readUsageOfText(
  text: string,
  source: string,
  reading: UsageReading,
): string | undefined {
  return kindsOf(reading.parse(text), source, reading);
}

function readUsageOf(
  value: unknown,
  source: string,
  reading: UsageReading,
): string | undefined {
  const { uses } = reading;
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
  if (isObject(value) && value.kind === "ConfigMap") return readConfigMap(value, source, reading);
  return kindsOf(Array.isArray(value) ? value : listOf(value, "items"), source, reading);
}

/** One of a query log, JSON on each line. */
function isQuery(value: unknown): value is { readonly params: object } {
  return isObject(value) && textAt(value.params, "query") !== undefined;
}

/** Rule files and dashboards lie in them. Other texts are no matter of ours. */
function readConfigMap(
  { data }: { readonly data?: unknown },
  source: string,
  reading: UsageReading,
): string | undefined {
  const texts = isObject(data) ? Object.values(data) : [];
  const documents = texts.flatMap((text) => {
    try {
      return typeof text === "string" ? reading.parse(text) : [];
    } catch {
      return [];
    }
  });
  const kinds = kindsOf(documents, source, reading);
  return kinds === undefined ? undefined : `ConfigMap of ${kinds}`;
}

/** What several documents are, each kind once. */
function kindsOf(
  documents: readonly unknown[],
  source: string,
  reading: UsageReading,
): string | undefined {
  const kinds = new Set(documents.flatMap((one) => readUsageOf(one, source, reading) ?? []));
  return kinds.size === 0 ? undefined : [...kinds].join(", ");
}
