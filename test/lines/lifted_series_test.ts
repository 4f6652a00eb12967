import assert from "node:assert/strict";
import { test } from "node:test";
import { programOf } from "../../src/engine/program.ts";
import { TextSet } from "../../src/exposition/text_map.ts";
import type { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { countedCalls } from "../support/engine/counted_calls.ts";
import { engineOf, type PolicyText } from "../support/lines/filtered.ts";
import { type LiftedRun, liftedThrough, nativeValue } from "../support/lines/lifted_lines.ts";
import {
  dropNothing,
  dropPath,
  type RelabelRules,
  rulesOf,
  type RulesText,
} from "../support/lines/series_case.ts";

/* Lifted lines that become series: with the kernel and without learning all is the same. */

interface Case extends RulesText {
  readonly what: string;
  readonly policies?: readonly PolicyText[];
  readonly options?: LiftedRun["options"];
  readonly input: string;
  readonly expected?: string;
  readonly stats?: Partial<ScrapeStats>;
  readonly error?: string;
}

const renamed = (from: string, to: string): RelabelRules => [
  { source_labels: ["__name__"], regex: from, target_label: "__name__", replacement: to },
];

const two = nativeValue(2, 3);
const five = nativeValue(5, 1.5);
const seven = nativeValue(7, 4.5);
/** Spaced, with an empty bucket, at another resolution. */
const spaced = "{count:3,sum:-1,schema:2,zero_threshold:0.001,zero_count:1,negative_spans:[-3:1]," +
  "negative_buckets:[1],positive_spans:[0:1,4:2],positive_buckets:[1,0,0]}";
const custom = "{count:3,sum:6,schema:-53,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:2],positive_buckets:[1,2],custom_values:[1]}";

const cases: readonly Case[] = [
  {
    what: "a native histogram that is alone keeps its text, start time and exemplars",
    rules: dropPath,
    input: `# TYPE h histogram
h_bucket{a="1",path="x",le="+Inf"} 3 7.25 st@1.5
h_sum{a="1",path="x"} 3.0 7.25 st@1.5
h_count{a="1",path="x"} 3 7.25 st@1.5
h{a="1",path="x"} ${spaced} 7.25 st@1.5 # {t="x"} 0.5 2.5 # {t="y"} 2
`,
    expected: `# TYPE h histogram
h_bucket{a="1",le="+Inf"} 3 7.25 st@1.5
h_sum{a="1"} 3.0 7.25 st@1.5
h_count{a="1"} 3 7.25 st@1.5
h{a="1"} ${spaced} 7.25 st@1.5 # {t="x"} 0.5 2.5 # {t="y"} 2
`,
    stats: { inputSamples: 4, outputSamples: 4, outputLines: 5, mergedSamples: 0 },
  },
  {
    what: "native histograms that collide are added, without a start time",
    rules: dropPath,
    input: `# TYPE h histogram
h{path="x"} ${two} st@1.5
h{a="1",path="x"} ${five} st@1.5
h{path="y"} ${five} st@1.5
`,
    expected: `# TYPE h histogram\nh ${seven}\nh{a="1"} ${five} st@1.5\n`,
    stats: { inputSamples: 3, outputSamples: 2, mergedSamples: 1 },
  },
  {
    what: "native histograms of other resolutions are added as Prometheus does",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} ${two}\nh{path="y"} ${spaced}\n`,
    expected: "# TYPE h histogram\nh {count:5,sum:2,schema:2,zero_threshold:0.001,zero_count:1," +
      "negative_spans:[-3:1],negative_buckets:[1],positive_spans:[0:1],positive_buckets:[3]}\n",
  },
  {
    what: "the classic part and the native part of one family",
    rules: dropPath,
    input: ["x", "y"].map((path) =>
      `${path === "x" ? "# TYPE h histogram\n" : ""}h_bucket{path="${path}",le="1.0"} 1
h_bucket{path="${path}",le="+Inf"} 2
h_sum{path="${path}"} 3
h_count{path="${path}"} 2
h{path="${path}"} ${two}
`
    ).join(""),
    expected: `# TYPE h histogram
h_bucket{le="1.0"} 2
h_bucket{le="+Inf"} 4
h_sum 6
h_count 4
h ${nativeValue(4, 6)}
`,
    stats: { mergedSamples: 5, outputSamples: 5, leftOutBuckets: 0 },
  },
  {
    what: "a gauge histogram's",
    rules: dropPath,
    input: `# TYPE h gaugehistogram\nh{path="x"} ${two}\nh{path="y"} ${five}\n`,
    expected: `# TYPE h gaugehistogram\nh ${seven}\n`,
    stats: { summedGauges: new TextSet(["h"]) },
  },
  {
    what: "the same series twice",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} ${two}\nh{path="x"} ${five}\nh{path="y"} ${five}\n` +
      `h{path="y"} ${two}\n`,
    expected: `# TYPE h histogram\nh ${seven}\n`,
    stats: { duplicateSamples: 2, mergedSamples: 1 },
  },
  {
    what: "the same series twice where labels stay",
    rules: dropNothing,
    input: `# TYPE h histogram\nh{path="x"} ${two} st@1\nh{path="x"} ${five}\n`,
    expected: `# TYPE h histogram\nh{path="x"} ${two} st@1\n`,
    stats: { duplicateSamples: 1, mergedSamples: 0 },
  },
  {
    what: "the newest timestamp, where all members have one",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} ${two} 8.5\nh{path="y"} ${five} 7\n`,
    expected: `# TYPE h histogram\nh ${seven} 8.5\n`,
  },
  {
    what: "no timestamp, where a member has none",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} ${two} 8.5\nh{path="y"} ${five}\n`,
    expected: `# TYPE h histogram\nh ${seven}\n`,
  },
  {
    what: "exemplars of all members, by time",
    rules: dropPath,
    input: `# TYPE h histogram
h{path="x"} ${two} # {t="} # {"} 0.5 2.5 # {t="a"} 1
h{path="y"} ${five} # {t="b"} 2 1.5
`,
    expected: `# TYPE h histogram\nh ${seven} # {t="a"} 1 # {t="b"} 2 1.5 # {t="} # {"} 0.5 2.5\n`,
  },
  {
    what: "the ten newest exemplars",
    rules: dropPath,
    input: `# TYPE h histogram
h{path="x"} ${two} ${Array.from({ length: 7 }, (_, n) => `# {n="${n}"} 1 ${n}.5`).join(" ")}
h{path="y"} ${five} ${Array.from({ length: 7 }, (_, n) => `# {m="${n}"} 1 ${n}`).join(" ")}
`,
    expected: `# TYPE h histogram\nh ${seven} ${
      [2, 3, 4, 5, 6].map((n) => `# {m="${n}"} 1 ${n} # {n="${n}"} 1 ${n}.5`).join(" ")
    }\n`,
  },
  {
    what: "functions other than drop add native histograms",
    rules: dropPath,
    aggregation: [{ match: "h", function: "max" }, { match: "i", function: "count" }],
    input: `# TYPE h histogram\nh{path="x"} ${two}\nh{path="y"} ${five}\n` +
      `# TYPE i histogram\ni{path="x"} ${two}\n`,
    expected: `# TYPE h histogram\nh ${seven}\n# TYPE i histogram\ni ${two}\n`,
  },
  {
    what: "drop drops them",
    rules: dropPath,
    aggregation: [{ match: "h", function: "drop" }],
    input: `# TYPE h histogram\nh{path="x"} ${two}\nh{path="y"} ${five}\nh{path="z"} ${five}\n` +
      `h{a="1",path="z"} ${five} st@1\n`,
    expected: `# TYPE h histogram\nh{a="1"} ${five} st@1\n`,
    stats: { droppedUnmergeable: 3 },
  },
  {
    what: "one with custom buckets and one with others make no sum: the first stays",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} ${two}\nh{path="y"} ${custom}\nh{path="z"} ${five}\n`,
    expected: `# TYPE h histogram\nh ${seven}\n`,
    stats: { droppedUnmergeable: 1, mergedSamples: 1 },
  },
  {
    what: "a number and a native histogram make no sum: the first stays",
    rules: renamed("g", "h"),
    input: `# TYPE g gauge\ng 4\n# TYPE h histogram\nh ${two}\n`,
    expected: "# TYPE h gauge\nh 4\n",
    stats: { droppedUnmergeable: 1, typeConflicts: new TextSet(["h"]) },
  },
  {
    what: "a native histogram and a number neither",
    rules: renamed("g", "h"),
    input: `# TYPE h histogram\nh ${two} st@1\n# TYPE g gauge\ng 4\n`,
    expected: `# TYPE h histogram\nh ${two} st@1\n`,
    stats: { droppedUnmergeable: 1 },
  },
  {
    what: "a native histogram whose name is taken for a part's by a rule",
    rules: renamed("h", "h_count"),
    input: `# TYPE h gaugehistogram\nh{path="x"} ${two}\nh{path="y"} ${five}\n`,
    expected:
      `# TYPE h_count gaugehistogram\nh_count{path="x"} ${two}\nh_count{path="y"} ${five}\n`,
  },
  {
    what: "start times of numbers: of those that are alone",
    rules: dropPath,
    input: `# TYPE c_total counter
c_total{path="x"} 1 st@1.5
c_total{path="y"} 2 st@2.5
c_total{a="1",path="y"} 4.0 9 st@3.5 # {t="x"} 1 2
c_total{a="2",path="y"} 4 st@3.5
c_total{a="2",path="y"} 5 st@4.5
`,
    expected: `# TYPE c_total counter
c_total 3
c_total{a="1"} 4.0 9 st@3.5 # {t="x"} 1 2
c_total{a="2"} 4 st@3.5
`,
    stats: { duplicateSamples: 1 },
  },
  {
    what: "several exemplars of a bucket: those of the newest member",
    rules: dropPath,
    input: `# TYPE h histogram
h_bucket{path="x",le="+Inf"} 1 # {t="a"} 1 1 # {t="b"} 2 2
h_bucket{path="y",le="+Inf"} 1 # {t="c"} 3 3 # {t="d"} 4 4
`,
    expected: `# TYPE h histogram\nh_bucket{le="+Inf"} 2 # {t="c"} 3 3 # {t="d"} 4 4\n`,
  },
  {
    what: "counters' names are exact, and a time of creation is a family of its own",
    rules: renamed("c_total", "d_total"),
    input: `# TYPE c_total counter\nc_total 1\n# TYPE h histogram\nh_created 5\n`,
    expected: `# TYPE d_total counter\nd_total 1\nh_created 5\n`,
  },
  {
    what: "nothing is kept free for a terminator, and none is written",
    rules: dropPath,
    options: { maxOutputBytes: 24 },
    input: `# TYPE g gauge\ng{path="x"} 1\n# TYPE i gauge\ni 1\n`,
    expected: "# TYPE g gauge\ng 1\n",
  },
  {
    what: "a timestamp for series that have none stands before the start time",
    rules: dropPath,
    options: { timestamp: "17.5" },
    input: `# TYPE h histogram\nh{path="x"} ${two} st@1.5 # {} 1\nh{a="1"} ${two} 3 st@1\n`,
    expected: `# TYPE h histogram\nh ${two} 17.5 st@1.5 # {} 1\nh{a="1"} ${two} 3 st@1\n`,
  },
  {
    what: "a limit on series counts a native histogram as one",
    rules: dropPath,
    limits: { seriesPerFamily: 2, action: "drop" },
    input: `# TYPE h histogram\nh{a="1"} ${two}\nh{a="2"} ${two}\nh{a="3"} ${two}\n` +
      `h{a="1",path="x"} ${five}\n`,
    expected: `# TYPE h histogram\nh{a="1"} ${seven}\nh{a="2"} ${two}\n`,
    stats: { droppedBeyondLimits: 1 },
  },
  {
    what: "what a limit folds is added",
    rules: dropPath,
    limits: { labelValues: new Map([["a", 1]]) },
    input: `# TYPE h histogram\nh{a="1"} ${two}\nh{a="2"} ${two}\nh{a="3"} ${five}\n`,
    expected: `# TYPE h histogram\nh{a="1"} ${two}\nh{a="weir_overflow"} ${seven}\n`,
  },
  {
    what: "a policy on native histograms",
    rules: dropPath,
    policies: [{ match: [{ metric_type: "exponential_histogram" }], keep: false }],
    input: `# TYPE h histogram\nh_sum{path="x"} 1\nh_count{path="x"} 1\nh{path="x"} ${two}\n`,
    expected: `# TYPE h histogram\nh_sum 1\nh_count 1\n`,
    stats: { droppedByPolicy: 1 },
  },
  {
    what: "what cannot be read passes after its family",
    rules: dropPath,
    input: `# TYPE h histogram\nh{path="x"} {count:1}x\nh{path="y"} ${two}\nh{path="z"} 1 st@\n`,
    expected: `# TYPE h histogram\nh ${two}\nh{path="x"} {count:1}x\nh{path="z"} 1 st@\n`,
    stats: { unparseableLines: 2 },
  },
];

