import type { PolicyEntry } from "./policy_document.ts";
import type { Field, FieldValue, Match, MatcherSpec } from "./policy.ts";

/** Returns the active policies as a document that `readPolicyDocument` reads: JSON, indented. */
export function policyText(entries: readonly PolicyEntry[]): string {
  const policies = entries.flatMap((entry) => {
    if (entry.state !== "active") return [];
    const { id, name, keep, matchers } = entry.spec;
    return [{ id, name, metric: { match: matchers.map(matcherDocument), keep } }];
  });
  return `${JSON.stringify({ policies }, null, 2)}\n`;
}

function matcherDocument({ field, match, negate, caseInsensitive }: MatcherSpec): object {
  return {
    ...fieldAndMatch(field, match),
    ...negate ? { negate } : {},
    ...caseInsensitive ? { case_insensitive: caseInsensitive } : {},
  };
}

function fieldAndMatch(field: Field, match: Match): object {
  switch (field.kind) {
    // These imply equality, and have the value in the selector's place.
    case "metric_type":
    case "aggregation_temporality":
      return { [field.kind]: match.kind === "equals" ? match.value : undefined };
    case "metric_field":
      return { metric_field: field.name, ...matchDocument(match) };
    default: {
      const { kind, path } = field;
      return { [kind]: path.length === 1 ? path[0] : path, ...matchDocument(match) };
    }
  }
}

function matchDocument(match: Match): object {
  switch (match.kind) {
    case "equals":
      return { equals: valueDocument(match.value) };
    case "exists":
      return { exists: match.exists };
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return { [match.kind]: numberDocument(match.value) };
    default:
      return { [match.kind]: match.text };
  }
}

function valueDocument(value: FieldValue): unknown {
  if (typeof value === "object") return { hex_value: value.hex };
  if (typeof value === "bigint") return { int_value: String(value) };
  return typeof value === "number" && !Number.isFinite(value)
    ? { double_value: String(value) }
    : value;
}

/** JSON has neither large integers nor infinities. */
function numberDocument(value: number | bigint): number | string {
  return typeof value === "bigint" || !Number.isFinite(value) ? String(value) : value;
}
