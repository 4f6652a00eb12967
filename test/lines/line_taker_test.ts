import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_HELD_LINE_BYTES } from "../../src/bounds.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { loadRegexLibrary, type RegexLibrary } from "../../src/policy/regex.ts";
import {
  dropName,
  encode,
  engineOf,
  filterChunks,
  filtered,
  type PolicyText,
} from "../support/lines/filtered.ts";

const dropAll: PolicyText[] = [dropName("")];

function assertStats(stats: ScrapeStats, expected: Partial<ScrapeStats>): void {
  assert.deepEqual({ ...stats }, { ...new ScrapeStats(), ...expected });
}

const policyCases: [string, PolicyText[], string, string][] = [
  [
    "a label's value",
    [{ match: [{ datapoint_attribute: "code", regex: "^5" }], keep: false }],
    `r{code="200"} 1\nr{code="503"} 2\nr{path="/5",code="404"} 3\nr 4\n`,
    `r{code="200"} 1\nr{path="/5",code="404"} 3\nr 4\n`,
  ],
  [
    "a label's value behind escapes",
    [{ match: [{ datapoint_attribute: "p", equals: 'a"b\\c\nd' }], keep: false }],
    String.raw`r{p="a\"b\\c\nd"} 1` + "\n" + String.raw`r{p="a\"b\\c\\nd"} 2` + "\n",
    String.raw`r{p="a\"b\\c\\nd"} 2` + "\n",
  ],
  [
    "a name and a label together",
    [{
      match: [{ metric_field: "name", equals: "r" }, { datapoint_attribute: "a", exists: true }],
      keep: false,
    }],
    `r{a="1"} 1\nr{a=""} 2\nr 3\ns{a="1"} 4\n`,
    `r{a=""} 2\nr 3\ns{a="1"} 4\n`,
  ],
  [
    "a family's type",
    [{ match: [{ metric_type: "histogram" }], keep: false }],
    "# TYPE h histogram\nh_sum 1\nh_count 2\n# TYPE g gauge\ng 1\nh_max 3\n",
    "# TYPE g gauge\ng 1\nh_max 3\n",
  ],
  [
    "a sample's value",
    [{ match: [{ datapoint_attribute: "value", gt: 5 }], keep: false }],
    "a 5\na 5.1\na NaN\na +Inf\na -Inf\n",
    "a 5\na NaN\na -Inf\n",
  ],
  [
    "any drop against a keep",
    [{ match: [{ metric_field: "name", equals: "a" }], keep: true }, ...dropAll],
    "a 1\nb 1\n",
    "",
  ],
];

for (const [what, policies, input, expected] of policyCases) {
  test(`policies drop by ${what}`, async () => {
    assert.equal((await filtered(input, policies)).text, expected);
  });
}

test("the counts are exact", async () => {
  const input = "\n# HELP a A\n# TYPE a gauge\na 1\na 2\n# note\nb 1\nd{ 2\n" + `c{x="yy"} 1\n`;
  const { text, stats } = await filtered(input, [dropName("^b|c")], { maxLineBytes: 10 });
  assert.equal(text, input.replace("b 1\n", ""));
  assertStats(stats, {
    inputBytes: input.length,
    outputBytes: input.length - 4,
    inputLines: 9,
    outputLines: 8,
    inputSamples: 5,
    outputSamples: 4,
    droppedByPolicy: 1,
    unparseableLines: 1,
    firstUnreadable: '"d{ 2"',
    overlongLines: 1,
  });
});

test("the counts without policies leave lines unjudged", async () => {
  const input = "# HELP a A\n\n \n\n  # x\na 1\nno sample\n" + `b{x="long"} 1`;
  const { text, stats } = await filtered(input, [], { maxLineBytes: 4 });
  assert.equal(text, input);
  assertStats(stats, {
    inputBytes: input.length,
    outputBytes: input.length,
    inputLines: 8,
    outputLines: 8,
    inputSamples: 3,
    outputSamples: 3,
  });
});

const overlong: [string, number, string, number][] = [
  ["one byte below the limit is judged", 8, "", 0],
  ["at the limit is judged", 7, "", 0],
  ["one byte above the limit passes with its metadata", 6, "# TYPE a gauge\na{} 123\n", 1],
];

