import assert from "node:assert/strict";
import { test } from "node:test";
import { counterTotalsText, readCounterTotals } from "../../src/merge/counter_totals_text.ts";
import { FIRST, MergedRun, testMerged } from "../support/gateway/merged_case.ts";
import { exemplarsOf, native, START } from "../support/merge/native_text.ts";

/** A native histogram's line: `counts` from the bucket that ends at 1 on. */
const h = (counts: readonly number[], sum: number, more = "") =>
  `h ${native({ counts, sum })}${more}\n`;
const HEAD = "# TYPE h histogram\n";
const at = (seconds: number) => ` st@${seconds}`;
const classic = (counts: readonly number[], sum: number, more = "") => {
  let below = 0;
  const buckets = counts.map((count, i) =>
    `h_bucket{le="${(2 ** i).toFixed(1)}"} ${below += count}${more}\n`
  );
  return `${buckets.join("")}h_bucket{le="+Inf"} ${below}${more}\n` +
    `h_sum ${sum}${more}\nh_count ${below}${more}\n`;
};

testMerged([
  {
    what: "totals rise by what each target's histogram rose by, whatever becomes of it",
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5) }, b: { protobuf: HEAD + h([2, 2], 6) } },
        format: "protobuf",
        expected: HEAD + h([], 0, at(FIRST)),
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 4], 9) }, b: { protobuf: HEAD + h([2, 3, 2], 9) } },
        format: "protobuf",
        expected: HEAD + h([0, 3, 2], 7, at(FIRST)),
      },
      {
        // One that fell is all that there is of it: it was restarted.
        answers: { a: { protobuf: HEAD + h([1, 1], 3) }, b: { protobuf: HEAD + h([2, 3, 3], 13) } },
        format: "protobuf",
        expected: HEAD + h([1, 4, 3], 14, at(FIRST)),
        report: { resets: { start_time: 0, majority: 1, series: 0 } },
      },
      {
        answers: { a: "missing", b: { protobuf: HEAD + h([2, 3, 4], 17) } },
        format: "protobuf",
        expected: HEAD + h([1, 4, 4], 18, at(FIRST)),
      },
      {
        // `b` leaves, and what it counted stays.
        answers: { a: { protobuf: HEAD + h([2, 1], 4) } },
        format: "protobuf",
        expected: HEAD + h([2, 4, 4], 19, at(FIRST)),
      },
    ],
  },
  {
    what: "a restart that has overtaken itself, told by its start time",
    scrapes: [
      {
        answers: { a: { protobuf: START(1000) + HEAD + h([1], 1) } },
        format: "protobuf",
        expected: START(1000) + HEAD + h([], 0, at(FIRST)),
      },
      {
        answers: { a: { protobuf: START(FIRST + 5) + HEAD + h([5], 5) } },
        format: "protobuf",
        expected: START(FIRST + 5) + HEAD + h([5], 5, at(FIRST)),
        report: { resets: { start_time: 1, majority: 0, series: 0 } },
      },
    ],
  },
  {
    what: "a bucket that fell, though there is more in all: neither part counts anything",
    scrapes: [
      {
        answers: { a: { protobuf: other(5) + HEAD + infinite(4, 4) + h([3, 1], 4) } },
        format: "protobuf",
        expected: other(0, at(FIRST)) + HEAD + infinite(0, 0, at(FIRST)) + h([], 0, at(FIRST)),
      },
      {
        answers: { a: { protobuf: other(6) + HEAD + infinite(5, 9) + h([2, 3], 9) } },
        format: "protobuf",
        expected: other(1, at(FIRST)) + HEAD + infinite(0, 0, at(FIRST)) + h([], 0, at(FIRST)),
        report: { resets: { start_time: 0, majority: 0, series: 1 } },
      },
      {
        answers: { a: { protobuf: other(7) + HEAD + infinite(7, 10) + h([3, 4], 10) } },
        format: "protobuf",
        expected: other(2, at(FIRST)) + HEAD + infinite(2, 1, at(FIRST)) + h([1, 1], 1, at(FIRST)),
      },
    ],
  },
  {
    what: "classic and native part count the same",
    scrapes: [
      {
        answers: {
          a: { protobuf: HEAD + classic([1, 1], 2) + h([1, 1], 2) },
          b: { protobuf: HEAD + classic([1, 0], 1) + h([1], 1) },
        },
        format: "protobuf",
        expected: HEAD + classic([0, 0], 0, at(FIRST)) + h([], 0, at(FIRST)),
      },
      {
        answers: {
          a: { protobuf: HEAD + classic([1, 3], 6) + h([1, 3], 6) },
          b: { protobuf: HEAD + classic([2, 0], 2) + h([2], 2) },
        },
        format: "protobuf",
        expected: HEAD + classic([1, 2], 5, at(FIRST)) + h([1, 2], 5, at(FIRST)),
      },
    ],
  },
  {
    what: "scrapes in text between those of native histograms count nothing twice",
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5) } },
        format: "protobuf",
        expected: HEAD + h([], 0, at(FIRST)),
      },
      {
        // Of a histogram that is native alone text has these.
        answers: { a: HEAD + infinite(4, 6) },
        expected: HEAD + infinite(0, 0),
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 4], 8) } },
        format: "protobuf",
        expected: HEAD + h([0, 2], 3, at(FIRST)),
      },
      {
        answers: { a: HEAD + infinite(6, 8) },
        expected: HEAD + infinite(2, 2),
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 5], 9) } },
        format: "protobuf",
        expected: HEAD + h([0, 3], 4, at(FIRST)),
      },
    ],
  },
  {
    what: "a restart that a scrape in text saw is one of the native histograms",
    scrapes: [
      {
        answers: { a: { protobuf: START(1) + HEAD + h([1, 2], 5) } },
        format: "protobuf",
        expected: START(1) + HEAD + h([], 0, at(FIRST)),
      },
      {
        answers: { a: START(FIRST + 5) + HEAD + infinite(4, 6) },
        expected: START(FIRST + 5) + HEAD + infinite(4, 6),
      },
      {
        answers: { a: { protobuf: START(FIRST + 5) + HEAD + h([2, 4], 8) } },
        format: "protobuf",
        expected: START(FIRST + 5) + HEAD + h([2, 4], 8, at(FIRST)),
      },
    ],
  },
  {
    what: "resolutions and zero buckets that differ are reconciled",
    counters: "raw",
    scrapes: [{
      answers: {
        a: {
          protobuf: HEAD + `h ${native({ schema: 1, counts: [1, 2, 3, 4], sum: 9 })}\n`,
        },
        b: { openmetrics2: HEAD + openMetrics2([5, 6], 7) },
      },
      format: "protobuf",
      expected: HEAD + `h ${native({ counts: [6, 11, 4], sum: 16 })}\n`,
    }],
  },
  {
    what: "gauge histograms are levels: what targets have now adds up",
    scrapes: [
      {
        answers: {
          a: { protobuf: "# TYPE h gaugehistogram\n" + h([1, 2], 5) },
          b: { protobuf: "# TYPE h gaugehistogram\n" + h([2, 2], 6) },
        },
        format: "protobuf",
        expected: "# TYPE h gaugehistogram\n" + h([3, 4], 11),
      },
      {
        answers: { a: { protobuf: "# TYPE h gaugehistogram\n" + h([0, 1], 2) }, b: "missing" },
        format: "protobuf",
        expected: "# TYPE h gaugehistogram\n" + h([0, 1], 2),
      },
    ],
  },
  {
    what: "a plain sum began at no time; what one target has alone began there",
    counters: "raw",
    scrapes: [
      {
        answers: {
          a: { protobuf: HEAD + h([1, 2], 5, at(1500)) },
          b: { protobuf: HEAD + h([2, 2], 6, at(1600)) },
        },
        format: "protobuf",
        expected: HEAD + h([3, 4], 11),
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5, at(1500.25)) + other(3, at(12)) } },
        format: "protobuf",
        expected: HEAD + h([1, 2], 5, at(1500.25)) + other(3, at(12)),
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5, at(1500.25)) + other(4, at(13)) } },
        format: "protobuf",
        expected: HEAD + h([1, 2], 5, at(1500.25)) + other(4, at(13)),
      },
    ],
  },
  {
    what: "a number and a histogram are no sum: what came first stays, and that is counted",
    counters: "raw",
    scrapes: [{
      answers: {
        a: { protobuf: HEAD + h([1, 2], 5) },
        b: "h 5\n",
      },
      format: "protobuf",
      expected: HEAD + h([1, 2], 5),
      report: { droppedSamples: 1 },
    }],
  },
  {
    what: "samples of one target that collide, each compared with itself",
    byInput: true,
    rules: [{ action: "labeldrop", regex: "path" }],
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + paths([1, 2], [5]) } },
        format: "protobuf",
        expected: HEAD + h([], 0, at(FIRST)),
      },
      {
        answers: { a: { protobuf: HEAD + paths([1, 3], [6]) } },
        format: "protobuf",
        expected: HEAD + h([1, 1], 0, at(FIRST)),
      },
      {
        // One of them went away, and nothing goes with it.
        answers: { a: { protobuf: HEAD + paths([1, 3], undefined) } },
        format: "protobuf",
        expected: HEAD + h([1, 1], 0, at(FIRST)),
      },
      {
        // One began anew, and one came back.
        answers: { a: { protobuf: HEAD + paths([0, 1], [7]) } },
        format: "protobuf",
        expected: HEAD + h([2, 2], 0, at(FIRST)),
      },
    ],
  },
  {
    what: "what is dropped where it collides is not there",
    aggregation: [{ match: "h", function: "drop" }],
    counters: "raw",
    scrapes: [{
      answers: { a: { protobuf: HEAD + h([1], 1) }, b: { protobuf: HEAD + h([2], 2) } },
      format: "protobuf",
      expected: "",
      report: { droppedSamples: 2 },
    }],
  },
  {
    what: "beyond the bound on what is remembered sums are plain ones",
    maxNativeBytes: 1000,
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5) } },
        format: "protobuf",
        expected: HEAD + h([], 0, at(FIRST)),
        report: { becameRaw: 0 },
      },
      {
        answers: { a: { protobuf: HEAD + h([1, 3], 6) }, b: { protobuf: HEAD + h([2, 2], 6) } },
        format: "protobuf",
        expected: HEAD + h([3, 5], 12),
        report: { becameRaw: 1 },
      },
    ],
  },
  {
    what: "a total of an earlier process without native part begins anew with that",
    restored: { "h_count": [7, 5000], "h_sum": [7, 5000], 'h_bucket{le="+Inf"}': [7, 5000] },
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + infinite(2, 2) + h([2], 2) } },
        format: "protobuf",
        // One metric has one sum and count.
        expected: HEAD + infinite(0, 0, at(5)).replace("} 0", "} 7") + h([], 0, at(5)),
      },
      {
        answers: { a: { protobuf: HEAD + infinite(3, 3) + h([3], 3) } },
        format: "protobuf",
        expected: HEAD + infinite(1, 1, at(FIRST)) + h([1], 1, at(FIRST)),
      },
      {
        answers: { a: { protobuf: HEAD + infinite(5, 5) + h([5], 5) } },
        format: "protobuf",
        expected: HEAD + infinite(3, 3, at(FIRST)) + h([3], 3, at(FIRST)),
      },
    ],
  },
  {
    what: "a total of an earlier process goes on",
    restored: {
      h: [{
        isFloat: false,
        count: 3,
        sum: 2,
        schema: 0,
        zeroThreshold: 0.001,
        zeroCount: 0,
        negative: { spans: [], counts: [] },
        positive: { spans: [{ offset: 0, length: 1 }], counts: [3] },
        customValues: [],
      }, 1_234_567],
    },
    scrapes: [
      {
        answers: { a: { protobuf: HEAD + h([1, 2], 5) } },
        format: "protobuf",
        expected: HEAD + h([3], 2, at(1234.567)),
      },
      {
        answers: { a: { protobuf: HEAD + h([2, 2], 6) } },
        format: "protobuf",
        expected: HEAD + h([4], 3, at(1234.567)),
      },
    ],
  },
]);

