import assert from "node:assert/strict";
import { test } from "node:test";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { encode, filterChunks, streamOf } from "../support/lines/filtered.ts";
import { dropPath, rulesOf, testSeries } from "../support/lines/series_case.ts";
import { TextMap } from "../../src/exposition/text_map.ts";

const labelValues = new Map([["path", 2]]);

/** Tells samples apart that become one series. */
const dropZ = [{ action: "labeldrop", regex: "z" }];

testSeries([
  {
    what: "label values beyond the limit become one series; known ones stay",
    limits: { labelValues },
    input: `# TYPE c counter
c{m="1",path="/a"} 1
c{m="1",path="/b"} 2
c{m="1",path="/c"} 4
c{m="1",path="/d"} 8
c{m="1",path="/a",z="1"} 16
c{m="2",path="/d"} 32
c{m="2"} 64
`,
    rules: dropZ,
    expected: `# TYPE c counter
c{m="1",path="/a"} 17
c{m="1",path="/b"} 2
c{m="1",path="weir_overflow"} 12
c{m="2",path="weir_overflow"} 32
c{m="2"} 64
`,
    stats: { limitedSamples: new TextMap([["c\0label_values", 3]]), mergedSamples: 2 },
  },
  {
    what: "each family has its own values",
    limits: { labelValues },
    input: `# TYPE a counter
a{path="/a"} 1
a{path="/b"} 1
# TYPE b counter
b{path="/c"} 1
b{path="/d"} 1
b{path="/e"} 1
`,
    expected: `# TYPE a counter
a{path="/a"} 1
a{path="/b"} 1
# TYPE b counter
b{path="/c"} 1
b{path="/d"} 1
b{path="weir_overflow"} 1
`,
  },
  {
    what: "values that rules changed are counted as they are written",
    rules: [{ source_labels: ["path"], regex: "(/.).*", target_label: "path" }],
    limits: { labelValues },
    input: `c{path="/ax"} 1\nc{path="/ay"} 2\nc{path="/bx"} 4\nc{path="/cx"} 8\n`,
    expected: `c{path="/a"} 3\nc{path="/b"} 4\nc{path="weir_overflow"} 8\n`,
  },
  {
    what: "a histogram's parts overflow together",
    limits: { labelValues: new Map([["path", 1]]) },
    input: ["/a", "/b", "/c"].map((path) =>
      `h_bucket{path="${path}",le="1"} 1
h_bucket{path="${path}",le="+Inf"} 3
h_sum{path="${path}"} 5
h_count{path="${path}"} 3
`
    ).join(""),
    expected: `h_bucket{path="/a",le="1"} 1
h_bucket{path="/a",le="+Inf"} 3
h_sum{path="/a"} 5
h_count{path="/a"} 3
h_bucket{path="weir_overflow",le="1"} 2
h_bucket{path="weir_overflow",le="+Inf"} 6
h_sum{path="weir_overflow"} 10
h_count{path="weir_overflow"} 6
`,
  },
  {
    what: "le and quantile never overflow",
    limits: { labelValues: new Map([["le", 1], ["quantile", 1]]), labelValueLength: 3 },
    input: `h_bucket{le="0.005"} 1\nh_bucket{le="+Inf"} 2\ns{quantile="0.999"} 3\n`,
    expected: `h_bucket{le="0.005"} 1\nh_bucket{le="+Inf"} 2\ns{quantile="0.999"} 3\n`,
    stats: { limitedSamples: new TextMap() },
  },
  {
    what: "values that are too long, in bytes as they are written",
    limits: { labelValueLength: 4 },
    input: `c{a="1234",b="x"} 1\nc{a="12345",b="x"} 2\nc{a="öö",b="x"} 4\nc{a="ööö",b="x"} 8\n`,
    expected: `c{a="1234",b="x"} 1
c{a="weir_overflow",b="x"} 10
c{a="öö",b="x"} 4
`,
    stats: { limitedSamples: new TextMap([["c\0label_value_length", 2]]) },
  },
  {
    what: "series of a family beyond the limit become one",
    limits: { seriesPerFamily: 2 },
    input: `c{a="1",b="1"} 1
c{a="2"} 2
c{a="3",b="3"} 4
c{a="4",b="1"} 8
c{a="1",b="1",z="1"} 16
# TYPE d counter
d{a="1"} 32
`,
    rules: dropZ,
    expected: `c{a="1",b="1"} 17
c{a="2"} 2
c{a="weir_overflow",b="weir_overflow"} 12
# TYPE d counter
d{a="1"} 32
`,
    stats: { limitedSamples: new TextMap([["c\0series_per_family", 2]]) },
  },
  {
    what: "series of all families",
    limits: { series: 3 },
    input: `a{x="1"} 1\na{x="2"} 2\nb{x="1"} 4\nb{x="2"} 8\nb{x="3"} 16\nc{x="1"} 32\n`,
    expected: `a{x="1"} 1
a{x="2"} 2
b{x="1"} 4
b{x="weir_overflow"} 24
c{x="weir_overflow"} 32
`,
    stats: { limitedSamples: new TextMap([["b\0series", 2], ["c\0series", 1]]) },
  },
  {
    what: "a limit on series lets a histogram in whole or not at all",
    limits: { seriesPerFamily: 7 },
    input: "# TYPE h histogram\n" +
      ["/a", "/b", "/c"].map((path) =>
        `h_bucket{path="${path}",le="1"} 1
h_bucket{path="${path}",le="+Inf"} 3
h_sum{path="${path}"} 5
h_count{path="${path}"} 3
`
      ).join(""),
    expected: `# TYPE h histogram
h_bucket{path="/a",le="1.0"} 1
h_bucket{path="/a",le="+Inf"} 3
h_sum{path="/a"} 5
h_count{path="/a"} 3
h_bucket{path="weir_overflow",le="1.0"} 2
h_bucket{path="weir_overflow",le="+Inf"} 6
h_sum{path="weir_overflow"} 10
h_count{path="weir_overflow"} 6
`,
    stats: { limitedSamples: new TextMap([["h\0series_per_family", 8]]) },
  },
  {
    what: "a limit below one histogram's size lets the first one in",
    limits: { seriesPerFamily: 1 },
    input: `# TYPE h histogram
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 3
h_sum 5
h_count 3
`,
    expected: `# TYPE h histogram
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 3
h_sum 5
h_count 3
`,
    stats: { limitedSamples: new TextMap() },
  },
  {
    what: "drop leaves out what is beyond a limit",
    limits: { labelValues, seriesPerFamily: 3, action: "drop" },
    input: `c{path="1"} 1
c{path="2"} 2
c{path="3"} 4
c{path="1",z="1"} 8
c{path="1",x="1"} 16
c{path="1",x="2"} 32
c{path="2",x="3"} 64
`,
    rules: dropZ,
    expected: `c{path="1"} 9
c{path="2"} 2
c{path="1",x="1"} 16
`,
    stats: { limitedSamples: new TextMap([["c\0label_values", 1], ["c\0series_per_family", 2]]) },
  },
  {
    what: "limits count after the rules, on what is left",
    rules: dropPath,
    limits: { labelValues, series: 1 },
    input: `c{path="1"} 1\nc{path="2"} 2\nc{path="3"} 4\n`,
    expected: "c 7\n",
    stats: { limitedSamples: new TextMap() },
  },
]);

