import type { AggregateFunction } from "../../src/aggregate/aggregate_function.ts";
import { testMerged } from "../support/gateway/merged_case.ts";

const GAUGE = "# TYPE g gauge\n";

const FUNCTIONS: [fn: AggregateFunction, output: string][] = [
  ["sum", `${GAUGE}g 7.5\n`],
  ["min", `${GAUGE}g 1\n`],
  ["max", `${GAUGE}g 4\n`],
  ["avg", `${GAUGE}g 2.5\n`],
  ["count", `${GAUGE}g 3\n`],
  ["last", `${GAUGE}g 2.5\n`],
  ["drop", ""],
];

testMerged(FUNCTIONS.map(([fn, expected]) => ({
  what: `the ${fn} of what targets have`,
  aggregation: [{ match: "g", function: fn }],
  scrapes: [{
    answers: { a: `${GAUGE}g 4\n`, b: `${GAUGE}g 1.0\n`, half: { half: "g 9\n" }, c: "g 2.5\n" },
    expected,
  }],
})));

testMerged([
  {
    what: "the average of a target's samples and another one's weighs each alike",
    rules: [{ action: "labeldrop", regex: "l" }],
    aggregation: [{ match: "g", function: "avg" }],
    scrapes: [{ answers: { a: 'g{l="1"} 1\ng{l="2"} 2\n', b: 'g{l="1"} 6\n' }, expected: "g 3\n" }],
  },
  {
    what: "a sample that meets nothing keeps its text, one that nobody has is gone",
    scrapes: [
      { answers: { a: "g 007.50\n", b: "i 1e3\n" }, expected: "g 007.50\ni 1e3\n" },
      { answers: { a: "g +5\n", b: "g 1\ni NaN\n" }, expected: "g 6\ni NaN\n" },
      { answers: { a: { half: "g 5\n" }, b: "i .5\n" }, expected: "i .5\n" },
      { answers: { a: "missing", b: "missing" }, expected: "" },
    ],
  },
  {
    what: "quantiles of one target are kept, of two dropped",
    scrapes: [{
      answers: {
        a: '# TYPE s summary\ns{quantile="0.5"} 0.30\ns{quantile="0.9"} 1\n',
        b: '# TYPE s summary\ns{quantile="0.50"} 7\n',
      },
      expected: '# TYPE s summary\ns{quantile="0.9"} 1\n',
    }],
  },
  {
    what: "of timestamps the newest counts, whenever it arrives",
    scrapes: [{
      answers: {
        a: "g 1 1700000003000\nc_total 1 1700000000001\n",
        b: "g 1 1700000001000\nc_total 1 1600000000001\n",
        c: "g 1 1700000002000\n",
      },
      arrival: ["b", "a", "c"],
      expected: "g 3 1700000003000\nc_total 0 1700000000001\n",
    }],
  },
  {
    what: "a target without timestamp is from now, and so are its sums",
    scrapes: [{
      answers: {
        a: "g 1 1700000003000\nc_total 1 1700000000001\n",
        b: "g 1 1700000001000\nc_total 1\n",
        c: "g 1\n",
      },
      arrival: ["b", "c", "a"],
      expected: "g 3\nc_total 0\n",
    }],
  },
  {
    what: "an exemplar is there as long as its sample has it",
    scrapes: [
      { answers: { a: 'g 1 # {id="1"} 1\n# EOF\n' }, expected: 'g 1 # {id="1"} 1\n# EOF\n' },
      { answers: { a: "g 1\n# EOF\n" }, expected: "g 1\n# EOF\n" },
    ],
  },
  {
    what: "so does the newest of one target's samples",
    rules: [{ action: "labeldrop", regex: "l" }],
    scrapes: [{
      answers: { a: 'g{l="1"} 1 1700000003000\ng{l="2"} 1 1700000001000\n' },
      expected: "g 2 1700000003000\n",
    }],
  },
  {
    what: "OpenMetrics: decimals of timestamps, newest exemplars, the start of the sum",
    scrapes: [{
      answers: {
        a: `# TYPE c counter
c_total 1 1700000003.125 # {id="a"} 0.5
c_created 1600000005.5
# TYPE i info
i_info{v="1"} 1
# EOF
`,
        b: `# TYPE c counter
c_total 1 1700000001.5 # {id="b"} 0.5
c_created 1600000004.25
# TYPE s stateset
s{s="on"} 1
# EOF
`,
        c: `# TYPE i info
i_info{v="1"} 1
# TYPE s stateset
s{s="on"} 0
# EOF
`,
      },
      expected: `# TYPE c counter
c_total 0 1700000003.125 # {id="a"} 0.5
c_created 1700000000
# TYPE i info
i_info{v="1"} 1
# TYPE s stateset
s{s="on"} 1
# EOF
`,
    }],
  },
]);
