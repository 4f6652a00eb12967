import * as v from "valibot";
import { type BodyFormat, lineFormat } from "../exposition/line_format.ts";
import { ConfigError } from "../problems/config_error.ts";
import { parseConfigText } from "../config/parse_text.ts";
import { type SchemaNode, settled } from "../config/schema_walk.ts";
import { validateAs } from "../config/validate.ts";

/** Not `v.string`: a number in its place is a mistake, and no text. */
const exposition = v.custom<string>((text) => typeof text === "string", "an exposition as text");

const FORMATS = ["text", "openmetrics", "openmetrics2"] as const;

const testCase = v.strictObject({
  name: v.pipe(v.string("a name"), v.minLength(1, "a name")),
  input: exposition,
  // What is wrong in these is told by the readers of a config file and of a policy file.
  policies: v.optional(v.unknown()),
  metric_relabel_configs: v.optional(v.unknown()),
  aggregation: v.optional(v.unknown()),
  limits: v.optional(v.unknown()),
  expect: exposition,
  ordered: v.optional(v.boolean("true or false")),
  // Protobuf is no text: OpenMetrics 2.0 says the same.
  format: v.optional(v.picklist(FORMATS, "text, openmetrics or openmetrics2")),
  openmetrics: v.optional(v.boolean("true or false")),
}, "a map of keys");

const FILE_SCHEMA = v.strictObject(
  { tests: v.array(testCase, "a list of tests") },
  "a map of keys",
);

/** One test as it was written. */
export type TestCase = Omit<v.InferOutput<typeof testCase>, "format" | "openmetrics"> & {
  /** `rules_test.yaml: tests[2]`. */
  readonly place: string;
  readonly format: BodyFormat;
};

/**
 * Returns the tests of a YAML or JSON file: a list, or a map with the key `tests`. Throws a
 * ConfigError with everything that is wrong about their form.
 */
export async function readTestFile(file: string, bytes: Uint8Array): Promise<TestCase[]> {
  const parsed = await parseConfigText(file, bytes);
  const document = settled(
    Array.isArray(parsed) ? { tests: parsed } : parsed,
    FILE_SCHEMA as unknown as SchemaNode,
  );
  const problems: string[] = [];
  const checked = validateAs(FILE_SCHEMA, document, file, new Map(), problems);
  if (checked === undefined) throw new ConfigError(problems);
  if (checked.tests.length === 0) {
    throw new ConfigError([`${file}: tests: found an empty list, wanted tests`]);
  }
  return checked.tests.map(({ format, openmetrics = false, ...test }, index) => {
    const place = `${file}: tests[${index}]`;
    if (openmetrics && format !== undefined && format !== "openmetrics") {
      throw new ConfigError([
        `${place}.openmetrics: is format: openmetrics, and format is ${format}`,
      ]);
    }
    return { ...test, place, format: format ?? lineFormat(openmetrics) };
  });
}
