import {
  type Answers,
  FIRST,
  type MergedCase,
  testMerged,
} from "../support/gateway/merged_case.ts";

const HEAD = "# TYPE c_total counter\n";
const NONE = { start_time: 0, majority: 0, series: 0 };

/** A target with `c_total`, by the label `a`; `started` in seconds from the first scrape. */
function target(values: Record<string, number | string>, started?: number): string {
  const lines = Object.entries(values).map(([a, value]) => `c_total{a="${a}"} ${value}\n`);
  const start = started === undefined ? "" : `process_start_time_seconds ${FIRST + started}\n`;
  return HEAD + lines.join("") + start;
}

/** The output for these totals. */
function totals(values: Record<string, number>): string {
  const lines = Object.entries(values).map(([a, value]) => `c_total{a="${a}"} ${value}\n`);
  return lines.length === 0 ? "" : HEAD + lines.join("");
}

const dropStart = [{
  action: "drop",
  source_labels: ["__name__"],
  regex: "process_start_time_seconds",
}];

interface CounterCase extends Omit<MergedCase, "scrapes"> {
  /** Answers, the totals that come out, and resets that are told. */
  readonly course: readonly (readonly [
    answers: Answers,
    totals: Record<string, number>,
    more?: { resets?: Partial<typeof NONE>; afterSeconds?: number; isBaseline?: boolean },
  ])[];
}

function testCounters(cases: readonly CounterCase[]): void {
  testMerged(cases.map(({ course, ...rest }) => ({
    rules: dropStart,
    ...rest,
    scrapes: course.map(([answers, values, { resets = {}, ...scrape } = {}]) => ({
      answers,
      ...scrape,
      expected: totals(values),
      report: { resets: { ...NONE, ...resets } },
    })),
  })));
}

