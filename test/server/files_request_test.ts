import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import type { FilesAnswer } from "../../src/server/draft_files.ts";
import { planTest, runTest } from "../../src/testing/run_case.ts";
import { readTestFile } from "../../src/testing/read_cases.ts";
import { diffExpositions } from "../../src/testing/exposition_diff.ts";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";
import { sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import { NATIVE_BODY } from "../support/exposition/native_families.ts";
import { expositions } from "../support/e2e/expositions.ts";
import { RULE_SETS } from "../support/e2e/relabel_rule_sets.ts";
import { previewInit, type ServedApp, servedApp } from "../support/server/served_app.ts";

const SCRAPE = `# TYPE a counter
a{path="/x",code="200"} 1
a{path="/y",code="200"} 2
# TYPE b gauge
b 3
go_gc 4
`;
const PATH = "/analyze/files";

async function filesOf(relabel: string | undefined, served: Partial<ServedApp> = {}) {
  const app = await servedApp({ upstream: SCRAPE, ...served });
  const response = await app.request(PATH, previewInit({ relabel }));
  equal(response.status, 200, await response.clone().text());
  const answer = await response.json() as FilesAnswer;
  return { answer, files: new Map(answer.files.map((file) => [file.id, file])) };
}

/** How many tests a file has, all of which pass. */
async function passed(text: string): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  const tests = await readTestFile("rules_test.yaml", bytes);
  const runtime = { readFile: (path: string) => Promise.reject(new Error(path)) };
  for (const one of tests) {
    deepEqual(
      diffExpositions(
        one.expect,
        runTest(await planTest(one, { bytes, runtime, version: "1.2.3", env: {} })),
        true,
      ).lines,
      [],
    );
  }
  return tests.length;
}

test("a test shows what each rule does: one it drops or changes, and one it leaves", async () => {
  const rules = "- {action: drop, source_labels: [__name__], regex: go_.*}\n" +
    "- {action: labeldrop, regex: path}\n- {action: drop, source_labels: [__name__], regex: none}\n";
  const { files } = await filesOf(rules);
  equal(
    files.get("test")!.text,
    `# Samples of a scrape, and what the rules make of them: weir test FILE
# Nothing of the scrape is dropped or changed by rule 3: no test.
tests:
- name: "rule 1 (drop) drops one and leaves one"
  input: |
    go_gc 4
    # TYPE a counter
    a{path="/x",code="200"} 1
  metric_relabel_configs:
  - action: drop
    source_labels: [__name__]
    regex: "go_.*"
  - action: labeldrop
    regex: path
  - action: drop
    source_labels: [__name__]
    regex: none
  expect: |
    # TYPE a counter
    a{code="200"} 1
- name: "rule 2 (labeldrop) changes one and leaves one"
  input: |
    # TYPE a counter
    a{path="/x",code="200"} 1
    # TYPE b gauge
    b 3
  metric_relabel_configs:
  - action: drop
    source_labels: [__name__]
    regex: "go_.*"
  - action: labeldrop
    regex: path
  - action: drop
    source_labels: [__name__]
    regex: none
  expect: |
    # TYPE a counter
    a{code="200"} 1
    # TYPE b gauge
    b 3
`,
  );
  equal(await passed(files.get("test")!.text!), 2);
});

test("of a metric that goes in part the sample that stays is one of its own", async () => {
  const { files } = await filesOf(
    '- {action: drop, source_labels: [__name__, path], regex: "a;/y"}\n',
    { upstream: 'b 1\na{path="/y"} 2\na{path="/x"} 3\n' },
  );
  match(files.get("test")!.text!, /input: \|\n +a\{path="\/y"\} 2\n +a\{path="\/x"\} 3\n {2}\w/);
});

/** Scrapes and rules of which the tests have to pass. */
const HOSTILE = `# TYPE a counter
a{path="x\\n  @rules@ $& \\\\ \\"",n="\u202e<script>"} 1
a{path="- name: b",n="\u0000"} 2
{"a.b",path="yes"} 3
`;

const PASSING: readonly (readonly [name: string, scrape: string, rules: string])[] = [
  ["hostile values", HOSTILE, "- {action: labeldrop, regex: path}\n"],
  [
    "hostile values that are dropped",
    HOSTILE,
    "- {action: drop, source_labels: [path], regex: '(?s).*rules.*'}\n",
  ],
  [
    "a histogram",
    '# TYPE h histogram\nh_bucket{a="1",le="1"} 1\nh_bucket{a="1",le="+Inf"} 2\nh_sum{a="1"} 1\nh_count{a="1"} 2\n',
    "- {action: labeldrop, regex: a}\n",
  ],
  [
    "a summary",
    '# TYPE s summary\ns{a="1",quantile="0.5"} 1\ns_sum{a="1"} 1\ns_count{a="1"} 2\n',
    "- {action: labeldrop, regex: a|quantile}\n",
  ],
  ["a metric that gets another name", SCRAPE, "- {target_label: __name__, replacement: c}\n"],
  [
    "the last line without its end",
    "a 1\nb 2",
    "- {action: drop, source_labels: [__name__], regex: b}\n",
  ],
  ["timestamps", "a 1 1000\nb 2 2000\n", "- {action: drop, source_labels: [__name__], regex: b}\n"],
];

for (const [name, upstream, rules] of PASSING) {
  test(`the test of ${name} passes`, async () => {
    const { files } = await filesOf(rules, { upstream });
    ok(await passed(files.get("test")!.text!) > 0);
  });
}

