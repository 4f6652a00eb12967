import assert from "node:assert/strict";
import { test } from "node:test";
import { programOf } from "../../src/engine/program.ts";
import { KeptLines } from "../../src/lines/kept_lines.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { countedCalls } from "../support/engine/counted_calls.ts";
import { dropName, engineOf, type PolicyText } from "../support/lines/filtered.ts";
import {
  keptSamples,
  liftedLines,
  type LiftedRun,
  nativeValue,
} from "../support/lines/lifted_lines.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

const N = nativeValue(2, 3);
const HISTOGRAM = `# HELP h text
# TYPE h histogram
h_bucket{a="1",le="1.0"} 1 st@1.5 # {t="x"} 0.5 2.5
h_bucket{a="1",le="+Inf"} 2 st@1.5
h_sum{a="1"} 3 st@1.5
h_count{a="1"} 2 st@1.5
h{a="1"} ${N} st@1.5 # {t="x"} 0.5 2.5 # {t="y"} 2.5
`;
const COUNTER = `# TYPE c_total counter\nc_total{a="1"} 5 7.5 st@1\nc_total{a="2"} 6\n`;

const drop = (regex: string): RelabelRules => [
  { action: "drop", source_labels: ["__name__"], regex },
];

interface Case {
  readonly what: string;
  readonly rules?: RelabelRules;
  readonly policies?: readonly PolicyText[];
  readonly options?: LiftedRun["options"];
  readonly input: string;
  readonly kept: string;
  readonly stats: Partial<ScrapeStats>;
}

const lines = (text: string) => text.trimEnd().split("\n");
const samples = (text: string) =>
  lines(text).filter((line) => !line.startsWith("#")).map((line) => `${line}\n`).join("");
const without = (text: string, drops: RegExp) =>
  lines(text).filter((line) => !drops.test(line)).map((line) => `${line}\n`).join("");

const ALL = HISTOGRAM + COUNTER;

