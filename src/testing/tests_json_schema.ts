import { configJsonSchema, type Json, jsonSchemaOf, rules } from "../config/json_schema.ts";
import { TESTS_SCHEMA } from "./read_cases.ts";

/** Returns the JSON Schema of a file of tests: a list, or a map with the key `tests`. */
export function testsJsonSchema(): Json {
  const { $schema, ...map } = jsonSchemaOf(TESTS_SCHEMA);
  const { tests } = map.properties as { tests: { items: { properties: Json } } };
  const { aggregation, limits } = configJsonSchema().properties as Json;
  Object.assign(tests.items.properties, {
    metric_relabel_configs: rules(),
    aggregation,
    limits,
    input: { type: "string" },
    expect: { type: "string" },
  });
  return {
    $schema,
    title: "Tests of rules and policies for weir test",
    definitions: { tests },
    anyOf: [
      { $ref: "#/definitions/tests" },
      { ...map, properties: { tests: { $ref: "#/definitions/tests" } } },
    ],
  };
}
