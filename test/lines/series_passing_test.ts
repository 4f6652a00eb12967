import { dropNothing, dropPath, testSeries } from "../support/lines/series_case.ts";

const LONG = `a_total{path="${"x".repeat(60)}"} 1`;
const passing = { rules: dropPath, options: { maxLineBytes: 50 } };

testSeries([
  {
    what: "comments and blank lines stay between the families that they stood between",
    rules: dropPath,
    input: `# first

# TYPE a counter
a{path="/a"} 1
# in a
a{path="/b"} 2

# before b
# TYPE b counter
b 1
# end
`,
    expected: `# first

# TYPE a counter
a 3
# in a

# before b
# TYPE b counter
b 1
# end
`,
  },
  {
    what: "a comment brings no metadata of a family of which nothing is left",
    rules: dropPath,
    input: `# TYPE s summary\ns{path="/a"} 1\ns{path="/b"} 1\n# note\n# TYPE b counter\nb 1\n`,
    expected: "# note\n# TYPE b counter\nb 1\n",
  },
  {
    what: "a line that cannot be read passes within its family, behind the series",
    rules: dropPath,
    input: `# TYPE a counter
a{path="/a"} 1
a{path="/b" 2
a one
a{path="/c"} 4
# TYPE b counter
b 1
`,
    expected: `# TYPE a counter
a 5
a{path="/b" 2
a one
# TYPE b counter
b 1
`,
    stats: { unparseableLines: 2, inputSamples: 5, outputSamples: 4, noncontiguousFamilies: 0 },
  },
  {
    what: "a line that cannot be read alone has its family's metadata",
    rules: dropPath,
    input: "# TYPE a counter\na one\n",
    expected: "# TYPE a counter\na one\n",
  },
  {
    what: "a line without a name stays where it stood, and breaks no block",
    rules: dropPath,
    input: `= 0
# TYPE a counter
a{path="/a"} 1
= 1
a{path="/b"} 2
`,
    expected: `= 0
# TYPE a counter
a 3
= 1
`,
    stats: { unparseableLines: 2, noncontiguousFamilies: 0, outputSamples: 3 },
  },
  {
    what: "an over-long line passes as it is, within its family",
    ...passing,
    input: `# TYPE a counter\na_total{path="/a"} 1\n${LONG}\na_total{path="/b"} 2\nb 1\n`,
    expected: `# TYPE a counter\na_total 3\n${LONG}\nb 1\n`,
    stats: { overlongLines: 1, outputSamples: 3 },
  },
  {
    what: "so does one without metadata, beside its like",
    ...passing,
    input: `z 1\n${LONG}\na_total{path="/b"} 2\n`,
    expected: `z 1\n${LONG}\na_total 2\n`,
  },
  {
    what: "a last line that passes as it is gets a newline where others follow it",
    rules: [{ source_labels: ["gone"], regex: "x", target_label: "__name__" }],
    input: "# TYPE a counter\na 1\nb 1\na one",
    expected: "# TYPE a counter\na 1\na one\nb 1\n",
  },
  {
    what: "nothing comes of nothing",
    rules: dropNothing,
    input: "",
    expected: "",
  },
]);
