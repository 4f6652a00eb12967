import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropNothing, dropPath, rulesOf, testSeries } from "../support/lines/series_case.ts";

/** Spellings of `le`, and how they are written. */
const BOUNDS: [spellings: string[], written: string][] = [
  [["1", "1.0", "1e0", "+1", "01"], "1.0"],
  [["0", "0.0"], "0.0"],
  [["-1", "-1.0"], "-1.0"],
  [["0.5", ".5", "5e-1"], "0.5"],
  [["100000", "1e5"], "100000.0"],
  [["1000000", "1e6", "1e+06", "1000000.0"], "1e+06"],
  [["2500000", "2.5e6"], "2.5e+06"],
  [["0.00001", "1e-5", "1e-05"], "1e-05"],
  [["0.0001", "1e-4"], "0.0001"],
  [["+Inf", "Inf", "inf", "+inf", "Infinity"], "+Inf"],
  [["-Inf"], "-Inf"],
  [["NaN", "nan"], "NaN"],
  [["about 1"], "about 1"],
];

testSeries(BOUNDS.flatMap(([spellings, written]) => [
  {
    what: `the bounds ${spellings.join(", ")} are one, ${written}`,
    rules: dropPath,
    input: "# TYPE h histogram\n" +
      spellings.map((le, path) => `h_bucket{path="${path}",le="${le}"} 1\n`).join(""),
    expected: `# TYPE h histogram\nh_bucket{le="${written}"} ${spellings.length}\n`,
  },
  {
    what: `without TYPE ${spellings.join(", ")} are texts`,
    rules: dropNothing,
    input: spellings.map((le) => `h_bucket{le="${le}"} 1\n`).join(""),
    expected: spellings.map((le) => `h_bucket{le="${le}"} 1\n`).join(""),
  },
]));

