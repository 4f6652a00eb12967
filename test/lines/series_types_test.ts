import { dropPath, testSeries } from "../support/lines/series_case.ts";
import { TextSet } from "../../src/exposition/text_map.ts";

testSeries([
  {
    what: "counters are summed",
    rules: dropPath,
    input: `# HELP c_total Requests.
# TYPE c_total counter
c_total{method="GET",path="/a"} 1
c_total{method="GET",path="/b"} 2
c_total{method="PUT",path="/a"} 40
c_total{method="GET",path="/c"} 3.5
`,
    expected: `# HELP c_total Requests.
# TYPE c_total counter
c_total{method="GET"} 6.5
c_total{method="PUT"} 40
`,
    stats: { inputSamples: 4, outputSamples: 2, mergedSamples: 2, noncontiguousFamilies: 0 },
  },
  {
    what: "a histogram's buckets, sum and count are summed; the sum began at no time",
    rules: dropPath,
    input: `# TYPE h histogram
h_bucket{path="/a",le="1"} 1
h_bucket{path="/a",le="+Inf"} 2
h_sum{path="/a"} 0.5
h_count{path="/a"} 2
h_created{path="/a"} 1700000005
h_bucket{path="/b",le="1"} 10
h_bucket{path="/b",le="+Inf"} 20
h_sum{path="/b"} 0.25
h_count{path="/b"} 20
h_created{path="/b"} 1700000003
`,
    expected: `# TYPE h histogram
h_bucket{le="1.0"} 11
h_bucket{le="+Inf"} 22
h_sum 0.75
h_count 22
`,
  },
  {
    what: "a summary's quantiles that meet are dropped, its sum and count are summed",
    rules: dropPath,
    input: `# TYPE s summary
s{path="/a",quantile="0.5"} 1
s{path="/b",quantile="0.5"} 2
s{path="/c",quantile="0.5"} 2
s{path="/a",quantile="0.9"} 7
s_sum{path="/a"} 1
s_sum{path="/b"} 2
s_count{path="/a"} 3
s_count{path="/b"} 4
`,
    expected: `# TYPE s summary
s{quantile="0.9"} 7
s_sum 3
s_count 7
`,
    stats: { droppedUnmergeable: 3, mergedSamples: 2, inputSamples: 8, outputSamples: 3 },
  },
  {
    what: "quantiles are not summed when it is their own label that goes",
    rules: [{ action: "labeldrop", regex: "quantile" }],
    input: `# TYPE s summary
s{quantile="0.5"} 1
s{quantile="0.9"} 2
s_sum 3
`,
    expected: "# TYPE s summary\ns_sum 3\n",
    stats: { droppedUnmergeable: 2 },
  },
  {
    what: "a family of which nothing is left leaves no metadata",
    rules: dropPath,
    input: `# HELP s Gone.
# TYPE s summary
s{path="/a",quantile="0.5"} 1
s{path="/b",quantile="0.5"} 2
# TYPE c counter
c 1
`,
    expected: "# TYPE c counter\nc 1\n",
  },
  {
    what: "gauges are summed, and the family is noted",
    rules: dropPath,
    input: `# TYPE g gauge
g{path="/a"} 1
g{path="/b"} 2
# TYPE alone gauge
alone{path="/a"} 1
`,
    expected: "# TYPE g gauge\ng 3\n# TYPE alone gauge\nalone 1\n",
    stats: { summedGauges: new TextSet(["g"]) },
  },
  {
    what: "a gauge's function that was declared is not noted",
    rules: dropPath,
    aggregation: [{ match: "g", function: "sum" }],
    input: `# TYPE g gauge\ng{path="/a"} 1\ng{path="/b"} 2\n`,
    expected: "# TYPE g gauge\ng 3\n",
    stats: { summedGauges: new TextSet() },
  },
  {
    what: "gauge histograms are summed",
    rules: dropPath,
    input: `# TYPE gh gaugehistogram
gh_bucket{path="/a",le="1.0"} 1
gh_bucket{path="/b",le="1.0"} 2
gh_gsum{path="/a"} -1
gh_gsum{path="/b"} 3
gh_gcount{path="/a"} 1
gh_gcount{path="/b"} 2
`,
    expected: `# TYPE gh gaugehistogram
gh_bucket{le="1.0"} 3
gh_gsum 2
gh_gcount 3
`,
    stats: { summedGauges: new TextSet(["gh"]) },
  },
  {
    what: "bounds of gauge histograms are text, as they are to Prometheus",
    rules: [{ source_labels: ["le"], regex: "1", target_label: "one", replacement: "y" }],
    options: { format: "openmetrics" },
    input: `# TYPE gh gaugehistogram
gh_bucket{le="1"} 1
gh_bucket{le="1.0"} 2
gh_bucket{le="Inf"} 3
gh_bucket{le="+Inf"} 4
# EOF
`,
    expected: `# TYPE gh gaugehistogram
gh_bucket{one="y",le="1"} 1
gh_bucket{le="1.0"} 2
gh_bucket{le="Inf"} 3
gh_bucket{le="+Inf"} 4
# EOF
`,
  },
  {
    what: "of info and stateset the largest counts",
    rules: dropPath,
    input: `# TYPE i info
i_info{version="1",path="/a"} 1
i_info{version="1",path="/b"} 1
# TYPE st stateset
st{st="on",path="/a"} 0
st{st="on",path="/b"} 1
st{st="on",path="/c"} 0
`,
    expected: `# TYPE i info
i_info{version="1"} 1
# TYPE st stateset
st{st="on"} 1
`,
  },
  {
    what: "a counter whose own name ends in _created is a count",
    rules: dropPath,
    input: `# TYPE threads_created counter
threads_created{path="/a"} 3
threads_created{path="/b"} 4
`,
    expected: "# TYPE threads_created counter\nthreads_created 7\n",
  },
  {
    what: "the gauge that the text format makes of a creation time is a time",
    rules: dropPath,
    input: `# TYPE c_created gauge
c_created{path="/a"} 1700000003
c_created{path="/b"} 1700000002
`,
    expected: "# TYPE c_created gauge\nc_created 1700000002\n",
    stats: { summedGauges: new TextSet() },
  },
  {
    what: "untyped samples are summed, whatever type they name",
    rules: dropPath,
    input: `# TYPE u untyped
u{path="/a"} 1
u{path="/b"} 2
# TYPE w weird
w{path="/a"} 1
w{path="/b"} 2
x{path="/a",quantile="0.5"} 1
x{path="/b",quantile="0.5"} 2
`,
    expected: `# TYPE u untyped
u 3
# TYPE w weird
w 3
x{quantile="0.5"} 3
`,
  },
  {
    what: "bucket, sum and count without TYPE come one after the other, and still meet",
    rules: dropPath,
    input: `h_bucket{path="/a",vmrange="1...2"} 1
h_sum{path="/a"} 2
h_count{path="/a"} 3
h_bucket{path="/b",vmrange="1...2"} 10
h_sum{path="/b"} 20
h_count{path="/b"} 30
`,
    expected: `h_bucket{vmrange="1...2"} 11
h_sum 22
h_count 33
`,
    stats: { noncontiguousFamilies: 0, mergedSamples: 3 },
  },
]);

