/** What a scrape of one target says at its end of what is missing in it, or passed unfiltered. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { MAX_SHORTFALL_BYTES } from "../../src/bounds.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { shortfallsOf } from "../../src/lines/shortfall.ts";
import { ownLines, SHORTFALL_NAMES } from "../../src/exposition/own_families.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { loadRegexLibrary } from "../../src/policy/regex.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  filterChunks,
  type Options,
  type PolicyText,
  streamOf,
} from "../support/lines/filtered.ts";
import { dropNothing, dropPath, rulesOf, type RulesText } from "../support/lines/series_case.ts";

const UNFILTERED = "# HELP weir_scrape_unfiltered_lines " +
  "Lines of this scrape that passed unchanged because they could not be processed.\n" +
  "# TYPE weir_scrape_unfiltered_lines gauge\n";
const DROPPED = "# HELP weir_scrape_dropped_samples " +
  "Samples of this scrape that are missing, though no policy and no rule dropped them.\n" +
  "# TYPE weir_scrape_dropped_samples gauge\n";
const TRUNCATED = "# HELP weir_scrape_truncated How often a byte limit cut this scrape short.\n" +
  "# TYPE weir_scrape_truncated gauge\n";
const unfiltered = (reason: string, lines: number) =>
  `weir_scrape_unfiltered_lines{reason="${reason}"} ${lines}\n`;
const dropped = (reason: string, samples: number) =>
  `weir_scrape_dropped_samples{reason="${reason}"} ${samples}\n`;
const truncated = (limit: string, times = 1) =>
  `weir_scrape_truncated{limit="${limit}"} ${times}\n`;

const keepAll = [{ action: "drop", source_labels: ["__name__"], regex: "nothing" }];

interface Case extends RulesText {
  readonly what: string;
  readonly policies?: readonly PolicyText[];
  readonly input: string;
  /** The exposition's own lines that are left. */
  readonly left: string;
  /** What is said behind them. */
  readonly said: string;
  readonly options?: Options;
  /** Only in one of the formats. */
  readonly only?: "text" | "openmetrics";
}

const limits = { seriesPerFamily: 1, action: "drop" } as const;
const OVERFLOW = 'a{n="weir_overflow"} 2\n';

