import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { test as runTests } from "../../src/cli/test.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";

const EXAMPLE = new URL("../../docs/examples/rules_test.yaml", import.meta.url).pathname;

function run(files: Readonly<Record<string, string>>, names = Object.keys(files)) {
  return runTests(names, memoryFiles(files), "1.2.3");
}

test("the example of the documentation passes", async () => {
  const outcome = await run({ "rules_test.yaml": readFileSync(EXAMPLE, "utf8") });
  deepEqual(outcome, { status: 0, stdout: ["6 passed, 0 failed"], stderr: [] });
});

interface CommandCase {
  readonly name: string;
  readonly file: string;
  readonly stdout: readonly string[];
}

const CASES: readonly CommandCase[] = [
  {
    name: "lines in another order are the same",
    file: `
- name: a
  input: "# TYPE b gauge\\nb 1\\na{x=\\"1\\"} 1\\na 2\\n"
  expect: "a 2\\na{x=\\"1\\"} 1\\n\\n# TYPE b gauge\\nb 1"`,
    stdout: ["1 passed, 0 failed"],
  },
  {
    name: "unless the test is ordered",
    file: `
- {name: a, input: "a 1\\nb 1\\nc 1\\n", expect: "a 1\\nc 1\\nb 1\\n", ordered: true}`,
    stdout: [
      "FAILED t.yaml: a",
      "  line 2, in another order:",
      "  - c 1",
      "  + b 1",
      "(- expected, but not there; + there, but not expected)",
      "0 passed, 1 failed",
    ],
  },
  {
    name: "a failing test shows the changed lines, by family",
    file: `
tests:
  - name: sums
    metric_relabel_configs: [{action: labeldrop, regex: path}]
    input: |
      # TYPE z counter
      z{path="/a"} 1
      z{path="/b"} 2
      # TYPE a counter
      a 7
    expect: |
      # HELP z Zs.
      # TYPE z counter
      z 4
      # TYPE a counter
      a 7
      a{b="c"} 1
  - {name: fine, input: "", expect: ""}`,
    stdout: [
      "FAILED t.yaml: sums",
      '  - a{b="c"} 1',
      "  - # HELP z Zs.",
      "  + z 3",
      "  - z 4",
      "(- expected, but not there; + there, but not expected)",
      "1 passed, 1 failed",
    ],
  },
  {
    name: "a line that comes twice is not a line that comes once",
    file: `
- {name: a, input: "a 1\\na 1\\n", expect: "a 1\\n"}`,
    stdout: [
      "FAILED t.yaml: a",
      "  + a 1",
      "(- expected, but not there; + there, but not expected)",
      "0 passed, 1 failed",
    ],
  },
  {
    name: "a limit that fails the scrape",
    file: `
- {name: a, input: "a 1\\nb 1\\n", expect: "a 1\\n", limits: {series: 1, action: fail}}`,
    stdout: [
      "FAILED t.yaml: a",
      "  the scrape fails: family b exceeds the limit series",
      "0 passed, 1 failed",
    ],
  },
  {
    name: "policies in any form of a policy file",
    file: `
- name: one policy
  policies: {id: a, name: A, metric: {match: [{metric_field: name, regex: ^go_}], keep: false}}
  input: "go_a 1\\nup 1\\n"
  expect: "up 1"
- name: by a resource attribute of the defaults
  policies:
    policies:
      - {id: a, name: A, metric: {match: [{resource_attribute: service.name, equals: weir}], keep: false}}
  input: "go_a 1\\n"
  expect: ""`,
    stdout: ["2 passed, 0 failed"],
  },
  {
    name: "OpenMetrics 2.0 says what protobuf does",
    file: `
- name: labels go
  format: openmetrics2
  metric_relabel_configs: [{action: labeldrop, regex: path}]
  input: |
    # TYPE x histogram
    x{path="/a"} {count:2,sum:3,schema:0,zero_threshold:0.5,zero_count:0,positive_spans:[1:1],positive_buckets:[2],bucket:[0.5:1,+Inf:2]} st@7
    x{path="/b"} {count:2,sum:3,schema:0,zero_threshold:0.5,zero_count:0,positive_spans:[1:1],positive_buckets:[2],bucket:[0.5:1,+Inf:2]} st@7
    # EOF
  expect: |
    # TYPE x histogram
    x {count:4,sum:6,schema:0,zero_threshold:0.5,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[1:1],positive_buckets:[4],bucket:[0.5:2,+Inf:4]}
    # EOF
- name: classic buckets go
  format: openmetrics2
  metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: x_bucket}]
  input: |
    # TYPE x histogram
    x {count:2,sum:3,bucket:[0.5:1,+Inf:2]}
    # TYPE y counter
    y 1
    # EOF
  expect: |
    # TYPE y counter
    y 1
    # TYPE x summary
    x {count:2,sum:4,quantile:[]}
    # EOF`,
    stdout: [
      "FAILED t.yaml: classic buckets go",
      "  + x {count:2,sum:3,quantile:[]}",
      "  - x {count:2,sum:4,quantile:[]}",
      "(- expected, but not there; + there, but not expected)",
      "1 passed, 1 failed",
    ],
  },
  {
    name: "--openmetrics in its long form",
    file: `
- {name: a, format: openmetrics, input: "a 1.5 12.5\\n# EOF\\n", expect: "a 1.5 12.5\\n# EOF\\n"}
- {name: b, openmetrics: true, format: openmetrics, input: "a 1\\n# EOF\\n", expect: "a 1\\n# EOF\\n"}
- {name: c, format: text, input: "a 1\\n", expect: "a 1\\n"}`,
    stdout: ["3 passed, 0 failed"],
  },
];