for (const [what, maxLineBytes, expected, count] of overlong) {
  test(`a line ${what}`, async () => {
    for (const end of ["\n", ""]) {
      const input = `# TYPE a gauge\na{} 123${end}`;
      const { text, stats } = await filtered(input, dropAll, { maxLineBytes });
      assert.equal(text, expected === "" ? "" : input);
      assert.deepEqual([stats.overlongLines, stats.droppedByPolicy], [count, 1 - count]);
    }
  });
}

test("an over-long line that is no sample passes, a metadata line is held as any other", async () => {
  const long = "x".repeat(5000);
  const input = `# HELP a ${long}\n# note ${long}\n{"${long}\n=${long}\nb 1\na 1\n`;
  const { text, stats } = await filtered(input, dropAll);
  assert.equal(text, `# note ${long}\n{"${long}\n=${long}\n`);
  assert.deepEqual([stats.overlongLines, stats.droppedByPolicy], [2, 2]);
});

test("lines that do not parse pass a policy that reads a label, and are counted", async () => {
  const dropAll = [{ match: [{ datapoint_attribute: "x", exists: false }], keep: false }];
  const malformed = ["a", "a{", `a{b="c"`, "a one", "a 1 2 3", `{b="c"} 1`, "1a 2", 'a{b:c="d"} 1'];
  const input = `# TYPE a gauge\na 1\n${malformed.join("\n")}\na 2\n`;
  const { text, stats } = await filtered(input, dropAll);
  assert.equal(text, `# TYPE a gauge\n${malformed.join("\n")}\n`);
  assert.deepEqual([stats.unparseableLines, stats.droppedByPolicy], [malformed.length, 2]);
  assert.deepEqual([stats.inputSamples, stats.outputSamples], [10, 8]);
});

const throwing: [string, Record<string, unknown>][] = [
  ["a name", { metric_field: "name", regex: "." }],
  ["a label", { datapoint_attribute: "a", regex: "." }],
];

for (const [what, matcher] of throwing) {
  test(`an evaluation that throws over ${what} lets the sample pass`, async () => {
    const library = await loadRegexLibrary();
    const regex: RegexLibrary = {
      parse: library.parse,
      compile: () => ({
        test(text) {
          if (text === "bad") throw new Error("out of steps");
          return true;
        },
      }),
    };
    const counters = new PolicyCounters();
    const policies = await engineOf([{ match: [matcher], keep: false }], regex, counters);
    const good = what === "a name" ? "good 1\n" : `bad{a="good"} 1\n`;
    const bad = `# TYPE bad gauge\nbad{a="bad"} 1\nbad{a="bad"} 2\n`;
    const { text, stats } = await filterChunks([encode(good + bad + good)], { policies });
    policies.settle();
    assert.equal(text, bad);
    assert.deepEqual([stats.failedEvaluations, stats.droppedByPolicy], [2, 2]);
    assert.deepEqual([...counters.entries()], [["p0", { hits: 2, misses: 0 }]]);
  });
}

const piece = `a{x="${"y".repeat(MAX_HELD_LINE_BYTES)}"} 1\n`;

test("a line too long to be held passes in pieces, with its family's metadata", async () => {
  const input = `# TYPE a gauge\na 1\n${piece}a 2\n`;
  const bytes = encode(input);
  const policies = await engineOf(dropAll);
  const kept = `# TYPE a gauge\n${piece}`;
  for (const cut of [16, 20, 40, MAX_HELD_LINE_BYTES, bytes.length - 6, bytes.length - 5]) {
    const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
    const { text, stats } = await filterChunks(chunks, { policies });
    assert.ok(text === kept, `cut at ${cut}`);
    assertStats(stats, {
      inputBytes: input.length,
      outputBytes: kept.length,
      inputLines: 4,
      outputLines: 2,
      inputSamples: 3,
      outputSamples: 1,
      droppedByPolicy: 2,
      firstUnreadable: `${JSON.stringify(piece.slice(0, 80))}…`,
      overlongLines: 1,
    });
  }
});

test("without policies the pieces are a sample like any other", async () => {
  const chunks = [piece.slice(0, -50), piece.slice(-50), "b 1\n"].map(encode);
  const { text, stats } = await filterChunks(chunks);
  assert.ok(text === `${piece}b 1\n`);
  assert.deepEqual([stats.inputLines, stats.outputLines, stats.overlongLines], [2, 2, 0]);
  assert.deepEqual([stats.inputSamples, stats.outputSamples], [2, 2]);
});
