import { FIRST, testMerged } from "../support/gateway/merged_case.ts";
import { native } from "../support/merge/native_text.ts";

/** What three targets say, each in its format. */
const ANSWERS = {
  text: `# HELP requests_total All \\ of\\nthem.
# TYPE requests_total counter
requests_total 1
# TYPE hits counter
hits 5
# TYPE seconds histogram
seconds_bucket{le="1"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 3
seconds_count 2
# TYPE rpc summary
rpc{quantile="0.5"} 7
rpc_sum 8
rpc_count 9
# TYPE build_info gauge
build_info{v="1"} 1
# TYPE queue gauge
queue 1 1700000001500
untyped 4
`,
  openmetrics: `# HELP requests All \\\\ of\\nthem.
# TYPE requests counter
requests_total 10 # {trace="a"} 1
requests_created 1500
# TYPE build info
build_info{v="1"} 1
# TYPE seconds histogram
# UNIT seconds seconds
seconds_bucket{le="1.0"} 10
seconds_bucket{le="+Inf"} 20
seconds_sum 30
seconds_count 20
# TYPE queue gauge
queue 10 1700000002.5
# EOF
`,
  protobuf: {
    protobuf: `# HELP requests_total All \\\\ of\\nthem.
# TYPE requests_total counter
requests_total 100 st@1600
# TYPE seconds histogram
seconds_bucket{le="1.0"} 100
seconds_bucket{le="+Inf"} 200
seconds_sum 300
seconds_count 200
seconds ${native({ counts: [100, 100], sum: 300 })}
# TYPE queue gauge
queue 100
`,
  },
  openmetrics2: {
    openmetrics2: `# TYPE requests_total counter
requests_total 1000 st@1700 # {trace="b"} 1 5 # {trace="c"} 2 6
# TYPE seconds histogram
seconds {count:2000,sum:3000,schema:0,zero_threshold:0.001,zero_count:0,positive_spans:[0:1],positive_buckets:[2000],bucket:[1:1000,+Inf:2000]}
# TYPE rpc summary
rpc {count:900,sum:800,quantile:[]}
`,
  },
};

const REST =
  `# HELP weir_scrape_dropped_samples Samples of this scrape that are missing, though no ` +
  `policy and no rule dropped them.
# TYPE weir_scrape_dropped_samples gauge
weir_scrape_dropped_samples{reason="format"} 1
`;

const HEAD = "# TYPE h histogram\n";
const classic = (count: number) =>
  ['h_bucket{le="1.0"}', 'h_bucket{le="+Inf"}', "h_sum", "h_count"]
    .map((series) => `${series} ${count} st@${FIRST}\n`).join("");
const text = (count: number) => classic(count).replaceAll(` st@${FIRST}`, "");
const CLASSIC = (count: number) => HEAD + text(count);
const line = (count: number) => `h ${native({ counts: [count], sum: count })}\n`;
const NATIVE = (count: number) => ({ protobuf: HEAD + line(count) });
const BOTH = (count: number) => ({ protobuf: HEAD + text(count) + line(count) });

