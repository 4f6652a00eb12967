import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import {
  dropNothing,
  dropPath,
  type RelabelRules,
  rulesOf,
  testSeries,
} from "../support/lines/series_case.ts";

/*
 * The same series twice in one exposition, before any rule: Prometheus keeps the first sample, and so
 * does Weir. What differs before the rules and collides after them is aggregated.
 */

const same = 'c{a="1",b="2"} 5\n';

testSeries([
  {
    what: "the same line twice, and a rule that matches nothing",
    rules: dropNothing,
    input: same + same,
    expected: same,
    stats: { inputSamples: 2, outputSamples: 1, duplicateSamples: 1, mergedSamples: 0 },
  },
  {
    what: "another value",
    rules: dropNothing,
    input: 'c{a="1"} 5\nc{a="1"} 7\nc{a="1"} 9\n',
    expected: 'c{a="1"} 5\n',
    stats: { duplicateSamples: 2 },
  },
  {
    what: "labels in another order",
    rules: dropNothing,
    input: same + 'c{b="2",a="1"} 7\n',
    expected: same,
    stats: { duplicateSamples: 1 },
  },
  {
    what: "other blanks, quotes, commas, and a label that is empty",
    rules: dropNothing,
    input: same + '{"c", "a" = "1", b="2", z="",} 7\n',
    expected: same,
    stats: { duplicateSamples: 1 },
  },
  {
    what: "the label that is dropped is in both",
    rules: dropPath,
    input:
      `c{path="1"} 1\nc{path="1"} 2\nc{path="2"} 4\nc{path="2"} 8\nc{path="1"} 16\nc{path="3"} 32\n`,
    expected: "c 37\n",
    stats: { duplicateSamples: 3, mergedSamples: 2 },
  },
  {
    what: "the dropped label's value is another label's",
    rules: [{ action: "labeldrop", regex: "x|y" }],
    input: 'c{x="1",y="2"} 1\nc{x="2",y="1"} 2\nc{x="12"} 4\nc{y="2",x="1"} 8\n',
    expected: "c 7\n",
    stats: { duplicateSamples: 1, mergedSamples: 2 },
  },
  {
    what: "a value that is read, and made another",
    rules: [{ source_labels: ["a"], regex: "(.).*", target_label: "a", replacement: "$1" }],
    input: 'c{a="xy"} 1\nc{a="xz"} 2\nc{a="xy"} 4\nc{a="x"} 8\nc{a="x"} 16\n',
    expected: 'c{a="x"} 11\n',
    stats: { duplicateSamples: 2, mergedSamples: 2 },
  },
  {
    what: "a name that is made another",
    rules: [{
      source_labels: ["__name__"],
      regex: "[ab]",
      target_label: "__name__",
      replacement: "c",
    }],
    input: 'a{x="1"} 1\nb{x="1"} 2\nc{x="1"} 4\na{x="1"} 8\nb{x="1"} 16\nc{x="1"} 32\n',
    expected: 'c{x="1"} 7\n',
    stats: { duplicateSamples: 3, mergedSamples: 2 },
  },
  {
    what: "a label that is renamed, and was there under the new name",
    rules: [
      { source_labels: ["a"], regex: "(.+)", target_label: "b" },
      { action: "labeldrop", regex: "a" },
    ],
    input: 'c{a="1"} 1\nc{b="1"} 2\nc{a="1"} 4\nc{b="1"} 8\nc{a="1",b="2"} 16\n',
    expected: 'c{b="1"} 19\n',
    stats: { duplicateSamples: 2, mergedSamples: 2 },
  },
  {
    what: "a label that is added to some",
    rules: [{ source_labels: ["a"], regex: "1", target_label: "n", replacement: "x" }],
    input: 'c{a="1"} 1\nc{a="1",n="x"} 2\nc{a="1"} 4\n',
    expected: 'c{a="1",n="x"} 3\n',
    stats: { duplicateSamples: 1, mergedSamples: 1 },
  },
  {
    what: "a label that is written without being read, and had the value already",
    rules: [{ target_label: "b", replacement: "1" }],
    input: 'c{a="1",b="1"} 1\nc{a="1",b="2"} 2\nc{a="1",b="3"} 4\nc{b="2",a="1"} 8\nc{a="1"} 16\n',
    expected: 'c{a="1",b="1"} 23\n',
    stats: { duplicateSamples: 1, mergedSamples: 3 },
  },
  {
    what: "a label that is written where another one says so",
    rules: [{ source_labels: ["a"], regex: "1", target_label: "b", replacement: "1" }],
    input: 'c{a="1",b="1"} 1\nc{a="1",b="2"} 2\nc{a="1",b="1"} 4\n',
    expected: 'c{a="1",b="1"} 3\n',
    stats: { duplicateSamples: 1, mergedSamples: 1 },
  },
  {
    what: "a label that is copied over one of the same value",
    rules: [
      { action: "lowercase", source_labels: ["a"], target_label: "a" },
      { source_labels: ["a"], target_label: "b" },
    ],
    input: 'c{a="x",b="x"} 1\nc{a="x",b="2"} 2\nc{a="X",b="x"} 4\nc{a="x",b="x"} 8\n',
    expected: 'c{a="x",b="x"} 7\n',
    stats: { duplicateSamples: 1, mergedSamples: 2 },
  },
  {
    what: "a series without labels beyond a limit",
    limits: { series: 1 },
    input: "a 1\nb 7\nb 5\n",
    expected: "a 1\nb 7\n",
    stats: { duplicateSamples: 1 },
  },
  {
    what: "bounds that are one, and others that become one",
    rules: dropPath,
    input: `# TYPE h histogram
h_bucket{path="1",le="1"} 1
h_bucket{path="1",le="1.0"} 2
h_bucket{path="2",le="1e0"} 4
h_bucket{path="2",le="1"} 8
`,
    expected: '# TYPE h histogram\nh_bucket{le="1.0"} 5\n',
    stats: { duplicateSamples: 2, mergedSamples: 1 },
  },
  {
    what: "samples that cannot be merged: the first stays where only it is repeated",
    rules: dropPath,
    input: `# TYPE s summary
s{path="1",quantile="0.5"} 1
s{path="1",quantile="0.5"} 2
s{path="1",quantile="0.9"} 3
s{path="2",quantile="0.9"} 4
`,
    expected: '# TYPE s summary\ns{quantile="0.5"} 1\n',
    stats: { duplicateSamples: 1, droppedUnmergeable: 2 },
  },
  {
    what: "far apart, and in OpenMetrics",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE a counter
a_total{path="1"} 1 17
# TYPE b gauge
b{path="1"} 1
a_total{path="1"} 2 18
b{path="1"} 2
# EOF
`,
    expected: "# TYPE a counter\na_total 1 17\n# TYPE b gauge\nb 1\n# EOF\n",
    stats: { duplicateSamples: 2 },
  },
  {
    what: "what a limit folds are several series",
    limits: { seriesPerFamily: 1 },
    input: 'c{a="1"} 1\nc{a="2"} 2\nc{a="3"} 4\nc{a="2"} 8\n',
    expected: 'c{a="1"} 1\nc{a="weir_overflow"} 6\n',
    stats: { duplicateSamples: 1 },
  },
  {
    what: "where lines only pass or do not they pass as they are",
    rules: [{ action: "drop", source_labels: ["a"], regex: "2" }],
    input: same + same,
    expected: same + same,
    stats: { duplicateSamples: 0 },
  },
]);

const READ_OR_NOT: readonly (readonly [string, RelabelRules])[] = [
  ["dropped unread", dropPath],
  ["read and dropped", [{ action: "keep", source_labels: ["path"], regex: ".+" }, ...dropPath]],
  ["made from what regexes find", [
    { source_labels: ["path"], regex: "/(.).*", target_label: "path" },
  ]],
];

for (const [what, rules] of READ_OR_NOT) {
  test(`of thousands of members each counts once, the label ${what}`, async () => {
    const inForce = await rulesOf({ rules });
    const paths = Array.from({ length: 5_000 }, (_, i) => `/u${i}`);
    const lines = (value: number) => paths.map((path) => `c{path="${path}"} ${value}\n`).join("");
    const input = encode(lines(1) + lines(1_000_000));
    for (const learns of [true, true, false]) {
      const { text, stats } = await filterChunks([input], { rules: inForce, learns });
      assert.equal(text.replace('{path="u"}', ""), "c 5000\n");
      assert.equal(stats.duplicateSamples, 5_000);
    }
  });
}
