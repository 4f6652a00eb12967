import { testMerged } from "../support/gateway/merged_case.ts";

testMerged([
  {
    what: "of targets that differ in HELP the first in order is heard, whoever answers first",
    scrapes: [{
      answers: {
        a: "# HELP g A.\n# TYPE g gauge\ng 1\n",
        b: "# HELP g B.\n# TYPE g gauge\ng 1\n",
      },
      arrival: ["b", "a"],
      expected: "# HELP g A.\n# TYPE g gauge\ng 2\n",
      report: { contested: [] },
    }],
  },
  {
    what: "a target without metadata hides not that of others",
    scrapes: [
      { answers: { a: "g 1\n", b: "# TYPE g gauge\ng 1\n" }, expected: "# TYPE g gauge\ng 2\n" },
      { answers: { a: "g 1\n", b: "missing" }, expected: "g 1\n" },
    ],
  },
  {
    what: "a TYPE in force stays as long as any target has it",
    scrapes: [
      {
        answers: { a: "# TYPE x gauge\nx 1\n", b: "# TYPE x counter\nx 5\n" },
        expected: "# TYPE x gauge\nx 6\n",
        report: { contested: ["x"] },
      },
      {
        answers: { b: "# TYPE x counter\nx 6\n", a: "# TYPE x gauge\nx 1\n" },
        expected: "# TYPE x gauge\nx 7\n",
        report: { contested: ["x"] },
      },
      {
        answers: { b: "# TYPE x counter\nx 7\n" },
        expected: "# TYPE x counter\nx 7\n",
        report: { contested: [] },
      },
    ],
  },
  {
    what: "the order of targets says what a contested family is, not that of their arrival",
    scrapes: [
      {
        answers: {
          a: "# TYPE x_total counter\nx_total 5\n",
          b: "# TYPE x_total gauge\nx_total 3\n",
        },
        arrival: ["b", "a"],
        expected: "# TYPE x_total counter\nx_total 8\n",
        report: { contested: ["x_total"] },
      },
      {
        answers: {
          a: "# TYPE x_total counter\nx_total 6\n",
          b: "# TYPE x_total gauge\nx_total 3\n",
        },
        arrival: ["b", "a"],
        expected: "# TYPE x_total counter\nx_total 6\n",
        report: { contested: ["x_total"] },
      },
      {
        answers: {
          a: "# TYPE x_total counter\nx_total 7\n",
          b: "# TYPE x_total gauge\nx_total 1\n",
        },
        arrival: ["b", "a"],
        expected: "# TYPE x_total counter\nx_total 8\n",
        report: { contested: ["x_total"] },
      },
    ],
  },
  {
    what: "a gauge and a counter whose names differ by _total are two families",
    scrapes: [{
      answers: {
        a: `# HELP alloc_bytes In use.
# TYPE alloc_bytes gauge
alloc_bytes 5
# HELP alloc_bytes_total Ever.
# TYPE alloc_bytes_total counter
alloc_bytes_total 9
`,
      },
      expected: `# HELP alloc_bytes In use.
# TYPE alloc_bytes gauge
alloc_bytes 5
# HELP alloc_bytes_total Ever.
# TYPE alloc_bytes_total counter
alloc_bytes_total 0
`,
      report: { contested: [] },
    }],
  },
  {
    what: "targets of both formats meet; what comes out is text",
    scrapes: [
      {
        answers: {
          om: `# HELP foo_seconds With \\"quotes\\" and \\\\.
# TYPE foo_seconds counter
# UNIT foo_seconds seconds
foo_seconds_total 5 1700000001.5 # {id="a"} 1
# TYPE u unknown
u 1
# TYPE i info
i_info{v="1"} 1
# EOF
`,
          text: `# TYPE foo_seconds_total counter
foo_seconds_total 3 1700000001000
# TYPE u untyped
u 2
# TYPE i_info gauge
i_info{v="1"} 1
`,
        },
        expected: `# HELP foo_seconds_total With "quotes" and \\\\.
# TYPE foo_seconds_total counter
foo_seconds_total 0 1700000001500
# TYPE u untyped
u 3
# TYPE i_info gauge
i_info{v="1"} 1
`,
        report: { contested: [] },
      },
      {
        answers: {
          om: "# TYPE foo_seconds counter\nfoo_seconds_total 7\n# EOF\n",
          text: "# TYPE foo_seconds_total counter\nfoo_seconds_total 4\n",
        },
        expected: "# TYPE foo_seconds_total counter\nfoo_seconds_total 3\n",
      },
    ],
  },
  {
    what: "a family of one format is that of the other",
    scrapes: [
      {
        answers: { b: "# TYPE c_total counter\nc_total 1\n" },
        expected: "# TYPE c_total counter\nc_total 0\n",
      },
      {
        answers: {
          a: "# HELP c From a.\n# TYPE c counter\nc_total 1\n# EOF\n",
          b: "# TYPE c_total counter\nc_total 2\n",
        },
        expected: "# HELP c_total From a.\n# TYPE c_total counter\nc_total 2\n",
      },
    ],
  },
  {
    what: "OpenMetrics comes out where all are, though others were not at times",
    scrapes: [
      {
        answers: {
          om: "# EOF\n",
          text: `# HELP a_total "A".
# TYPE a_total counter
a_total 3
# TYPE u_total untyped
u_total 1
`,
        },
        expected: `# HELP a_total "A".
# TYPE a_total counter
a_total 0
# TYPE u_total untyped
u_total 0
`,
      },
      {
        answers: { om: "# TYPE b counter\nb_total 1\n# EOF\n", text: "missing" },
        expected: `# HELP a \\"A\\".
# TYPE a counter
a_total 0
# TYPE u_total unknown
u_total 0
# TYPE b counter
b_total 1
# EOF
`,
      },
    ],
  },
  {
    what: "a UNIT is written where all targets are OpenMetrics",
    scrapes: [{
      answers: { a: "# TYPE t_seconds gauge\n# UNIT t_seconds seconds\nt_seconds 1\n# EOF\n" },
      expected: "# TYPE t_seconds gauge\n# UNIT t_seconds seconds\nt_seconds 1\n# EOF\n",
    }],
  },
  {
    what: "families and series stand by first appearance, each family in one block",
    scrapes: [
      {
        answers: { a: "b 1\nc 1\n", b: 'a 1\nb{x="1"} 1\n' },
        expected: 'b 1\nb{x="1"} 1\nc 1\na 1\n',
      },
      { answers: { b: "b 2\na 1\n", a: "c 1\nb 1\n" }, expected: "b 3\nc 1\na 1\n" },
    ],
  },
]);