for (const { name, file, stdout } of CASES) {
  test(`weir test: ${name}`, async () => {
    const status = stdout.at(-1)!.endsWith(" 0 failed") ? 0 : 1;
    deepEqual(await run({ "t.yaml": file }), { status, stdout, stderr: [] });
  });
}

test("several files are counted together", async () => {
  const one = '[{"name": "a", "input": "a 1", "expect": "a 1"}]';
  const { stdout } = await run({ "one.json": one, "two.json": one });
  deepEqual(stdout, ["2 passed, 0 failed"]);
});

const INVALID: readonly [name: string, file: string, problems: readonly string[]][] = [
  [
    "unknown keys and missing ones",
    "- {name: a, inptu: x, expect: 7}\n- {name: b, input: x, expects: y}\n- 3\n",
    [
      't.yaml:1:13: tests[0].inptu: unknown key (did you mean "input"?)',
      't.yaml:2:23: tests[1].expects: unknown key (did you mean "expect"?)',
      "t.yaml:1:3: tests[0].input: found nothing, wanted an exposition as text",
      "t.yaml:1:23: tests[0].expect: found 7, wanted an exposition as text",
      "t.yaml:2:3: tests[1].expect: found nothing, wanted an exposition as text",
      "t.yaml:3:3: tests[2]: found 3, wanted a map of keys",
    ],
  ],
  [
    "a format that is no text",
    "- {name: a, input: x, expect: y, format: protobuf}\n",
    ['t.yaml:1:34: tests[0].format: found "protobuf", wanted text, openmetrics or openmetrics2'],
  ],
  [
    "two formats",
    "- {name: a, input: x, expect: y, format: text, openmetrics: true}\n",
    ["t.yaml:1:48: tests[0].openmetrics: is format: openmetrics, and format is text"],
  ],
  ["no tests", "tests: []", ["t.yaml:1:1: tests: found an empty list, wanted tests"]],
  ["no list", "test: []", [
    't.yaml:1:1: test: unknown key (did you mean "tests"?)',
    "t.yaml:1:1: tests: found nothing, wanted a list of tests",
  ]],
  ["a text", "hello", ['t.yaml:1:1: found "hello", wanted a map of keys']],
  ["no YAML", "tests: [", [
    't.yaml:1:9: not valid YAML: found a list in brackets that does not end, wanted "]", and its lines indented further than its key',
  ]],
  [
    "rules, aggregations, limits and policies that are invalid",
    `
- {name: a, input: "", expect: "", metric_relabel_configs: [{action: dorp}], limits: {serie: 1}}
- {name: b, input: "", expect: "", metric_relabel_configs: [{regex: '([', target_label: x}]}
- {name: c, input: "", expect: "", policies: [{id: p, name: P}]}
- {name: d, input: "", expect: "", policies: 7}
- {name: e, input: "", expect: "", limits: {series: 1}, aggregation: {rules: [{match: '([', function: max}]}}`,
    [
      't.yaml:2:62: tests[0].metric_relabel_configs[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
      't.yaml:2:87: tests[0].limits.serie: unknown key (did you mean "series"?)',
      't.yaml:3:62: tests[1].metric_relabel_configs[0].regex: error parsing regexp: missing closing ]: "(["',
      't.yaml:4:47: tests[2].policies[0]: policy "p": no target',
      't.yaml:5:36: tests[3].policies: found number, wanted {"policies": [...]}, a list or one policy',
      't.yaml:6:80: tests[4].aggregation.rules[0].match: found "([", wanted an RE2 pattern',
    ],
  ],
];