testMerged([
  {
    what: "targets of all formats in one answer: text",
    counters: "raw",
    scrapes: [{
      answers: ANSWERS,
      format: "text",
      expected: `# HELP requests_total All \\ of\\nthem.
# TYPE requests_total counter
requests_total 1111
# TYPE hits counter
hits 5
# TYPE seconds histogram
seconds_bucket{le="1.0"} 1111
seconds_bucket{le="+Inf"} 2222
seconds_sum 3333
seconds_count 2222
# TYPE rpc summary
rpc{quantile="0.5"} 7
rpc_sum 808
rpc_count 909
# TYPE build_info gauge
build_info{v="1"} 1
# TYPE queue gauge
queue 111
untyped 4
${REST}`,
      report: { contested: [] },
    }],
  },
  {
    what: "targets of all formats in one answer: OpenMetrics",
    counters: "raw",
    scrapes: [{
      answers: ANSWERS,
      format: "openmetrics",
      expected: `# HELP requests All \\\\ of\\nthem.
# TYPE requests counter
requests_total 1111 # {trace="b"} 1 5
# TYPE hits counter
hits 5
# TYPE seconds histogram
seconds_bucket{le="1.0"} 1111
seconds_bucket{le="+Inf"} 2222
seconds_sum 3333
seconds_count 2222
# TYPE rpc summary
rpc{quantile="0.5"} 7
rpc_sum 808
rpc_count 909
# TYPE build_info gauge
build_info{v="1"} 1
# TYPE queue gauge
queue 111
untyped 4
${REST}# EOF
`,
    }],
  },
  {
    what: "targets of all formats in one answer: OpenMetrics 2.0",
    counters: "raw",
    scrapes: [{
      answers: ANSWERS,
      format: "openmetrics2",
      expected: `# HELP requests_total All \\\\ of\\nthem.
# TYPE requests_total counter
requests_total 1111 # {trace="b"} 1 5 # {trace="c"} 2 6
# TYPE hits counter
hits 5
# TYPE seconds histogram
seconds {count:2222,sum:3333,bucket:[1:1111,+Inf:2222]}
# TYPE rpc summary
rpc {count:909,sum:808,quantile:[0.5:7]}
# TYPE build_info gauge
build_info{v="1"} 1
# TYPE queue gauge
queue 111
untyped 4
# EOF
`,
    }],
  },
  {
    what: "targets of all formats in one answer: protobuf, whose totals began with Weir",
    scrapes: [
      {
        answers: ANSWERS,
        format: "protobuf",
        expected: `# HELP requests_total All \\\\ of\\nthem.
# TYPE requests_total counter
requests_total 0 st@${FIRST} # {trace="c"} 2 6
# TYPE hits counter
hits 0 st@${FIRST}
# TYPE seconds histogram
seconds_bucket{le="1.0"} 0 st@${FIRST}
seconds_bucket{le="+Inf"} 0 st@${FIRST}
seconds_sum 0 st@${FIRST}
seconds_count 0 st@${FIRST}
# TYPE rpc summary
rpc{quantile="0.5"} 7 st@${FIRST}
rpc_sum 0 st@${FIRST}
rpc_count 0 st@${FIRST}
# TYPE build_info gauge
build_info{v="1"} 1
# TYPE queue gauge
queue 111
# TYPE untyped unknown
untyped 4
`,
      },
    ],
  },
  {
    what: "one metric has one count: of targets that differ in form the part that all have",
    scrapes: [
      {
        answers: { a: CLASSIC(1), b: BOTH(2), c: BOTH(3) },
        format: "protobuf",
        expected: `${HEAD}${classic(0)}`,
      },
      {
        answers: { a: CLASSIC(2), b: BOTH(3), c: BOTH(5) },
        format: "protobuf",
        expected: `${HEAD}${classic(4)}`,
      },
      {
        // The first one has been replaced: the native part is there, and counts less so far.
        answers: { a: BOTH(3), b: BOTH(3), c: BOTH(6) },
        format: "protobuf",
        expected: `${HEAD}${classic(6).replaceAll(/(h_(?:sum|count)) 6/g, "$1 4")}h ${
          native({ counts: [4], sum: 4 })
        } st@${FIRST}\n`,
      },
      {
        // Both begin anew where they were the same.
        answers: { a: BOTH(4), b: BOTH(3), c: BOTH(8) },
        format: "protobuf",
        expected: `${HEAD}${classic(3)}h ${native({ counts: [3], sum: 3 })} st@${FIRST}\n`
          .replaceAll(`${FIRST}`, `${FIRST + 20}`),
      },
      {
        answers: { a: BOTH(4), b: BOTH(3), c: BOTH(9) },
        format: "protobuf",
        expected: `${HEAD}${classic(4)}h ${native({ counts: [4], sum: 4 })} st@${FIRST}\n`
          .replaceAll(`${FIRST}`, `${FIRST + 20}`),
      },
    ],
  },
  {
    what: "native parts alone are all that there is beside targets that have both",
    counters: "raw",
    scrapes: [{
      answers: { a: BOTH(2), b: NATIVE(3) },
      format: "protobuf",
      expected: `${HEAD}h ${native({ counts: [5], sum: 5 })}\n`,
    }],
  },
  {
    what:
      "where some have one form alone and others the other, native parts are written, and it is said",
    counters: "raw",
    scrapes: [
      {
        answers: { a: BOTH(1), b: NATIVE(3), c: CLASSIC(5) },
        format: "protobuf",
        expected: `${HEAD}h ${native({ counts: [4], sum: 4 })}\n${REST}`,
      },
      // In text all is said that text can say.
      {
        answers: { a: BOTH(1), b: NATIVE(3), c: CLASSIC(5) },
        format: "text",
        expected: `${HEAD}${classic(6).replaceAll(` st@${FIRST}`, "")}${REST}`,
      },
    ],
  },
]);