const cases: readonly Case[] = [
  {
    what: "classic buckets",
    rules: drop("h_bucket"),
    input: ALL,
    kept: without(samples(ALL), /^h_bucket/),
    stats: { inputLines: 10, inputSamples: 7, outputLines: 8, outputSamples: 5, droppedByRules: 2 },
  },
  {
    what: "the native part",
    rules: drop("h"),
    input: ALL,
    kept: without(samples(ALL), /^h\{/),
    stats: { inputLines: 10, inputSamples: 7, outputLines: 9, outputSamples: 6, droppedByRules: 1 },
  },
  {
    what: "a whole family",
    rules: drop("h|h_.*"),
    input: ALL,
    kept: samples(COUNTER),
    stats: { inputLines: 10, inputSamples: 7, outputLines: 3, outputSamples: 2, droppedByRules: 5 },
  },
  {
    what: "a series by its label",
    rules: [{ action: "drop", source_labels: ["a"], regex: "2" }],
    input: ALL,
    kept: without(samples(ALL), /a="2"/),
    stats: { outputSamples: 6, droppedByRules: 1 },
  },
  {
    what: "native histograms by a policy on their type",
    policies: [{ match: [{ metric_type: "exponential_histogram" }], keep: false }],
    input: ALL,
    kept: without(samples(ALL), /^h\{/),
    stats: { outputSamples: 6, droppedByPolicy: 1 },
  },
  {
    what: "classic histograms by a policy on theirs",
    policies: [{ match: [{ metric_type: "histogram" }], keep: false }],
    input: ALL,
    kept: `h{a="1"} ${N} st@1.5 # {t="x"} 0.5 2.5 # {t="y"} 2.5\n${samples(COUNTER)}`,
    stats: { outputSamples: 3, droppedByPolicy: 4 },
  },
  {
    what: "samples by a policy on their value, which native histograms have none of",
    policies: [{ match: [{ datapoint_attribute: "value", gte: 0 }], keep: false }],
    input: ALL,
    kept: `h{a="1"} ${N} st@1.5 # {t="x"} 0.5 2.5 # {t="y"} 2.5\n`,
    stats: { outputSamples: 1, droppedByPolicy: 6 },
  },
  {
    what: "samples by their timestamp, which is in seconds",
    policies: [{ match: [{ datapoint_attribute: "timestamp", equals: 7500 }], keep: false }],
    input: ALL,
    kept: without(samples(ALL), / 7\.5 /),
    stats: { outputSamples: 6, droppedByPolicy: 1 },
  },
  {
    what: "a label twice",
    rules: drop("none"),
    input: `# TYPE g gauge\ng{a="1",a="2"} 1\ng{a="1"} 1\n`,
    kept: `g{a="1"} 1\n`,
    stats: { inputSamples: 2, outputLines: 2, outputSamples: 1, droppedAsInvalid: 1 },
  },
  {
    what: "numbers and native histograms of one name and the same labels",
    rules: [{ action: "drop", source_labels: ["a"], regex: "2" }],
    input: ["3", "1", "2", "1", "2"].map((a, n) =>
      `g{a="${a}"} ${n % 2 === 0 ? N : n}\ng{a="2"} 9\n`
    )
      .join(""),
    kept: `g{a="3"} ${N}\ng{a="1"} 1\ng{a="1"} 3\n`,
    stats: { inputSamples: 10, droppedByRules: 7 },
  },
  {
    what: "what cannot be read, of a name that is dropped",
    rules: drop("g"),
    input: `# TYPE g gauge\ng{a="1"} x\ng{a="1"} 1\ng ${N.replace("sum", "som")}\n`,
    kept: "",
    stats: { inputSamples: 3, outputSamples: 0, droppedByRules: 3, unparseableLines: 0 },
  },
  {
    what: "what cannot be read, of a name that is kept",
    rules: drop("none"),
    input: `# TYPE g gauge\ng{a="1"} x\ng{a="1"} 1\ng ${N.replace("sum", "som")}\ng 1 st@x\n`,
    kept: `g{a="1"} x\ng{a="1"} 1\ng ${N.replace("sum", "som")}\ng 1 st@x\n`,
    stats: { inputSamples: 4, outputLines: 5, outputSamples: 4, unparseableLines: 3 },
  },
  {
    what: "what cannot be read is dropped where that is asked for",
    rules: drop("none"),
    options: { onUnreadable: "drop" },
    input: `# TYPE g gauge\ng{a="1"} x\ng{a="1"} 1\ng ${N.replace("sum", "som")}\ng 1 st@x\n`,
    kept: `g{a="1"} 1\n`,
    stats: { inputSamples: 4, outputLines: 2, outputSamples: 1, droppedUnreadable: 3 },
  },
  {
    what: "lines that are too long",
    rules: drop("none"),
    options: { maxLineBytes: 40 },
    input: ALL,
    kept: samples(ALL),
    stats: { outputSamples: 7, overlongLines: 2 },
  },
  {
    what: "lines that are too long are dropped where that is asked for",
    rules: drop("none"),
    options: { maxLineBytes: 40, onUnreadable: "drop" },
    input: ALL,
    kept: without(samples(ALL), /t="x"/),
    stats: { outputSamples: 5, droppedUnreadable: 2 },
  },
];

for (const { what, rules, policies = [], options, input, kept, stats } of cases) {
  test(`kept lines: ${what}`, async () => {
    const inForce = await rulesOf({ rules });
    const engine = policies.length === 0 ? undefined : await engineOf(policies);
    const first = { rules: inForce, policies: engine, options, learns: false };
    for (const learns of [false, true, true]) {
      const run = keptSamples(input, { ...first, learns });
      assert.equal(run.text, kept, `learns: ${learns}`);
      for (const [name, wanted] of Object.entries(stats)) {
        assert.deepEqual(run.stats[name as keyof ScrapeStats], wanted, `${name}, ${learns}`);
      }
    }
  });
}

test("kept lines: more than a block and more notes than the buffer holds", async () => {
  const rules = await rulesOf({ rules: [{ action: "drop", source_labels: ["b"], regex: "1" }] });
  const input = Array.from({ length: 60_000 }, (_, n) => `g{n="${n}",b="${n % 3}"} ${n}`);
  const text = `# TYPE g gauge\n${input.join("\n")}\n`;
  const wanted = without(samples(text), /b="1"/);
  for (const learns of [true, true, false]) {
    const run = keptSamples(text, { rules, learns });
    assert.equal(run.text, wanted, `learns: ${learns}`);
    assert.equal(run.stats.outputSamples, 40_000);
  }
});

test("kept lines: lines that are taken one after the other, through an engine that goes on", async () => {
  const rules = await rulesOf({ rules: drop("h_bucket") });
  const stats = new ScrapeStats();
  const options = { format: "lifted", maxLineBytes: 4096 } as const;
  const kept = new KeptLines(programOf(rules, undefined), options, stats);
  assert.deepEqual([...kept.take(liftedLines(HISTOGRAM))].slice(2), [0, 0, 1, 1, 1]);
  assert.deepEqual([...kept.take(liftedLines(COUNTER))].slice(1), [1, 1]);
  assert.deepEqual([...kept.take(liftedLines("h_bucket 1\n"))], [0]);
  kept.finish();
  kept.cancel();
  assert.equal(stats.inputLines, 11);
  assert.equal(stats.droppedByRules, 3);
});

test("kept lines: an unreadable line fails the scrape where that is asked for", async () => {
  const rules = await rulesOf({ rules: drop("none") });
  const run = { rules, options: { onUnreadable: "fail" as const } };
  assert.throws(() => keptSamples("g 1\ng x\n", run), {
    message: 'a line cannot be read: "g x"',
  });
  // The engine that failed is good for the next scrape.
  assert.equal(keptSamples("g 1\n", run).text, "g 1\n");
});

test("kept lines: a known scrape calls TypeScript per block only", async () => {
  const policies = await engineOf([dropName("^c_.*")]);
  const rules = await rulesOf({ rules: drop("h_bucket") });
  const program = programOf(rules, policies);
  const callsSince = countedCalls(() => {
    const engine = program.take();
    program.release(engine);
    return engine;
  });
  const first = keptSamples(ALL, { rules, policies });
  assert.ok(callsSince().planned > 0);
  for (const scrape of [2, 3]) {
    // Other numbers, of histograms and others.
    const text = ALL.replaceAll(N, nativeValue(20 * scrape, 1.25)).replace(" 5 ", ` ${scrape} `);
    const run = keptSamples(text, { rules, policies });
    assert.deepEqual(run.stats, first.stats);
    assert.equal(lines(run.text).length, 3);
    const { take, ...others } = callsSince();
    assert.deepEqual(others, { planned: 0, number: 0, format: 0, enter: 0 });
    assert.ok(take <= 2, `${take} calls of take`);
  }
});