test("fail ends the scrape with the family and the limit", async () => {
  const rules = await rulesOf({ limits: { labelValues, action: "fail" } });
  const input = `c{path="1"} 1\nc{path="2"} 1\nc{path="3"} 1\n`;
  await assert.rejects(filterChunks([encode(input)], { rules }), (error) => {
    assert.ok(error instanceof AggregationError);
    assert.equal(error.message, "family c exceeds the limit label_values");
    return true;
  });
});

test("200,000 paths under a limit of 200 take little room, and their total stays right", async () => {
  const PATHS = 200_000;
  let at = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at === PATHS) return controller.close();
      let text = at === 0 ? "# TYPE c counter\n" : "";
      for (const end = at + 1000; at < end; at++) text += `c{path="/item/${at}"} ${at}\n`;
      controller.enqueue(encode(text));
    },
  }, { highWaterMark: 0 });
  const rules = await rulesOf({ limits: { labelValues: new Map([["path", 200]]) } });
  const { text, stats } = await filterChunks(source, { rules });
  const values = [...text.matchAll(/^c\{path="(.*)"\} (\d+)$/gm)];
  assert.equal(values.length, 201);
  assert.equal(values[200][1], "weir_overflow");
  const total = values.reduce((sum, [, , value]) => sum + Number(value), 0);
  assert.equal(total, PATHS * (PATHS - 1) / 2);
  assert.equal(stats.limitedSamples.get("c\0label_values"), PATHS - 200);
  assert.ok(text.length < 10_000);
});

test("a stream of many families holds one family's limits at a time", async () => {
  const text = Array.from({ length: 300 }, (_, i) => `f${i}{path="1"} 1\nf${i}{path="2"} 2\n`);
  const rules = await rulesOf({ limits: { labelValues: new Map([["path", 1]]) } });
  const { text: out, stats } = await filterChunks(streamOf(text.map(encode)), { rules });
  assert.equal(stats.limitedSamples.size, 300);
  assert.equal(out, text.join("").replaceAll(`path="2"`, `path="weir_overflow"`));
});