testCounters([
  {
    what: "the table of a restart: a sum does not move when a target begins at zero",
    course: [
      [{ a: target({ x: 8 }), b: target({ x: 15 }) }, { x: 0 }],
      [{ a: target({ x: 10 }), b: target({ x: 20 }) }, { x: 7 }],
      [{ a: target({ x: 10 }), b: target({ x: 0 }) }, { x: 7 }, { resets: { majority: 1 } }],
      [{ a: target({ x: 10 }), b: target({ x: 0 }) }, { x: 7 }],
      [{ a: target({ x: 11 }), b: target({ x: 2 }) }, { x: 10 }],
    ],
  },
  {
    what: "a changed start time is a restart, though no counter fell",
    course: [
      [{ a: target({ x: 5, y: 5 }, -100) }, { x: 0, y: 0 }],
      [{ a: target({ x: 7, y: 5 }, 4) }, { x: 7, y: 5 }, { resets: { start_time: 1 } }],
      [{ a: target({ x: 8, y: 6 }, 4) }, { x: 8, y: 6 }],
    ],
  },
  {
    what: "a start time that trembles is no restart",
    course: [
      [{ a: target({ x: 5 }, -100) }, { x: 0 }],
      [{ a: target({ x: 7 }, -100.2) }, { x: 2 }],
      [{ a: target({ x: 8 }, -99.8) }, { x: 3 }],
    ],
  },
  {
    what: "while the start time stays, counters that all fell are no restart",
    course: [
      [{ a: target({ x: 5, y: 5 }, -100) }, { x: 0, y: 0 }],
      [{ a: target({ x: 1, y: 2 }, -100) }, { x: 0, y: 0 }, { resets: { series: 2 } }],
      [{ a: target({ x: 2, y: 2 }, -100) }, { x: 1, y: 0 }],
    ],
  },
  {
    what: "most of the counters that are not zero have to fall",
    course: [
      [{ a: target({ w: 9, x: 9, y: 9, z: 0 }) }, { w: 0, x: 0, y: 0, z: 0 }],
      [{ a: target({ w: 9, x: 3, y: 12, z: 0 }) }, { w: 0, x: 0, y: 3, z: 0 }, {
        resets: { series: 1 },
      }],
      [{ a: target({ w: 1, x: 2, y: 13, z: 5 }) }, { w: 1, x: 2, y: 16, z: 5 }, {
        resets: { majority: 1 },
      }],
    ],
  },
  {
    what: "half of them are not most",
    course: [
      [{ a: target({ x: 9, y: 9 }) }, { x: 0, y: 0 }],
      [{ a: target({ x: 3, y: 10 }) }, { x: 0, y: 1 }, { resets: { series: 1 } }],
    ],
  },
  {
    what: "a series that falls alone counts its new level as none, and its rise from there",
    course: [
      [{ a: target({ x: 50, y: 9, z: 1 }) }, { x: 0, y: 0, z: 0 }],
      [{ a: target({ x: 30, y: 9, z: 1 }) }, { x: 0, y: 0, z: 0 }, { resets: { series: 1 } }],
      [{ a: target({ x: 34, y: 9, z: 1 }) }, { x: 4, y: 0, z: 0 }],
    ],
  },
  {
    what: "a series that vanishes takes nothing away, and is new when it comes back",
    course: [
      [{ a: target({ x: 5, y: 5 }), b: target({ x: 1 }) }, { x: 0, y: 0 }],
      [{ a: target({ x: 6, y: 8 }), b: target({ x: 1 }) }, { x: 1, y: 3 }],
      [{ a: target({ x: 7 }), b: target({ x: 1 }) }, { x: 2 }],
      [{ a: target({ x: 7, y: 2 }), b: target({ x: 1 }) }, { x: 2, y: 5 }],
    ],
  },
  {
    what: "a series that appears in a known target counts in full",
    course: [
      [{ a: target({ x: 5 }), b: target({}) }, { x: 0 }],
      [{ a: target({ x: 5, y: 4 }), b: target({ x: 3 }) }, { x: 3, y: 4 }],
    ],
  },
  {
    what: "a new target counts in full if it is younger than the scrape before",
    course: [
      [{ a: target({ x: 5 }, -100) }, { x: 0 }],
      [{ a: target({ x: 5 }, -100), young: target({ x: 3 }, 0) }, { x: 3 }],
      [{ a: target({ x: 5 }, -100), young: target({ x: 4 }, 0), old: target({ x: 70 }, 9) }, {
        x: 4,
      }],
      [{ a: target({ x: 5 }, -100), young: target({ x: 4 }, 0), old: target({ x: 72 }, 9) }, {
        x: 6,
      }],
    ],
  },
  {
    what: "a new target without a start time counts in full",
    course: [
      [{ a: target({ x: 5 }) }, { x: 0 }],
      [{ a: target({ x: 5 }), b: target({ x: 70 }) }, { x: 70 }],
    ],
  },
  {
    what: "a target that the first scrape missed is a baseline when it is first read",
    course: [
      [{ a: target({ x: 5 }), b: "missing", c: { half: HEAD + 'c_total{a="x"} 8\n' } }, { x: 0 }],
      [{ a: target({ x: 6 }), b: "missing", c: "missing" }, { x: 1 }],
      [{ a: target({ x: 6 }), b: target({ x: 100 }), c: target({ x: 100 }) }, { x: 1 }],
      [{ a: target({ x: 6 }), b: target({ x: 101 }), c: target({ x: 102 }) }, { x: 4 }],
    ],
  },
  {
    what: "such a target counts in full if it has been started since",
    course: [
      [{ a: target({ x: 5 }, -9), b: "missing" }, { x: 0 }],
      [{ a: target({ x: 6 }, -9), b: target({ x: 3 }, 5) }, { x: 4 }],
    ],
  },
  {
    what: "such a target is a baseline if it has been started since, and missed once more",
    course: [
      [{ a: target({ x: 5 }, -9), b: "missing" }, { x: 0 }],
      [{ a: target({ x: 6 }, -9), b: "missing" }, { x: 1 }],
      [{ a: target({ x: 6 }, -9), b: target({ x: 3 }, 5) }, { x: 1 }],
      [{ a: target({ x: 6 }, -9), b: target({ x: 4 }, 5) }, { x: 2 }],
    ],
  },
  {
    what: "a young target that another client's scrape has missed is a baseline",
    course: [
      [{ a: target({ x: 5 }, -9) }, { x: 0 }],
      [{ a: target({ x: 5 }, -9), young: "missing" }, { x: 0 }],
      [{ a: target({ x: 5 }, -9), young: target({ x: 3 }, 8) }, { x: 0 }, { afterSeconds: 0.1 }],
      [{ a: target({ x: 5 }, -9), young: target({ x: 4 }, 8) }, { x: 1 }],
    ],
  },
  {
    what: "a first scrape that reads nobody leaves the next one the first",
    course: [
      [{}, {}],
      [{ a: target({ x: 5 }) }, { x: 0 }],
      [{ a: target({ x: 6 }) }, { x: 1 }],
    ],
  },
  {
    what: "a target that misses scrapes takes nothing away and is compared with its last read",
    course: [
      [{ a: target({ x: 5 }), b: target({ x: 7, y: 1 }) }, { x: 0, y: 0 }],
      [{ a: target({ x: 6 }), b: "missing" }, { x: 1, y: 0 }],
      [{ a: target({ x: 7 }), b: { half: HEAD + 'c_total{a="x"} 100\n' } }, { x: 2, y: 0 }],
      [{ a: target({ x: 7 }) }, { x: 2, y: 0 }],
      [{ a: target({ x: 7 }), b: target({ x: 9, y: 1 }) }, { x: 4, y: 0 }],
      [{ a: "missing", b: "missing" }, { x: 4, y: 0 }],
    ],
  },
  {
    what: "a half-read target's new series are not there",
    course: [
      [{ a: target({ x: 5 }) }, { x: 0 }],
      [{ a: { half: HEAD + 'c_total{a="x"} 9\nc_total{a="z"} 8\n' } }, { x: 0 }],
      [{ a: target({ x: 9, z: 8 }) }, { x: 4, z: 8 }],
    ],
  },
  {
    what: "a target that leaves for longer than the ttl is forgotten, and new when it comes back",
    ttlSeconds: 60,
    course: [
      [{ a: target({ x: 5 }), b: target({ x: 7, y: 3 }) }, { x: 0, y: 0 }],
      [{ a: target({ x: 5 }) }, { x: 0, y: 0 }, { afterSeconds: 60 }],
      [{ a: target({ x: 5 }) }, { x: 0 }, { afterSeconds: 1 }],
      [{ a: target({ x: 6 }), b: target({ x: 8, y: 4 }) }, { x: 9, y: 4 }],
    ],
  },
  {
    what: "values that are no numbers count nothing and spoil nothing",
    course: [
      [{ a: target({ w: 1, x: 5, y: "NaN", z: 5 }) }, { w: 0, x: 0, y: 0, z: 0 }],
      [{ a: target({ w: 2, x: "NaN", y: 100, z: "+Inf" }) }, { w: 1, x: 0, y: 0, z: 0 }, {
        resets: { series: 3 },
      }],
      [{ a: target({ w: 3, x: 7, y: 101, z: 6 }) }, { w: 2, x: 2, y: 1, z: 1 }],
      [{ a: target({ w: 4, x: "-Inf", y: 101, z: 6 }) }, { w: 3, x: 2, y: 1, z: 1 }, {
        resets: { series: 1 },
      }],
      [{ a: target({ w: 4, x: 8, y: 102, z: 6, n: "NaN" }) }, { w: 3, x: 3, y: 2, z: 1, n: 0 }],
      [{ a: target({ w: 4, x: 8, y: 102, z: 6, n: 2 }) }, { w: 3, x: 3, y: 2, z: 1, n: 2 }],
    ],
  },
  {
    what: "counters below zero never lower a total",
    course: [
      [{ a: target({ x: 5 }) }, { x: 0 }],
      [{ a: target({ x: 6 }), b: target({ x: -4 }) }, { x: 1 }],
      [{ a: target({ x: 6 }), b: target({ x: -2 }) }, { x: 3 }],
    ],
  },
  {
    what: "what policies let through now and did not before is no increase",
    course: [
      [{ a: target({ x: 5 }), b: target({ x: 5 }) }, { x: 0 }],
      [{ a: target({ x: 50, y: 9 }), b: "missing" }, { x: 0, y: 0 }, { isBaseline: true }],
      [{ a: target({ x: 51, y: 9 }), b: target({ x: 60 }) }, { x: 1, y: 0 }],
      [{ a: target({ x: 51, y: 9 }), b: target({ x: 61 }) }, { x: 2, y: 0 }],
    ],
  },
]);

