import type { Path } from "../problems/problem.ts";
import type { MatcherSpec, PolicySpec } from "./policy.ts";
import { parseRolloutMode, ROLLOUT_WANTED, type RolloutMode } from "../rollout/rollout_mode.ts";
import { type Fields, type MatcherProblem, readMatcher, type RegexCheck } from "./read_matcher.ts";

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
  | {
    readonly state: "invalid";
    readonly id: string;
    readonly errors: readonly string[];
    /** Where in the document each of the errors is. */
    readonly paths: readonly Path[];
    /** The same in the file that it was read from: `policies.json:12:7`. */
    readonly places?: readonly string[];
  }
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
 * spoils the others. Throws a PolicyDocumentError only when the document is none of these.
 */
export function readPolicyDocument(
  document: unknown,
  isRegex: RegexCheck,
  author: PolicyAuthor = "people",
): PolicyEntry[] {
  const reading: Reading = { isRegex, author };
  const { policies, at } = policyList(document);
  return policies.map((policy, index) => {
    const errors = new PolicyErrors(at(index));
    return readPolicy(policy, index, reading, errors);
  });
}

interface Reading {
  readonly isRegex: RegexCheck;
  readonly author: PolicyAuthor;
}

/** What was read is no policy document. */
export class PolicyDocumentError extends Error {
  /** Where in it that is. */
  readonly path: Path;

  constructor(message: string, path: Path = []) {
    super(message);
    this.name = "PolicyDocumentError";
    this.path = path;
  }
}

/** What is wrong with one policy, while it is read. */
export class PolicyErrors {
  readonly #found: { readonly text: string; readonly path: Path }[] = [];
  readonly #path: Path;

  /** `path`: of the policy in its document. */
  constructor(path: Path) {
    this.#path = path;
  }

  get count(): number {
    return this.#found.length;
  }

  /** `at`: where in the policy; of what is missing, where it would be. */
  add(text: string, ...at: Path): void {
    this.#found.push({ text, path: [...this.#path, ...at] });
  }

  invalid(id: string): PolicyEntry {
    const errors = this.#found.map(({ text }) => text);
    return { state: "invalid", id, errors, paths: this.#found.map(({ path }) => path) };
  }
}

/** The errors of an entry, with where in the file they are, as far as that is known. */
export function policyErrors(
  { errors, places }: Pick<Extract<PolicyEntry, { state: "invalid" }>, "errors" | "places">,
): string[] {
  return errors.map((error, index) => places === undefined ? error : `${places[index]}: ${error}`);
}

interface PolicyList {
  readonly policies: readonly unknown[];
  /** The path of one of them. */
  readonly at: (index: number) => Path;
}

function policyList(document: unknown): PolicyList {
  const none = { policies: [], at: () => [] };
  if (Array.isArray(document)) return { policies: document, at: (index) => [index] };
  if (document === null || document === undefined) return none;
  if (typeof document !== "object") {
    throw new PolicyDocumentError(
      `found ${typeof document}, wanted {"policies": [...]}, a list or one policy`,
    );
  }
  const fields = snakeFields(document);
  const policies = fields.get("policies");
  if (Array.isArray(policies)) return { policies, at: (index) => ["policies", index] };
  if (policies !== undefined) {
    throw new PolicyDocumentError(`policies: found ${typeof policies}, wanted a list`, [
      "policies",
    ]);
  }
  if (fields.has("id") || TARGETS.some((target) => fields.has(target))) {
    return { policies: [document], at: () => [] };
  }
  if (fields.size === 0 || "policies" in document) return none;
  throw new PolicyDocumentError(
    `found neither "policies" nor a policy, wanted {"policies": [...]}`,
  );
}

const TARGETS = ["metric", "log", "trace"];

function readPolicy(
  policy: unknown,
  index: number,
  reading: Reading,
  errors: PolicyErrors,
): PolicyEntry {
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) {
    errors.add(`policies[${index}]: not an object`);
    return errors.invalid("");
  }
  const fields = snakeFields(policy);
  const id = fields.get("id");
  const isSynced = reading.author === "server";
  const name = fields.get("name") ?? (isSynced ? id : undefined);
  if (typeof id !== "string" || id === "") errors.add(`policies[${index}]: missing id`, "id");
  if (typeof name !== "string" || name === "") errors.add("missing name", "name");
  const enabled = fields.get("enabled") ?? !isSynced;
  if (typeof enabled !== "boolean") {
    errors.add(`enabled: found ${typeof enabled}, wanted boolean`, "enabled");
  }

