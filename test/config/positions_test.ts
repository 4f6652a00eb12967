/**
 * Where errors say that something is: each kind of document, with each mistake that it can have, in
 * each way of writing it. Columns count characters; lines and columns are those of the file as written.
 */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { check } from "../../src/cli/check.ts";
import { test as runTests } from "../../src/cli/test.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readWebConfig } from "../../src/config/web_config.ts";
import { draftPolicies, draftRules } from "../../src/server/draft_rules.ts";
import { documentPositions } from "../../src/yaml/document_positions.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";

type Files = Readonly<Record<string, string>>;

/** Reads one kind of document, in the file `f`, and returns what is wrong. */
type Reader = (text: string) => Promise<readonly string[]>;

const COMMON = { env: {}, version: "1", instanceId: "i" };

async function checked(path: string | undefined, files: Files, flags = {}, env = {}) {
  const input = {
    ...COMMON,
    path,
    needsUpstream: true,
    flags: { ...flags, json: true as const },
    env,
    strict: true,
  };
  const { stdout } = await check(input, memoryFiles(files));
  return JSON.parse(stdout.join("\n"));
}

const READERS: Readonly<Record<string, Reader>> = {
  config: async (text) => (await checked("f", { f: text })).problems,
  relabel: async (text) =>
    (await checked("c.yaml", { f: text, "c.yaml": "upstream_url: a:1\nrelabel_file: f\n" }))
      .problems,
  text: async (relabel) => (await checked(undefined, {}, { relabel })).problems,
  policies: async (text) => {
    const report = await checked(undefined, { f: text }, { policies: "f" });
    return report.problems ??
      report.policies.not_in_force.flatMap(({ errors }: { errors: string[] }) => errors);
  },
  web: async (text) => {
    const error = await readWebConfig("f", memoryFiles({ f: text })).catch((thrown) => thrown);
    return error instanceof ConfigError ? error.problems : [];
  },
  tests: async (text) => (await runTests(["f"], memoryFiles({ f: text }), "1")).stderr,
};

type Case = readonly [what: string, text: string, ...problems: string[]];

const UP = "upstream_url: a:1\n";
const TEST = 'input: "", expect: ""';

