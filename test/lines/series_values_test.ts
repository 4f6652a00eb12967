import { dropPath, type SeriesCase, testSeries } from "../support/lines/series_case.ts";

/** Values of samples that meet, and their sum. */
const SUMS: [values: string[], sum: string][] = [
  [["1", "2"], "3"],
  [["0.1", "0.2"], "0.30000000000000004"],
  [["9007199254740992", "1"], "9007199254740992"],
  [["9007199254740993", "0"], "9007199254740992"],
  [["4503599627370496", "4503599627370496"], "9007199254740992"],
  [["9007199254740992", "2"], "9.007199254740994e+15"],
  [["1e308", "1e308"], "+Inf"],
  [["-1e308", "-1e308"], "-Inf"],
  [["+Inf", "1"], "+Inf"],
  [["+Inf", "-Inf"], "NaN"],
  [["inf", "Infinity"], "+Inf"],
  [["NaN", "1"], "NaN"],
  [["-0", "-0"], "-0"],
  [["-0", "0"], "0"],
  [["1e3", "+5"], "1005"],
  [["1E3", "1e-3"], "1000.001"],
  [[".5", "5."], "5.5"],
  [["007.50", "1"], "8.5"],
  [["1e-7", "0"], "1e-07"],
  [["123456789012345678", "0"], "1.2345678901234568e+17"],
  [["3", "-3"], "0"],
];

testSeries(SUMS.map(([values, sum]) => ({
  what: `${values.join(" and ")} are ${sum}`,
  rules: dropPath,
  input: values.map((value, i) => `c{path="${i}"} ${value}\n`).join(""),
  expected: `c ${sum}\n`,
})));

/** Each stays as it is where nothing meets it. */
const TEXTS = ["007.50", "1e3", "+5", "NaN", "nan", "+Inf", "inf", "-0", ".5", "5.", "1E+05"];

testSeries(TEXTS.map((text) => ({
  what: `a lone ${text} stays as it is`,
  rules: dropPath,
  input: `c{path="a"} ${text}\n`,
  expected: `c ${text}\n`,
})));

const EXTREMES: [fn: "min" | "max", values: string[], result: string][] = [
  ["min", ["NaN", "3", "1"], "1"],
  ["max", ["NaN", "3", "1"], "3"],
  ["min", ["3", "NaN"], "3"],
  ["max", ["NaN", "NaN"], "NaN"],
  ["min", ["+Inf", "-Inf"], "-Inf"],
  ["max", ["-Inf", "-1e300"], "-1e+300"],
];

testSeries(EXTREMES.map(([fn, values, result]) => ({
  what: `the ${fn} of ${values.join(", ")} is ${result}`,
  rules: dropPath,
  aggregation: [{ match: "c", function: fn }],
  input: values.map((value, i) => `c{path="${i}"} ${value}\n`).join(""),
  expected: `c ${result}\n`,
})));

const timestamps: SeriesCase[] = [
  {
    what: "the newest timestamp counts",
    rules: dropPath,
    input: `c{path="a"} 1 1700000000000
c{path="b"} 2 1700000009000
c{path="c"} 3 1700000003000
`,
    expected: "c 6 1700000009000\n",
  },
  {
    what: "a timestamp that is no double stays as it is",
    rules: dropPath,
    input: `c{path="/a"} 1 9223372036854775807
d{path="/a"} 1 9007199254740993
d{path="/b"} 1 5
e{path="/a"} 1 5
e{path="/b"} 1 9007199254740993
`,
    expected: `c 1 9223372036854775807\nd 2 9007199254740993\ne 2 9007199254740993\n`,
  },
  {
    what: "a member without timestamp is from now, and so is its sum",
    rules: dropPath,
    input: `c{path="a"} 1\nc{path="b"} 2 1700000009000\nc{path="c"} 3\n`,
    expected: "c 6\n",
  },
  {
    what: "wherever it stands",
    rules: dropPath,
    input: `c{path="a"} 1 1700000009000\nc{path="b"} 2\nd{path="a"} 1\nd{path="b"} 2 1700000009000
e{path="a"} 1 1700000009000\ne{path="b"} 2 1700000009000\ne{path="c"} 3\n`,
    expected: "c 3\nd 3\ne 6\n",
  },
  {
    what: "none where none has one",
    rules: dropPath,
    input: `c{path="a"} 1\nc{path="b"} 2\n`,
    expected: "c 3\n",
  },
  {
    what: "blanks are not written",
    rules: dropPath,
    input: `  c { path = "a" , m="1" , }   1   1700000000000  \n\tc\t{m="1"}\t2\t17\t\nd  7\n`,
    expected: `c{m="1"} 3 1700000000000\nd 7\n`,
  },
  {
    what: "a last line without newline gets one",
    rules: dropPath,
    input: `c{path="a"} 1\nc{path="b"} 2`,
    expected: "c 3\n",
  },
  {
    what: "timestamps of OpenMetrics are seconds with decimals",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE c counter
c_total{path="a"} 1 1700000000.125
c_total{path="b"} 2 1700000000.5
# EOF
`,
    expected: "# TYPE c counter\nc_total 3 1700000000.5\n# EOF\n",
  },
];
testSeries(timestamps);

const exemplar = (id: string) => `# {trace_id="${id}"} 0.5 1700000000.1`;

testSeries([
  {
    what: "a lone sample keeps its exemplar",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE c counter\nc_total{path="a"} 1 ${exemplar("a")}\n# EOF\n`,
    expected: `# TYPE c counter\nc_total 1 ${exemplar("a")}\n# EOF\n`,
  },
  {
    what: "of samples that meet the newest one's exemplar stays",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE c counter
c_total{path="a"} 1 1700000001 ${exemplar("a")}
c_total{path="b"} 1 1700000003 ${exemplar("b")}
c_total{path="c"} 1 1700000002 ${exemplar("c")}
# EOF
`,
    expected: `# TYPE c counter\nc_total 3 1700000003 ${exemplar("b")}\n# EOF\n`,
  },
  {
    what: "a carriage return stays behind an exemplar, which Prometheus refuses",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `c_total{path="/a"} 1 # {id="1"} 0.5\r\n# EOF\n`,
    expected: `c_total{path="/a"} 1 # {id="1"} 0.5\r\n# EOF\n`,
  },
  {
    what: "without timestamps the last exemplar stays",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `c_total{path="a"} 1 ${exemplar("a")}
c_total{path="b"} 1 ${exemplar("b")}
c_total{path="c"} 1
`,
    expected: `c_total 3 ${exemplar("b")}\n`,
  },
  {
    what: "an older member's exemplar is better than none",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `c_total{path="a"} 1 1700000003
c_total{path="b"} 1 1700000002 ${exemplar("b")}
`,
    expected: `c_total 2 1700000003 ${exemplar("b")}\n`,
  },
]);
