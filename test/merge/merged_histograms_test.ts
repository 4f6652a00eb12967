import { type MergedOptions, testMerged } from "../support/gateway/merged_case.ts";

/** Bucket counts by their bounds; the last is `+Inf`'s and the count. */
type Buckets = Record<string, number>;

const HEAD = "# TYPE h histogram\n";

function lines(buckets: Buckets, sum: number | undefined): string {
  const count = buckets["+Inf"];
  return Object.keys(buckets).sort((a, b) =>
    Number(a.replace("+Inf", "1e9")) -
    Number(b.replace("+Inf", "1e9"))
  ).map((le) => {
    const bound = /^[0-9]+$/.test(le) ? `${le}.0` : le;
    return `h_bucket{le="${bound}"} ${buckets[le]}\n`;
  }).join("") + (sum === undefined ? "" : `h_sum ${sum}\n`) +
    (count === undefined ? "" : `h_count ${count}\n`);
}

const h = (buckets: Buckets, sum?: number) => HEAD + lines(buckets, sum);

const cases: Record<string, {
  readonly options?: MergedOptions;
  readonly course: readonly (readonly [answers: Record<string, string>, output: string])[];
}> = {
  // One more fell below 1 and none below 2, says the target; what is exported is cumulative.
  "a histogram rises bucket by bucket": {
    course: [
      [{ a: h({ "1": 2, "2": 5, "+Inf": 9 }, 30) }, h({ "1": 0, "2": 0, "+Inf": 0 }, 0)],
      [{ a: h({ "1": 3, "2": 5, "+Inf": 12 }, 50.5) }, h({ "1": 1, "2": 1, "+Inf": 3 }, 20.5)],
      [{ a: h({ "1": 3, "2": 6, "+Inf": 13 }, 52) }, h({ "1": 1, "2": 2, "+Inf": 4 }, 22)],
    ],
  },
  "a histogram of which a part fell counts nothing as a whole": {
    options: { rules: [{ action: "drop", source_labels: ["__name__"], regex: "process_.*" }] },
    course: [
      [
        { a: `${h({ "1": 2, "2": 5, "+Inf": 9 }, 30)}process_start_time_seconds 5\n` },
        h({ "1": 0, "2": 0, "+Inf": 0 }, 0),
      ],
      [
        { a: `${h({ "1": 3, "2": 4, "+Inf": 10 }, 35)}process_start_time_seconds 5\n` },
        h({ "1": 0, "2": 0, "+Inf": 0 }, 0),
      ],
      [
        { a: `${h({ "1": 4, "2": 6, "+Inf": 12 }, 40)}process_start_time_seconds 5\n` },
        h({ "1": 1, "2": 2, "+Inf": 2 }, 5),
      ],
    ],
  },
  "a restarted target's histogram counts in full": {
    course: [
      [{ a: h({ "1": 2, "2": 5, "+Inf": 9 }, 30) }, h({ "1": 0, "2": 0, "+Inf": 0 }, 0)],
      [{ a: h({ "1": 1, "2": 2, "+Inf": 3 }, 7) }, h({ "1": 1, "2": 2, "+Inf": 3 }, 7)],
    ],
  },
  "different layouts become their union, in which a bucket counts what the one below it does": {
    course: [
      [
        { a: h({ "1": 2, "+Inf": 9 }, 30), b: h({ "2": 4, "+Inf": 5 }, 8) },
        h({
          "1": 0,
          "2": 0,
          "+Inf": 0,
        }, 0),
      ],
      [
        { a: h({ "1": 4, "+Inf": 14 }, 40), b: h({ "2": 5, "+Inf": 7 }, 12) },
        h({
          "1": 2,
          "2": 3,
          "+Inf": 7,
        }, 14),
      ],
    ],
  },
  "so do plain sums": {
    options: { counters: "raw" },
    course: [
      [
        { a: h({ "1": 10, "+Inf": 10 }, 5), b: h({ "1": 0, "2": 0, "+Inf": 0 }, 0) },
        h({ "1": 10, "2": 10, "+Inf": 10 }, 5),
      ],
      [
        { a: h({ "1": 2, "+Inf": 9 }, 30), b: h({ "2": 4, "+Inf": 5 }, 8) },
        h({
          "1": 2,
          "2": 6,
          "+Inf": 14,
        }, 38),
      ],
      [
        { b: h({ "0.5": 1, "2": 4, "+Inf": 5 }, 8), a: h({ "1": 2, "+Inf": 9 }, 30) },
        h({
          "0.5": 1,
          "1": 3,
          "2": 6,
          "+Inf": 14,
        }, 38),
      ],
      [{ a: h({ "1": 2, "+Inf": 9 }, 30) }, h({ "1": 2, "+Inf": 9 }, 30)],
    ],
  },
  "layouts that meet within one target stay cumulative in plain sums": {
    options: { counters: "raw", rules: [{ action: "labeldrop", regex: "path" }] },
    course: [
      [{
        a: `${HEAD}h_bucket{path="/a",le="1"} 5
h_bucket{path="/a",le="+Inf"} 7
h_bucket{path="/b",le="2"} 3
h_bucket{path="/b",le="+Inf"} 4
`,
      }, h({ "1": 5, "2": 8, "+Inf": 11 }).replace("h_count 11\n", "")],
    ],
  },
  "layouts that meet within one target rise as their union": {
    options: { rules: [{ action: "labeldrop", regex: "path" }] },
    course: [
      [{
        a: `${HEAD}h_bucket{path="/a",le="1"} 5
h_bucket{path="/a",le="+Inf"} 7
h_count{path="/a"} 7
h_bucket{path="/b",le="2"} 3
h_count{path="/b"} 4
`,
      }, h({ "1": 0, "2": 0, "+Inf": 0 })],
      [{
        a: `${HEAD}h_bucket{path="/a",le="1"} 6
h_bucket{path="/a",le="+Inf"} 9
h_count{path="/a"} 9
h_bucket{path="/b",le="2"} 5
h_count{path="/b"} 8
`,
      }, h({ "1": 1, "2": 3, "+Inf": 6 })],
    ],
  },
  "a target without a bucket for all says by its count what that counts": {
    course: [
      [
        { a: `${HEAD}h_bucket{le="1.0"} 7\nh_count 9\n`, b: h({ "2": 3, "+Inf": 5 }) },
        h({ "1": 0, "2": 0, "+Inf": 0 }),
      ],
      [
        { a: `${HEAD}h_bucket{le="1.0"} 8\nh_count 12\n`, b: h({ "2": 4, "+Inf": 7 }) },
        h({ "1": 1, "2": 2, "+Inf": 5 }),
      ],
    ],
  },
  "so it does in plain sums": {
    options: { counters: "raw" },
    course: [
      [
        { a: `${HEAD}h_bucket{le="1.0"} 7\nh_count 9\n`, b: h({ "2": 3, "+Inf": 5 }) },
        h({ "1": 7, "2": 10, "+Inf": 14 }),
      ],
      [
        { b: h({ "2": 3, "+Inf": 5 }), a: `${HEAD}h_bucket{le="1.0"} 7\nh_count 9\n` },
        h({ "1": 7, "2": 10, "+Inf": 14 }),
      ],
    ],
  },
  "a target without a count says it by its bucket for all": {
    options: { counters: "raw" },
    course: [
      [
        { a: `${HEAD}h_bucket{le="1.0"} 7\nh_bucket{le="+Inf"} 9\n`, b: h({ "2": 3, "+Inf": 5 }) },
        h({ "1": 7, "2": 10, "+Inf": 14 }),
      ],
    ],
  },
  "a histogram of gauges has the union of its layouts": {
    course: [
      [
        {
          a: '# TYPE h gaugehistogram\nh_bucket{le="1.0"} 7\nh_gcount 9\nh_gsum 1\n# EOF\n',
          b: '# TYPE h gaugehistogram\nh_bucket{le="2.0"} 3\nh_bucket{le="+Inf"} 5\nh_gcount 5\nh_gsum 2\n# EOF\n',
        },
        '# TYPE h gaugehistogram\nh_bucket{le="1.0"} 7\nh_bucket{le="2.0"} 10\nh_bucket{le="+Inf"} 14\nh_gsum 3\nh_gcount 14\n# EOF\n',
      ],
    ],
  },
  "a sum with a label that only buckets have is one of its own": {
    course: [
      [
        { a: 'h_bucket{le="1"} 0\nh_sum{le="1"} 1\nh_sum{le="2"} 1\n' },
        'h_bucket{le="1"} 0\nh_sum{le="1"} 0\nh_sum{le="2"} 0\n',
      ],
      [
        { a: 'h_bucket{le="1"} 0\nh_sum{le="1"} 2\nh_sum{le="2"} 4\n' },
        'h_bucket{le="1"} 0\nh_sum{le="1"} 1\nh_sum{le="2"} 3\n',
      ],
    ],
  },
  "without a bucket for all, the count rises by itself": {
    course: [
      [
        { a: `${HEAD}h_bucket{le="1.0"} 2\nh_count 9\n` },
        `${HEAD}h_bucket{le="1.0"} 0\nh_count 0\n`,
      ],
      [
        { a: `${HEAD}h_bucket{le="1.0"} 3\nh_count 14\n` },
        `${HEAD}h_bucket{le="1.0"} 1\nh_count 5\n`,
      ],
    ],
  },
  "a layout that joins late begins where the bucket below stands": {
    course: [
      [{ a: h({ "1": 2, "+Inf": 9 }, 30) }, h({ "1": 0, "+Inf": 0 }, 0)],
      [{ a: h({ "1": 5, "+Inf": 14 }, 40) }, h({ "1": 3, "+Inf": 5 }, 10)],
      [
        { a: h({ "1": 5, "+Inf": 14 }, 40), b: h({ "0.5": 1, "2": 1, "4": 2, "+Inf": 2 }, 6) },
        h({ "0.5": 1, "1": 4, "2": 4, "4": 5, "+Inf": 7 }, 16),
      ],
      [
        { a: h({ "1": 6, "+Inf": 16 }, 50), b: h({ "0.5": 1, "2": 1, "4": 2, "+Inf": 3 }, 16) },
        h({ "0.5": 1, "1": 5, "2": 5, "4": 6, "+Inf": 10 }, 36),
      ],
    ],
  },
  "a bucket that a known histogram gets rises by no more than those around it": {
    course: [
      [{ a: h({ "1": 5, "+Inf": 10 }, 30) }, h({ "1": 0, "+Inf": 0 }, 0)],
      [{ a: h({ "1": 6, "2": 9, "+Inf": 12 }, 40) }, h({ "1": 1, "2": 2, "+Inf": 2 }, 10)],
      [{ a: h({ "1": 6, "2": 10, "+Inf": 13 }, 41) }, h({ "1": 1, "2": 3, "+Inf": 3 }, 11)],
      [{ a: h({ "1": 7, "+Inf": 14 }, 42) }, h({ "1": 2, "+Inf": 4 }, 12)],
    ],
  },
  "a sum of observations below zero takes nothing from the total": {
    course: [
      [{ a: h({ "1": 5, "+Inf": 10 }, -30) }, h({ "1": 0, "+Inf": 0 }, 0)],
      [{ a: h({ "1": 6, "+Inf": 12 }, -40) }, h({ "1": 1, "+Inf": 2 }, 0)],
      [
        { a: h({ "1": 6, "+Inf": 12 }, -40), b: h({ "1": 6, "+Inf": 12 }, -4) },
        h({ "1": 7, "+Inf": 14 }, 0),
      ],
    ],
  },
  "buckets in any order stand in that of their bounds": {
    course: [
      [
        { a: `${HEAD}h_count 3\nh_bucket{le="+Inf"} 3\nh_bucket{le="10"} 2\nh_bucket{le="9"} 1\n` },
        h({ "9": 0, "10": 0, "+Inf": 0 }),
      ],
      [
        { a: `${HEAD}h_count 6\nh_bucket{le="+Inf"} 6\nh_bucket{le="10"} 4\nh_bucket{le="9"} 2\n` },
        h({ "9": 1, "10": 2, "+Inf": 3 }),
      ],
    ],
  },
  "a bound that is no number stands for itself": {
    course: [
      [
        { a: `${HEAD}h_bucket{le="1.0"} 1\nh_bucket{le="x"} 9\nh_bucket{le="0.5"} 1\n` },
        `${HEAD}h_bucket{le="0.5"} 0\nh_bucket{le="1.0"} 0\nh_bucket{le="x"} 0\n`,
      ],
      [
        { a: `${HEAD}h_bucket{le="1.0"} 3\nh_bucket{le="x"} 9\nh_bucket{le="0.5"} 2\n` },
        `${HEAD}h_bucket{le="0.5"} 1\nh_bucket{le="1.0"} 2\nh_bucket{le="x"} 0\n`,
      ],
    ],
  },
  "a summary's sum and count accumulate, its quantiles do not": {
    course: [
      [
        { a: '# TYPE s summary\ns{quantile="0.5"} 0.30\ns_sum 5\ns_count 6\n' },
        '# TYPE s summary\ns{quantile="0.5"} 0.30\ns_sum 0\ns_count 0\n',
      ],
      [
        {
          a: '# TYPE s summary\ns{quantile="0.5"} 0.40\ns_sum 7\ns_count 9\n',
          b: '# TYPE s summary\ns{quantile="0.5"} 0.20\ns_sum 1\ns_count 2\n',
        },
        "# TYPE s summary\ns_sum 3\ns_count 5\n",
      ],
    ],
  },
  "restored totals go on, and new buckets keep them cumulative": {
    options: {
      restored: {
        'h_bucket{le="2.0"}': 50,
        'h_bucket{le="+Inf"}': 60,
        "h_sum": 100,
        "h_count": 60,
      },
    },
    course: [
      [
        { a: h({ "1": 9, "4": 9, "+Inf": 9 }, 5), b: h({ "2": 70, "+Inf": 90 }, 80) },
        h({ "1": 0, "2": 50, "4": 50, "+Inf": 60 }, 100),
      ],
      [
        { a: h({ "1": 9, "4": 10, "+Inf": 11 }, 7), b: h({ "2": 71, "+Inf": 91 }, 81) },
        h({ "1": 0, "2": 51, "4": 52, "+Inf": 63 }, 103),
      ],
    ],
  },
};

testMerged(
  Object.entries(cases).map(([what, { options = {}, course }]) => ({
    what,
    ...options,
    scrapes: course.map(([answers, expected]) => ({ answers, expected })),
  })),
);
