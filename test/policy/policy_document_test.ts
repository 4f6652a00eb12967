import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePolicyFile, readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { policy } from "../support/policy/policy_fixture.ts";

const one = policy({ metric_field: "name", exact: "a" });
const wanted = [{
  state: "active",
  spec: {
    id: "p",
    name: "p",
    keep: false,
    matchers: [{
      field: { kind: "metric_field", name: "name" },
      match: { kind: "equals", value: "a" },
      negate: false,
      caseInsensitive: false,
    }],
  },
}];

const YAML = `# comment
policies:
  - id: p
    name: p
    metric:
      match:
        - metric_field: name
          exact: a
      keep: false
`;

const documents: readonly (readonly [string, string])[] = [
  ["JSON, {policies}", JSON.stringify({ policies: [one] })],
  ["JSON, a list", JSON.stringify([one])],
  ["JSON, a single policy", JSON.stringify(one)],
  ["JSON behind a byte order mark and blanks", `\ufeff \n${JSON.stringify([one])}`],
  ["JSON, more keys beside policies", JSON.stringify({ version: 1, policies: [one] })],
  ["YAML, {policies}", YAML],
  ["YAML, a list", YAML.split("\n").slice(2).join("\n")],
  ["YAML, a single policy", YAML.split("\n").slice(2).map((line) => line.slice(4)).join("\n")],
  [
    "YAML, flow style",
    "{policies: [{id: p, name: p, metric: {match: [{metric_field: name, exact: a}], keep: false}}]}",
  ],
  [
    "a single matcher without a list",
    JSON.stringify({
      ...one,
      metric: { match: { metric_field: "name", exact: "a" }, keep: false },
    }),
  ],
];

for (const [name, text] of documents) {
  test(`document: ${name}`, async () => {
    assert.deepEqual(await parsePolicyFile("policies", new TextEncoder().encode(text)), wanted);
  });
}

for (const text of ["{}", "[]", "null", "# nothing\n", '{"policies": []}', "policies:\n"]) {
  test(`no policies: ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await parsePolicyFile("policies", new TextEncoder().encode(text)), []);
  });
}

const refused: readonly (readonly [unknown, string])[] = [
  ["text", 'found string, wanted {"policies": [...]}, a list or one policy'],
  [7, 'found number, wanted {"policies": [...]}, a list or one policy'],
  [{ policies: "text" }, "policies: found string, wanted a list"],
  [{ hash: "a" }, 'found neither "policies" nor a policy, wanted {"policies": [...]}'],
];

for (const [document, message] of refused) {
  test(`no document: ${JSON.stringify(document)}`, async () => {
    await assert.rejects(readPolicies(document), { message });
  });
}

for (const text of ['{"policies": [', "a: b: c", "\t- x"]) {
  test(`neither JSON nor YAML: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(parsePolicyFile("policies", new TextEncoder().encode(text)));
  });
}

const states: readonly (readonly [string, unknown, unknown])[] = [
  ["a log policy", { id: "l", name: "l", log: { match: [], keep: "none" } }, {
    state: "other_signal",
    id: "l",
    name: "l",
    signal: "log",
  }],
  ["a trace policy", { id: "t", name: "t", trace: { keep: { percentage: 1 } } }, {
    state: "other_signal",
    id: "t",
    name: "t",
    signal: "trace",
  }],
  ["a disabled policy", { ...one, enabled: false }, {
    state: "disabled",
    id: "p",
    name: "p",
  }],
  ["a bad policy that is disabled", { id: "p", name: "p", enabled: false, metric: {} }, {
    state: "invalid",
    id: "p",
    errors: ["metric: missing keep", "metric: no matchers"],
    paths: [[0, "metric"], [0, "metric", "match"]],
  }],
  ["an enabled policy", { ...one, enabled: true }, wanted[0]],
];

for (const [name, entry, state] of states) {
  test(`state: ${name}`, async () => assert.deepEqual(await readPolicies([entry]), [state]));
}

const matcher = { metricField: "METRIC_FIELD_NAME", exact: "a" };
const metric = { match: [matcher] };
const spec = {
  id: "p",
  name: "p",
  keep: false,
  matchers: [{
    field: { kind: "metric_field", name: "name" },
    match: { kind: "equals", value: "a" },
    negate: false,
    caseInsensitive: false,
  }],
};

/** The same policy as people write it, and as a server does. */
const authors: readonly (readonly [string, object, unknown, unknown])[] = [
  ["all left out", { id: "p", metric }, {
    state: "invalid",
    id: "p",
    errors: ["missing name", "metric: missing keep"],
    paths: [[0, "name"], [0, "metric"]],
  }, { state: "disabled", id: "p", name: "p" }],
  ["keep left out", { id: "p", name: "p", enabled: true, metric }, {
    state: "invalid",
    id: "p",
    errors: ["metric: missing keep"],
    paths: [[0, "metric"]],
  }, { state: "active", spec }],
  ["null, which is left out", {
    id: "p",
    name: null,
    enabled: true,
    metric: { ...metric, keep: null },
  }, {
    state: "invalid",
    id: "p",
    errors: ["missing name", "metric: missing keep"],
    paths: [[0, "name"], [0, "metric"]],
  }, { state: "active", spec }],
  ["keep: true", { id: "p", name: "p", enabled: true, metric: { ...metric, keep: true } }, {
    state: "active",
    spec: { ...spec, keep: true },
  }, { state: "active", spec: { ...spec, keep: true } }],
  [
    "an unknown field of a matcher",
    {
      id: "p",
      name: "p",
      enabled: true,
      metric: { match: [{ ...matcher, newField: 1 }], keep: false },
    },
    {
      state: "invalid",
      id: "p",
      errors: ['metric: match[0]: unknown key "new_field"'],
      paths: [[0, "metric", "match", 0, "new_field"]],
    },
    { state: "active", spec, unknown: ["metric.match[0].new_field"] },
  ],
];

for (const [name, policy, people, server] of authors) {
  test(`as people and as servers write it: ${name}`, async () => {
    assert.deepEqual(await readPolicies([policy]), [people]);
    assert.deepEqual(await readPolicies([policy], "server"), [server]);
  });
}
