import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { policyText } from "../../src/policy/policy_text.ts";

/** Matchers of every selector and every match, in the spelling that the text has. */
const MATCHERS = [
  { metric_field: "name", equals: "up" },
  { metric_field: "description", regex: "^a|b$" },
  { datapoint_attribute: "path", starts_with: "/x", negate: true },
  { resource_attribute: ["a", "b"], ends_with: "y", case_insensitive: true },
  { scope_attribute: "c", contains: "z" },
  { metric_type: "histogram" },
  { aggregation_temporality: "cumulative" },
  { datapoint_attribute: "d", exists: true },
  { datapoint_attribute: "e", exists: false },
  { datapoint_attribute: "f", equals: 5 },
  { datapoint_attribute: "f", equals: true },
  { datapoint_attribute: "f", equals: { int_value: "9223372036854775807" } },
  { datapoint_attribute: "f", equals: { double_value: "-Infinity" } },
  { datapoint_attribute: "f", equals: { hex_value: "00ff" } },
  { datapoint_attribute: "value", gt: 0.5 },
  { datapoint_attribute: "value", gte: "Infinity" },
  { datapoint_attribute: "value", lt: "9223372036854775807" },
  { datapoint_attribute: "value", lte: -1 },
];

test("the text of policies is what they are read from again", async () => {
  const policies = MATCHERS.map((match, index) => ({
    id: `p${index}`,
    name: `"P" ${index}`,
    metric: { match: [match], keep: index % 2 === 0 },
  }));
  const text = policyText(await readPolicies({ policies }));
  deepEqual(JSON.parse(text), { policies });
  deepEqual(await readPolicies(JSON.parse(text)), await readPolicies({ policies }));
});

test("policies that are not in force are left out", async () => {
  const metric = { match: [MATCHERS[0]], keep: true };
  const entries = await readPolicies({
    policies: [
      { id: "off", name: "off", enabled: false, metric },
      { id: "bad", name: "bad", metric: { keep: true } },
      { id: "logs", name: "logs", log: {} },
      { id: "on", name: "on", metric },
    ],
  });
  deepEqual(JSON.parse(policyText(entries)), { policies: [{ id: "on", name: "on", metric }] });
});
