import assert from "node:assert/strict";
import { test } from "node:test";
import { readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { matcherOf } from "../support/policy/policy_fixture.ts";

const fields = [
  ["name", 1],
  ["description", 2],
  ["unit", 3],
  ["resource_schema_url", 10],
  ["scope_schema_url", 11],
  ["scope_name", 12],
  ["scope_version", 13],
] as const;

for (const [name, number] of fields) {
  test(`metric_field ${name} in every spelling`, async () => {
    const full = `METRIC_FIELD_${name.toUpperCase()}`;
    for (const value of [name, name.toUpperCase(), full, full.toLowerCase(), number]) {
      for (const key of ["metric_field", "metricField"]) {
        const { field } = await matcherOf({ [key]: value, exists: true });
        assert.deepEqual(field, { kind: "metric_field", name }, `${key}: ${value}`);
      }
    }
  });
}

const enums = [
  ["metric_type", "metricType", "gauge", 1],
  ["metric_type", "metricType", "sum", 2],
  ["metric_type", "metricType", "histogram", 3],
  ["metric_type", "metricType", "exponential_histogram", 4],
  ["metric_type", "metricType", "summary", 5],
  ["aggregation_temporality", "aggregationTemporality", "delta", 1],
  ["aggregation_temporality", "aggregationTemporality", "cumulative", 2],
] as const;

for (const [snake, camel, name, number] of enums) {
  test(`${snake} ${name} in every spelling`, async () => {
    const full = `${snake}_${name}`;
    const mixed = name[0].toUpperCase() + name.slice(1);
    for (const value of [name, mixed, full, full.toUpperCase(), number]) {
      for (const key of [snake, camel]) {
        const spec = await matcherOf({ [key]: value });
        assert.deepEqual(spec.field, { kind: snake }, `${key}: ${value}`);
        assert.deepEqual(spec.match, { kind: "equals", value: name }, `${key}: ${value}`);
      }
    }
  });
}

test("a type with exists: true beside it says nothing more", async () => {
  const { match } = await matcherOf({ metric_type: "gauge", exists: true });
  assert.deepEqual(match, { kind: "equals", value: "gauge" });
});

for (const kind of ["datapoint_attribute", "resource_attribute", "scope_attribute"]) {
  test(`${kind} in every spelling of its path`, async () => {
    const camel = kind.replace("_a", "A");
    for (const value of ["a.b", ["a.b"], { path: ["a.b"] }]) {
      for (const key of [kind, camel]) {
        const { field } = await matcherOf({ [key]: value, exists: true });
        assert.deepEqual(field, { kind, path: ["a.b"] });
      }
    }
    const { field } = await matcherOf({ [kind]: { path: ["a", "b"] }, exists: true });
    assert.deepEqual(field, { kind, path: ["a", "b"] });
  });
}

const matches: readonly (readonly [unknown, unknown])[] = [
  [{ exact: "a" }, { kind: "equals", value: "a" }],
  [{ equals: "a" }, { kind: "equals", value: "a" }],
  [{ equals: { string_value: "a" } }, { kind: "equals", value: "a" }],
  [{ equals: { stringValue: "a" } }, { kind: "equals", value: "a" }],
  [{ equals: { stringValue: "a", intValue: null } }, { kind: "equals", value: "a" }],
  [{ equals: 1 }, { kind: "equals", value: 1 }],
  [{ equals: 0.5 }, { kind: "equals", value: 0.5 }],
  [{ equals: { int_value: 7 } }, { kind: "equals", value: 7 }],
  [{ equals: { intValue: "7" } }, { kind: "equals", value: 7 }],
  [{ equals: { intValue: "-9223372036854775808" } }, {
    kind: "equals",
    value: -9223372036854775808n,
  }],
  [{ equals: { doubleValue: "0.25" } }, { kind: "equals", value: 0.25 }],
  [{ equals: { doubleValue: "Infinity" } }, { kind: "equals", value: Infinity }],
  [{ equals: true }, { kind: "equals", value: true }],
  [{ equals: { boolValue: false } }, { kind: "equals", value: false }],
  [{ equals: { hexValue: "AB01" } }, { kind: "equals", value: { hex: "ab01" } }],
  [{ regex: "a" }, { kind: "regex", text: "a" }],
  [{ starts_with: "a" }, { kind: "starts_with", text: "a" }],
  [{ startsWith: "a" }, { kind: "starts_with", text: "a" }],
  [{ ends_with: "a" }, { kind: "ends_with", text: "a" }],
  [{ endsWith: "a" }, { kind: "ends_with", text: "a" }],
  [{ contains: "a" }, { kind: "contains", text: "a" }],
  [{ exists: false }, { kind: "exists", exists: false }],
  [{ gt: 1 }, { kind: "gt", value: 1 }],
  [{ gte: "9223372036854775807" }, { kind: "gte", value: 9223372036854775807n }],
  [{ lt: { double_value: 1.5 } }, { kind: "lt", value: 1.5 }],
  [{ lte: { intValue: "12" } }, { kind: "lte", value: 12 }],
];

for (const [match, wanted] of matches) {
  test(`match ${JSON.stringify(match)}`, async () => {
    const spec = await matcherOf({ metric_field: "name", ...match as object });
    assert.deepEqual(spec.match, wanted);
    assert.deepEqual([spec.negate, spec.caseInsensitive], [false, false]);
  });
}

test("negate and case_insensitive, in both cases", async () => {
  const snake = { metric_field: "name", exact: "a", negate: true, case_insensitive: true };
  const camel = { metricField: "name", exact: "a", negate: true, caseInsensitive: true };
  for (const match of [snake, camel]) {
    const { negate, caseInsensitive } = await matcherOf(match);
    assert.deepEqual([negate, caseInsensitive], [true, true]);
  }
});

test("what proto3 JSON writes out with its defaults reads as if it were not there", async () => {
  const written = {
    id: "p",
    name: "P",
    description: "",
    enabled: true,
    createdAtUnixNano: "0",
    labels: [],
    log: null,
    metric: {
      match: [{
        metricField: "METRIC_FIELD_NAME",
        datapointAttribute: null,
        regex: "^a",
        exact: null,
        negate: false,
        caseInsensitive: false,
      }],
      keep: false,
    },
  };
  const short = {
    id: "p",
    name: "P",
    metric: { match: [{ metric_field: "name", regex: "^a" }], keep: false },
  };
  assert.deepEqual(await readPolicies(written), await readPolicies(short));
});