testMerged([
  {
    what: "input series that meet in one target are compared as their sum",
    rules: [...dropStart, { action: "labeldrop", regex: "a" }],
    scrapes: [
      { answers: { a: target({ x: 5, y: 6 }, -5) }, expected: `${HEAD}c_total 0\n` },
      { answers: { a: target({ x: 7, y: 7 }, -5) }, expected: `${HEAD}c_total 3\n` },
      { answers: { a: target({ x: 8 }, -5) }, expected: `${HEAD}c_total 3\n` },
      { answers: { a: target({ x: 9 }, -5) }, expected: `${HEAD}c_total 4\n` },
    ],
  },
  {
    what: "raw: the plain sum of what is there",
    counters: "raw",
    scrapes: [
      {
        answers: { a: target({ x: 10 }), b: target({ x: 20, y: 1 }) },
        expected: totals({ x: 30, y: 1 }),
      },
      { answers: { a: target({ x: 10 }), b: target({ x: 0 }) }, expected: totals({ x: 10 }) },
      {
        answers: { a: target({ x: 10 }), b: { half: target({ x: 7 }) } },
        expected: totals({ x: 10 }),
      },
    ],
  },
  {
    what: "a restart after which a target has few of its series",
    scrapes: [
      { answers: { a: target({ w: 9, x: 9, y: 9 }) }, expected: totals({ w: 0, x: 0, y: 0 }) },
      { answers: { a: target({ x: 1 }) }, expected: totals({ x: 1 }) },
      { answers: { a: target({ w: 2, x: 1 }) }, expected: totals({ w: 2, x: 1 }) },
    ],
  },
  {
    what: "names tell what accumulates where no TYPE does",
    scrapes: [
      {
        answers: {
          a: `u_total 5
u 5
u_sum 5
v_bucket{le="1"} 2
v_bucket{le="+Inf"} 3
v_sum 9
v_count 3
`,
        },
        expected: `u_total 0
u 5
u_sum 5
v_bucket{le="1"} 0
v_bucket{le="+Inf"} 0
v_sum 0
v_count 0
`,
      },
      {
        answers: {
          a: `u_total 6
u 6
u_sum 6
v_bucket{le="1"} 2
v_bucket{le="+Inf"} 4
v_sum 12
v_count 4
`,
        },
        expected: `u_total 1
u 6
u_sum 6
v_bucket{le="1"} 0
v_bucket{le="+Inf"} 1
v_sum 3
v_count 1
`,
      },
    ],
  },
]);

testCounters([
  {
    what: "when nobody scraped for longer than the ttl, targets are compared all the same",
    ttlSeconds: 60,
    course: [
      [{ a: target({ x: 500 }), b: target({ x: 7 }) }, { x: 0 }],
      [{ a: target({ x: 501 }), b: "missing" }, { x: 1 }],
      [{ a: target({ x: 505 }), b: target({ x: 9 }) }, { x: 14 }, { afterSeconds: 3600 }],
    ],
  },
]);
