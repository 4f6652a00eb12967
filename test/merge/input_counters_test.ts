/** Sums of one target's counters rise by what each of them rose by. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { random } from "../support/random.ts";
import { FIRST, type MergedCase, MergedRun, testMerged } from "../support/gateway/merged_case.ts";
import { dropPath } from "../support/lines/series_case.ts";

/** What the target answers, scrape after scrape, and what the sum of `c` is then. */
interface OneTarget {
  readonly what: string;
  readonly scrapes: readonly (readonly [answer: string, expected: string])[];
  readonly options?: Partial<MergedCase>;
}

const TYPE = "# TYPE c counter\n";
const c = (counts: Readonly<Record<string, number>>, startedSeconds?: number) =>
  (startedSeconds === undefined ? "" : `process_start_time_seconds ${startedSeconds}\n`) +
  (Object.keys(counts).length === 0 ? "" : TYPE) +
  Object.entries(counts).map(([path, count]) => `c{path="${path}"} ${count}\n`).join("");
const sum = (total: number) => `${TYPE}c ${total}\n`;
const NO_START = [
  { action: "drop", source_labels: ["__name__"], regex: "process_.*" },
  ...dropPath,
];

const CASES: readonly OneTarget[] = [
  {
    what: "a path that goes away takes nothing with it",
    scrapes: [
      [c({ a: 500, b: 1000 }), sum(0)],
      [c({ b: 1010 }), sum(10)],
      [c({ b: 1030 }), sum(30)],
    ],
  },
  {
    what: "the only path left falls far below the sum",
    scrapes: [[c({ a: 5000, b: 1 }), sum(0)], [c({ b: 2 }), sum(1)]],
  },
  {
    what: "a path that comes back goes on where it was",
    scrapes: [
      [c({ a: 500, b: 1000 }), sum(0)],
      [c({ b: 1000 }), sum(0)],
      [c({ a: 520, b: 1001 }), sum(21)],
    ],
  },
  {
    what: "a path that comes back at less began anew",
    scrapes: [
      [c({ a: 500, b: 1000 }), sum(0)],
      [c({ b: 1000 }), sum(0)],
      [c({ a: 7, b: 1000 }), sum(7)],
    ],
  },
  {
    what: "a path that is new counts whole",
    scrapes: [[c({ b: 1000 }), sum(0)], [c({ a: 3, b: 1001 }), sum(4)]],
  },
  {
    what: "one path begins anew and the others do not",
    scrapes: [[c({ a: 500, b: 1000 }), sum(0)], [c({ a: 2, b: 1005 }), sum(7)]],
  },
  {
    what: "all paths go away, and come back",
    scrapes: [
      [c({ a: 500 }), sum(0)],
      ["d 1\n", "d 1\n"],
      [c({ a: 503 }) + "d 1\n", `${sum(3)}d 1\n`],
    ],
  },
  {
    what: "a restart without a start time: all fall",
    scrapes: [[c({ a: 500, b: 1000 }), sum(0)], [c({ a: 1, b: 2 }), sum(3)]],
  },
  {
    what: "a restart that the start time tells of, and that has overtaken itself",
    scrapes: [[c({ a: 500, b: 10 }, 1000), sum(0)], [c({ a: 1, b: 20 }, 2000), sum(21)]],
    options: { rules: NO_START },
  },
  {
    what: "counters that outlive the process that tells of them",
    scrapes: [
      [c({ a: 500, b: 10 }, FIRST - 86_400), sum(0)],
      [c({ a: 501, b: 2 }, FIRST + 5), sum(3)],
      [c({ a: 502, b: 3 }, FIRST + 5), sum(5)],
    ],
    options: { rules: NO_START },
  },
  {
    what: "a process that is as old as the one before was has overtaken it",
    scrapes: [
      [c({ a: 500, b: 10 }, FIRST - 60), sum(0)],
      [c({ a: 501, b: 2 }, FIRST + 5), sum(503)],
    ],
    options: { rules: NO_START },
  },
  {
    what: "a path that goes away in a target that tells its start time",
    scrapes: [[c({ a: 500, b: 10 }, 1000), sum(0)], [c({ b: 20 }, 1000), sum(10)]],
    options: { rules: NO_START },
  },
  {
    what: "the same counter twice: the first counts",
    scrapes: [
      [`${TYPE}c{path="a"} 1\n`, sum(0)],
      [`${TYPE}c{path="a"} 4\nc{path="a"} 9\n`, sum(3)],
    ],
  },
  {
    what: "what is no number for a while",
    scrapes: [
      [c({ a: 5, b: 5 }), sum(0)],
      [`${TYPE}c{path="a"} NaN\nc{path="b"} 6\n`, sum(1)],
      [c({ a: 7, b: 6 }), sum(3)],
    ],
  },
  {
    what: "a bucket in another spelling is the same bucket",
    scrapes: [
      [histogram('path="a",le="1"', 5, 9), buckets(0, 0)],
      [histogram('path="a",le="1.0"', 6, 11), buckets(1, 2)],
      [histogram('path="a",le="1e0"', 7, 12), buckets(2, 3)],
    ],
  },
  {
    what: "a histogram's buckets stay cumulative when one part of it falls",
    scrapes: [
      [histogram('path="a",le="1"', 1, 5), buckets(0, 0)],
      [histogram('path="a",le="1"', 4, 6), buckets(3, 3)],
    ],
  },
  {
    what: "a histogram goes away, and another stays",
    scrapes: [
      [
        histogram('path="a",le="1"', 10, 20) +
        histogram('path="b",le="1"', 1, 2).replace(/#.*\n/, ""),
        buckets(0, 0),
      ],
      [histogram('path="b",le="1"', 2, 4), buckets(1, 2)],
    ],
  },
  {
    what: "without a TYPE, sum and count are counters before their buckets have told",
    scrapes: [
      [
        'h_count{path="a"} 9\nh_sum{path="a"} 5\nh_bucket{path="a",le="+Inf"} 9\n',
        'h_bucket{le="+Inf"} 0\nh_sum 0\nh_count 0\n',
      ],
      [
        'h_count{path="a"} 11\nh_sum{path="a"} 7\nh_bucket{path="a",le="+Inf"} 11\n',
        'h_bucket{le="+Inf"} 2\nh_sum 2\nh_count 2\n',
      ],
    ],
  },
  {
    what: "labels with le, commas and quotes in their values",
    scrapes: [
      [
        histogram('path=",le=\\"7\\"",le="1"', 1, 1) +
        histogram('path=",le=\\"8\\"",le="1"', 1, 1).replace(/#.*\n/, ""),
        buckets(0, 0),
      ],
      [histogram('path=",le=\\"8\\"",le="1"', 3, 4), buckets(2, 3)],
    ],
  },
  {
    what: "bounds that rules take away are no bounds",
    scrapes: [
      [`${TYPE}c{path="a",le="1"} 5\nc{path="a",le="2"} 5\n`, sum(0)],
      [`${TYPE}c{path="a",le="1"} 6\nc{path="a",le="2"} 7\n`, sum(3)],
    ],
    options: { rules: [{ action: "labeldrop", regex: "path|le" }] },
  },
];

function histogram(bucket: string, below: number, count: number): string {
  const others = bucket.replace(/,?le="[^"]*"$/, "");
  return `# TYPE h histogram\nh_bucket{${bucket}} ${below}\n` +
    `h_bucket{${others},le="+Inf"} ${count}\nh_count{${others}} ${count}\n`;
}

function buckets(below: number, count: number): string {
  return `# TYPE h histogram\nh_bucket{le="1.0"} ${below}\nh_bucket{le="+Inf"} ${count}\n` +
    `h_count ${count}\n`;
}

testMerged(CASES.map(({ what, scrapes, options }) => ({
  what,
  rules: dropPath,
  byInput: true,
  ...options,
  scrapes: scrapes.map(([answer, expected]) => ({ answers: { t: answer }, expected })),
})));

testMerged([
  {
    what: "OpenMetrics, and a bucket in both formats",
    rules: dropPath,
    byInput: true,
    scrapes: [
      {
        answers: { t: `${histogram('path="a",le="1"', 5, 9)}# EOF\n` },
        expected: `${buckets(0, 0)}# EOF\n`,
      },
      { answers: { t: histogram('path="a",le="1.0"', 6, 11) }, expected: buckets(1, 2) },
      {
        answers: { t: `${histogram('path="a",le="1"', 8, 15)}# EOF\n` },
        expected: `${buckets(3, 6)}# EOF\n`,
      },
    ],
  },
  {
    what: "a scrape that fails half-way counts nothing, and nothing is lost by it",
    rules: dropPath,
    byInput: true,
    scrapes: [
      { answers: { t: c({ a: 1, b: 1 }) }, expected: sum(0) },
      { answers: { t: { half: c({ a: 4, z: 9 }) } }, expected: sum(0) },
      { answers: { t: c({ a: 5, b: 2 }) }, expected: sum(5) },
    ],
  },
  {
    what: "a target that is away for long goes on where it was",
    rules: dropPath,
    byInput: true,
    ttlSeconds: 60,
    scrapes: [
      { answers: { t: c({ a: 100 }) }, expected: sum(0) },
      { answers: { t: c({ a: 101 }) }, expected: sum(1) },
      { answers: { t: "missing" }, afterSeconds: 50, expected: sum(1) },
      { answers: { t: "missing" }, afterSeconds: 50, expected: sum(1) },
      { answers: { t: c({ a: 105 }) }, afterSeconds: 50, expected: sum(5) },
    ],
  },
  {
    what: "other policies make the next scrape a baseline",
    rules: dropPath,
    byInput: true,
    scrapes: [
      { answers: { t: c({ a: 100 }) }, expected: sum(0) },
      { answers: { t: c({ a: 101, b: 50 }) }, isBaseline: true, expected: sum(0) },
      { answers: { t: c({ a: 102, b: 51 }) }, expected: sum(2) },
    ],
  },
  {
    what: "a state file's totals go on",
    rules: dropPath,
    byInput: true,
    restored: { c: 70 },
    scrapes: [
      { answers: { t: c({ a: 100 }) }, expected: sum(70) },
      { answers: { t: c({ a: 101 }) }, expected: sum(71) },
    ],
  },
  {
    what: "what cannot be remembered is a plain sum, and counted",
    rules: dropPath,
    byInput: true,
    maxContributions: 4,
    scrapes: [
      { answers: { t: c({ a: 1, b: 1 }) }, expected: sum(0), report: { becameRaw: 0 } },
      {
        answers: { t: c({ a: 2, b: 2, x: 3, y: 4, z: 5 }) },
        expected: sum(16),
        report: { becameRaw: 1 },
      },
      { answers: { t: c({ a: 2 }) }, expected: sum(2), report: { becameRaw: 0 } },
    ],
  },
]);

test("what counters fell is counted, and a restart once", async () => {
  const run = await MergedRun.of({ rules: NO_START, byInput: true });
  const resets = async (answer: string) => {
    const { report } = await run.scrape({ answers: { t: answer } });
    return report.resets;
  };
  await resets(c({ a: 5, b: 5 }, 1000));
  deepEqual(await resets(c({ a: 1, b: 6 }, 1000)), { start_time: 0, majority: 0, series: 1 });
  deepEqual(await resets(c({ a: 0, b: 0 }, 2000)), { start_time: 1, majority: 0, series: 0 });
});

test("counters that are long gone make room for others", async () => {
  const options = { rules: dropPath, byInput: true, maxContributions: 64 };
  const run = await MergedRun.of({ ...options, ttlSeconds: 25 });
  for (let scrape = 0; scrape < 50; scrape++) {
    const paths = Array.from({ length: 15 }, (_, number) => [`/${scrape}/${number}`, 1]);
    const { text, report } = await run.scrape({
      answers: { t: c({ stays: 100 + scrape, ...Object.fromEntries(paths) }) },
    });
    deepEqual([text, report.becameRaw], [sum(scrape * 16), 0]);
  }
});

test("many counters that come, go and begin anew: the sum is that of their increases", async () => {
  const next = random(7);
  const run = await MergedRun.of({ rules: dropPath, byInput: true });
  const counts = new Map<string, number>();
  const lastSeen = new Map<string, number>();
  let total = 0;
  for (let scrape = 0; scrape < 60; scrape++) {
    for (let change = 0; change < 200; change++) {
      const path = `/${next(3000)}`;
      const what = next(9);
      if (what === 0) counts.delete(path);
      else counts.set(path, next(50) + (what === 1 ? 0 : counts.get(path) ?? 0));
    }
    // What Prometheus makes of each of them, and of none that is in its first scrape.
    for (const [path, now] of counts) {
      const before = lastSeen.get(path);
      if (scrape > 0) total += before === undefined || now < before ? now : now - before;
      lastSeen.set(path, now);
    }
    const { text } = await run.scrape({ answers: { t: c(Object.fromEntries(counts)) } });
    equal(text, sum(total), `scrape ${scrape}`);
  }
});