  // Servers know no modes: what they call so is something else.
  const wanted = isSynced ? undefined : fields.get("mode");
  const mode = parseRolloutMode(wanted);
  if (wanted !== undefined && mode === undefined) {
    errors.add(`mode: found ${JSON.stringify(wanted)}, wanted ${ROLLOUT_WANTED}`, "mode");
  }

  const targets = TARGETS.filter((target) => fields.has(target));
  const named = typeof id === "string" ? id : "";
  if (targets.length !== 1) {
    const isNone = targets.length === 0;
    errors.add(
      isNone ? "no target" : `several targets (${targets.join(", ")})`,
      ...targets.slice(-1),
    );
  } else if (targets[0] !== "metric" && errors.count === 0) {
    return { state: "other_signal", id: named, name: name as string, signal: targets[0] };
  }
  const unknown: string[] = [];
  const target = targets[0] === "metric"
    ? readMetricTarget(fields.get("metric"), reading, errors, unknown)
    : null;
  if (errors.count > 0 || target === null) return errors.invalid(named);
  if (enabled === false) return { state: "disabled", id: named, name: name as string };
  const spec = { id: named, name: name as string, ...target };
  return { state: "active", spec, ...mode && { mode }, ...unknown.length > 0 && { unknown } };
}

function readMetricTarget(
  target: unknown,
  reading: Reading,
  errors: PolicyErrors,
  unknown: string[],
): { keep: boolean; matchers: MatcherSpec[] } | null {
  if (typeof target !== "object" || target === null || Array.isArray(target)) {
    errors.add("metric: not an object", "metric");
    return null;
  }
  const fields = snakeFields(target);
  for (const key of fields.keys()) {
    if (key !== "match" && key !== "keep") {
      errors.add(`metric: unknown key ${JSON.stringify(key)}`, "metric", key);
    }
  }
  const keep = fields.get("keep") ?? (reading.author === "server" ? false : undefined);
  if (keep === undefined) errors.add("metric: missing keep", "metric");
  else if (typeof keep !== "boolean") {
    errors.add(
      `metric: keep: found ${JSON.stringify(keep)}, wanted true or false`,
      "metric",
      "keep",
    );
  }
  const matchers = readMatchers(fields.get("match"), reading, errors, unknown);
  return typeof keep === "boolean" ? { keep, matchers } : null;
}

function readMatchers(
  match: unknown,
  { isRegex, author }: Reading,
  errors: PolicyErrors,
  unknown: string[],
): MatcherSpec[] {
  const list = Array.isArray(match) ? match : match === undefined ? [] : [match];
  if (list.length === 0) errors.add("metric: no matchers", "metric", "match");
  const matchers: MatcherSpec[] = [];
  list.forEach((element, index) => {
    const at = Array.isArray(match) ? ["metric", "match", index] : ["metric", "match"];
    const add = (problem: string, ...steps: Path) =>
      errors.add(`metric: match[${index}]: ${problem}`, ...at, ...steps);
    const problems: MatcherProblem[] = [];
    // A matcher that lacks what it needs is in error all the same.
    const unknownKeys: string[] = [];
    if (typeof element !== "object" || element === null || Array.isArray(element)) {
      problems.push({ text: "not an object" });
    } else {
      const matcher = readMatcher(snakeFields(element), isRegex, problems, unknownKeys);
      if (matcher !== undefined) matchers.push(matcher);
    }
    for (const key of unknownKeys) {
      if (author === "server") unknown.push(`metric.match[${index}].${key}`);
      else problems.unshift({ text: `unknown key ${JSON.stringify(key)}`, key });
    }
    for (const { text, key } of problems) add(text, ...key === undefined ? [] : [key]);
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
