import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_HELD_LINE_BYTES } from "../../src/bounds.ts";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { unreadableText } from "../../src/lines/unreadable_line.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { textOf } from "../support/engine/engine_scrape.ts";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  filterChunks,
  type Options,
  type PolicyText,
} from "../support/lines/filtered.ts";
import { dropNothing, type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

/* What becomes of lines that are no samples: what their name alone decides, else `on_unreadable`. */

const broken = `x{name="a 14" b"} 3\n`;
const rest = `# TYPE y gauge\ny{a="1"} 2\n`;

const onName = (action: string, regex: string): RelabelRules => [
  { action, source_labels: ["__name__"], regex },
];

interface NameCase {
  readonly what: string;
  readonly rules?: RelabelRules;
  readonly policies?: readonly PolicyText[];
  /** By default it passes. */
  readonly dropped?: "policy" | "rule";
  readonly line?: string;
}

const cases: readonly NameCase[] = [
  { what: "a drop of its name", rules: onName("drop", "x"), dropped: "rule" },
  { what: "a drop of another name", rules: onName("drop", "z") },
  { what: "a keep of other names", rules: onName("keep", "y"), dropped: "rule" },
  { what: "a keep of its name", rules: onName("keep", "x|y") },
  {
    what: "a drop that reads a label too",
    rules: [{ action: "drop", source_labels: ["__name__", "name"], regex: "x;.*" }],
  },
  {
    what: "a keep that reads a label",
    rules: [{ action: "keep", source_labels: ["a"], regex: "1" }],
  },
  {
    what: "a drop behind rules that change labels",
    rules: [
      { action: "labeldrop", regex: "b" },
      { target_label: "c", replacement: "1" },
      ...onName("drop", "x"),
    ],
    dropped: "rule",
  },
  {
    what: "a drop of the name that rules make of its name",
    rules: [
      { source_labels: ["__name__"], regex: "x", target_label: "__name__", replacement: "z" },
      ...onName("drop", "z"),
    ],
    dropped: "rule",
  },
  {
    what: "a drop of its name behind a rule that makes the name of a label",
    rules: [
      { source_labels: ["name"], regex: "(q)", target_label: "__name__" },
      ...onName("drop", "x"),
    ],
  },
  {
    what: "dropequal of its name and nothing",
    rules: [{ action: "dropequal", source_labels: ["__name__"], target_label: "__name__" }],
    line: broken,
    dropped: "rule",
  },
  { what: "a policy that drops its name", policies: [dropName("^x$")], dropped: "policy" },
  { what: "a policy that drops another name", policies: [dropName("^z$")] },
  {
    what: "a policy that reads a label too",
    policies: [{
      match: [{ metric_field: "name", regex: "x" }, { datapoint_attribute: "name", exists: true }],
      keep: false,
    }],
  },
  {
    what: "a policy that keeps its name",
    policies: [{ match: [{ metric_field: "name", regex: "x" }], keep: true }],
  },
  {
    what: "a quoted name",
    rules: onName("drop", "http\\.x"),
    line: `{"http.x",a=1} 3\n`,
    dropped: "rule",
  },
  { what: "a name that is not the first thing", rules: onName("drop", "x"), line: `{a=1,"x"} 3\n` },
  { what: "a name that is cut", rules: onName("drop", ".*x"), line: `{"x\n` },
  {
    what: "a value alone that is none",
    rules: onName("drop", "x"),
    line: "x one\n",
    dropped: "rule",
  },
  { what: "a name alone", rules: onName("drop", "x"), line: "x\n", dropped: "rule" },
  { what: "a carriage return", rules: onName("drop", "x"), line: "x 1\r\n", dropped: "rule" },
  {
    what: "quotes that stay open",
    rules: onName("drop", "x"),
    line: `x{a="b} 1\n`,
    dropped: "rule",
  },
];

for (const { what, rules, policies = [], dropped, line = broken } of cases) {
  test(`a line that is no sample: ${what}`, async () => {
    const drops = dropped !== undefined;
    for (const gathers of rules === undefined ? [false] : [false, true]) {
      const options = {
        rules: await rulesOf({ rules: gathers ? [...rules!, ...dropNothing] : rules }),
        policies: policies.length === 0 ? undefined : await engineOf(policies),
      };
      for (const size of [1, 1000]) {
        const run = await filterChunks(chunksOf(encode(line), size), options);
        const { text, stats } = run;
        assert.equal(text, drops ? "" : line);
        assert.deepEqual(
          [stats.droppedByPolicy, stats.droppedByRules, stats.unparseableLines, stats.inputSamples],
          [dropped === "policy" ? 1 : 0, dropped === "rule" ? 1 : 0, drops ? 0 : 1, 1],
        );
      }
    }
  });
}

test("a broken metric is dropped and the rest comes", async () => {
  const rules = await rulesOf({
    rules: [...onName("drop", "x"), { action: "labeldrop", regex: "a" }],
  });
  const input = `# TYPE x gauge\nx 1\n${broken}${rest}x{a="b} 1\nz{a="2"} 3\n`;
  const { text, stats } = await filterChunks([encode(input)], { rules });
  assert.equal(text, "# TYPE y gauge\ny 2\nz 3\n");
  assert.deepEqual([stats.droppedByRules, stats.unparseableLines], [3, 0]);
});

test("what a rule leaves of lines that are no samples is no sample either", async () => {
  // Without its second line the first one would go on in the third.
  const input = `_z{ "k"= "1\nx 1" ,a 1\n"} 1\ny{b="1"} 2\n`;
  for (const rules of [onName("drop", "x"), [...onName("drop", "x"), ...dropNothing]]) {
    const { text, stats } = await filterChunks([encode(input)], {
      rules: await rulesOf({ rules }),
    });
    assert.equal(text, input);
    assert.deepEqual([stats.unparseableLines, stats.droppedByRules], [2, 0]);
  }
});

/** Rules that keep everything, rules that gather, policies alone, and nothing at all. */
const settings: readonly (readonly [string, () => Promise<Options>])[] = [
  ["nothing configured", () => Promise.resolve({})],
  ["rules that keep", async () => ({ rules: await rulesOf({ rules: onName("keep", ".*") }) })],
  ["rules that gather", async () => ({ rules: await rulesOf({ rules: dropNothing }) })],
  ["policies", async () => ({ policies: await engineOf([dropName("nothing")]) })],
];

for (const [what, optionsOf] of settings) {
  test(`on_unreadable: ${what}`, async () => {
    const options = await optionsOf();
    const passing = await filterChunks([encode(broken + rest)], options);
    assert.equal(passing.text, broken + rest);
    const dropping = { ...options, onUnreadable: "drop" } as const;
    for (const openMetrics of [false, true]) {
      const { text, stats } = await filterChunks([encode(broken + rest + broken)], {
        ...dropping,
        format: lineFormat(openMetrics),
      });
      assert.equal(text, rest);
      assert.deepEqual([stats.droppedUnreadable, stats.unparseableLines, stats.inputSamples], [
        2,
        0,
        3,
      ]);
      assert.equal(stats.firstUnreadable, `"x{name=\\"a 14\\" b\\"} 3"`);
    }
    await assert.rejects(
      filterChunks([encode(rest + broken)], { ...options, onUnreadable: "fail" }),
      new AggregationError(`a line cannot be read: "x{name=\\"a 14\\" b\\"} 3"`),
    );
    const { text } = await filterChunks([encode(rest)], { ...options, onUnreadable: "fail" });
    assert.equal(text, rest);
  });

  test(`on_unreadable, a line too long to be read: ${what}`, async () => {
    const options = await optionsOf();
    const long = `x{a="${"y".repeat(MAX_HELD_LINE_BYTES)}"} 1\n`;
    for (const size of [100_000, 4_000_000]) {
      const chunks = chunksOf(encode(`a 1\n${long}${rest}`), size);
      const dropping = await filterChunks(chunks, { ...options, onUnreadable: "drop" });
      assert.equal(dropping.text, `a 1\n${rest}`);
      assert.deepEqual([dropping.stats.droppedUnreadable, dropping.stats.overlongLines], [1, 0]);
      await assert.rejects(
        filterChunks(chunks, { ...options, onUnreadable: "fail" }),
        AggregationError,
      );
      // It is not held, but what is gathered is.
      const passing = (await filterChunks(chunks, options)).text;
      const isGathered = passing.startsWith(long);
      assert.equal(passing, isGathered ? `${long}a 1\n${rest}` : `a 1\n${long}${rest}`);
    }
  });
}

test("on_unreadable counts in each subset", async () => {
  const rules = await rulesOf({ rules: dropNothing });
  assert.ok(isSeriesRules(rules));
  const common = { policies: undefined, maxLineBytes: 4096, maxOutputBytes: 0 };
  const subset = new SubsetScrape({
    ...{ ...common, rules, format: "text", name: "s", contentType: null, onLimit: "truncate" },
    ...{ scrapedAtMs: 0, timestamps: false, onUnreadable: "drop" },
  });
  const main = await filterChunks([encode(broken + rest)], {
    subsets: [subset],
    onUnreadable: "drop",
  });
  const [left, said] = textOf(subset.snapshot!.chunks).split(/(?<=\n)(?=# HELP weir_)/);
  assert.deepEqual([main.text, left], [rest, rest]);
  assert.match(said, /^weir_scrape_dropped_samples\{reason="unreadable"\} 1$/m);
  assert.deepEqual([main.stats.droppedUnreadable, subset.stats.droppedUnreadable], [1, 1]);
});

const shown: readonly (readonly [what: string, line: string, text: string])[] = [
  ["short", "x one\n", `"x one"`],
  ["with control characters", "x\u0001\t\u001b[1m\n", `"x\\u0001\\t\\u001b[1m"`],
  ["long", `${"x".repeat(100)}\n`, `"${"x".repeat(80)}"…`],
  [
    "behind a byte order mark",
    "\ufeff# HELP a A\n",
    `"\ufeff# HELP a A" (it begins with a byte order mark)`,
  ],
  ["before a carriage return", "x 1\r\n", `"x 1\\r" (it ends in a carriage return)`],
];

for (const [what, line, text] of shown) {
  test(`a line that cannot be read is shown: ${what}`, () => {
    const bytes = encode(`a\n${line}`);
    assert.equal(unreadableText(bytes, 2, bytes.length), text);
  });
}

test("a byte order mark makes its line no sample, whatever it says", async () => {
  const policies = await engineOf([dropName("nothing")]);
  const { text, stats } = await filterChunks([encode(`\ufeff# TYPE y gauge\n${rest}`)], {
    policies,
  });
  assert.equal(text, `\ufeff# TYPE y gauge\n${rest}`);
  assert.equal(stats.unparseableLines, 1);
  assert.match(stats.firstUnreadable!, /byte order mark/);
});