const CASES: Readonly<Record<string, readonly Case[]>> = {
  config: [
    ["a syntax error", `${UP}web: [\n`, "f:3:1: not valid YAML: found a list in brackets"],
    ["an unknown key", `${UP}web:\n  reloud: true\n`, "f:3:3: web.reloud: unknown key"],
    ["a wrong type", `${UP}listen_port: x\n`, 'f:2:1: listen_port: found "x"'],
    ["a bad value", `${UP}scrape: {timeout: soon}\n`, 'f:2:10: scrape.timeout: found "soon"'],
    ["a missing key", "# none\n\nlog_level: info\n", "f:3:1: upstream_url: found nothing"],
    [
      "a missing key in a list",
      `${UP}listen: :1\npolicy_providers:\n  - id: a\n    type: file\n`,
      "f:4:5: policy_providers[0].path: found nothing",
    ],
    ["a key given twice", `${UP}${UP}`, "f:2:1: not valid YAML: found a key that is there already"],
    [
      "rules",
      `${UP}metric_relabel_configs:\n- action: drop\n- action: dorp\n`,
      "f:4:3: metric_relabel_configs[1].action: unknown relabel action",
    ],
    [
      "a regex",
      `${UP}metric_relabel_configs:\n- action: labeldrop\n  regex: (\n`,
      "f:4:3: metric_relabel_configs[0].regex: error parsing regexp",
    ],
    [
      "an aggregation's regex",
      `${UP}limits: {series: 1}\naggregation:\n  rules:\n  - function: max\n    match: (\n`,
      "f:6:5: aggregation.rules[0].match: found",
    ],
    [
      "a subset's rules",
      `${UP}subsets:\n  a.b:\n  - {action: dorp}\n`,
      "f:4:6: subsets.a.b[0].action: unknown relabel action",
    ],
    [
      "a route's rules",
      `${UP}routes:\n- path: /metrics/x\n  metric_relabel_configs: [{}]\n`,
      "f:4:28: routes[0].metric_relabel_configs[0]: relabel configuration",
    ],
    [
      "what excludes something else",
      `${UP}http_config:\n  tls_config: {cert: a}\n`,
      "f:3:3: http_config.tls_config: found cert without key",
    ],
    [
      "an alias",
      `${UP}limits: &l\n  series: -1\nroutes: [{path: /metrics/a, limits: *l}]\n`,
      "f:3:3: limits.series: found -1",
      "f:3:3: routes[0].limits.series: found -1",
    ],
    [
      "a merge",
      `${UP}web: {<<: {reload: 7}}\n`,
      "f:2:12: web.reload: found 7",
    ],
    [
      "a merge over what stands before it",
      `${UP}web: {reload: true, <<: [{reload: 7}, {reload: false}]}\n`,
      "f:2:27: web.reload: found 7",
    ],
    [
      "after a text of several lines",
      `${UP}http_config:\n  tls_config:\n    ca: |\n      x\n      y\nweb: 3\n`,
      "f:7:1: web: found 3",
    ],
    ["lines that end in CR and LF", "upstream_url: a:1\r\nweb: 3\r\n", "f:2:1: web: found 3"],
    ["tabs between", `${UP}scrape:\t{\ttimeout:\tx}\n`, 'f:2:11: scrape.timeout: found "x"'],
    ["a byte order mark", `\uFEFFweb: 3\n${UP}`, "f:1:1: web: found 3"],
    ["flow style", `{upstream_url: "a:1", web: {reload: 3}}`, "f:1:29: web.reload: found 3"],
    [
      "characters of several bytes and units before",
      '{"upstream_url": "a:1", "service": {"name": "é😀"}, "web": 3}',
      "f:1:52: web: found 3",
    ],
    [
      "variables, in the file as it is written",
      `upstream_url: a:1\nservice: {name: "\${N}", version: 1}\nlog_level: \${LEVEL}\nweb: 3\n`,
      'f:3:1: log_level: found "${LEVEL}" (from the environment)',
      "f:4:1: web: found 3",
    ],
    ["only the first document", `${UP}web: 3\n---\nweb: 4\n`, "f:2:1: web: found 3"],
    [
      "JSON",
      '{\n  "upstream_url": "a:1",\n  "web": {"reload": 3}\n}',
      "f:3:11: web.reload: found 3",
    ],
    ["JSON's syntax", '{\n  "upstream_url": "é" 1\n}', 'f:2:23: found "1", wanted "," or "}"'],
    ["JSON's key given twice", '{"web": {},\n "web": {}}', 'f:2:2: found "\\""'],
    ["escapes in JSON's keys", '{"upstream_url": "a:1", "w\\u0065b": 3}', "f:1:25: web: found 3"],
    ["a scalar", "3", "f:1:1: found a number", "f:1:1: upstream_url: found nothing"],
  ],
  relabel: [
    ["a syntax error", "- action: drop\n action: keep\n", "f:2:1: not valid YAML: "],
    ["an unknown key", "- {}\n- regx: a\n", "f:1:3: metric_relabel_configs[0]: ", "f:2:3: "],
    ["a wrong type", "metric_relabel_configs: {}\n", "f:1:1: metric_relabel_configs: found a map"],
    ["a bad value", "x: []\nmetric_relabel_configs:\n  - action: dorp\n", "f:3:5: "],
    ["a missing key", "a: []\n", 'f:1:1: found "a", wanted the key metric_relabel_configs'],
    ["nested in a list", "- source_labels: [a,\n    {}]\n  target_label: x\n", "f:2:5: "],
    [
      "a subset of an alias",
      "metric_relabel_configs: &r\n- action: dorp\nsome: *r\n",
      "f:2:3: metric_relabel_configs[0].action: ",
      "f:2:3: some[0].action: ",
    ],
    ["a merge", "- &a {action: dorp}\n- {<<: *a}\n", "f:1:7: ", "f:1:7: "],
    [
      "a regex of a subset",
      "metric_relabel_configs: []\nsome:\n- action: labeldrop\n  regex: a(\n",
      "f:4:3: some[0].regex: error parsing regexp",
    ],
    ["a subset's name", "metric_relabel_configs: []\na/b: []\n", "f:2:1: a/b: found the subset"],
    [
      "JSON",
      '[{"action": "drop"},\n {"action": "dorp"}]',
      "f:2:3: metric_relabel_configs[1].action",
    ],
  ],
  text: [
    ["a bad value", "- {action: dorp}", "--relabel:1:4: metric_relabel_configs[0].action: "],
    ["a regex", "- {action: drop, regex: (}", "--relabel:1:18: metric_relabel_configs[0].regex"],
    ["a syntax error", "- {action: drop", "--relabel:1:16: not valid YAML: "],
  ],
  policies: [
    ["a syntax error", "policies: [\n", "f:2:1: not valid YAML: "],
    ["a syntax error of JSON", '{"policies": [{} {}]}', 'f:1:18: found "{", wanted "," or "]"'],
    ["no policies", "policies: 3\n", "f:1:1: policies: found number"],
    [
      "an unknown key",
      "- id: a\n  name: A\n  metric:\n    keep: false\n    match: [{metric_field: name, exact: x, exakt: y}]\n",
      "f:5:44: metric: match[0]: unknown key",
    ],
    [
      "a wrong type, in camelCase",
      '{"policies": [{"id": "a", "name": "A",\n "metric": {"match": [{"metricField": "name",\n "startsWith": 5}], "keep": false}}]}',
      "f:3:2: metric: match[0]: starts_with: found 5",
    ],
    [
      "a missing key",
      "policies:\n- id: a\n  name: A\n  metric: {match: [{metric_field: name, exact: x}]}\n",
      "f:4:3: metric: missing keep",
    ],
    [
      "a pattern",
      "id: a\nname: A\nmetric:\n  keep: false\n  match: {metric_field: name, regex: '('}\n",
      "f:5:31: metric: match[0]: invalid regex",
    ],
    ["one that is none", "- 3\n", "f:1:3: policies[0]: not an object"],
  ],
  web: [
    ["a syntax error", "a: 'x\n", "f:1:4: not valid YAML: found a text in single quotes"],
    ["an unknown key", "basic_auth: {}\n", "f:1:1: basic_auth: unknown key"],
    [
      "a bad value",
      "basic_auth_users:\n  bob: secret\n",
      "f:2:3: basic_auth_users.bob: found <sec",
    ],
    [
      "a missing key",
      "tls_server_config:\n  cert_file: a\n",
      "f:1:1: tls_server_config.key_file: found nothing",
    ],
    [
      "what excludes something else",
      "http_server_config: {http2: true}\n",
      "f:1:22: http_server_config.http2: found true",
    ],
    ["no map", "- a\n", "f:1:1: found no map"],
  ],
  tests: [
    ["a syntax error", "tests:\n\t- a\n", "f:2:1: not valid YAML: found a tab"],
    ["an unknown key", `- {name: a, ${TEST}, x: 1}\n`, "f:1:36: tests[0].x: unknown key"],
    ["a wrong type", `tests:\n- {name: a, input: 3, expect: ""}\n`, "f:2:13: tests[0].input: "],
    [
      "rules, in a list",
      `- name: a\n  ${TEST.replace(", ", "\n  ")}\n  metric_relabel_configs:\n  - action: dorp\n`,
      "f:5:5: tests[0].metric_relabel_configs[0].action: unknown",
    ],
    [
      "a regex",
      `tests:\n- {name: a, ${TEST},\n   metric_relabel_configs: [{action: drop, regex: (}]}\n`,
      "f:3:44: tests[0].metric_relabel_configs[0].regex: error",
    ],
    [
      "policies",
      `- {name: a, ${TEST}, policies: [{id: a, name: A,\n  metric: {keep: 1, match: []}}]}\n`,
      'f:2:12: tests[0].policies[0].metric.keep: policy "a": metric: keep',
      'f:2:21: tests[0].policies[0].metric.match: policy "a": metric: no matchers',
    ],
    ["limits", `- {name: a, ${TEST}, limits: {serie: 1}}\n`, "f:1:45: tests[0].limits.serie: unkn"],
  ],
};

