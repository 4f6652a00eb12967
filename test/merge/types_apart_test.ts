/** Targets, or families of one target, that differ in TYPE and come together under one name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedRun, type OneScrape } from "../support/gateway/merged_case.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

/** What a family of each type exposes behind its name; "": it has no TYPE. */
const SAMPLES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  summary: { '{quantile="0.5"}': 7, "_sum": 1, "_count": 2 },
  histogram: { '_bucket{le="1.0"}': 3, '_bucket{le="+Inf"}': 4, "_sum": 5, "_count": 4 },
  counter: { "": 16, '{quantile="0.5"}': 17 },
  gauge: { "": 32, '{quantile="0.5"}': 33 },
  untyped: { "": 64, '{quantile="0.5"}': 65, "_count": 66 },
  "": { "": 128, '{quantile="0.5"}': 129, "_sum": 130 },
};
const TYPES = Object.keys(SAMPLES);
const PAIRS = TYPES.flatMap((a) => TYPES.map((b) => [a, b] as const));

const TOGETHER: RelabelRules = [
  {
    source_labels: ["__name__"],
    target_label: "__name__",
    regex: "(a|b)((_.*)?)",
    replacement: "u$2",
  },
];
const AVERAGE = [{ match: "u", function: "avg" }] as const;

function family(name: string, type: string): string {
  const samples = Object.entries(SAMPLES[type]).map(([rest, value]) => `${name}${rest} ${value}\n`);
  return (type === "" ? "" : `# TYPE ${name} ${type}\n`) + samples.join("");
}

/**
 * The TYPE that is written, and what both come to. `inForce` is the type that says what a series becomes
 * that both have: quantiles have no sum.
 */
function expected(
  first: string,
  second: string,
  inForce: string,
  takesAverage: boolean,
): string[] {
  const type = first || second;
  const lines = type === "" ? [] : [`# TYPE u ${type}`];
  const both = [SAMPLES[first], SAMPLES[second]];
  for (const rest of new Set(both.flatMap((one) => Object.keys(one)))) {
    // What is counted without buckets counts in the last one.
    const counted = rest.includes("+Inf") ? "_count" : rest;
    const values = both.map((one) => one[counted]).filter((value) => value !== undefined);
    const isDropped = inForce === "summary" && rest.startsWith("{") && !takesAverage;
    if (values.length > 1 && isDropped) continue;
    const sum = values.reduce((a, b) => a + b);
    const isAverage = takesAverage && !rest.startsWith("_");
    lines.push(`u${rest} ${isAverage ? sum / values.length : sum}`);
  }
  return lines.sort();
}

const linesOf = (text: string) => text.trimEnd().split("\n").sort();

for (const takesAverage of [false, true]) {
  const aggregation = takesAverage ? [...AVERAGE] : [];
  const how = takesAverage ? "a rule's function" : "the function of the TYPE in force";

  for (const [first, second] of PAIRS) {
    const answers = { a: family("a", first), b: family("b", second) };
    const what = `${first || "none"} and ${second || "none"}: ${how}`;

    for (const arrival of [["a", "b"], ["b", "a"]]) {
      test(`two targets, ${what}, arriving as ${arrival}`, async () => {
        const run = await MergedRun.of({ rules: TOGETHER, aggregation, counters: "raw" });
        const wanted = expected(first, second, first || second, takesAverage);
        for (let scrape = 0; scrape < 4; scrape++) {
          const { text } = await run.scrape({ answers, arrival });
          // Which TYPE is in force is known when all of the first scrape have been read.
          const isKnown = scrape > 0 || (first !== "" && arrival[0] === "a");
          if (isKnown) assert.deepEqual(linesOf(text), wanted, `scrape ${scrape}`);
        }
      });
    }

    test(`two families of one target, ${what}`, async () => {
      const input = answers.a + answers.b;
      const rules = await rulesOf({ rules: TOGETHER, aggregation });
      // A series is what its first sample is.
      const wanted = expected(first, second, first, takesAverage);
      for (const learns of [false, true, true]) {
        const { text } = await filterChunks([encode(input)], { rules, learns });
        assert.deepEqual(linesOf(text), wanted, `learns: ${learns}`);
      }
    });
  }
}

test("a series that a target with another TYPE brought first is what the TYPE in force says", async () => {
  const run = await MergedRun.of({ counters: "raw" });
  const a = "# TYPE u summary\nu_count 1\n";
  const scrape = (rest: OneScrape) => run.scrape({ ...rest, arrival: ["b", "a"] });
  await scrape({ answers: { a, b: "u_count 1\n" } });
  const series = 'u{quantile="0.5"} 1\n';
  for (let i = 0; i < 2; i++) {
    const { text } = await scrape({ answers: { a: a + series, b: series } });
    assert.equal(text, a);
  }
  // It is there where only one has it.
  const { text } = await scrape({ answers: { a: a, b: series } });
  assert.deepEqual(linesOf(text), linesOf(a + series));
});

test("a counter that a target without TYPE brought first becomes one when its TYPE is known", async () => {
  const run = await MergedRun.of({});
  const typed = (value: number) => `# TYPE x counter\nx ${value}\n`;
  const found: string[] = [];
  for (const value of [10, 20, 30, 5]) {
    const answers = { a: typed(value), b: `x ${value}\n` };
    found.push((await run.scrape({ answers, arrival: ["b", "a"] })).text);
  }
  const values = found.slice(1).map((text) => Number(text.split(" ").at(-1)));
  assert.ok(values.every((value, i) => i === 0 || value >= values[i - 1]), found.join(""));
});
