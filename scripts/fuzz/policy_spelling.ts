import type { FieldValue, MatcherSpec, PolicySpec } from "../../src/policy/policy.ts";
import { type Next, pick, seldom } from "./fuzz_target.ts";

/** A document of these policies, each thing in one of the spellings that proto3 JSON allows. */
export function spelledPolicies(next: Next, specs: readonly PolicySpec[]): unknown {
  const policies = specs.map(({ id, name, keep, matchers }) => {
    const match = matchers.map((matcher) => spelledMatcher(next, matcher));
    const target = { match: match.length === 1 && seldom(next, 3) ? match[0] : match, keep };
    const policy = { id, name, metric: shuffled(next, target) };
    return seldom(next, 3)
      ? { ...policy, enabled: true, description: "", log: null, createdAtUnixNano: "0", labels: [] }
      : policy;
  });
  if (policies.length === 1 && seldom(next, 3)) return policies[0];
  return seldom(next, 2) ? policies : { policies };
}

const METRIC_FIELDS = { name: 1, description: 2, unit: 3, scope_name: 12, scope_version: 13 };
const TYPES = { gauge: 1, sum: 2, histogram: 3, exponential_histogram: 4, summary: 5 };
const TEMPORALITIES = { delta: 1, cumulative: 2 };

function spelledMatcher(
  next: Next,
  { field, match, negate, caseInsensitive }: MatcherSpec,
): object {
  const fields: Record<string, unknown> = {};
  const put = (key: string, value: unknown) => {
    fields[seldom(next, 2) ? key : camelCase(key)] = value;
  };
  const flag = (key: string, value: boolean) => {
    if (value || seldom(next, 4)) put(key, value);
  };
  if (field.kind === "metric_field") {
    put(field.kind, spelledEnum(next, "metric_field", field.name, METRIC_FIELDS));
  } else if (field.kind === "metric_type" || field.kind === "aggregation_temporality") {
    const numbers = field.kind === "metric_type" ? TYPES : TEMPORALITIES;
    const text = match.kind === "equals" ? String(match.value) : "";
    put(field.kind, spelledEnum(next, field.kind, text, numbers));
  } else {
    const { path } = field;
    const short = path.length === 1 ? [path[0]] : [];
    put(field.kind, pick(next, [...short, path, { path }]));
  }
  const isImplied = field.kind === "metric_type" || field.kind === "aggregation_temporality";
  if (!isImplied) {
    if (match.kind === "exists") put("exists", match.exists);
    else if (match.kind === "equals") {
      const isExact = typeof match.value === "string" && seldom(next, 3);
      put(isExact ? "exact" : "equals", isExact ? match.value : spelledValue(next, match.value));
    } else put(match.kind, "text" in match ? match.text : spelledValue(next, match.value));
  }
  flag("negate", negate);
  flag("case_insensitive", caseInsensitive);
  if (seldom(next, 4)) put("resource_attribute", fields.resource_attribute ?? null);
  return shuffled(next, fields);
}

function spelledEnum(
  next: Next,
  key: string,
  name: string,
  numbers: Readonly<Record<string, number>>,
): unknown {
  const full = `${key}_${name}`;
  const texts = [name, name.toUpperCase(), full, full.toUpperCase()];
  return pick(next, name in numbers ? [...texts, numbers[name]] : texts);
}

function spelledValue(next: Next, value: FieldValue): unknown {
  const wrapped = (key: string, inner: unknown) => ({
    [seldom(next, 2) ? key : camelCase(key)]: inner,
  });
  switch (typeof value) {
    case "string":
      return pick(next, [value, wrapped("string_value", value)]);
    case "boolean":
      return pick(next, [value, wrapped("bool_value", value)]);
    case "bigint":
      return wrapped("int_value", String(value));
    case "object":
      return wrapped("hex_value", value.hex);
    default: {
      const key = Number.isInteger(value) ? "int_value" : "double_value";
      return pick(next, [value, wrapped(key, value), wrapped(key, String(value))]);
    }
  }
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** The same keys in another order. */
function shuffled<Value extends object>(next: Next, value: Value): Value {
  const entries = Object.entries(value);
  for (let i = entries.length - 1; i > 0; i--) {
    const other = next(i);
    [entries[i], entries[other]] = [entries[other], entries[i]];
  }
  return Object.fromEntries(entries) as Value;
}