for (const [kind, cases] of Object.entries(CASES)) {
  for (const [what, text, ...wanted] of cases) {
    test(`${kind}: ${what}`, async () => {
      const problems = await READERS[kind](text);
      deepEqual(problems.map((problem, index) => problem.slice(0, wanted[index]?.length)), wanted);
    });
  }
}

test("the page has the line and column that the command line has", async () => {
  const rules = "# é\n- {action: keep}\n- {regex: '(', action: drop}\n";
  const [problem] = await READERS.relabel(rules);
  const config = await loadConfig({ ...COMMON, flags: {} });
  const draft = await draftRules(rules, { config }).catch((error) => error);
  const { line, column, message } = draft.problems[0];
  equal(`f:${line}:${column}: ${message}`, problem);
  const policies = "- id: a\n  name: A\n  metric: {keep: x, match: []}\n";
  const [first] = await READERS.policies(policies);
  const ofPage = (await draftPolicies(policies).catch((error) => error)).problems[0];
  equal(first.startsWith(`f:${ofPage.line}:${ofPage.column}: `), true, first);
});

test("a path that leads nowhere ends at what is there, and a text that is none has no position", async () => {
  const positionOf = await documentPositions("a:\n  b: [1, {c: 2}]\n");
  deepEqual(positionOf([]), { line: 1, column: 1 });
  deepEqual(positionOf(["a", "b", 1, "c"]), { line: 2, column: 11 });
  deepEqual(positionOf(["a", "b", 1, "d", "e"]), { line: 2, column: 10 });
  deepEqual(positionOf(["a", "x"]), { line: 1, column: 1 });
  deepEqual(positionOf(["b", "b"]), { line: 1, column: 1 });
  equal((await documentPositions(""))(["a"]), undefined);
  equal((await documentPositions("[".repeat(100_000)))(["a"])?.line ?? 1, 1);
});

test("anchors that lead in circles end", async () => {
  const positionOf = await documentPositions("a: &a\n  <<: *a\n  b: 1\n");
  deepEqual(positionOf(["a", "c"]), { line: 1, column: 1 });
  deepEqual(positionOf(["a", "b"]), { line: 3, column: 3 });
});