testSeries((
  [
    ["sum", "6"],
    ["min", "1"],
    ["max", "3"],
    ["avg", "2"],
    ["count", "3"],
    ["last", "2"],
    ["drop", undefined],
  ] as const
).flatMap(([name, expected]) =>
  ["counter", "gauge", "summary", "info", "untyped"].map((type) => ({
    what: `a rule asks for the ${name} of a ${type}`,
    rules: dropPath,
    // The first match wins; patterns are anchored.
    aggregation: [
      { match: "f|_value", function: "count" as const },
      { match: "f_v.*", function: name },
      { match: ".*", function: "sum" as const },
    ],
    input: `# TYPE f_value ${type}
f_value{path="/a"} 1
f_value{path="/b"} 3
f_value{path="/c"} 2
`,
    expected: expected === undefined ? "" : `# TYPE f_value ${type}\nf_value ${expected}\n`,
    stats: {
      droppedUnmergeable: name === "drop" ? 3 : 0,
      mergedSamples: name === "drop" ? 0 : 2,
      summedGauges: new TextSet(),
    },
  }))
));

testSeries([
  {
    what: "a lone sample keeps its value whatever the function, but for a count",
    rules: dropPath,
    aggregation: [
      { match: "n", function: "count" },
      { match: "d", function: "drop" },
      { match: "a", function: "avg" },
    ],
    input: `n{path="/a"} 007.50\nd{path="/a"} 007.50\na{path="/a"} 007.50\n`,
    expected: "n 1\nd 007.50\na 007.50\n",
  },
  {
    what: "rules for functions see the name that relabelling gave",
    rules: [...dropPath, {
      source_labels: ["__name__"],
      target_label: "__name__",
      regex: "(.*)",
      replacement: "new_$1",
    }],
    aggregation: [{ match: "old", function: "min" }, { match: "new_old", function: "max" }],
    input: `old{path="/a"} 1\nold{path="/b"} 3\nold{path="/c"} 2\n`,
    expected: "new_old 3\n",
  },
]);
