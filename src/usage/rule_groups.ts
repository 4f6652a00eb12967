import { isObject, listOf, textAt } from "./document_parts.ts";
import type { UseCollector } from "./use_collector.ts";

/** Whether it has groups of rules: a rule file, a PrometheusRule's spec, or `/api/v1/rules`. */
export function hasRuleGroups(value: unknown): value is { readonly groups: unknown[] } {
  return isObject(value) && Array.isArray(value.groups) &&
    value.groups.every((group) => isObject(group) && ("rules" in group || "name" in group));
}

/** Adds what recording and alerting rules read. */
export function readRuleGroups(
  { groups }: { readonly groups: unknown[] },
  source: string,
  uses: UseCollector,
): void {
  for (const group of groups) {
    const groupName = textAt(group, "name");
    for (const rule of listOf(group, "rules")) {
      const alert = textAt(rule, "alert") ??
        (textAt(rule, "type") === "alerting" ? textAt(rule, "name") : undefined);
      const name = alert ?? textAt(rule, "record") ?? textAt(rule, "name");
      // A rule file says `expr`, the API `query`.
      const expression = textAt(rule, "expr") ?? textAt(rule, "query");
      if (expression === undefined) continue;
      const kind = alert === undefined ? "record" as const : "alert" as const;
      const place = { source, kind, name, in: groupName };
      uses.expression(expression, { place });
      const { queries, made } = templateQueries(rule);
      for (const query of queries) uses.expression(query, { place });
      for (const template of made) {
        uses.unread({
          ...place,
          expression: template,
          error: "a template puts its query together",
        });
      }
    }
  }
}

/**
 * The queries of templates in labels and annotations: `{{ with query "up" }}`; and the templates that put
 * one together.
 */
function templateQueries(rule: unknown): { queries: string[]; made: string[] } {
  const queries: string[] = [];
  const made: string[] = [];
  const maps = isObject(rule) ? [rule.labels, rule.annotations] : [];
  for (const text of maps.flatMap((map) => isObject(map) ? Object.values(map) : [])) {
    for (const [action] of typeof text === "string" ? text.matchAll(ACTION) : []) {
      if (!/\bquery\b/.test(action.replace(STRING, ""))) continue;
      const [, after, before] = WRITTEN.exec(action) ?? [];
      const literal = after ?? before;
      if (literal === undefined) made.push(action);
      else queries.push(unquoted(literal));
    }
  }
  return { queries, made };
}

/** What stands between braces, with the strings in it. */
const ACTION = /\{\{(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*\}\}/g;
const STRING = /"(?:[^"\\]|\\.)*"|`[^`]*`/g;
const WRITTEN =
  /\bquery\s+("(?:[^"\\]|\\.)*"|`[^`]*`)|\{\{-?\s*(?:\w+\s+)?("(?:[^"\\]|\\.)*"|`[^`]*`)\s*\|\s*query\b/;

function unquoted(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(1, -1);
  }
}