/** Something that goes on, so that one histogram that falls is no restart. */
function other(total: number, more = ""): string {
  return ["a", "b", "c", "d"].map((name) =>
    `# TYPE ${name}_total counter\n${name}_total ${total}${more}\n`
  ).join("");
}

/** The classic part of a histogram that has no buckets but the last. */
function infinite(count: number, sum: number, more = ""): string {
  return `h_bucket{le="+Inf"} ${count}${more}\nh_sum ${sum}${more}\nh_count ${count}${more}\n`;
}

/** Of two paths. */
function paths(one: readonly number[], two: readonly number[] | undefined): string {
  const line = (path: number, counts: readonly number[]) =>
    `h{path="${path}"} ${native({ counts, sum: 0 })}\n`;
  return line(1, one) + (two === undefined ? "" : line(2, two));
}

function openMetrics2(counts: readonly number[], sum: number): string {
  const count = counts.reduce((a, b) => a + b);
  return `h {count:${count},sum:${sum},schema:0,zero_threshold:0,zero_count:0,` +
    `positive_spans:[0:${counts.length}],positive_buckets:[${counts}]}\n`;
}

test("exemplars of the sum are the newest ten of all targets", async () => {
  const run = await MergedRun.of({});
  const answers = {
    a: { protobuf: HEAD + h([9], 1, exemplarsOf("a", [1, 3, 5, 7, 9, 11])) },
    b: { protobuf: HEAD + h([9], 1, exemplarsOf("b", [2, 4, 6, 8, 10, 12, 14])) },
  };
  const { text } = await run.scrape({ answers, format: "protobuf" });
  assert.deepEqual(
    [...text.matchAll(/# \{t="(\w+)"\}/g)].map(([, name]) => name),
    ["b4", "a5", "b6", "a7", "b8", "a9", "b10", "a11", "b12", "b14"],
  );
});

test("totals with native histograms outlive Weir", async () => {
  const first = await MergedRun.of({});
  const scrape = (run: MergedRun, counts: number[], afterSeconds?: number) =>
    run.scrape({
      answers: { a: { protobuf: HEAD + h(counts, 1) + other(counts[0]) } },
      format: "protobuf",
      afterSeconds,
    });
  await scrape(first, [1, 0, 0, 1]);
  const before = await scrape(first, [4, 0, 0, 2]);
  const chunks = [...counterTotalsText([{ name: "metrics", series: first.table.totals() }])];
  const file = await new Response(new Blob(chunks)).text();
  assert.equal(
    file.split("\n")[2],
    "h {count:4,sum:0,schema:0,zero_threshold:0.001,zero_count:0,negative_spans:[]," +
      `negative_buckets:[],positive_spans:[0:1,2:1],positive_buckets:[3,1]} ${FIRST}000`,
  );
  const second = await MergedRun.of({});
  readCounterTotals(new TextEncoder().encode(file), {
    table: () => {},
    series: (...total) => second.table.restore(...total),
  });
  const after = await scrape(second, [9, 0, 0, 2], 600);
  assert.equal(after.text, before.text);
  const next = await scrape(second, [10, 0, 0, 2]);
  assert.equal(
    next.text,
    HEAD + `h ${native({ counts: [4, 0, 0, 1], sum: 0 })}${at(FIRST)}\n` + other(4, at(FIRST)),
  );
});
