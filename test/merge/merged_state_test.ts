import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST, MergedRun, testMerged } from "../support/gateway/merged_case.ts";
import { TextMap } from "../../src/exposition/text_map.ts";

const HEAD = "# TYPE c_total counter\n";

function counters(values: Record<string, number>): string {
  return HEAD + Object.entries(values).map(([a, value]) => `c_total{a="${a}"} ${value}\n`).join("");
}

/** `count` series from `first` on, each worth `value`. */
function many(first: number, count: number, value: number): string {
  return HEAD +
    Array.from({ length: count }, (_, i) => `c_total{a="${first + i}"} ${value}\n`).join("");
}

const h = (one: number, all: number, sum: number) =>
  `# TYPE h histogram
h_bucket{le="1.0"} ${one}
h_bucket{le="+Inf"} ${all}
h_sum ${sum}
h_count ${all}
`;

testMerged([
  {
    what: "what a limit folds stays folded, whatever order targets answer in",
    limits: { labelValues: new Map([["a", 2]]) },
    scrapes: [
      {
        answers: { a: counters({ x: 1, y: 1, z: 1 }), b: counters({ z: 5, w: 5 }) },
        expected: counters({ x: 0, y: 0, weir_overflow: 0 }),
      },
      {
        answers: { a: counters({ x: 2, y: 2, z: 2 }), b: counters({ z: 6, w: 7 }) },
        arrival: ["b", "a"],
        expected: counters({ x: 1, y: 1, weir_overflow: 4 }),
        stats: { limitedSamples: new TextMap([["c_total\0label_values", 3]]) },
      },
    ],
  },
  {
    what: "a limit on a family's series holds from scrape to scrape",
    limits: { seriesPerFamily: 2 },
    scrapes: [
      {
        answers: { a: counters({ x: 1, y: 1, z: 1 }) },
        expected: counters({ x: 0, y: 0, weir_overflow: 0 }),
      },
      {
        answers: { a: counters({ z: 4, y: 2, x: 2 }), b: counters({ w: 3 }) },
        arrival: ["b", "a"],
        expected: counters({ x: 1, y: 1, weir_overflow: 6 }),
      },
    ],
  },
  {
    what: "at the bound on contributions series become plain sums, and the ttl gives it back",
    maxContributions: 256,
    ttlSeconds: 60,
    scrapes: [
      {
        answers: { a: counters({ x: 5 }) },
        expected: counters({ x: 0 }),
        report: { becameRaw: 0 },
      },
      {
        answers: { a: counters({ x: 6 }), b: `${counters({ x: 2 })}${h(1, 2, 3)}` },
        expected: counters({ x: 8 }) + h(1, 2, 3),
        report: { becameRaw: 5 },
      },
      {
        answers: { a: counters({ x: 1 }), b: `${counters({ x: 2 })}${h(0, 1, 2)}` },
        expected: counters({ x: 3 }) + h(0, 1, 2),
        report: { becameRaw: 0 },
      },
      {
        answers: { b: "# TYPE d_total counter\nd_total 5\n" },
        afterSeconds: 1,
        expected: "# TYPE d_total counter\nd_total 5\n",
        report: { becameRaw: 1 },
      },
      {
        answers: { b: "# TYPE e_total counter\ne_total 5\n" },
        afterSeconds: 61,
        expected: "# TYPE e_total counter\ne_total 5\n",
        report: { becameRaw: 0 },
      },
      {
        answers: { b: "# TYPE e_total counter\ne_total 7\n" },
        expected: "# TYPE e_total counter\ne_total 7\n",
        report: { becameRaw: 0 },
      },
      {
        answers: { b: "# TYPE e_total counter\ne_total 1\n" },
        expected: "# TYPE e_total counter\ne_total 8\n",
      },
    ],
  },
  {
    what: "a new bucket of a histogram that is a plain sum is one, too",
    maxContributions: 256,
    scrapes: [
      { answers: { a: h(1, 5, 9) }, expected: h(0, 0, 0) },
      {
        answers: { a: h(2, 6, 9), b: h(1, 2, 3) },
        expected: h(3, 8, 12),
        report: { becameRaw: 4 },
      },
      {
        answers: { a: h(2, 6, 9), b: h(1, 2, 3).replace("h_sum", 'h_bucket{le="0.5"} 1\nh_sum') },
        expected: h(3, 8, 12).replace(
          'h_bucket{le="1.0"}',
          'h_bucket{le="0.5"} 1\nh_bucket{le="1.0"}',
        ),
        report: { becameRaw: 0 },
      },
    ],
  },
  {
    what: "totals of an earlier process go on",
    restored: { 'c_total{a="x"}': 100.5, 'c_total{a="y"}': 7 },
    ttlSeconds: 60,
    scrapes: [
      { answers: { a: counters({ x: 5 }) }, expected: counters({ x: 100.5 }) },
      { answers: { a: counters({ x: 6 }) }, expected: counters({ x: 101.5 }), afterSeconds: 60 },
      {
        answers: { a: counters({ x: 6, y: 3 }) },
        expected: counters({ x: 101.5, y: 3 }),
        afterSeconds: 1,
      },
    ],
  },
  {
    what: "a total is taken up within the ttl",
    restored: { 'c_total{a="y"}': 7 },
    scrapes: [
      { answers: { a: counters({ x: 5 }) }, expected: counters({ x: 0 }) },
      { answers: { a: counters({ x: 5, y: 3 }) }, expected: counters({ x: 0, y: 10 }) },
    ],
  },
]);