testSeries([
  {
    what: "only a histogram's le and a summary's quantile are numbers",
    rules: dropNothing,
    input: `# TYPE s summary
s{quantile="1",le="1"} 1
# TYPE h histogram
h_bucket{quantile="1",le="1"} 1
# TYPE c counter
c{quantile="1",le="1"} 1
`,
    expected: `# TYPE s summary
s{le="1",quantile="1.0"} 1
# TYPE h histogram
h_bucket{le="1.0",quantile="1"} 1
# TYPE c counter
c{le="1",quantile="1"} 1
`,
  },
  {
    what: "a bound that a rule copied is a number too",
    rules: [
      { source_labels: ["bound"], target_label: "le" },
      { action: "labeldrop", regex: "bound" },
    ],
    input: `# TYPE h histogram\nh_bucket{bound="1"} 1\nh_bucket{bound="1.0"} 2\n`,
    expected: `# TYPE h histogram\nh_bucket{le="1.0"} 3\n`,
  },
  {
    what: "quantiles spelled differently meet, and are dropped",
    rules: dropPath,
    input:
      `# TYPE s summary\ns{path="1",quantile="0.5"} 1\ns{path="2",quantile=".50"} 2\ns_sum 1\n`,
    expected: "# TYPE s summary\ns_sum 1\n",
    stats: { droppedUnmergeable: 2 },
  },
  {
    what: "rules see bounds as Prometheus does before it relabels",
    rules: [
      { action: "drop", source_labels: ["le"], regex: "1" },
      { action: "drop", source_labels: ["le"], regex: "2[.]0" },
      { source_labels: ["le"], target_label: "copy" },
    ],
    input: `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="2"} 2
# TYPE c counter
c{le="1"} 1
c{le="2"} 2
`,
    expected: `# TYPE h histogram
h_bucket{copy="1.0",le="1.0"} 1
# TYPE c counter
c{copy="2",le="2"} 2
`,
  },
  {
    what: "so do rules that only keep and drop",
    rules: [{ action: "drop", source_labels: ["le"], regex: "1|2[.]0" }],
    input: `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="2"} 2
# TYPE c counter
c{le="1"} 1
c{le="2"} 2
`,
    expected: `# TYPE h histogram
h_bucket{le="1"} 1
# TYPE c counter
c{le="2"} 2
`,
  },
  {
    what: "labels stand in order of their names, le last",
    rules: dropPath,
    input: `h{z="1",le="2",a="3",Z="4",_="5"} 1\nh{_="5",Z="4",a="3",path="1",z="1",le="2"} 1\n`,
    expected: `h{Z="4",_="5",a="3",z="1",le="2"} 2\n`,
  },
  {
    what: "an empty label is none",
    rules: dropPath,
    input: `c{a="",path="1"} 1\nc{path="2"} 2\nc{} 3\nc{a="",b="",path="3"} 4\nc{b="",a="x"} 5\n`,
    expected: `c 10\nc{a="x"} 5\n`,
  },
  {
    what: "a value has one spelling: what is no escape becomes one",
    rules: dropPath,
    input: String.raw`c{v="a\qb",path="1"} 1
c{v="a\\qb",path="2"} 2
c{v="q\"\\\n",path="3"} 4
c{v="q\"\\\n",path="4"} 8
c{v="\\n"} 16
c{v="\n"} 32
`,
    expected: String.raw`c{v="a\\qb"} 3
c{v="q\"\\\n"} 12
c{v="\\n"} 16
c{v="\n"} 32
`,
  },
  {
    what: "values that rules read and set are escaped anew",
    rules: [{ source_labels: ["v"], target_label: "w", regex: "(.*)b", replacement: '"$1"\\' }],
    input: String.raw`c{v="a\nb"} 1` + "\n",
    expected: String.raw`c{v="a\nb",w="\"a\n\"\\"} 1` + "\n",
  },
  {
    what: "a trailing comma and quoted plain names make no difference",
    rules: dropPath,
    input: `c{a="1",} 1\nc{"a"="1","path"="2"} 2\n{"c",a="1",path="3"} 4\n`,
    expected: `c{a="1"} 7\n`,
  },
  {
    what: "UTF-8 names stay in quotes",
    rules: dropPath,
    input: `# TYPE "http.requests" counter
{"http.requests","k.v"="ö",path="/a"} 1
{"http.requests",path="/b","k.v"="ö"} 2
{"http.requests",path="/b"} 4
`,
    expected: `# TYPE "http.requests" counter
{"http.requests","k.v"="ö"} 3
{"http.requests"} 4
`,
  },
  {
    what: "a label that is there twice drops the sample",
    rules: dropNothing,
    input: `c{a="1",a="1"} 1\nc{a="",a="1"} 1\nc{"a"="1",a="2"} 1\nc{a="1"} 1\nc{__name__="d"} 1\n`,
    expected: `c{a="1"} 1\n`,
    stats: { droppedAsInvalid: 4, mergedSamples: 0 },
  },
  {
    what: "a name that Prometheus would refuse the scrape for drops the sample",
    rules: [
      { source_labels: ["m"], regex: "a(.*)", target_label: "l_${1}", replacement: "x" },
      { source_labels: ["m"], regex: "b(.*)", target_label: "__name__", replacement: "c$1" },
      { action: "labelmap", regex: "gone(.*)", replacement: "$1" },
    ],
    input: `c{m="a"} 1\nc{m="a\0"} 1\nc{m="b\0"} 1\nc{gone="1"} 1\nc{m="\0"} 1\n`,
    expected: `c{l_="x",m="a"} 1\nc{m="\0"} 1\n`,
    stats: { droppedAsInvalid: 3 },
  },
  {
    what: "a quoted name behind labels is the sample's name",
    rules: dropPath,
    input: `{path="/a","c.d"} 1\n{path="/b",m="1","c.d",} 2\n{"c.d",path="/c"} 4\n`,
    expected: `{"c.d"} 5\n{"c.d",m="1"} 2\n`,
  },
  {
    what: "a sample that a rule leaves without a name has its own again",
    rules: [{ source_labels: ["gone"], regex: "1", target_label: "__name__", replacement: "" }],
    input: `# TYPE c counter\nc{gone="1"} 1\n# TYPE d counter\nd 1\n`,
    expected: `# TYPE c counter\nc{gone="1"} 1\n# TYPE d counter\nd 1\n`,
    stats: { droppedAsInvalid: 0 },
  },
  {
    what: "labelkeep without __name__ keeps names, and the metadata",
    rules: [{ action: "labelkeep", regex: "m|le" }],
    input: `# TYPE c counter\nc{m="1",p="a"} 1\nc{m="1",p="b"} 2\n# TYPE h histogram\n` +
      `h_bucket{p="a",le="1"} 1\nh_bucket{p="a",le="+Inf"} 2\nh_sum{p="a"} 3\nh_count{p="a"} 2\n`,
    expected: `# TYPE c counter\nc{m="1"} 3\n# TYPE h histogram\n` +
      `h_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n`,
    stats: { droppedAsInvalid: 0, mergedSamples: 1 },
  },
  {
    what: "labeldrop of all labels leaves the sum of each name",
    rules: [{ action: "labeldrop", regex: ".*" }],
    input: `c{m="1"} 1\nc{m="2"} 2\n{"d.e",m="2"} 4\n`,
    expected: `c 3\n{"d.e"} 4\n`,
    stats: { droppedAsInvalid: 0 },
  },
  {
    what: "a rule that looks at a name which is gone sees none, and one that sets it does",
    rules: [
      { action: "labelkeep", regex: "m" },
      { action: "drop", source_labels: ["__name__"], regex: "c" },
      { source_labels: ["m"], regex: "2", target_label: "__name__", replacement: "of_2" },
    ],
    input: `c{m="1"} 1\nc{m="2"} 2\n`,
    expected: `c{m="1"} 1\nof_2{m="2"} 2\n`,
    stats: { droppedAsInvalid: 0 },
  },
  {
    what: "hashmod, lowercase and labelmap make series that meet",
    rules: [
      { action: "hashmod", source_labels: ["p"], modulus: 1, target_label: "shard" },
      { action: "lowercase", source_labels: ["m"], target_label: "m" },
      { action: "labelmap", regex: "x_(.*)", replacement: "$1" },
      { action: "labeldrop", regex: "p|x_.*" },
    ],
    input:
      `c{p="1",m="GET",x_a="1"} 1\nc{p="2",m="get",x_a="1"} 2\nc{p="2",m="get",a="2",x_a="1"} 4\n`,
    expected: `c{a="1",m="get",shard="0"} 7\n`,
  },
  {
    what: "a copy that a later rule reads decides, line by line",
    rules: [
      { action: "labelmap", regex: "x_(.*)", replacement: "y_$1" },
      { source_labels: ["y_a"], regex: "1.*", target_label: "kind", replacement: "one" },
      { action: "labelkeep", regex: "__name__|kind" },
    ],
    input: `c{x_a="1"} 1\nc{x_a="2"} 2\nc{x_a="10"} 4\nc{x_a="3"} 8\n`,
    expected: `c{kind="one"} 5\nc 10\n`,
  },
  {
    what: "a value of the overflow's name is a value like others",
    rules: dropPath,
    input: `c{a="weir_overflow",path="1"} 1\n`,
    expected: `c{a="weir_overflow"} 1\n`,
  },
]);

testSeries([
  {
    what: "policies come before rules",
    rules: dropPath,
    policies: [{ match: [{ metric_field: "name", equals: "gone" }], keep: false }],
    input: `gone{path="/a"} 1\ngone{path="/b"} 1\nc{path="/a"} 1\n`,
    expected: "c 1\n",
    stats: { droppedByPolicy: 2, droppedByRules: 0, mergedSamples: 0 },
  },
]);

test("labels longer than any buffer are put together whole", async () => {
  const long = "x".repeat(10_000);
  const { text } = await filterChunks([encode(`c{v="${long}",path="a"} 1\n`)], {
    rules: await rulesOf({ rules: dropPath }),
    maxLineBytes: 100_000,
  });
  assert.equal(text, `c{v="${long}"} 1\n`);
});