const cases: Case[] = [
  {
    what: "a whole scrape",
    policies: [dropName("b")],
    input: "a 1\nb 2\n",
    left: "a 1\n",
    said: "",
  },
  { what: "a whole scrape without a rule", input: "a 1\nb{ 2\n", left: "a 1\nb{ 2\n", said: "" },
  {
    what: "a line that is no sample, with a policy",
    policies: [dropName("c")],
    input: "a 1\nb{ 2\nc 1\n",
    left: "a 1\nb{ 2\n",
    said: UNFILTERED + unfiltered("unparseable", 1),
  },
  {
    what: "a line that is no sample, with a rule that drops",
    rules: keepAll,
    input: "a 1\nb{ 2\n",
    left: "a 1\nb{ 2\n",
    said: UNFILTERED + unfiltered("unparseable", 1),
  },
  {
    what: "lines that are no samples, with a rule that changes labels",
    rules: dropPath,
    input: 'a{path="1"} 1\na{path="2"} 1\nb{ 2\nb{ 3\n',
    left: "a 2\nb{ 2\nb{ 3\n",
    said: UNFILTERED + unfiltered("unparseable", 2),
  },
  {
    what: "a line that is longer than may be",
    policies: [dropName("c")],
    input: 'a 1\nlong{a="123456789"} 2\nb{ 3\n',
    left: 'a 1\nlong{a="123456789"} 2\nb{ 3\n',
    said: UNFILTERED + unfiltered("overlong", 1) + unfiltered("unparseable", 1),
    options: { maxLineBytes: 12 },
  },
  {
    what: "a label that is there twice",
    policies: [dropName("c")],
    input: 'a{n="1",n="2"} 1\na{n="1"} 1\n',
    left: 'a{n="1"} 1\n',
    said: DROPPED + dropped("invalid", 1),
  },
  {
    what: "a name that Prometheus would refuse, given by a rule",
    rules: [{ source_labels: ["n"], target_label: "__name__" }],
    input: 'a{n="\\u0000"} 1\nb{n="\\u0000"} 1\n'.replaceAll("\\u0000", "\0"),
    left: "",
    said: DROPPED + dropped("invalid", 2),
  },
  {
    what: "series beyond a limit that drops",
    limits,
    input: 'a{n="1"} 1\na{n="2"} 1\na{n="3"} 1\n',
    left: 'a{n="1"} 1\n',
    said: DROPPED + dropped("limit", 2),
  },
  {
    what: "series beyond a limit that folds: the series says so itself",
    limits: { labelValues: new Map([["n", 1]]), action: "overflow" },
    input: 'a{n="1"} 1\na{n="2"} 1\na{n="3"} 1\n',
    left: `a{n="1"} 1\n${OVERFLOW}`,
    said: "",
  },
  {
    what: "input above its limit",
    input: "a 1\nb 1\nc 1\n",
    left: "a 1\nb 1\n",
    said: TRUNCATED + truncated("input"),
    options: { maxInputBytes: 9 },
  },
  {
    what: "input above its limit, gathered",
    rules: dropPath,
    input: 'a{path="1"} 1\na{path="2"} 1\nb 1\n',
    left: "a 2\n",
    said: TRUNCATED + truncated("input"),
    options: { maxInputBytes: 30 },
  },
  {
    what: "an input limit that nothing fits in",
    input: "a 1\n",
    left: "",
    said: TRUNCATED + truncated("input"),
    options: { maxInputBytes: 1 },
  },
  {
    what: "output above its limit",
    policies: [dropName("x")],
    input: "a 1\nb 1\nc 1\n",
    left: "a 1\n",
    said: TRUNCATED + truncated("output"),
    options: { maxOutputBytes: 7 },
    only: "text",
  },
  {
    what: "output above its limit",
    policies: [dropName("x")],
    input: "a 1\nb 1\nc 1\n",
    left: "a 1\n",
    said: TRUNCATED + truncated("output"),
    options: { maxOutputBytes: 13 },
    only: "openmetrics",
  },
  {
    what: "output above its limit, without a rule",
    input: "a 1\nb 1\nc 1\n",
    left: "a 1\nb 1\n",
    said: TRUNCATED + truncated("output"),
    options: { maxOutputBytes: 11 },
    only: "text",
  },
  {
    what: "output above its limit, gathered",
    rules: dropPath,
    input: 'a{path="1"} 1\na{path="2"} 1\nb 1\n',
    left: "a 2\n",
    said: TRUNCATED + truncated("output"),
    options: { maxOutputBytes: 7 },
    only: "text",
  },
  {
    what: "an output limit that nothing fits in",
    input: "a 1\nb 1\n",
    left: "",
    said: TRUNCATED + truncated("output"),
    options: { maxOutputBytes: 1 },
  },
  {
    what: "several things at once",
    policies: [dropName("x")],
    input: 'a{\nb{n="",n=""} 1\nc 1\nd 1\n',
    left: "a{\n",
    said: UNFILTERED + unfiltered("unparseable", 1) + DROPPED + dropped("invalid", 1) + TRUNCATED +
      truncated("output"),
    options: { maxOutputBytes: 4 },
    only: "text",
  },
  {
    what: "a limit that fails the scrape: the broken transfer says it",
    policies: [dropName("x")],
    input: "a{\nb 1\nc 1\n",
    left: "a{\n",
    said: "",
    options: { maxOutputBytes: 4, onLimit: "fail" },
    only: "text",
  },
  {
    what: "a last line without its newline",
    policies: [dropName("x")],
    input: "b{ 1\na 1",
    left: "b{ 1\na 1\n",
    said: UNFILTERED + unfiltered("unparseable", 1),
    only: "text",
  },
  {
    what: "text with OpenMetrics's terminator, which is no end there",
    policies: [dropName("x")],
    input: "b{ 1\n# EOF\nb{ 2\n",
    left: "b{ 1\n# EOF\nb{ 2\n",
    said: UNFILTERED + unfiltered("unparseable", 2),
    only: "text",
  },
  {
    what: "an upstream that is a Weir and says the same: both become one",
    policies: [dropName("x")],
    input:
      `b{ 1\n${UNFILTERED}${unfiltered("unparseable", 4)}${unfiltered("failed", 1)}${TRUNCATED}` +
      truncated("output"),
    left: "b{ 1\n",
    said: UNFILTERED + unfiltered("unparseable", 5) + unfiltered("failed", 1) + TRUNCATED +
      truncated("output"),
  },
  {
    what: "an upstream that says it, gathered",
    rules: dropNothing,
    input: `a 1\n${DROPPED}${dropped("limit", 4)}${TRUNCATED}${truncated("input")}`,
    left: "a 1\n",
    said: DROPPED + dropped("limit", 4) + TRUNCATED + truncated("input"),
  },
  {
    what: "an upstream that says it with labels of its own: they pass, and are introduced once",
    policies: [dropName("x")],
    input: `${UNFILTERED}weir_scrape_unfiltered_lines{reason="overlong",target="t"} 2\nb{ 1\n`,
    left: `${UNFILTERED}weir_scrape_unfiltered_lines{reason="overlong",target="t"} 2\nb{ 1\n`,
    said: unfiltered("unparseable", 1),
  },
  {
    what: "an upstream that was cut and is cut again",
    policies: [dropName("x")],
    input: `a 1\n${TRUNCATED}${truncated("input")}# more of it\n`,
    left: "a 1\n",
    said: TRUNCATED + truncated("input", 2),
    options: { maxInputBytes: `a 1\n${TRUNCATED}${truncated("input")}`.length },
    only: "text",
  },
];

