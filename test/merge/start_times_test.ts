import assert from "node:assert/strict";
import { test } from "node:test";
import { counterTotalsText, readCounterTotals } from "../../src/merge/counter_totals_text.ts";
import { FIRST, MergedRun, testMerged } from "../support/gateway/merged_case.ts";

/** A counter, as OpenMetrics has it: `created` in seconds. */
const c = (total: number, created?: number) =>
  `# TYPE c counter\nc_total ${total}\n${created === undefined ? "" : `c_created ${created}\n`}`;
const h = (count: number, created?: number) =>
  `# TYPE h histogram
h_bucket{le="1.0"} ${count}
h_bucket{le="+Inf"} ${count}
h_sum ${count}
h_count ${count}
${created === undefined ? "" : `h_created ${created}\n`}`;
const s = (count: number, created?: number) =>
  `# TYPE s summary\ns_sum ${count}\ns_count ${count}\n${
    created === undefined ? "" : `s_created ${created}\n`
  }`;
const EOF = "# EOF\n";
/** No target was read, so that it is text: counters stay where they were. */
const EMPTY = `# TYPE c_total counter\nc_total{a="1"} 0\nc_created{a="1"} ${FIRST}\n`;

testMerged([
  {
    what: "a sum over targets began with Weir, and a restart of one is no start of the sum",
    scrapes: [
      {
        answers: { a: c(100, 1500) + EOF, b: c(200, 1600) + EOF },
        expected: c(0, FIRST) + EOF,
      },
      {
        answers: { a: c(5, FIRST + 5) + EOF, b: c(210, 1600) + EOF },
        expected: c(15, FIRST) + EOF,
      },
      {
        answers: { a: c(6, FIRST + 5) + EOF, b: "missing" },
        expected: c(16, FIRST) + EOF,
      },
      { answers: { b: c(211, 1600) + EOF }, expected: c(17, FIRST) + EOF },
    ],
  },
  {
    what: "a target that is alone with a series does not say when Weir's sum began",
    scrapes: [{ answers: { a: c(100, 1500) + EOF }, expected: c(0, FIRST) + EOF }],
  },
  {
    what: "histograms and summaries began when the first of their parts did",
    scrapes: [
      {
        answers: { a: h(3, 1500) + s(4, 1500) + EOF },
        expected: h(0, FIRST) + s(0, FIRST) + EOF,
      },
      {
        // A bucket that is new.
        answers: {
          a: h(5, 1500).replace("h_bucket", 'h_bucket{le="0.5"} 1\nh_bucket') + s(5, 1500) + EOF,
        },
        expected: h(2, FIRST).replace("h_bucket", 'h_bucket{le="0.5"} 1\nh_bucket') + s(1, FIRST) +
          EOF,
      },
    ],
  },
  {
    what: "a series that begins later, and counts whole, was 0 at the scrape before",
    scrapes: [
      { answers: { a: c(100, 1500) + EOF }, expected: c(0, FIRST) + EOF },
      {
        answers: { a: c(101, 1500) + h(7, 1500) + EOF },
        expected: c(1, FIRST) + h(7, FIRST) + EOF,
      },
      {
        answers: { a: c(101, 1500) + h(7, 1500) + s(1, 1) + EOF },
        isBaseline: true,
        expected: c(1, FIRST) + h(7, FIRST) + s(0, FIRST + 20) + EOF,
      },
    ],
  },
  {
    what: "series of one family begin each at its time",
    scrapes: [
      {
        answers: { a: '# TYPE c counter\nc_total{a="1"} 1\nc_created{a="1"} 5\n# EOF\n' },
        expected: `# TYPE c counter\nc_total{a="1"} 0\nc_created{a="1"} ${FIRST}\n# EOF\n`,
      },
      { answers: { a: "missing" }, expected: EMPTY },
      {
        answers: {
          a: `# TYPE c counter
c_total{a="1"} 1
c_created{a="1"} 5
c_total{a="2"} 9
c_created{a="2"} 5
# EOF
`,
        },
        expected: `# TYPE c counter
c_total{a="1"} 0
c_created{a="1"} ${FIRST}
c_total{a="2"} 9
c_created{a="2"} ${FIRST + 10}
# EOF
`,
      },
    ],
  },
  {
    what: "names in quotes",
    scrapes: [{
      answers: {
        a: '# TYPE "c.\\"d" counter\n{"c.\\"d_total",a="}{"} 4\n{"c.\\"d_created",a="}{"} 5\n# EOF\n',
      },
      expected:
        `# TYPE "c.\\"d" counter\n{"c.\\"d_total",a="}{"} 0\n{"c.\\"d_created",a="}{"} ${FIRST}\n# EOF\n`,
    }],
  },
  {
    what: "buckets alone have a start, too",
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "h_(sum|count)" }],
    scrapes: [{
      answers: { a: h(3, 1500) + EOF, b: h(4, 1600) + EOF },
      expected: `# TYPE h histogram
h_bucket{le="1.0"} 0
h_bucket{le="+Inf"} 0
h_created ${FIRST}
# EOF
`,
    }],
  },
  {
    what: "a start of nothing that is exposed is its targets'",
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "c_total" }],
    scrapes: [
      {
        answers: { a: c(3, 1500) + EOF, b: "missing" },
        expected: "# TYPE c counter\nc_created 1500\n# EOF\n",
      },
      {
        answers: { a: c(3, 1500) + EOF, b: c(3, 1600) + EOF },
        expected: EOF,
      },
    ],
  },
  {
    what: "the text format's gauge of that name is one where its counter is there",
    scrapes: [{
      answers: {
        a: "# TYPE c_total counter\nc_total 3\n# TYPE c_created gauge\nc_created 1500\n" +
          "# TYPE pod_created gauge\npod_created 1500\n",
        b: "# TYPE c_total counter\nc_total 3\n# TYPE c_created gauge\nc_created 1600\n" +
          "# TYPE pod_created gauge\npod_created 1600\n",
      },
      expected: `# TYPE c_total counter\nc_total 0\n# TYPE c_created gauge\nc_created ${FIRST}\n` +
        "# TYPE pod_created gauge\npod_created 1500\n",
      report: { droppedSamples: 0 },
    }],
  },
  {
    what: "a plain sum began at no time",
    counters: "raw",
    scrapes: [
      {
        answers: { a: c(1, 1500) + h(1, 1500) + EOF, b: c(2, 1600) + h(1, 1600) + EOF },
        expected: c(3) + h(2) + EOF,
        report: { droppedSamples: 4 },
      },
      // Also where but one of them tells.
      { answers: { a: c(1, 1500) + EOF, b: c(2) + EOF }, expected: c(3) + EOF },
      { answers: { a: c(1) + EOF, b: c(2, 1500) + EOF }, expected: c(3) + EOF },
    ],
  },
  {
    what: "what one target has alone began there",
    counters: "raw",
    scrapes: [
      {
        answers: { a: c(1, 1500.25) + EOF, b: s(2, 1600) + h(3, 1700) + EOF },
        expected: c(1, 1500.25) + s(2, 1600) + h(3, 1700) + EOF,
      },
    ],
  },
  {
    what: "a sum that became a plain one began at no time",
    maxContributions: 256,
    scrapes: [
      { answers: { a: c(1, 1500) + EOF }, expected: c(0, FIRST) + EOF },
      {
        answers: { a: c(1, 1500) + EOF, b: c(2, 1600) + EOF },
        expected: c(3) + EOF,
        report: { becameRaw: 1 },
      },
      { answers: { b: c(2, 1600) + EOF }, expected: c(2, 1600) + EOF },
    ],
  },
  {
    what: "samples of one target that collide",
    byInput: true,
    rules: [{ action: "labeldrop", regex: "path" }],
    scrapes: [{
      answers: {
        a: '# TYPE c counter\nc_total{path="1"} 1\nc_created{path="1"} 5\nc_total{path="2"} 1\nc_created{path="2"} 6\n# EOF\n',
      },
      expected: c(0, FIRST) + EOF,
    }],
  },
  {
    what: "the start of a total that an earlier process exported is kept",
    restored: { c_total: [50, 1234567], s_count: 9 },
    scrapes: [
      {
        answers: { a: c(1, 1500) + s(1, 1500) + EOF },
        // The other's is not known.
        expected: c(50, 1234.567) + s(0).replace("count 0", "count 9") + EOF,
      },
    ],
  },
]);

