import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../../src/policy/policy.ts";
import { normalize } from "../support/policy/otlp_compare.ts";
import { OtlpReader } from "../support/policy/otlp_reader.ts";

const attribute = (key: string, value: unknown) => ({ key, value });

const point = {
  attributes: [
    attribute("string", { stringValue: "a" }),
    attribute("empty", { stringValue: "" }),
    attribute("int", { intValue: "5" }),
    attribute("long", { intValue: "9007199254740993" }),
    attribute("double", { doubleValue: 0.5 }),
    attribute("bool", { boolValue: false }),
    attribute("bytes", { bytesValue: "Cv8=" }),
    attribute("map", {
      kvlistValue: {
        values: [attribute("deep", {
          kvlistValue: { values: [attribute("leaf", { stringValue: "x" })] },
        })],
      },
    }),
    attribute("list", { arrayValue: { values: [{ stringValue: "a" }] } }),
  ],
};
const resource = {
  resource: { attributes: [attribute("service.name", { stringValue: "shop" })] },
  schemaUrl: "https://r/1",
};
const scope = {
  scope: {
    name: "lib",
    version: "1.2",
    attributes: [attribute("s", { boolValue: true })],
  },
  schemaUrl: "https://s/1",
};
const metric = {
  name: "m",
  description: "d",
  unit: "",
  histogram: { dataPoints: [point], aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA" },
};

const path = (kind: "datapoint" | "resource" | "scope", ...segments: string[]): Field => ({
  kind: `${kind}_attribute`,
  path: segments,
});
const field = (name: "name"): Field => ({ kind: "metric_field", name });

const cases: readonly (readonly [string, Field, unknown])[] = [
  ["name", field("name"), "m"],
  ["description", field("description" as "name"), "d"],
  ["an empty unit", field("unit" as "name"), undefined],
  ["resource_schema_url", field("resource_schema_url" as "name"), "https://r/1"],
  ["scope_schema_url", field("scope_schema_url" as "name"), "https://s/1"],
  ["scope_name", field("scope_name" as "name"), "lib"],
  ["scope_version", field("scope_version" as "name"), "1.2"],
  ["a string", path("datapoint", "string"), "a"],
  ["an empty string", path("datapoint", "empty"), ""],
  ["an integer", path("datapoint", "int"), 5],
  ["a 64-bit integer", path("datapoint", "long"), 9007199254740993n],
  ["a double", path("datapoint", "double"), 0.5],
  ["a boolean", path("datapoint", "bool"), false],
  ["bytes", path("datapoint", "bytes"), { hex: "0aff" }],
  ["a nested value", path("datapoint", "map", "deep", "leaf"), "x"],
  ["a map, present alone", path("datapoint", "map"), { hex: "" }],
  ["a list, present alone", path("datapoint", "list"), { hex: "" }],
  ["a path that ends early", path("datapoint", "map", "none"), undefined],
  ["a path through a string", path("datapoint", "string", "a"), undefined],
  ["an absent attribute", path("datapoint", "none"), undefined],
  ["a resource attribute", path("resource", "service.name"), "shop"],
  ["a scope attribute", path("scope", "s"), true],
  ["the type", { kind: "metric_type" }, "histogram"],
  ["the temporality", { kind: "aggregation_temporality" }, "delta"],
];

for (const [name, wanted, value] of cases) {
  test(`OTLP: ${name}`, () => {
    assert.deepEqual(new OtlpReader(resource, scope, metric, point).read(wanted), value);
  });
}

for (
  const [key, type, temporality, wanted] of [
    ["gauge", "gauge", undefined, undefined],
    ["sum", "sum", 2, "cumulative"],
    ["sum", "sum", 0, undefined],
    ["exponentialHistogram", "exponential_histogram", 1, "delta"],
    ["summary", "summary", undefined, undefined],
  ] as const
) {
  test(`OTLP: ${key} with temporality ${temporality}`, () => {
    const data = { name: "m", [key]: { aggregationTemporality: temporality } };
    const reader = new OtlpReader({}, {}, data, undefined);
    assert.equal(reader.read({ kind: "metric_type" }), type);
    assert.equal(reader.read({ kind: "aggregation_temporality" }), wanted);
    assert.equal(reader.read(path("datapoint", "a")), undefined);
    assert.equal(reader.read(path("resource", "a")), undefined);
    assert.equal(reader.read(field("scope_name" as "name")), undefined);
  });
}

test("results are compared without defaults, with numbers as numbers and keys in order", () => {
  const value = { b: "12", a: { x: 0, y: "", z: [], w: {}, v: false }, c: [0, "0", {}], d: null };
  assert.equal(JSON.stringify(normalize(value)), '{"b":12,"c":[null,null,null]}');
  assert.equal(normalize({}), undefined);
});