for (const { what, policies, input, left, said, options, only, ...text } of cases) {
  for (const format of ["text", "openmetrics"] as const) {
    if (only !== undefined && only !== format) continue;
    test(`${what}, ${format}`, async () => {
      const openMetrics = format === "openmetrics";
      const end = openMetrics ? "# EOF\n" : "";
      const rules = await rulesOf(text);
      const engine = policies && await engineOf(policies);
      for (const size of [1, 7, 1000]) {
        const { text, stats } = await filterChunks(chunksOf(encode(input + end), size), {
          policies: engine,
          rules,
          format: lineFormat(openMetrics),
          saysMissing: true,
          ...options,
        });
        equal(text, left + said + end);
        equal(stats.outputBytes, text.length);
        // What Weir adds is none of the exposition's lines; its own terminator is none, either.
        const isCut = stats.truncatedBy !== undefined;
        const lines = `${left}${isCut ? "" : end}`.split("\n").length - 1;
        equal(stats.outputLines, lines);
      }
    });
  }
}

test("a policy that cannot be evaluated", async () => {
  const { parse } = await loadRegexLibrary();
  const failing = {
    parse,
    compile: () => ({
      test: () => {
        throw new Error("out of steps");
      },
    }),
  };
  const policies = await engineOf([dropName(".")], failing);
  const { text } = await filterChunks([encode("ab 1\nac 1\n")], { policies, saysMissing: true });
  equal(text, `ab 1\nac 1\n${UNFILTERED}${unfiltered("failed", 2)}`);
});

for (const openMetrics of [false, true]) {
  const format = openMetrics ? "OpenMetrics" : "text";
  const end = openMetrics ? "# EOF\n" : "";

  test(`a subset says of itself what is missing, with the scrape's timestamp, ${format}`, async () => {
    const rules = await rulesOf({ rules: dropNothing });
    if (!isSeriesRules(rules)) throw new Error("no rules");
    const input = 'a{n="1",n="2"} 1\nb 1\nc{ 1\n';
    const scraped = async (maxInputBytes: number, maxOutputBytes: number, ofSubset: number) => {
      const subset = new SubsetScrape({
        name: "s",
        rules,
        policies: undefined,
        format: lineFormat(openMetrics),
        contentType: null,
        maxLineBytes: 4096,
        maxOutputBytes: ofSubset,
        onLimit: "truncate",
        scrapedAtMs: 1_700_000_000_123,
        timestamps: true,
      });
      const options = {
        format: lineFormat(openMetrics),
        maxInputBytes,
        maxOutputBytes,
        subsets: [subset],
      };
      await filterChunks(streamOf([encode(input + end)]), options);
      const { chunks, isTruncated } = subset.snapshot!;
      return [await new Response(new Blob([...chunks])).text(), isTruncated] as const;
    };
    const at = openMetrics ? " 1700000000.123" : " 1700000000123";
    const stamped = (lines: string) => lines.replace(/^([a-z].*)$/gm, `$1${at}`);
    const ofLines = stamped(DROPPED + dropped("invalid", 1));
    const unread = stamped(UNFILTERED + unfiltered("unparseable", 1));
    const b = stamped("b 1\n");
    deepEqual(await scraped(0, 0, 0), [`${b}c{ 1\n${unread}${ofLines}${end}`, false]);
    // The subset reads on where the output of the scrape itself is full.
    deepEqual(await scraped(0, 1, 0), [`${b}c{ 1\n${unread}${ofLines}${end}`, false]);
    const cut = (limit: string) => stamped(TRUNCATED + truncated(limit)) + end;
    deepEqual(await scraped(input.length - 2, 0, 0), [`${b}${ofLines}${cut("input")}`, true]);
    deepEqual(await scraped(input.length - 2, 1, 0), [`${b}${ofLines}${cut("input")}`, true]);
    deepEqual(await scraped(0, 0, 1), [`${unread}${ofLines}${cut("output")}`, true]);
  });
}

test("what is said is no longer than it may be on top of an output limit", () => {
  const stats = new ScrapeStats();
  const most = Number.MAX_SAFE_INTEGER;
  Object.assign(stats, {
    overlongLines: most,
    unparseableLines: most,
    failedEvaluations: most,
    droppedAsInvalid: most,
    droppedBeyondLimits: most,
    unsaidTargets: most,
    shedSteps: most,
    truncatedBy: "output",
  });
  stats.below.set('weir_scrape_truncated{limit="input"}', most);
  const families = shortfallsOf(stats);
  deepEqual(families.map(({ name }) => name), SHORTFALL_NAMES);
  const longest = ownLines(families, "-1700000000000.123").length;
  equal(longest <= MAX_SHORTFALL_BYTES, true, `${longest} bytes`);
});
