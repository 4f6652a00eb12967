import type { MatcherSpec, PolicySpec } from "./policy.ts";
import { type Fields, readMatcher, type RegexCheck } from "./read_matcher.ts";

/** One entry of a document, whatever came of it. */
export type PolicyEntry =
  | { readonly state: "active"; readonly spec: PolicySpec }
  /** Errors were found: the policy matches nothing. The id is empty when it has none. */
  | { readonly state: "invalid"; readonly id: string; readonly errors: readonly string[] }
  | { readonly state: "disabled"; readonly id: string }
  /** Its target is logs or traces, which do not pass here. */
  | { readonly state: "other_signal"; readonly id: string };

/**
 * Reads a parsed document: `{policies: [...]}`, a bare list, or one policy. A bad policy never
 * spoils the others. Throws an Error only when the document is none of these.
 */
export function readPolicyDocument(document: unknown, isRegex: RegexCheck): PolicyEntry[] {
  return policyList(document).map((policy, index) => readPolicy(policy, index, isRegex));
}

function policyList(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (document === null || document === undefined) return [];
  if (typeof document !== "object") {
    throw new Error(`found ${typeof document}, wanted {"policies": [...]}, a list or one policy`);
  }
  const fields = snakeFields(document);
  const policies = fields.get("policies");
  if (Array.isArray(policies)) return policies;
  if (policies !== undefined) throw new Error(`policies: found ${typeof policies}, wanted a list`);
  if (fields.has("id") || TARGETS.some((target) => fields.has(target))) return [document];
  if (fields.size === 0 || "policies" in document) return [];
  throw new Error(`found neither "policies" nor a policy, wanted {"policies": [...]}`);
}

const TARGETS = ["metric", "log", "trace"];

function readPolicy(policy: unknown, index: number, isRegex: RegexCheck): PolicyEntry {
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    return { state: "invalid", id: "", errors: [`policies[${index}]: not an object`] };
  }
  const fields = snakeFields(policy);
  const id = fields.get("id");
  const name = fields.get("name");
  const errors: string[] = [];
  if (typeof id !== "string" || id === "") errors.push(`policies[${index}]: missing id`);
  if (typeof name !== "string" || name === "") errors.push("missing name");
  const enabled = fields.get("enabled") ?? true;
  if (typeof enabled !== "boolean") errors.push(`enabled: found ${typeof enabled}, wanted boolean`);

  const targets = TARGETS.filter((target) => fields.has(target));
  const named = typeof id === "string" ? id : "";
  if (targets.length !== 1) {
    errors.push(targets.length === 0 ? "no target" : `several targets (${targets.join(", ")})`);
  } else if (targets[0] !== "metric" && errors.length === 0) {
    return { state: "other_signal", id: named };
  }
  const target = targets[0] === "metric"
    ? readMetricTarget(fields.get("metric"), isRegex, errors)
    : null;
  if (errors.length > 0 || target === null) return { state: "invalid", id: named, errors };
  if (enabled === false) return { state: "disabled", id: named };
  return { state: "active", spec: { id: named, name: name as string, ...target } };
}

function readMetricTarget(
  target: unknown,
  isRegex: RegexCheck,
  errors: string[],
): { keep: boolean; matchers: MatcherSpec[] } | null {
  if (typeof target !== "object" || target === null || Array.isArray(target)) {
    errors.push("metric: not an object");
    return null;
  }
  const fields = snakeFields(target);
  for (const key of fields.keys()) {
    if (key !== "match" && key !== "keep") {
      errors.push(`metric: unknown key ${JSON.stringify(key)}`);
    }
  }
  const keep = fields.get("keep");
  if (keep === undefined) errors.push("metric: missing keep");
  else if (typeof keep !== "boolean") {
    errors.push(`metric: keep: found ${JSON.stringify(keep)}, wanted true or false`);
  }
  const matchers = readMatchers(fields.get("match"), isRegex, errors);
  return typeof keep === "boolean" ? { keep, matchers } : null;
}

function readMatchers(match: unknown, isRegex: RegexCheck, errors: string[]): MatcherSpec[] {
  const list = Array.isArray(match) ? match : match === undefined ? [] : [match];
  if (list.length === 0) errors.push("metric: no matchers");
  const matchers: MatcherSpec[] = [];
  list.forEach((element, index) => {
    const problems: string[] = [];
    if (typeof element !== "object" || element === null || Array.isArray(element)) {
      problems.push("not an object");
    } else {
      const matcher = readMatcher(snakeFields(element), isRegex, problems);
      if (matcher !== undefined) matchers.push(matcher);
    }
    for (const problem of problems) errors.push(`metric: match[${index}]: ${problem}`);
  });
  return matchers;
}

/** The entries of an object under snake_case keys; what is null counts as absent, as in proto3. */
function snakeFields(object: object): Fields {
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    fields.set(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value);
  }
  return fields;
}
