import type { MatcherSpec, PolicySpec } from "./policy.ts";
import { parseRolloutMode, ROLLOUT_WANTED, type RolloutMode } from "../rollout/rollout_mode.ts";
import { type Fields, readMatcher, type RegexCheck } from "./read_matcher.ts";

/** One entry of a document, whatever came of it. */
export type PolicyEntry =
  | {
    readonly state: "active";
    readonly spec: PolicySpec;
    /** What is done with it; undefined where it does not say. */
    readonly mode?: RolloutMode;
    /** Keys of its matchers that nobody knows here, where that is no error. */
    readonly unknown?: readonly string[];
  }
  /** Errors were found: the policy matches nothing. The id is empty when it has none. */
  | { readonly state: "invalid"; readonly id: string; readonly errors: readonly string[] }
  | { readonly state: "disabled"; readonly id: string; readonly name: string }
  /** Its target is logs or traces, which do not pass here. */
  | {
    readonly state: "other_signal";
    readonly id: string;
    readonly name: string;
    readonly signal: string;
  };

/**
 * Who wrote a document. `people`: what is left out is a mistake, but for `enabled`. `server`: it is
 * proto3 JSON, which leaves out what is false, 0 or empty; and a server may know more than this
 * version does.
 */
export type PolicyAuthor = "people" | "server";

/**
 * Reads a parsed document: `{policies: [...]}`, a bare list, or one policy. A bad policy never
 * spoils the others. Throws an Error only when the document is none of these.
 */
export function readPolicyDocument(
  document: unknown,
  isRegex: RegexCheck,
  author: PolicyAuthor = "people",
): PolicyEntry[] {
  const reading: Reading = { isRegex, author };
  return policyList(document).map((policy, index) => readPolicy(policy, index, reading));
}

interface Reading {
  readonly isRegex: RegexCheck;
  readonly author: PolicyAuthor;
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

function readPolicy(policy: unknown, index: number, reading: Reading): PolicyEntry {
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    return { state: "invalid", id: "", errors: [`policies[${index}]: not an object`] };
  }
  const fields = snakeFields(policy);
  const id = fields.get("id");
  const isSynced = reading.author === "server";
  const name = fields.get("name") ?? (isSynced ? id : undefined);
  const errors: string[] = [];
  if (typeof id !== "string" || id === "") errors.push(`policies[${index}]: missing id`);
  if (typeof name !== "string" || name === "") errors.push("missing name");
  const enabled = fields.get("enabled") ?? !isSynced;
  if (typeof enabled !== "boolean") errors.push(`enabled: found ${typeof enabled}, wanted boolean`);

  // Servers know no modes: what they call so is something else.
  const wanted = isSynced ? undefined : fields.get("mode");
  const mode = parseRolloutMode(wanted);
  if (wanted !== undefined && mode === undefined) {
    errors.push(`mode: found ${JSON.stringify(wanted)}, wanted ${ROLLOUT_WANTED}`);
  }

  const targets = TARGETS.filter((target) => fields.has(target));
  const named = typeof id === "string" ? id : "";
  if (targets.length !== 1) {
    errors.push(targets.length === 0 ? "no target" : `several targets (${targets.join(", ")})`);
  } else if (targets[0] !== "metric" && errors.length === 0) {
    return { state: "other_signal", id: named, name: name as string, signal: targets[0] };
  }
  const unknown: string[] = [];
  const target = targets[0] === "metric"
    ? readMetricTarget(fields.get("metric"), reading, errors, unknown)
    : null;
  if (errors.length > 0 || target === null) return { state: "invalid", id: named, errors };
  if (enabled === false) return { state: "disabled", id: named, name: name as string };
  const spec = { id: named, name: name as string, ...target };
  return { state: "active", spec, ...mode && { mode }, ...unknown.length > 0 && { unknown } };
}

function readMetricTarget(
  target: unknown,
  reading: Reading,
  errors: string[],
  unknown: string[],
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
  const keep = fields.get("keep") ?? (reading.author === "server" ? false : undefined);
  if (keep === undefined) errors.push("metric: missing keep");
  else if (typeof keep !== "boolean") {
    errors.push(`metric: keep: found ${JSON.stringify(keep)}, wanted true or false`);
  }
  const matchers = readMatchers(fields.get("match"), reading, errors, unknown);
  return typeof keep === "boolean" ? { keep, matchers } : null;
}

function readMatchers(
  match: unknown,
  { isRegex, author }: Reading,
  errors: string[],
  unknown: string[],
): MatcherSpec[] {
  const list = Array.isArray(match) ? match : match === undefined ? [] : [match];
  if (list.length === 0) errors.push("metric: no matchers");
  const matchers: MatcherSpec[] = [];
  list.forEach((element, index) => {
    const problems: string[] = [];
    // A matcher that lacks what it needs is in error all the same.
    const unknownKeys: string[] = [];
    if (typeof element !== "object" || element === null || Array.isArray(element)) {
      problems.push("not an object");
    } else {
      const matcher = readMatcher(snakeFields(element), isRegex, problems, unknownKeys);
      if (matcher !== undefined) matchers.push(matcher);
    }
    for (const key of unknownKeys) {
      if (author === "server") unknown.push(`metric.match[${index}].${key}`);
      else problems.unshift(`unknown key ${JSON.stringify(key)}`);
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
