import assert from "node:assert/strict";
import { test } from "node:test";
import { readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { errorsOf, Filter, policy } from "../support/policy/policy_fixture.ts";

const SELECTORS = "metric_field, datapoint_attribute, resource_attribute, scope_attribute, " +
  "metric_type, aggregation_temporality";
const MATCHES = "exact, regex, starts_with, ends_with, contains, equals, exists, gt, gte, lt, lte";

/** What stands in `match[0]`, and the errors behind `metric: match[0]: `. */
const matcherErrors: readonly (readonly [string, unknown, string[]])[] = [
  ["no field selector", { exact: "a" }, [`no field selector, wanted one of ${SELECTORS}`]],
  [
    "several field selectors",
    { metric_field: "name", scopeAttribute: "a", exact: "a" },
    ["several field selectors (metric_field, scope_attribute), wanted one"],
  ],
  ["unspecified field", { metric_field: "METRIC_FIELD_UNSPECIFIED", exact: "a" }, [
    'metric_field: unspecified value "METRIC_FIELD_UNSPECIFIED"',
  ]],
  ["field 0", { metric_field: 0, exact: "a" }, ["metric_field: unspecified value 0"]],
  ["unknown field", { metric_field: "nam", exact: "a" }, [
    'metric_field: unspecified value "nam"',
  ]],
  ["unspecified type", { metric_type: "unspecified" }, [
    'metric_type: unspecified value "unspecified"',
  ]],
  ["type 9", { metric_type: 9 }, ["metric_type: unspecified value 9"]],
  ["unspecified temporality", { aggregation_temporality: 0 }, [
    "aggregation_temporality: unspecified value 0",
  ]],
  ...["", [], [""], ["a", ""], {}, { path: [] }, { path: [""] }, 7].map((path) =>
    [`empty path ${JSON.stringify(path)}`, { datapoint_attribute: path, exists: true }, [
      'datapoint_attribute: empty attribute path, wanted "name" or ["name"]',
    ]] as const satisfies readonly [string, unknown, string[]]
  ),
  ["no match condition", { metric_field: "name" }, [
    `no match condition, wanted one of ${MATCHES}`,
  ]],
  ["negate alone", { metric_field: "name", negate: true }, [
    `no match condition, wanted one of ${MATCHES}`,
  ]],
  ["several match conditions", { metric_field: "name", regex: "a", gt: 1, exists: true }, [
    "several match conditions (regex, exists, gt), wanted one",
  ]],
  ["a condition beside a type", { metric_type: "gauge", exact: "a" }, [
    "several match conditions (exact): equality is implied here",
  ]],
  ["exists: false beside a type", { metric_type: "gauge", exists: false }, [
    "several match conditions (exists): equality is implied here",
  ]],
  ["bad RE2", { metric_field: "name", regex: "([bad" }, ['invalid regex "([bad"']],
  ["no RE2: look-ahead", { metric_field: "name", regex: "a(?=b)" }, ['invalid regex "a(?=b)"']],
  ["no RE2: back-reference", { metric_field: "name", regex: "(a)\\1" }, [
    'invalid regex "(a)\\\\1"',
  ]],
  ["no RE2: too many repetitions", { metric_field: "name", regex: "a{1001}" }, [
    'invalid regex "a{1001}"',
  ]],
  ["bad hex", { metric_field: "name", equals: { hex_value: "abc" } }, [
    'equals: hex_value: found "abc", wanted hex digits',
  ]],
  ["not hex", { metric_field: "name", equals: { hexValue: "zz" } }, [
    'equals: hex_value: found "zz", wanted hex digits',
  ]],
  ["bad base64", { metric_field: "name", equals: { bytes_value: "AAAAA" } }, [
    'equals: bytes_value: found "AAAAA", wanted base64',
  ]],
  ["empty typed value", { metric_field: "name", equals: {} }, ["equals: empty typed value {}"]],
  ["empty list as typed value", { metric_field: "name", equals: [] }, [
    "equals: empty typed value []",
  ]],
  ["typed value of null", { metric_field: "name", equals: { int_value: null } }, [
    "equals: empty typed value {}",
  ]],
  ["several typed values", { metric_field: "name", equals: { intValue: 1, boolValue: true } }, [
    "equals: several typed values (intValue, boolValue)",
  ]],
  ["unknown typed value", { metric_field: "name", equals: { uint_value: 1 } }, [
    'equals: unknown typed value "uint_value"',
  ]],
  ["int_value of another type", { metric_field: "name", equals: { int_value: "x" } }, [
    'equals: int_value: found "x", wanted a number',
  ]],
  ["bool_value of another type", { metric_field: "name", equals: { bool_value: "true" } }, [
    'equals: bool_value: found "true", wanted true or false',
  ]],
  ["string_value of another type", { metric_field: "name", equals: { string_value: 1 } }, [
    "equals: string_value: found 1, wanted a string",
  ]],
  ["gt of a word", { datapoint_attribute: "value", gt: "many" }, ['gt: non-numeric value "many"']],
  ["gte of a boolean", { datapoint_attribute: "value", gte: true }, [
    "gte: non-numeric value true",
  ]],
  ["lt of nothing", { datapoint_attribute: "value", lt: "" }, ['lt: non-numeric value ""']],
  ["lte of a typed string", { datapoint_attribute: "value", lte: { stringValue: "1" } }, [
    'lte: non-numeric value {"stringValue":"1"}',
  ]],
  ["exact of a number", { metric_field: "name", exact: 1 }, ["exact: found 1, wanted a string"]],
  ["regex of a number", { metric_field: "name", regex: 1 }, ["regex: found 1, wanted a string"]],
  ["exists of a word", { metric_field: "name", exists: "yes" }, [
    'exists: found "yes", wanted true or false',
  ]],
  ["negate of a word", { metric_field: "name", exact: "a", negate: "no" }, [
    'negate: found "no", wanted true or false',
  ]],
  ["unknown key", { metric_field: "name", exact: "a", caseInsensitve: true }, [
    'unknown key "case_insensitve"',
  ]],
  ["not an object", "name", ["not an object"]],
  ["several errors", { metric_type: 9, exact: "a", negate: 1, extra: 1 }, [
    'unknown key "extra"',
    "metric_type: unspecified value 9",
    "several match conditions (exact): equality is implied here",
    "negate: found 1, wanted true or false",
  ]],
];

for (const [name, match, errors] of matcherErrors) {
  test(`matcher error: ${name}`, async () => {
    const wanted = errors.map((error) => `metric: match[0]: ${error}`);
    assert.deepEqual(await errorsOf(policy(match)), wanted);
  });
}

const good = { metric_field: "name", exact: "a" };
const policyErrors: readonly (readonly [string, unknown, string[]])[] = [
  ["missing id", { name: "n", metric: { match: [good], keep: false } }, [
    "policies[0]: missing id",
  ]],
  ["empty id", { id: "", name: "n", metric: { match: [good], keep: false } }, [
    "policies[0]: missing id",
  ]],
  ["missing name", { id: "p", metric: { match: [good], keep: false } }, ["missing name"]],
  ["missing keep", { id: "p", name: "n", metric: { match: [good] } }, ["metric: missing keep"]],
  ["keep of a log policy", { id: "p", name: "n", metric: { match: [good], keep: "none" } }, [
    'metric: keep: found "none", wanted true or false',
  ]],
  ["no matchers", { id: "p", name: "n", metric: { keep: true } }, ["metric: no matchers"]],
  ["empty matchers", { id: "p", name: "n", metric: { match: [], keep: true } }, [
    "metric: no matchers",
  ]],
  ["no target", { id: "p", name: "n" }, ["no target"]],
  ["several targets", { id: "p", name: "n", log: {}, metric: { match: [good], keep: true } }, [
    "several targets (metric, log)",
  ]],
  ["target of another type", { id: "p", name: "n", metric: [] }, ["metric: not an object"]],
  ["unknown key of the target", { id: "p", name: "n", metric: { match: [good], kep: true } }, [
    'metric: unknown key "kep"',
    "metric: missing keep",
  ]],
  ["enabled of a word", {
    id: "p",
    name: "n",
    enabled: "no",
    metric: { match: [good], keep: true },
  }, [
    "enabled: found string, wanted boolean",
  ]],
  ["not an object", 7, ["policies[0]: not an object"]],
  ["everything at once", {
    metric: { match: [{ metric_field: "name", regex: "(" }, good, { exact: 1 }] },
  }, [
    "policies[0]: missing id",
    "missing name",
    "metric: missing keep",
    'metric: match[0]: invalid regex "("',
    `metric: match[2]: no field selector, wanted one of ${SELECTORS}`,
    "metric: match[2]: exact: found 1, wanted a string",
  ]],
];

for (const [name, entry, errors] of policyErrors) {
  test(`policy error: ${name}`, async () => {
    assert.deepEqual(await errorsOf([entry]), errors);
  });
}

test("a bad policy is inert, and its neighbours work", async () => {
  const entries = await readPolicies([
    policy({ metric_field: "name", regex: "([bad" }, false, "bad"),
    policy({ metric_field: "name", exact: "a" }, false, "good"),
    null,
    policy({ metric_field: "name", starts_with: "b" }, false, "other"),
  ]);
  assert.deepEqual(entries.map((entry) => entry.state), ["invalid", "active", "invalid", "active"]);
  const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
  const filter = new Filter(specs);
  assert.deepEqual(filter.verdicts("a 1\nbc 1\nc 1"), ["drop", "drop", "keep"]);
  assert.deepEqual(filter.counts(), { good: [1, 0], other: [1, 0] });
});

test("the place of a policy without id is its index", async () => {
  const second = { name: "n", metric: { match: [good], keep: true } };
  assert.deepEqual(await errorsOf([policy(good), second]), ["policies[1]: missing id"]);
});