for (const { what, policies = [], options, input, expected, stats = {}, ...text } of cases) {
  test(`lifted: ${what}`, async () => {
    const rules = await rulesOf(text);
    const engine = policies.length === 0 ? undefined : await engineOf(policies);
    for (const learns of [false, true, true]) {
      const run = liftedThrough(input, { rules, policies: engine, options, learns });
      assert.equal(run.text, expected, `learns: ${learns}`);
      for (const [name, wanted] of Object.entries(stats)) {
        assert.deepEqual(run.stats[name as keyof ScrapeStats], wanted, `${name}, ${learns}`);
      }
    }
  });
}

test("lifted: a known scrape calls TypeScript per block only, where natives do not collide", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const program = programOf(rules, undefined);
  const callsSince = countedCalls(() => {
    const engine = program.take();
    program.release(engine);
    return engine;
  });
  const text = (count: number) =>
    `# TYPE h histogram
h_bucket{a="1",path="x",le="+Inf"} ${count} st@1.5 # {t="${count}"} 1 2 # {t="b"} 3
h_sum{a="1",path="x"} ${count} st@1.5
h_count{a="1",path="x"} ${count} st@1.5
h{a="1",path="x"} ${nativeValue(count, count)} st@1.5 # {t="${count}"} 1 2
h{a="2",path="x"} ${nativeValue(count, 1)} st@1.5
# TYPE c_total counter
c_total{a="1",path="x"} ${count} st@1.5 # {t="${count}"} 1
c_total{a="2",path="x"} ${count}
c_total{a="2",path="y"} ${count}
`;
  liftedThrough(text(1), { rules });
  assert.ok(callsSince().planned > 0);
  for (const count of [20, 300]) {
    const run = liftedThrough(text(count), { rules });
    const { take, ...others } = callsSince();
    assert.match(run.text, new RegExp(`^c_total{a="2"} ${2 * count}$`, "m"));
    assert.deepEqual(others, { planned: 0, number: 0, format: 0, enter: 0 });
    assert.ok(take <= 2, `${take} calls of take`);
  }
});

test("lifted: what a reader writes wrongly as a native histogram is added to nothing", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const wrong =
    `# TYPE h histogram\nh{path="x"} {count:1}\nh{path="y"} ${two}\nh{path="z"} ${five}\n`;
  const sum = `# TYPE h histogram\nh ${seven}\n`;
  const first = liftedThrough(wrong, { rules });
  assert.equal(first.text, `${sum}h{path="x"} {count:1}\n`);
  assert.equal(first.stats.unparseableLines, 1);
  // Of lines like those that it knows the kernel reads no more than it has to.
  const known = liftedThrough(wrong, { rules });
  assert.equal(known.text, sum);
  assert.equal(known.stats.droppedUnmergeable, 1);
});
