/** Wherever rules, policies and tests of them may stand, a scalar is read in the same way. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { parsePolicyFile } from "../../src/policy/providers/parse_policies.ts";
import { rulesText } from "../../src/analyze/rule_yaml.ts";
import { lintRules } from "../../src/lint/lints.ts";
import type { RuleSet } from "../../src/relabel/rule_set.ts";
import { readSettings, type Settings } from "../../src/scrape/settings.ts";
import { draftPolicies, draftRules } from "../../src/server/draft_rules.ts";
import { problemLines } from "../../src/server/problem_lines.ts";
import { test as runTests } from "../../src/cli/test.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";
import { placeOf } from "../../src/problems/problem.ts";

const RULES = `
- &drop {source_labels: [le], regex: 1.10, action: drop}
- {<<: *drop, regex: 0500}
- source_labels: [1e3, True]
  separator: 0x10
  target_label: .5
  replacement: 9007199254740993
- {action: hashmod, target_label: 1_000, modulus: 0b1010}`;

const WRITTEN = [
  ["drop", ["le"], ";", "1.10", 0n, "", "$1"],
  ["drop", ["le"], ";", "0500", 0n, "", "$1"],
  ["replace", ["1e3", "True"], "0x10", "(.*)", 0n, ".5", "9007199254740993"],
  ["hashmod", [], ";", "(.*)", 10n, "1_000", "$1"],
];

const JSON_RULES =
  '[{"source_labels": [1.0, null], "regex": 1.10, "action": "drop"}, {"action": "hashmod", ' +
  '"target_label": true, "modulus": 18446744073709551615}]';
const JSON_WRITTEN = [
  ["drop", ["1.0", ""], ";", "1.10", 0n, "", "$1"],
  ["hashmod", [], ";", "(.*)", 18446744073709551615n, "true", "$1"],
];

function written(set: RuleSet | undefined) {
  return set?.rules.map(({ config }) => [
    config.action,
    config.sourceLabels,
    config.separator,
    config.regex,
    config.modulus,
    config.targetLabel,
    config.replacement,
  ]);
}

function settings(flags: Record<string, string>, files: Record<string, string>): Promise<Settings> {
  const path = Object.keys(files).find((name) => name.startsWith("weir"));
  const input = { path, flags, env: {}, version: "1", instanceId: "i" };
  return readSettings(input, memoryFiles(files));
}

const indented = RULES.replaceAll("\n", "\n  ");
const PLACES: Readonly<Record<string, readonly [Record<string, string>, Record<string, string>]>> =
  {
    "a config file": [{}, {
      "weir.yaml":
        `upstream_url: http://a\nmetric_relabel_configs:${RULES}\nsubsets:\n  s:${indented}\n`,
    }],
    "the config file of a gateway": [{}, {
      "weir.yaml":
        `upstreams: [http://a, http://b]\nmetric_relabel_configs:${RULES}\nsubsets:\n  s:${indented}\n`,
    }],
    "a relabel file": [{ "relabel-file": "r.yaml" }, {
      "r.yaml": `metric_relabel_configs:${RULES}\ns:${RULES}\n`,
    }],
    "--relabel": [{ relabel: `metric_relabel_configs:${RULES}\ns:${RULES}\n` }, {}],
  };

for (const [name, [flags, files]] of Object.entries(PLACES)) {
  test(`rules are what is written in ${name}, and so are those of its subsets`, async () => {
    const { rules, subsets } = await settings(flags, files);
    deepEqual(written(rules?.rules), WRITTEN);
    deepEqual(written(subsets.get("s")?.rules), WRITTEN);
  });
}

const JSON_PLACES: typeof PLACES = {
  "a config file": [{}, {
    "weir.json":
      `{"upstream_url": "http://a", "metric_relabel_configs": ${JSON_RULES}, "subsets": {"s": ${JSON_RULES}}}`,
  }],
  "a relabel file": [{ "relabel-file": "r.json" }, {
    "r.json": `{"metric_relabel_configs": ${JSON_RULES}, "s": ${JSON_RULES}}`,
  }],
};

for (const [name, [flags, files]] of Object.entries(JSON_PLACES)) {
  test(`rules are what is written in ${name} of JSON`, async () => {
    const { rules, subsets } = await settings(flags, files);
    deepEqual(written(rules?.rules), JSON_WRITTEN);
    deepEqual(written(subsets.get("s")?.rules), JSON_WRITTEN);
  });
}

test("rules are what is written in a draft, and lines are known through anchors", async () => {
  const { config } = await settings({}, {});
  const { rules } = await draftRules(`metric_relabel_configs:${RULES}\n`, { config });
  deepEqual(written(rules?.rules), WRITTEN);
  const text = "metric_relabel_configs:\n- &a {action: drop}\n- *a\n- {<<: *a,\n   regex: '('}\n";
  await rejects(draftRules(text, { config }), {
    problems: [{
      message: 'metric_relabel_configs[2].regex: error parsing regexp: missing closing ): "("',
      of: "rules",
      line: 5,
      column: 4,
    }],
  });
});

test("rules that are shown as text are read as the same rules, without a lint about quotes", async () => {
  const { rules } = await settings({ relabel: `metric_relabel_configs:${RULES}\n` }, {});
  const configs = rules!.rules!.rules.map(({ config }) => config);
  const shown = rulesText(new Map([["metric_relabel_configs", configs], ["1.10", configs]]));
  const read = await settings({ relabel: shown }, {});
  deepEqual(written(read.rules?.rules), WRITTEN);
  deepEqual(written(read.subsets.get("1.10")?.rules), WRITTEN);
  deepEqual(lintRules(read.rules!.rules!).filter(({ code }) => code === "written-scalar"), []);
});

test("names that look like numbers are names, of subsets and where lines are told", async () => {
  const { subsets } = await settings(
    { relabel: "metric_relabel_configs: []\n1.10: []\n0500:\n" },
    {},
  );
  deepEqual([...subsets.keys()].sort(), ["0500", "1.10"]);
  const text = "a: []\n1.10:\n- {}\n";
  const problems = [{ place: placeOf("rules", "1.10", 0), text: "wrong" }];
  deepEqual(await problemLines(problems, text), [
    { message: "1.10[0]: wrong", of: "rules", line: 3, column: 3 },
  ]);
});

test("weir test runs rules, policies and aggregation as they are written", async () => {
  const file = `
- name: 1.0
  input: |
    a{v="1.10"} 1
    a{v="1.1"} 2
    b{v="007",w="x"} 3
    b{v="007",w="y"} 4
  metric_relabel_configs:
    - {source_labels: [v], regex: 1.10, action: drop}
    - {action: labeldrop, regex: w}
  policies:
    - {id: 1, name: 2.0, metric: {match: [{datapoint_attribute: v, exact: 1.1}], keep: false}}
  aggregation: {rules: [{match: b, function: max}]}
  limits: {series_per_family: 10}
  expect: |
    b{v="007"} 4
`;
  const outcome = await runTests(["t.yaml"], memoryFiles({ "t.yaml": file }), "1");
  deepEqual(outcome, { status: 0, stdout: ["1 passed, 0 failed"], stderr: [] });
});

test("a text in the configuration is what is written in YAML, and needs quotes in JSON", async () => {
  const yaml = "upstreams: [{url: 'http://a', labels: {shard: 007, up: yes}}]\n" +
    "service: {version: 1.10}\naggregation: {rules: [{match: 1.0, function: max}]}\nlisten_port: 9090\n";
  const { config } = await settings({}, { "weir.yaml": yaml });
  deepEqual(config.upstreams[0].labels, [["shard", "007"], ["up", "yes"]]);
  deepEqual([config.service.version, config.aggregationRules[0].match], ["1.10", "1.0"]);
  const json = '{"upstream_url": "http://a", "service": {"version": 1.10}}';
  await rejects(settings({}, { "weir.json": json }), {
    message: "weir.json:1:42: service.version: found 1.1, wanted a string",
  });
});

test("a configuration of nothing is its defaults, with a word about rules", async () => {
  for (const text of ["", "\n", "# nothing\n", "---\n", "--- # nothing\n...\n"]) {
    const read = await settings({ "relabel-file": "r.yaml" }, { "r.yaml": text });
    deepEqual(written(read.rules?.rules) ?? [], [], JSON.stringify(text));
    deepEqual(read.warnings, ["r.yaml: found nothing, which are no rules, as in Prometheus"]);
    await rejects(settings({}, { "weir.yaml": text }), /upstream/);
  }
});

test("only the first of several documents is read, and that is said", async () => {
  const rule = (regex: string) => `- {action: labeldrop, regex: ${regex}}\n`;
  const read = await settings({ "relabel-file": "r.yaml" }, {
    "r.yaml": `${rule("a")}---\n${rule("b")}`,
  });
  deepEqual(written(read.rules?.rules)?.map(([, , , regex]) => regex), ["a"]);
  deepEqual(read.warnings, ["r.yaml: only the first YAML document is read, as in Prometheus"]);
});

const policy = (match: string) => `{id: 1.10, name: on, metric: {match: [${match}], keep: false}}`;

const POLICIES: readonly (readonly [match: string, read: unknown])[] = [
  ["{datapoint_attribute: le, exact: 1.0}", { kind: "equals", value: "1.0" }],
  ["{datapoint_attribute: 0500, startsWith: 1e3}", { kind: "starts_with", text: "1e3" }],
  ["{datapoint_attribute: [0500], ends_with: True}", { kind: "ends_with", text: "True" }],
  ["{datapoint_attribute: {path: [0500]}, contains: 0x10}", { kind: "contains", text: "0x10" }],
  ["{datapoint_attribute: v, regex: 1.10}", { kind: "regex", text: "1.10" }],
  ["{datapoint_attribute: v, equals: {string_value: 1.10}}", { kind: "equals", value: "1.10" }],
  ["{datapoint_attribute: v, equals: true}", { kind: "equals", value: true }],
  ["{datapoint_attribute: v, gt: 1.50}", { kind: "gt", value: 1.5 }],
  ["{datapoint_attribute: v, gt: 9007199254740993}", { kind: "gt", value: 9007199254740993n }],
  ["{datapoint_attribute: v, exists: true}", { kind: "exists", exists: true }],
];

for (const [match, read] of POLICIES) {
  test(`policies have texts as they are written: ${match}`, async () => {
    const text = `- ${policy(match)}`;
    for (
      const entries of [
        await parsePolicyFile("p.yaml", new TextEncoder().encode(text)),
        await draftPolicies(text),
      ]
    ) {
      const [entry] = entries;
      if (entry.state !== "active") throw new Error(JSON.stringify(entry));
      deepEqual([entry.spec.id, entry.spec.name, entry.spec.keep], ["1.10", "on", false]);
      deepEqual(entry.spec.matchers[0].match, read);
      const { field } = entry.spec.matchers[0];
      if (match.includes("0500")) deepEqual(field, { kind: "datapoint_attribute", path: ["0500"] });
    }
  });
}

test("a number in place of a policy's text is told in JSON, as policy servers are", async () => {
  const text =
    '[{"id": "a", "name": "A", "metric": {"match": [{"metric_field": "name", "exact": 5}], "keep": false}}]';
  const [entry] = await parsePolicyFile("p.yaml", new TextEncoder().encode(text));
  equal(
    entry.state === "invalid" && entry.errors[0],
    "metric: match[0]: exact: found 5, wanted a string",
  );
});
