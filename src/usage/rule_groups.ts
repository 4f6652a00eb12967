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
      for (const query of templateQueries(rule)) uses.expression(query, { place });
    }
  }
}

/** The queries of templates in labels and annotations: `{{ with query "up" }}`. */
function templateQueries(rule: unknown): string[] {
  if (!isObject(rule)) return [];
  const texts = [rule.labels, rule.annotations].flatMap((map) =>
    isObject(map) ? Object.values(map).filter((text) => typeof text === "string") : []
  );
  return texts.flatMap((text) =>
    [...text.matchAll(
      /\{\{[^}]*?\bquery\s+("(?:[^"\\]|\\.)*"|`[^`]*`)|(`[^`]*`|"(?:[^"\\]|\\.)*")\s*\|\s*query\b/g,
    )]
      .map(([, after, before]) => unquoted(after ?? before))
  );
}

function unquoted(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(1, -1);
  }
}
