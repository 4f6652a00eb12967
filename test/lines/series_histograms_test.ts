import assert from "node:assert/strict";
import { test } from "node:test";
import { InForce } from "../support/engine/engine_scrape.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, rulesOf, type SeriesCase, testSeries } from "../support/lines/series_case.ts";

const HEAD = "# TYPE h histogram\n";

/** A histogram with this path: its buckets by bound as it is spelt, then what comes after them. */
function h(path: string, buckets: Record<string, string | number>, rest = {}): string {
  const lines = Object.entries(buckets).map(([le, count]) =>
    `h_bucket{path="${path}",le="${le}"} ${count}\n`
  );
  const others = Object.entries(rest).map(([suffix, value]) =>
    `h_${suffix}{path="${path}"} ${value}\n`
  );
  return [...lines, ...others].join("");
}

const cases: Record<string, Omit<SeriesCase, "what">> = {
  "the union has each bound of any, in order, and ends at the count": {
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }, { sum: 3, count: 9 }) +
      h("/b", { "2.0": 3, "+Inf": 5 }, { sum: 4, count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_sum 7
h_count 14
`,
  },
  "a lower bound that comes later stands first": {
    input: HEAD + h("/a", { "2": 7, "+Inf": 9 }, { count: 9, sum: 3 }) +
      h("/b", { "0.5": 1, "2": 3, "4": 3, "+Inf": 5 }, { count: 5, sum: 4 }) +
      h("/c", { "1": 1, "+Inf": 1 }, { count: 1, sum: 0 }),
    expected: `${HEAD}h_bucket{le="0.5"} 1
h_bucket{le="1.0"} 2
h_bucket{le="2.0"} 11
h_bucket{le="4.0"} 11
h_bucket{le="+Inf"} 15
h_count 15
h_sum 7
`,
  },
  "the same bounds are plain sums, in the order in which they came": {
    input: HEAD + h("/a", { "+Inf": 9, "1.0": 7, "2.0": 8 }, { sum: 3, count: 9 }) +
      h("/b", { "+Inf": 5, "1.0": 3, "2.0": 3 }, { sum: 4, count: 5 }),
    expected: `${HEAD}h_bucket{le="+Inf"} 14
h_bucket{le="1.0"} 10
h_bucket{le="2.0"} 11
h_sum 7
h_count 14
`,
  },
  "one that nothing meets passes as it is": {
    input: HEAD + h("/a", { "2.0": "3e0", "1.0": 2, "+Inf": 5 }, { count: 4 }),
    expected: `${HEAD}h_bucket{le="2.0"} 3e0
h_bucket{le="1.0"} 2
h_bucket{le="+Inf"} 5
h_count 4
`,
  },
  "what one counts alone keeps its text": {
    input: HEAD + h("/a", { "1": "2e0", "+Inf": 9 }, { count: 9 }) +
      h("/b", { "2": "3.0", "+Inf": 5 }, { count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 2e0
h_bucket{le="2.0"} 5
h_bucket{le="+Inf"} 14
h_count 14
`,
  },
  "without a bucket for all the count says what that counts": {
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }, { sum: 3, count: 9 }) +
      h("/b", { "2": 3 }, { sum: 4, count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_sum 7
h_count 14
`,
  },
  "without a count the bucket for all says it": {
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }, { sum: 3 }) +
      h("/b", { "2": 3, "+Inf": 5 }, { sum: 4, count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_sum 7
h_count 14
`,
  },
  "one without a bucket for all, and one without a count": {
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }) + h("/b", { "2": 3 }, { count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_count 14
`,
  },
  "none has a bucket for all": {
    input: HEAD + h("/a", { "1": 7 }, { count: 9 }) + h("/b", { "2": 3 }, { count: 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_count 14
`,
  },
  "bounds are numbers however they are spelt": {
    input: HEAD + h("/a", { "1": 1, "10": 2, "+Inf": 3 }) + h("/b", { "1e0": 1, "Inf": 2 }) +
      h("/c", { "1.0": 4, ".5e1": 5, "inf": 6 }),
    expected: `${HEAD}h_bucket{le="1.0"} 6
h_bucket{le="5.0"} 7
h_bucket{le="10.0"} 8
h_bucket{le="+Inf"} 11
`,
  },
  "counts with fractions add up, and the last is the count": {
    input: HEAD + h("/a", { "1": 0.1, "+Inf": 0.3 }, { count: 0.3 }) +
      h("/b", { "2": 0.2, "+Inf": 0.2 }, { count: 0.2 }),
    expected: `${HEAD}h_bucket{le="1.0"} 0.1
h_bucket{le="2.0"} 0.30000000000000004
h_bucket{le="+Inf"} 0.5
h_count 0.5
`,
  },
  "bounds below zero, and one that is the least of all": {
    input: HEAD + h("/a", { "-1": 1, "+Inf": 3 }) + h("/b", { "-Inf": 1, "-2.5": 2, "+Inf": 2 }),
    expected: `${HEAD}h_bucket{le="-Inf"} 1
h_bucket{le="-2.5"} 2
h_bucket{le="-1.0"} 3
h_bucket{le="+Inf"} 5
`,
  },
  "row by row, each row with the lines of all": {
    input: `${HEAD}h_bucket{path="/a",le="1"} 7
h_bucket{path="/b",le="2"} 3
h_bucket{path="/a",le="4"} 8
h_bucket{path="/b",le="4"} 4
h_bucket{path="/a",le="+Inf"} 9
h_bucket{path="/b",le="+Inf"} 5
h_sum{path="/a"} 3
h_sum{path="/b"} 4
h_count{path="/a"} 9
h_count{path="/b"} 5
`,
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="4.0"} 12
h_bucket{le="+Inf"} 14
h_sum 7
h_count 14
`,
  },
  "lines in the order of their bytes": {
    input: `${HEAD}h_bucket{le="+Inf",path="/a"} 9
h_bucket{le="+Inf",path="/b"} 5
h_bucket{le="10",path="/a"} 8
h_bucket{le="10",path="/b"} 4
h_bucket{le="2",path="/b"} 3
h_bucket{le="5",path="/a"} 7
h_count{path="/a"} 9
h_count{path="/b"} 5
`,
    expected: `${HEAD}h_bucket{le="2.0"} 3
h_bucket{le="5.0"} 10
h_bucket{le="10.0"} 12
h_bucket{le="+Inf"} 14
h_count 14
`,
  },
  "without a TYPE bounds are texts, and the names tell": {
    input: h("/a", { "1": 7, "+Inf": 9 }, { sum: 3, count: 9 }) +
      h("/b", { "1.0": 2, "2.0": 3, "+Inf": 5 }, { sum: 4, count: 5 }),
    expected: `h_bucket{le="1"} 9
h_bucket{le="1.0"} 9
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_sum 7
h_count 14
`,
  },
  "a bound that is no number stays by itself": {
    input: h("/a", { "1": 7, "much": 1, "+Inf": 9 }) + h("/b", { "2": 3, "much": 2, "+Inf": 5 }),
    expected: `h_bucket{le="1"} 7
h_bucket{le="2"} 10
h_bucket{le="+Inf"} 14
h_bucket{le="much"} 3
`,
  },
  "a histogram of gauges": {
    options: { format: "openmetrics" },
    input: `# TYPE h gaugehistogram\n` + h("/a", { "1.0": 7, "+Inf": 9 }, { gcount: 9, gsum: 3 }) +
      h("/b", { "2.0": 3 }, { gcount: 5, gsum: 4 }) + "# EOF\n",
    expected: `# TYPE h gaugehistogram
h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
h_gcount 14
h_gsum 7
# EOF
`,
  },
  "exemplars and timestamps stay with their buckets": {
    options: { format: "openmetrics" },
    input: `${HEAD}h_bucket{path="/a",le="1.0"} 7 5 # {t="a"} 0.5 5
h_bucket{path="/a",le="+Inf"} 9 5
h_count{path="/a"} 9 5
h_created{path="/a"} 3 5
h_bucket{path="/b",le="2.0"} 3 6 # {t="b"} 1.5
h_bucket{path="/b",le="+Inf"} 5 6
h_count{path="/b"} 5 6
h_created{path="/b"} 2 6
# EOF
`,
    expected: `${HEAD}h_bucket{le="1.0"} 7 5 # {t="a"} 0.5 5
h_bucket{le="2.0"} 10 6 # {t="b"} 1.5
h_bucket{le="+Inf"} 14 6
h_count 14 6
# EOF
`,
  },
  "a name and labels in quotes": {
    input: `# TYPE "h.s" histogram
{"h.s_bucket",path="/a","l.l"="x",le="1"} 7
{"h.s_bucket",path="/a","l.l"="x",le="+Inf"} 9
{"h.s_count",path="/a","l.l"="x"} 9
{"h.s_bucket",path="/b","l.l"="x",le="2"} 3
{"h.s_count",path="/b","l.l"="x"} 5
`,
    expected: `# TYPE "h.s" histogram
{"h.s_bucket","l.l"="x",le="1.0"} 7
{"h.s_bucket","l.l"="x",le="2.0"} 10
{"h.s_bucket","l.l"="x",le="+Inf"} 14
{"h.s_count","l.l"="x"} 14
`,
  },
  "bounds that rules make one": {
    rules: [
      { source_labels: ["le"], regex: "0[.]25", target_label: "le", replacement: "0.5" },
      ...dropPath,
    ],
    input: HEAD + h("/a", { "0.25": 1, "0.5": 7, "+Inf": 9 }) +
      h("/b", { "0.25": 2, "1": 3, "+Inf": 5 }),
    expected: `${HEAD}h_bucket{le="0.5"} 9
h_bucket{le="1.0"} 10
h_bucket{le="+Inf"} 14
`,
  },
  "buckets that rules drop of some only": {
    rules: [
      { action: "drop", source_labels: ["path", "le"], regex: "/b;1.0" },
      ...dropPath,
    ],
    input: HEAD + h("/a", { "1": 2, "2": 7, "+Inf": 9 }) + h("/b", { "1": 1, "2": 3, "+Inf": 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 2
h_bucket{le="2.0"} 10
h_bucket{le="+Inf"} 14
`,
  },
  "another function than the sum is asked for": {
    aggregation: [{ match: "h_bucket", function: "max" }],
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }) + h("/b", { "2": 3, "+Inf": 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="+Inf"} 9
h_bucket{le="2.0"} 3
`,
  },
  "what a limit keeps out is a union, too": {
    rules: [],
    limits: { seriesPerFamily: 1 },
    input: HEAD + h("/a", { "1": 7, "+Inf": 9 }) + h("/b", { "2": 3, "+Inf": 5 }) +
      h("/c", { "4": 1, "+Inf": 1 }),
    expected: `${HEAD}h_bucket{path="/a",le="1.0"} 7
h_bucket{path="/a",le="+Inf"} 9
h_bucket{path="weir_overflow",le="2.0"} 3
h_bucket{path="weir_overflow",le="4.0"} 4
h_bucket{path="weir_overflow",le="+Inf"} 6
`,
  },
  "families that rules make one": {
    rules: [
      {
        source_labels: ["__name__"],
        regex: "[gh]_(.*)",
        target_label: "__name__",
        replacement: "m_$1",
      },
    ],
    input: `# TYPE g histogram
g_bucket{le="1"} 7
g_bucket{le="+Inf"} 9
g_count 9
# TYPE h histogram
h_bucket{le="2"} 3
h_count 5
`,
    expected: `# TYPE m histogram
m_bucket{le="1.0"} 7
m_bucket{le="2.0"} 10
m_bucket{le="+Inf"} 14
m_count 14
`,
  },
  "what is no number counts nothing, and what falls is held": {
    input: HEAD + h("/a", { "1": 7, "2": 6, "+Inf": 9 }) + h("/b", { "4": "NaN", "+Inf": 5 }),
    expected: `${HEAD}h_bucket{le="1.0"} 7
h_bucket{le="2.0"} 7
h_bucket{le="4.0"} 7
h_bucket{le="+Inf"} 14
`,
  },
};

testSeries(Object.entries(cases).map(([what, one]) => ({ rules: dropPath, what, ...one })));

test("a subset has the union as the scrape that it is taken from", async () => {
  const base = { policies: [], aggregation: [], openMetrics: false, hasSubset: true };
  const inForce = await InForce.of({
    ...base,
    rules: dropPath,
    maxLineBytes: 4096,
    maxOutputBytes: 0,
  });
  const { input, expected } = Object.values(cases)[0];
  for (let scrape = 0; scrape < 2; scrape++) {
    const outcome = inForce.scrape([encode(input)]);
    assert.equal(outcome.text, expected);
    assert.equal(outcome.subset.replaceAll(" 1700000000123", ""), expected);
  }
});

test("where more histograms lie in pieces than can be held, bounds that not all have are left out", async () => {
  // All buckets of one bound, then all of the next: 60,000 histograms.
  const rows = (le: string, has: (i: number) => boolean) =>
    Array.from({ length: 60_000 }, (_, i) => i).filter(has)
      .map((i) => `h_bucket{path="${i}",le="${le}"} ${le === "+Inf" ? 3 : 1}\n`).join("");
  const input = HEAD + rows("1", () => true) + rows("2", (i) => i % 2 === 0) +
    rows("+Inf", () => true);
  const { text, stats } = await filterChunks([encode(input)], {
    rules: await rulesOf({ rules: dropPath }),
  });
  assert.equal(text, `${HEAD}h_bucket{le="1.0"} 60000\nh_bucket{le="+Inf"} 180000\n`);
  assert.equal(stats.leftOutBuckets, 30_000);
});

for (const le of ["0.5", "2"]) {
  test(`a bucket ${le} after its histogram's last one, and another histogram's, counts once`, async () => {
    const input = `${HEAD}h_bucket{path="a",le="1"} 7
h_bucket{path="a",le="+Inf"} 9
h_bucket{path="b",le="1"} 3
h_bucket{path="b",le="+Inf"} 5
h_bucket{path="a",le="${le}"} ${le === "2" ? 8 : 2}
h_count{path="a"} 9
h_count{path="b"} 5
`;
    const rules = await rulesOf({ rules: dropPath });
    for (const learns of [true, true, false]) {
      const { text, stats } = await filterChunks([encode(input)], { rules, learns });
      // What it rises is not known, so that it is left out.
      assert.equal(text, `${HEAD}h_bucket{le="1.0"} 10\nh_bucket{le="+Inf"} 14\nh_count 14\n`);
      assert.equal(stats.leftOutBuckets, 1);
    }
  });
}
