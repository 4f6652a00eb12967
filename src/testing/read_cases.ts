import * as v from "valibot";
import { type BodyFormat, lineFormat } from "../exposition/line_format.ts";
import { ConfigError } from "../problems/config_error.ts";
import { type Place, placeOf, type Problem, within } from "../problems/problem.ts";
import { parseConfigText, withPositions } from "../config/parse_text.ts";
import { nonEmpty } from "../config/schema_values.ts";
import { type SchemaNode, settled } from "../config/schema_walk.ts";
import { isNull } from "../yaml/plain_scalar.ts";
import { validateAs } from "../config/validate.ts";

/** Not `v.string`: a number in its place is a mistake, and no text. */
const exposition = v.custom<string>((text) => typeof text === "string", "an exposition as text");

const FORMATS = ["text", "openmetrics", "openmetrics2"] as const;

const testCase = v.strictObject({
  name: v.pipe(v.string("a name"), v.minLength(1, "a name")),
  input: exposition,
  config: v.optional(nonEmpty("the path of a config file")),
  route: v.optional(nonEmpty("the path of a route of the config file")),
  subset: v.optional(nonEmpty("the name of a subset")),
  // What is wrong in these is told by the readers of a config file and of a policy file.
  policies: v.optional(v.unknown()),
  metric_relabel_configs: v.optional(v.unknown()),
  relabel_file: v.optional(nonEmpty("the path of a relabel file")),
  aggregation: v.optional(v.unknown()),
  limits: v.optional(v.unknown()),
  expect: exposition,
  ordered: v.optional(v.boolean("true or false")),
  // Protobuf is no text: OpenMetrics 2.0 says the same.
  format: v.optional(v.picklist(FORMATS, "text, openmetrics or openmetrics2")),
  openmetrics: v.optional(v.boolean("true or false")),
}, "a map of keys");

/** A file of tests. */
export const TESTS_SCHEMA = v.strictObject(
  { tests: v.array(testCase, "a list of tests") },
  "a map of keys",
);

/** What a configuration says itself. */
const CONFIG_KEYS = ["metric_relabel_configs", "relabel_file", "aggregation", "limits"] as const;

/** One test as it was written. */
export type TestCase = Omit<v.InferOutput<typeof testCase>, "format" | "openmetrics"> & {
  /** `rules_test.yaml: tests[2]`. */
  readonly place: Place;
  readonly format: BodyFormat;
};

/**
 * Returns the tests of a YAML or JSON file: a list, or a map with the key `tests`. Throws a
 * ConfigError with everything that is wrong about their form.
 */
export async function readTestFile(file: string, bytes: Uint8Array): Promise<TestCase[]> {
  return await withPositions(new Map([[file, bytes]]), async () => {
    const parsed = await parseConfigText(file, bytes);
    if (isNull(parsed)) {
      throw new ConfigError([{
        place: placeOf(file),
        text: "found nothing, wanted a list of tests",
      }]);
    }
    const document = settled(
      Array.isArray(parsed) ? { tests: parsed } : parsed,
      TESTS_SCHEMA as unknown as SchemaNode,
    );
    const problems: Problem[] = [];
    const checked = validateAs(TESTS_SCHEMA, document, placeOf(file), new Map(), problems);
    if (checked === undefined) throw new ConfigError(problems);
    const place = placeOf(file, "tests");
    if (checked.tests.length === 0) {
      throw new ConfigError([{ place, text: "found an empty list, wanted tests" }]);
    }
    const conflicts = checked.tests.flatMap((test, index) =>
      conflictsOf(test, within(place, index))
    );
    if (conflicts.length > 0) throw new ConfigError(conflicts);
    return checked.tests.map(({ format, openmetrics = false, ...test }, index) => ({
      ...test,
      place: within(place, index),
      format: format ?? lineFormat(openmetrics),
    }));
  });
}

/** The rules that tie one key to another. */
function conflictsOf(test: v.InferOutput<typeof testCase>, place: Place): Problem[] {
  const { format, openmetrics, config, route } = test;
  const problems: Problem[] = [];
  const problem = (key: string, text: string) => problems.push({ place: within(place, key), text });
  if (openmetrics && format !== undefined && format !== "openmetrics") {
    problem("openmetrics", `is format: openmetrics, and format is ${format}`);
  }
  for (const key of CONFIG_KEYS) {
    if (config === undefined || test[key] === undefined) continue;
    problem(key, "cannot be combined with config, which says that itself");
  }
  if (route !== undefined && config === undefined) {
    problem("route", "has no effect without config");
  }
  return problems;
}