test("totals are those of series that are there and those not spoken of yet", async () => {
  const restored = { "d_total": 7, 'c_total{a="x"}': 2 };
  const run = await MergedRun.of({ restored, ttlSeconds: 60 });
  await run.scrape({ answers: { a: `${counters({ x: 1, z: 1 })}g 5\n` } });
  await run.scrape({ answers: { a: `${counters({ x: 4, z: 1 })}g 5\n` } });
  const totals = () =>
    [...run.table.totals()].map(({ bytes, start, end, value }) =>
      `${new TextDecoder().decode(bytes.subarray(start, end))} ${value}`
    );
  assert.deepEqual(totals(), ['c_total{a="x"} 5', 'c_total{a="z"} 0', "d_total 7"]);
  await run.scrape({ answers: { a: counters({ x: 4 }) }, afterSeconds: 100 });
  assert.deepEqual(totals(), ['c_total{a="x"} 5', 'c_total{a="z"} 0']);
});

test("series that are long gone are let go of; the others keep totals, order and histograms", async () => {
  const run = await MergedRun.of({ ttlSeconds: 60 });
  const kept = (x: number, hs: string) => `${counters({ x })}${hs}g ${x}\n`;
  const start = `process_start_time_seconds ${FIRST - 50}\n`;
  const gone = h(1, 1, 1).replaceAll(/(?<=h_(sum|count)) /g, '{v="1"} ').replaceAll(
    "{le",
    '{v="1",le',
  );
  await run.scrape({
    answers: { a: kept(1, h(1, 2, 3)) + start, b: many(0, 2000, 1) + gone },
    arrival: ["b", "a"],
  });
  await run.scrape({ answers: { a: kept(3, h(2, 4, 6)) + start, b: many(0, 2000, 3) } });
  const size = run.table.series.size;
  const { text } = await run.scrape({
    answers: { a: kept(4, h(2, 5, 9)) + start, b: counters({ 7: 3, x: 2 }) },
    afterSeconds: 61,
  });
  const expected = (x: number, seven: number, hs: string, g: number) =>
    `${counters({ 7: seven, x })}${hs}g ${g}\n${start}`;
  assert.equal(text, expected(5, 2, h(1, 3, 6), 4));
  assert.equal(run.table.series.size, size);
  const next = await run.scrape({
    answers: { a: kept(5, h(3, 7, 10)) + start, b: counters({ 7: 4, x: 3 }) },
    afterSeconds: 1,
  });
  assert.equal(next.text, expected(7, 3, h(2, 5, 7), 5));
  const last = await run.scrape({
    answers: { a: kept(6, h(4, 9, 12)) + start, b: counters({ 7: 5, x: 4 }) },
  });
  assert.ok(run.table.series.size < size / 10, `${run.table.series.size} series`);
  assert.equal(last.text, expected(9, 4, h(3, 7, 9), 6));
});