test("a restart of Weir keeps totals and their starts", async () => {
  const first = await MergedRun.of({});
  await first.scrape({ answers: { a: c(1, 1500) + EOF, b: c(2, 1600) + EOF } });
  const before = await first.scrape({ answers: { a: c(4, 1500) + EOF, b: c(9, 1600) + EOF } });
  assert.equal(before.text, c(10, FIRST) + EOF);
  const chunks = [...counterTotalsText([{ name: "metrics", series: first.table.totals() }])];
  const text = await new Response(new Blob(chunks)).text();
  assert.equal(text, `# weir counters 2\n# table metrics\nc_total 10 ${FIRST}000\n# end\n`);
  const second = await MergedRun.of({});
  readCounterTotals(new TextEncoder().encode(text), {
    table: () => {},
    series: (...total) => second.table.restore(...total),
  });
  const answers = { a: c(5, 1500) + EOF, b: c(1, 1700) + EOF };
  const after = await second.scrape({ answers, afterSeconds: 500 });
  assert.equal(after.text, c(10, FIRST) + EOF);
});

/**
 * The increase that Prometheus sees with created timestamps as zeros: a start time behind the last
 * sample, and before the one that says it, puts a zero there. (`AppendSTZeroSample` of its head.)
 */
function increaseOf(scrapes: readonly { atMs: number; value: number; startMs: number }[]): number {
  let increase = 0;
  let last: { atMs: number; value: number } | undefined;
  const take = (atMs: number, value: number) => {
    if (last !== undefined) increase += value >= last.value ? value - last.value : value;
    last = { atMs, value };
  };
  for (const { atMs, value, startMs } of scrapes) {
    if (startMs < atMs && startMs > (last?.atMs ?? -Infinity)) take(startMs, 0);
    take(atMs, value);
  }
  return increase;
}

