import { dropPath, type RelabelRules, testSeries } from "../support/lines/series_case.ts";
import { TextSet } from "../../src/exposition/text_map.ts";

const rename = (regex: string, replacement: string): RelabelRules => [
  { source_labels: ["__name__"], regex, target_label: "__name__", replacement },
];

testSeries([
  {
    what: "families and series stand in order of their first appearance, metadata once",
    rules: dropPath,
    input: `# HELP z Last letter.
# TYPE z counter
z{m="2",path="/a"} 1
z{m="1",path="/a"} 2
z{m="2",path="/b"} 3
# HELP z Last letter.
# TYPE a counter
# HELP a First letter.
a 1
`,
    expected: `# HELP z Last letter.
# TYPE z counter
z{m="2"} 4
z{m="1"} 2
# TYPE a counter
# HELP a First letter.
a 1
`,
  },
  {
    what: "metadata that comes late still stands before its family",
    rules: dropPath,
    input: `a{path="/a"} 1\n# HELP a Late.\n# TYPE a counter\na{path="/b"} 2\n`,
    expected: `# HELP a Late.\n# TYPE a counter\na 2\na 1\n`.replace("a 2\na 1\n", "a 3\n"),
  },
  {
    what: "metadata in a last line that has no newline stands before its family too",
    rules: dropPath,
    input: `# HELP a Text.\na{path="/a"} 1\na{path="/b"} 2\n# TYPE a counter`,
    expected: `# HELP a Text.\n# TYPE a counter\na 3\n`,
  },
  {
    what: "a UNIT that the new name does not end in is left out",
    rules: rename("disk_(io|used)_seconds(.*)", "disk_${1}$2"),
    options: { format: "openmetrics" },
    input: `# TYPE disk_io_seconds counter
# UNIT disk_io_seconds seconds
# HELP disk_io_seconds Time.
disk_io_seconds_total 1
# EOF
`,
    expected: `# TYPE disk_io counter
# HELP disk_io Time.
disk_io_total 1
# EOF
`,
  },
  {
    what: "a UNIT that the new name ends in stays",
    rules: rename("disk_(.*)", "volume_$1"),
    options: { format: "openmetrics" },
    input: `# TYPE disk_seconds counter
# UNIT disk_seconds seconds
disk_seconds_total 1
# EOF
`,
    expected: `# TYPE volume_seconds counter
# UNIT volume_seconds seconds
volume_seconds_total 1
# EOF
`,
  },
  {
    what: "a family that comes back is summed right, and written once",
    rules: dropPath,
    input: `# TYPE a counter
a{path="/a"} 1
# TYPE b counter
b 1
a{path="/b"} 2
a{path="/c"} 4
`,
    expected: `# TYPE a counter
a 7
# TYPE b counter
b 1
`,
    stats: { noncontiguousFamilies: 0, mergedSamples: 2 },
  },
  {
    what: "where rules may rename, a family that comes back is met",
    rules: [...dropPath, ...rename("other", "c")],
    input: `# TYPE a counter
a{path="/a"} 1
# TYPE b counter
b 1
a{path="/b"} 2
`,
    expected: `# TYPE a counter
a 3
# TYPE b counter
b 1
`,
    stats: { noncontiguousFamilies: 0 },
  },
  {
    what: "metadata goes with a new name that keeps its suffix",
    rules: rename("old_(.*)", "new_$1"),
    input: `# HELP old_h Text with old_h in it.
# TYPE old_h histogram
old_h_bucket{le="1"} 1
old_h_sum 1
old_h_count 1
# TYPE old_g gauge
old_g 1
`,
    expected: `# HELP new_h Text with old_h in it.
# TYPE new_h histogram
new_h_bucket{le="1.0"} 1
new_h_sum 1
new_h_count 1
# TYPE new_g gauge
new_g 1
`,
  },
  {
    what: "a name that loses its suffix stands for itself",
    rules: rename("h_(.*)", "${1}_of_h"),
    input: `# TYPE h histogram
h_bucket{le="1"} 1
h_sum 1
`,
    expected: `bucket_of_h{le="1.0"} 1
sum_of_h 1
`,
  },
  {
    what: "in OpenMetrics a counter keeps its metadata with its _total",
    rules: rename("a_seconds_total", "b_seconds_total"),
    options: { format: "openmetrics" },
    input: `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds Text.
a_seconds_total 1
a_seconds_created 2
# EOF
`,
    expected: `# TYPE b_seconds counter
# UNIT b_seconds seconds
# HELP b_seconds Text.
b_seconds_total 1
# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds Text.
a_seconds_created 2
# EOF
`,
  },
  {
    what: "a new name beyond the classic alphabet is quoted, in the metadata too",
    rules: rename("a_(.*)", 'a."$1'),
    input: `# HELP a_b Text.\n# TYPE a_b counter\na_b 1\na_b{x="y"} 1\n`,
    expected: String.raw`# HELP "a.\"b" Text.
# TYPE "a.\"b" counter
{"a.\"b"} 1
{"a.\"b",x="y"} 1
`,
  },
  {
    what: "a quoted name that becomes plain loses its quotes",
    rules: rename("a[.](.*)", "a_$1"),
    input: `# TYPE "a.b" counter\n{"a.b",x="y"} 1\n`,
    expected: `# TYPE a_b counter\na_b{x="y"} 1\n`,
  },
  {
    what: "two families of one type become one, under the first one's metadata",
    rules: rename("[ab]", "c"),
    input: `# HELP a Of a.
# TYPE a counter
a 1
# TYPE x gauge
x 5
# HELP b Of b.
# TYPE b counter
b 2
b{k="v"} 7
`,
    expected: `# HELP c Of a.
# TYPE c counter
c 3
c{k="v"} 7
# TYPE x gauge
x 5
`,
    stats: { typeConflicts: new TextSet(), mergedSamples: 1, summedGauges: new TextSet() },
  },
  {
    what: "of two families of different types the first one's TYPE stays",
    rules: rename("[ab]", "c"),
    input: `# TYPE a gauge
a 1
# HELP b Of b.
# TYPE b counter
b 2
b 4
`,
    expected: `# TYPE c gauge
# HELP c Of b.
c 3
`,
    stats: { typeConflicts: new TextSet(["c"]), duplicateSamples: 1 },
  },
  {
    what: "families that are one and meet without metadata",
    rules: rename("[ab]_(.*)", "c_$1"),
    input: `a_bucket{le="1"} 1\na_count 1\nb_bucket{le="1"} 2\nb_count 2\n`,
    expected: `c_bucket{le="1"} 3\nc_count 3\n`,
  },
  {
    what: "OpenMetrics with UNIT, info, stateset and exemplars stays such",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE up_seconds counter
# UNIT up_seconds seconds
# HELP up_seconds Time.
up_seconds_total{path="/a"} 1.5
up_seconds_created{path="/a"} 1700000002.5
up_seconds_total{path="/b"} 2 # {id="1"} 1
up_seconds_created{path="/b"} 1700000001.5
# TYPE build info
build_info{path="/a",v="1"} 1
build_info{path="/b",v="1"} 1
# TYPE mode stateset
mode{mode="on",path="/a"} 0
mode{mode="on",path="/b"} 1
mode{mode="off",path="/a"} 1
# TYPE h histogram
h_bucket{path="/a",le="1.0"} 1 # {id="2"} 0.5
h_bucket{path="/a",le="+Inf"} 1
h_count{path="/a"} 1
h_sum{path="/a"} 0.5
# EOF
`,
    expected: `# TYPE up_seconds counter
# UNIT up_seconds seconds
# HELP up_seconds Time.
up_seconds_total 3.5 # {id="1"} 1
# TYPE build info
build_info{v="1"} 1
# TYPE mode stateset
mode{mode="on"} 1
mode{mode="off"} 1
# TYPE h histogram
h_bucket{le="1.0"} 1 # {id="2"} 0.5
h_bucket{le="+Inf"} 1
h_count 1
h_sum 0.5
# EOF
`,
  },
  {
    what: "a family whose samples are all dropped leaves nothing",
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "a" }, ...dropPath],
    input: `# HELP a Gone.\n# TYPE a counter\na 1\n# TYPE b counter\nb 1\n`,
    expected: "# TYPE b counter\nb 1\n",
    stats: { droppedByRules: 1 },
  },
]);