for (const [name, file, problems] of INVALID) {
  test(`weir test refuses ${name}`, async () => {
    deepEqual(await run({ "t.yaml": file }), { status: 2, stdout: [], stderr: problems });
  });
}

test("weir test refuses a file that is not there", async () => {
  const wanted = { status: 2, stdout: [], stderr: ["t.yaml: no such file"] };
  deepEqual(await run({}, ["t.yaml"]), wanted);
});

const DEPLOYED = {
  "deploy/weir.yaml":
    "upstream_url: a:1\nlisten: :1\nrelabel_file: rules.yaml\nlimits: {series: 9}\n" +
    "policy_providers: [{id: p, type: file, path: policies.yaml}]\n" +
    "routes:\n- {path: /metrics}\n" +
    "- {path: /metrics/x, metric_relabel_configs: [{action: labeldrop, regex: x}], subsets: {s: []}}\n",
  "deploy/rules.yaml": "metric_relabel_configs: [{action: labeldrop, regex: path}]\n" +
    "few: [{action: keep, source_labels: [__name__], regex: a}]\n",
  "deploy/policies.yaml":
    "[{id: p, name: P, metric: {match: [{metric_field: name, exact: dropped}], keep: false}}]\n",
};

const INPUT = `input: "a{path='1',x='1'} 1\\na{path='2',x='1'} 2\\nb{path='1'} 3\\ndropped 4\\n"`
  .replaceAll("'", '\\"');

/** A test beside the folder of what is deployed, and the lines that come out. */
const NAMING: readonly (readonly [keys: string, expected: string])[] = [
  ["config: deploy/weir.yaml", 'a{x="1"} 3|b 3'],
  ["config: deploy/weir.yaml, route: /metrics/x", 'a{path="1"} 1|a{path="2"} 2|b{path="1"} 3'],
  ["config: deploy/weir.yaml, subset: few", 'a{path="1",x="1"} 1|a{path="2",x="1"} 2'],
  [
    "config: deploy/weir.yaml, route: /metrics/x, subset: s",
    'a{path="1",x="1"} 1|a{path="2",x="1"} 2|b{path="1"} 3',
  ],
  ["config: deploy/weir.yaml, policies: []", 'a{x="1"} 3|b 3|dropped 4'],
  ["relabel_file: deploy/rules.yaml", 'a{x="1"} 3|b 3|dropped 4'],
  [
    "relabel_file: deploy/rules.yaml, aggregation: {rules: [{match: a, function: max}]}",
    'a{x="1"} 2|b 3|dropped 4',
  ],
  ["relabel_file: deploy/rules.yaml, subset: few", 'a{path="1",x="1"} 1|a{path="2",x="1"} 2'],
];

for (const [keys, expected] of NAMING) {
  test(`weir test with ${keys}`, async () => {
    const expect = JSON.stringify(expected.replaceAll("|", "\n"));
    const file = `- {name: a, ${keys}, ${INPUT}, expect: ${expect}}\n`;
    const outcome = await run({ ...DEPLOYED, "t.yaml": file }, ["t.yaml"]);
    deepEqual(outcome, { status: 0, stdout: ["1 passed, 0 failed"], stderr: [] });
    // The same from elsewhere.
    const moved = Object.fromEntries(
      Object.entries(DEPLOYED).map(([path, text]) => [`in/here/${path}`, text]),
    );
    deepEqual(await run({ ...moved, "in/here/t.yaml": file }, ["in/here/t.yaml"]), outcome);
  });
}