/** Answers in the other formats, in which lines have more than those of text. */
const FORMATS: readonly (readonly [name: string, type: string, body: string | Uint8Array])[] = [
  [
    "OpenMetrics, with an exemplar and a start time",
    "application/openmetrics-text; version=1.0.0",
    '# TYPE c counter\nc_total{path="/a"} 1 # {id="x"} 1\nc_created{path="/a"} 1\n' +
    'c_total{path="/b"} 2\nc_created{path="/b"} 2\n# EOF\n',
  ],
  [
    "OpenMetrics 2.0",
    "application/openmetrics-text; version=2.0.0",
    '# TYPE c counter\nc_total{path="/a"} 1 st@1\nc_total{path="/b"} 2\n# EOF\n',
  ],
  ["protobuf, with native histograms", PROTOBUF_TYPE, NATIVE_BODY],
];

for (const [name, contentType, body] of FORMATS) {
  test(`the test of samples in ${name} passes`, async () => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const upstream = () =>
      Promise.resolve({
        status: 200,
        contentType,
        body: sourceOfChunks([new Uint8Array(bytes)]),
      });
    for (
      const rules of [
        "- {action: labeldrop, regex: path|code}\n- {target_label: made, replacement: x}\n",
        "- {action: drop, source_labels: [__name__], regex: .+}\n",
      ]
    ) {
      const { files } = await filesOf(rules, { upstream });
      const { text } = files.get("test")!;
      ok(await passed(text!) > 0);
      equal(text!.includes("format: openmetrics"), contentType.includes("version=1"));
    }
  });
}

test("rules that are long have fewer tests, and those pass", async () => {
  const names = Array.from({ length: 60 }, (_, at) => `m${at}`);
  const long = `x${"y".repeat(50_000)}`;
  const rules = names.map((name) => `- {action: drop, source_labels: [__name__], regex: ${name}}\n`)
    .join("") + `- {action: drop, source_labels: [__name__], regex: ${long}}\n`;
  const { files } = await filesOf(rules, { upstream: names.map((name) => `${name} 1\n`).join("") });
  const { text } = files.get("test")!;
  ok(text!.length < 1_300_000, String(text!.length));
  ok(await passed(text!) >= 10);
});

test("aggregation that is configured is part of the test", async () => {
  const aggregation = { defaults: false, rules: [{ match: "a|b$", function: "max" }] };
  const { files } = await filesOf("- {action: labeldrop, regex: path}\n", {
    config: { aggregation },
  });
  const { text } = files.get("test")!;
  match(
    text!,
    /aggregation:\n {4}defaults: false\n {4}rules:\n {4}- match: "a\|b\$"\n {6}function: max\n/,
  );
  equal(await passed(text!), 1);
});

test("tests of real scrapes and rules pass", async () => {
  let tests = 0;
  for (const { text: upstream } of expositions.slice(0, 1)) {
    for (const rules of Object.values(RULE_SETS)) {
      const { files } = await filesOf(JSON.stringify(rules), { upstream });
      const { text } = files.get("test")!;
      if (text !== undefined) tests += await passed(text);
    }
  }
  ok(tests > 8, String(tests));
});

test("the rules in force stand beside those of the draft, written alike", async () => {
  const config = { metric_relabel_configs: [{ action: "labeldrop", regex: "path" }] };
  const { answer } = await filesOf("# mine\n- {regex: path|code, action: labeldrop}\n", { config });
  equal(answer.inForce, "metric_relabel_configs:\n- action: labeldrop\n  regex: path\n");
  equal(answer.drafted, "metric_relabel_configs:\n- action: labeldrop\n  regex: path|code\n");
});

test("without a draft the files are those of the rules in force", async () => {
  const config = { metric_relabel_configs: [{ action: "labeldrop", regex: "path" }] };
  const { answer, files } = await filesOf(undefined, { config });
  equal(answer.drafted, answer.inForce);
  equal(files.get("relabel")!.text, answer.inForce);
});

test("where the upstream fails the test alone is missing", async () => {
  const { files } = await filesOf("- {action: labeldrop, regex: path}\n", {
    upstream: () => Promise.reject(new Error("connection refused")),
  });
  equal(files.get("test")!.text, undefined);
  match(files.get("test")!.notes[0], /^The scrape failed: connection refused$/);
  match(files.get("relabel")!.text!, /labeldrop/);
});

test("what is wrong is said as a preview says it, and so is who may", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const wrong = await app.request(PATH, previewInit({ relabel: "- action: dorp\n" }));
  equal(wrong.status, 400);
  deepEqual(await wrong.json(), {
    problems: [{
      message:
        'metric_relabel_configs[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
      line: 1,
      column: 3,
      of: "rules",
    }],
  });
  const foreign = await app.request(PATH, {
    ...previewInit({}),
    headers: { ...previewInit({}).headers, origin: "http://evil.example" },
  });
  equal(foreign.status, 403);
  equal((await app.request(PATH)).status, 405);
  equal((await app.request(PATH)).headers.get("allow"), "POST");
});

test("a job's target is the upstream's, without its credentials", async () => {
  const app = await servedApp({
    upstream: SCRAPE,
    config: { upstream_url: "https://u:secret@app:1/x" },
  });
  const response = await app.request(PATH, previewInit({ relabel: "" }));
  const text = await response.text();
  equal(text.includes("secret"), false);
  match(text, /app:1/);
});
