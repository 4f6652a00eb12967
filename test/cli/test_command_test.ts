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