/** What is wrong with what a test names. */
const MISNAMED: readonly (readonly [keys: string, ...problems: string[]])[] = [
  ["config: nowhere.yaml", "nowhere.yaml: no such file"],
  ["relabel_file: nowhere.yaml", "nowhere.yaml: no such file"],
  [
    "config: deploy/weir.yaml, route: /x",
    't.yaml:1:62: tests[0].route: found "/x", wanted one of /metrics, /metrics/x',
  ],
  [
    "config: deploy/weir.yaml, subset: fewer",
    't.yaml:1:62: tests[0].subset: found "fewer", wanted one of few',
  ],
  ["subset: few", 't.yaml:1:36: tests[0].subset: found "few", wanted subsets in the rules'],
  ["route: /metrics", "t.yaml:1:36: tests[0].route: has no effect without config"],
  [
    "config: deploy/weir.yaml, limits: {}",
    "t.yaml:1:62: tests[0].limits: cannot be combined with config, which says that itself",
  ],
  [
    "relabel_file: deploy/rules.yaml, metric_relabel_configs: []",
    "t.yaml:1:36: tests[0].relabel_file: metric_relabel_configs is there too, wanted one of them",
  ],
  [
    "relabel_file: bad.yaml",
    'bad.yaml:2:3: metric_relabel_configs[1].action: unknown relabel action "dorp" ' +
    '(did you mean "drop"?)',
  ],
  ["config: bad.json", "bad.json:2:1: log_level: found 3, wanted debug, info, warn or error"],
];

for (const [keys, ...problems] of MISNAMED) {
  test(`weir test refuses ${keys}`, async () => {
    const file = `- {name: a, input: "", expect: "", ${keys}}\n`;
    const bad = "- {action: keep}\n- action: dorp\n";
    const config = '{"upstream_url": "a:1",\n"log_level": 3}';
    const files = { ...DEPLOYED, "bad.yaml": bad, "bad.json": config, "t.yaml": file };
    deepEqual(await run(files, ["t.yaml"]), { status: 2, stdout: [], stderr: problems });
  });
}

test("policy providers that need the network are named", async () => {
  const config = "upstream_url: a:1\nlisten: :1\n" +
    "policy_providers: [{id: tero, type: http, url: 'http://sync'}]\n";
  const file = '- {name: a, input: "a 1", expect: "a 1", config: weir.yaml}\n';
  deepEqual(await run({ "weir.yaml": config, "t.yaml": file }, ["t.yaml"]), {
    status: 0,
    stdout: ["1 passed, 0 failed"],
    stderr: ["policy provider tero is not loaded: it needs the network"],
  });
});

test("--json: what passed, and of the rest what differs", async () => {
  const json = async (files: Readonly<Record<string, string>>) => {
    const outcome = await runTests(["t.yaml"], memoryFiles(files), "1", { asJson: true });
    return { ...outcome, stdout: JSON.parse(outcome.stdout.join("\n")) };
  };
  const file = `
- {name: fine, input: "a 1", expect: "a 1"}
- {name: other, input: "a 1", expect: "a 2"}
- {name: turned, input: "a 1\\nb 1", expect: "b 1\\na 1", ordered: true}
- {name: full, input: "a 1\\nb 1", expect: "", limits: {series: 1, action: fail}}`;
  const one = (name: string, rest: object) => ({
    file: "t.yaml",
    name,
    status: "failed",
    missing: [],
    unexpected: [],
    ...rest,
  });
  deepEqual(await json({ "t.yaml": file }), {
    status: 1,
    stdout: {
      status: "failed",
      passed: 1,
      failed: 3,
      tests: [
        one("fine", { status: "passed" }),
        one("other", { missing: ["a 2"], unexpected: ["a 1"] }),
        one("turned", { missing: ["b 1"], unexpected: ["a 1"], misplaced_line: 1 }),
        one("full", { error: "family b exceeds the limit series" }),
      ],
    },
    stderr: [],
  });
  const { status, stdout } = await json({ "t.yaml": "- {name: a}" });
  deepEqual([status, stdout], [2, {
    status: "invalid",
    problems: [
      "t.yaml:1:3: tests[0].input: found nothing, wanted an exposition as text",
      "t.yaml:1:3: tests[0].expect: found nothing, wanted an exposition as text",
    ],
  }]);
  deepEqual((await json({ "t.yaml": "" })).stdout, {
    status: "invalid",
    problems: ["t.yaml: found nothing, wanted a list of tests"],
  });
});

test("the example of deployed files passes", async () => {
  const folder = new URL("../../docs/examples/deployed/", import.meta.url);
  const names = ["deployed_test.yaml", "weir.yaml", "rules.yaml", "policies.yaml"];
  const files = Object.fromEntries(
    names.map((name) => [name, readFileSync(new URL(name, folder).pathname).toString()]),
  );
  deepEqual(await run(files, ["deployed_test.yaml"]), {
    status: 0,
    stdout: ["3 passed, 0 failed"],
    stderr: [],
  });
});
