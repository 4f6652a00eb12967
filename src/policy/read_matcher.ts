import { readMetricField, readMetricType, readTemporality } from "./enum_text.ts";
import type { AttributeKind, Field, FieldValue, Match, MatcherSpec } from "./policy.ts";
import { readNumber, readTypedValue } from "./typed_value.ts";

/** An object of a document with its keys in snake_case; null values are left out, as in proto3. */
export type Fields = ReadonlyMap<string, unknown>;

/** What is wrong with a matcher, and the key where that is, if there is one. */
export interface MatcherProblem {
  readonly text: string;
  readonly key?: string;
}

const FIELD_KEYS = [
  "metric_field",
  "datapoint_attribute",
  "resource_attribute",
  "scope_attribute",
  "metric_type",
  "aggregation_temporality",
];
/** Selectors that bring their match with them. */
const IMPLYING_KEYS = ["metric_type", "aggregation_temporality"];
const STRING_MATCHES = ["exact", "regex", "starts_with", "ends_with", "contains"];
const COMPARISONS = ["gt", "gte", "lt", "lte"];
const MATCH_KEYS = [...STRING_MATCHES, "equals", "exists", ...COMPARISONS];
const MODIFIERS = ["negate", "case_insensitive"];

/** True when RE2 can compile the pattern. */
export type RegexCheck = (pattern: string) => boolean;

/**
 * Reads one element of `match`. Every problem is added to `problems`, and every key that is none of
 * a matcher's to `unknown`; returns undefined when there was a problem.
 */
export function readMatcher(
  fields: Fields,
  isRegex: RegexCheck,
  problems: MatcherProblem[],
  unknown: string[],
): MatcherSpec | undefined {
  const before = problems.length;
  for (const key of fields.keys()) {
    if (!FIELD_KEYS.includes(key) && !MATCH_KEYS.includes(key) && !MODIFIERS.includes(key)) {
      unknown.push(key);
    }
  }
  const selected = readSelector(fields, problems);
  const match = IMPLYING_KEYS.some((key) => fields.has(key))
    ? checkImplied(fields, selected?.implied, problems)
    : readMatch(fields, isRegex, problems);
  const negate = readFlag(fields, "negate", problems);
  const caseInsensitive = readFlag(fields, "case_insensitive", problems);
  if (selected === undefined || match === undefined || problems.length > before) return undefined;
  return { field: selected.field, match, negate, caseInsensitive };
}

interface Selected {
  readonly field: Field;
  /** The match that the selector brings with it: equality with a type or temporality. */
  readonly implied?: Match;
}

function readSelector(fields: Fields, problems: MatcherProblem[]): Selected | undefined {
  const keys = FIELD_KEYS.filter((key) => fields.has(key));
  if (keys.length === 0) {
    problems.push({ text: `no field selector, wanted one of ${FIELD_KEYS.join(", ")}` });
    return undefined;
  }
  if (keys.length > 1) {
    problems.push({
      text: `several field selectors (${keys.join(", ")}), wanted one`,
      key: keys.at(-1),
    });
    return undefined;
  }
  const key = keys[0];
  const value = fields.get(key);
  if (key.endsWith("_attribute")) {
    const path = readPath(value);
    if (path !== undefined) return { field: { kind: key as AttributeKind, path } };
    problems.push({ text: `${key}: empty attribute path, wanted "name" or ["name"]`, key });
    return undefined;
  }
  const selected = readEnumSelector(key, value);
  if (selected === undefined) {
    problems.push({ text: `${key}: unspecified value ${JSON.stringify(value)}`, key });
  }
  return selected;
}

function readEnumSelector(key: string, value: unknown): Selected | undefined {
  if (key === "metric_field") {
    const name = readMetricField(value);
    return name && { field: { kind: "metric_field", name } };
  }
  const kind = key === "metric_type" ? "metric_type" : "aggregation_temporality";
  const wanted = kind === "metric_type" ? readMetricType(value) : readTemporality(value);
  return wanted && { field: { kind }, implied: { kind: "equals", value: wanted } };
}

/** `"a"`, `["a"]` and `{"path": ["a"]}` are the same; undefined when no segment is left. */
function readPath(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return value === "" ? undefined : [value];
  if (Array.isArray(value)) {
    const named = value.every((segment) => typeof segment === "string" && segment !== "");
    return named && value.length > 0 ? value : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const object = value as Record<string, unknown>;
  return readPath(object.path ?? object.segments ?? "");
}

function readMatch(
  fields: Fields,
  isRegex: RegexCheck,
  problems: MatcherProblem[],
): Match | undefined {
  const keys = MATCH_KEYS.filter((key) => fields.has(key));
  if (keys.length === 0) {
    problems.push({ text: `no match condition, wanted one of ${MATCH_KEYS.join(", ")}` });
    return undefined;
  }
  if (keys.length > 1) {
    problems.push({
      text: `several match conditions (${keys.join(", ")}), wanted one`,
      key: keys.at(-1),
    });
    return undefined;
  }
  const key = keys[0];
  const value = fields.get(key);
  if (key === "exists") {
    if (typeof value === "boolean") return { kind: "exists", exists: value };
    problems.push({ text: `exists: found ${JSON.stringify(value)}, wanted true or false`, key });
    return undefined;
  }
  if (key === "equals") {
    const typed = readTypedValue(value);
    if (typeof typed === "object" && "problem" in typed) {
      problems.push({ text: `equals: ${typed.problem}`, key });
      return undefined;
    }
    return { kind: "equals", value: typed as FieldValue };
  }
  return COMPARISONS.includes(key)
    ? readComparison(key, value, problems)
    : readStringMatch(key, value, isRegex, problems);
}

function readComparison(
  key: string,
  value: unknown,
  problems: MatcherProblem[],
): Match | undefined {
  const number = readNumber(value);
  if (number !== undefined) return { kind: key as "gt", value: number };
  problems.push({ text: `${key}: non-numeric value ${JSON.stringify(value)}`, key });
  return undefined;
}

function readStringMatch(
  key: string,
  value: unknown,
  isRegex: RegexCheck,
  problems: MatcherProblem[],
): Match | undefined {
  if (typeof value !== "string") {
    problems.push({ text: `${key}: found ${JSON.stringify(value)}, wanted a string`, key });
    return undefined;
  }
  if (key === "regex" && !isRegex(value)) {
    problems.push({ text: `invalid regex ${JSON.stringify(value)}`, key });
    return undefined;
  }
  if (key === "exact") return { kind: "equals", value };
  return { kind: key as "regex", text: value };
}

/** Type and temporality imply equality; `exists: true` beside it says nothing more. */
function checkImplied(
  fields: Fields,
  implied: Match | undefined,
  problems: MatcherProblem[],
): Match | undefined {
  const extra = MATCH_KEYS.filter((key) =>
    fields.has(key) && !(key === "exists" && fields.get(key) === true)
  );
  if (extra.length === 0) return implied;
  problems.push({
    text: `several match conditions (${extra.join(", ")}): equality is implied here`,
    key: extra.at(-1),
  });
  return undefined;
}

function readFlag(fields: Fields, key: string, problems: MatcherProblem[]): boolean {
  const value = fields.get(key) ?? false;
  if (typeof value === "boolean") return value;
  problems.push({ text: `${key}: found ${JSON.stringify(value)}, wanted true or false`, key });
  return false;
}
