import * as v from "valibot";
import { ConfigError } from "../problems/config_error.ts";
import { nearest } from "../problems/nearest.ts";
import { parseConfigText } from "../config/parse_text.ts";
import { misfits, pathText, type SchemaNode } from "../config/schema_walk.ts";

const testCase = v.strictObject({
  name: v.pipe(v.string("a name"), v.minLength(1, "a name")),
  input: v.string("an exposition as text"),
  // What is wrong in these is told by the readers of a config file and of a policy file.
  policies: v.optional(v.unknown()),
  metric_relabel_configs: v.optional(v.unknown()),
  aggregation: v.optional(v.unknown()),
  limits: v.optional(v.unknown()),
  expect: v.string("an exposition as text"),
  ordered: v.optional(v.boolean("true or false")),
  openmetrics: v.optional(v.boolean("true or false")),
}, "a map of keys");

const FILE_SCHEMA = v.strictObject(
  { tests: v.array(testCase, "a list of tests") },
  "a map of keys",
);

/** One test as it was written. */
export type TestCase = v.InferOutput<typeof testCase> & {
  /** `rules_test.yaml: tests[2]`. */
  readonly place: string;
};

/**
 * Returns the tests of a YAML or JSON file: a list, or a map with the key `tests`. Throws a
 * ConfigError with everything that is wrong about their form.
 */
export async function readTestFile(file: string, bytes: Uint8Array): Promise<TestCase[]> {
  const parsed = await parseConfigText(file, bytes);
  const document = Array.isArray(parsed) ? { tests: parsed } : parsed;
  const problems: string[] = [];
  for (const misfit of misfits(document, FILE_SCHEMA as unknown as SchemaNode)) {
    if (misfit.kind !== "unknown key") continue;
    const meant = nearest(String(misfit.path.at(-1)), misfit.known);
    const hint = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
    problems.push(`${file}: ${pathText(misfit.path)}: unknown key${hint}`);
  }
  const result = v.safeParse(FILE_SCHEMA, document);
  for (const { path: items, input, expected, message, type } of result.issues ?? []) {
    // Valibot stops at an object's first unknown key; they are all reported above.
    if (expected === "never") continue;
    const path = (items ?? []).map(({ key }) => key as string | number);
    const isMissing = type === "strict_object" && items?.at(-1)?.origin === "key";
    const wanted = isMissing ? WANTED[String(path.at(-1))] : message;
    const place = path.length === 0 ? file : `${file}: ${pathText(path)}`;
    problems.push(`${place}: found ${kindOf(input)}, wanted ${wanted}`);
  }
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  if (result.output.tests.length === 0) {
    throw new ConfigError([`${file}: tests: found an empty list, wanted tests`]);
  }
  return result.output.tests.map((test, index) => ({ ...test, place: `${file}: tests[${index}]` }));
}

const WANTED: Readonly<Record<string, string>> = {
  tests: "a list of tests",
  name: "a name",
  input: "an exposition as text",
  expect: "an exposition as text",
};

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : JSON.stringify(value);
}