for (
  const [what, course, counted] of [
    [
      "targets that restart",
      [[100, 200], [150, 10], [5, 60], [55, 5], [60, 9]],
      50 + 10 + 55 + 55 + 9,
    ],
    ["a target that leaves", [[100, 200], [150, 240], [160], [170], [180]], 90 + 10 + 10 + 10],
    ["a target that comes", [[100], [120], [130, 70], [140, 90], [150, 90]], 20 + 80 + 30 + 10],
  ] as const
) {
  test(`with start times as zeros Prometheus counts what was counted: ${what}`, async () => {
    const run = await MergedRun.of({});
    const starts = [1000, 2000];
    const scrapes = [];
    const last = [0, 0];
    for (const totals of course) {
      const answers = Object.fromEntries([...totals].map((total, i) => {
        if (total < last[i]) starts[i] = run.nowSeconds + 5;
        last[i] = total;
        return [`t${i}`, c(total, starts[i]) + EOF];
      }));
      const { text } = await run.scrape({ answers });
      const [value, start] = [...text.matchAll(/^c_\w+ (.*)$/gm)].map(([, value]) => Number(value));
      // Prometheus has begun to scrape before Weir does.
      scrapes.push({ atMs: run.nowSeconds * 1000 - 3, value, startMs: start * 1000 });
    }
    assert.equal(increaseOf(scrapes), counted);
  });
}
