/**
 * How many samples each rule did something to. Known lines are counted in the kernel: the same as in a dry
 * run, which looks at every line.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { RuleTally } from "../../src/analyze/rule_tally.ts";
import type { BodyFormat } from "../../src/exposition/line_format.ts";
import { isComposite } from "../../src/exposition/line_format.ts";
import { isSeriesRules, type RulesInForce } from "../../src/lines/rules_in_force.ts";
import { type ScrapeRules, ScrapeRun } from "../../src/lines/scrape_run.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { observedRules } from "../../src/relabel/observed_rules.ts";
import { bodyOf, liftedText } from "../support/lines/composite_body.ts";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  type PolicyText,
} from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { randomFamilies } from "../support/lines/series_random.ts";
import { random } from "../support/random.ts";
import { randomLine, randomRule } from "../support/relabel/random_rules.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Next = (largest: number) => number;

interface Case {
  readonly what: string;
  readonly rules: RelabelRules;
  readonly policies?: readonly PolicyText[];
  readonly input: string;
  /** Of each rule, in their order. */
  readonly hits: readonly number[];
}

const cases: Case[] = [
  {
    what: "drop and keep: what they drop",
    rules: [
      { action: "drop", source_labels: ["a"], regex: "x" },
      { action: "keep", source_labels: ["__name__"], regex: "m" },
    ],
    input: 'm{a="x"} 1\nm{a="y"} 1\nn{a="y"} 1\nn{a="x"} 1\n',
    hits: [2, 1],
  },
  {
    what: "keepequal and dropequal",
    rules: [
      { action: "dropequal", source_labels: ["a"], target_label: "b" },
      { action: "keepequal", source_labels: ["a"], target_label: "c" },
    ],
    input: 'm{a="1",b="1"} 1\nm{a="1",c="1"} 1\nm{a="1",c="2"} 1\n',
    hits: [1, 1],
  },
  {
    what: "replace: where the regex matches, be the value the same or not",
    rules: [{ source_labels: ["a"], regex: "(x).*", target_label: "a", replacement: "$1" }],
    input: 'm{a="x"} 1\nm{a="xy"} 1\nm{a="y"} 1\nm 1\n',
    hits: [2],
  },
  {
    what: "replace by nothing: where the label was there",
    rules: [{ regex: ".*", source_labels: ["b"], target_label: "a", replacement: "" }],
    input: 'm{a="x"} 1\nm{b="y"} 1\nm{a="x",b="y"} 1\n',
    hits: [2],
  },
  {
    what: "a copy: where there is something to copy, or to remove",
    rules: [{ source_labels: ["a"], target_label: "b" }],
    input: 'm{a="x"} 1\nm{b="y"} 1\nm{c="z"} 1\n',
    hits: [2],
  },
  {
    what: "labeldrop, labelkeep and labelmap: where a name matches",
    rules: [
      { action: "labeldrop", regex: "a" },
      { action: "labelmap", regex: "b", replacement: "c" },
      { action: "labelkeep", regex: "__name__|b|c" },
    ],
    input: 'm{a="x"} 1\nm{b="y"} 1\nm{d="z"} 1\n',
    hits: [1, 1, 1],
  },
  {
    what: "hashmod and lowercase: always where they leave a value",
    rules: [
      { action: "hashmod", source_labels: ["a"], modulus: 4, target_label: "h" },
      { action: "lowercase", source_labels: ["a"], target_label: "l" },
    ],
    input: 'm{a="X"} 1\nm{b="y"} 1\n',
    hits: [2, 1],
  },
  {
    what: "samples that policies drop come to no rule",
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "m|n" }],
    policies: [dropName("^m$")],
    input: "m 1\nn 1\n",
    hits: [1],
  },
  {
    what: "nor do those with a label twice",
    rules: [{ action: "labeldrop", regex: "a" }],
    input: 'm{a="1",a="2"} 1\nm{a="1"} 1\n',
    hits: [1],
  },
  {
    what: "a rule drops what cannot be read by its name",
    rules: [
      { action: "labeldrop", regex: "a" },
      { action: "drop", source_labels: ["__name__"], regex: "broken" },
    ],
    input: "broken 1 2 3\nm 1\n",
    hits: [0, 1],
  },
];

for (const { what, rules, policies = [], input, hits } of cases) {
  test(what, async () => {
    const inForce = await rulesOf({ rules });
    const engine = policies.length === 0 ? undefined : await engineOf(policies);
    for (let scrape = 0; scrape < 3; scrape++) {
      const { ruleHits } = scraped(inForce, "text", chunksOf(encode(input), 1000), {
        policies: engine,
      });
      deepEqual(rules.map((_, rule) => ruleHits.of(rule)), hits);
    }
  });
}

const FORMATS: readonly BodyFormat[] = ["text", "openmetrics", "protobuf", "openmetrics2"];

for (const format of FORMATS) {
  for (const seed of [6001, 6002]) {
    test(`rules count what a dry run counts: ${format}, seed ${seed}`, async () => {
      const next = random(seed);
      let counted = 0;
      for (let turn = 0; turn < 40; turn++) {
        const rules = Array.from({ length: 1 + next(3) }, () => randomRule(next));
        const filters = rules.filter(({ action }) => /^(keep|drop)/.test(String(action)));
        const wanted = next(2) === 0 && filters.length > 0 ? filters : rules;
        const policies = next(3) === 0 ? await engineOf([dropName("^f0")]) : undefined;
        const inForce = await rulesOf({ rules: wanted });
        const lines = linesFor(next, format, turn);
        for (let scrape = 0; scrape < 3; scrape++) {
          const expected = dryRun(inForce!, lines, format, policies);
          const body = bodyIn(lines, format);
          const { ruleHits } = scraped(inForce, format, chunksOf(body, 1 + next(2000)), {
            policies,
          });
          deepEqual(
            wanted.map((_, rule) => ruleHits.of(rule)),
            expected,
            `${JSON.stringify(wanted)} on ${lines.slice(0, 400)}`,
          );
          counted += expected.reduce((sum, hits) => sum + hits, 0);
        }
      }
      ok(counted > 1000, `${counted} hits`);
    });
  }
}

test("very many values of a label, of which not each is looked at whole", async () => {
  const rules: RelabelRules = [
    { source_labels: ["path"], regex: "(/[a-z]+)/.*", target_label: "path", replacement: "$1" },
    { action: "drop", source_labels: ["path"], regex: "/c.*" },
    { source_labels: ["path"], regex: ".*7", target_label: "seven", replacement: "yes" },
  ];
  const inForce = await rulesOf({ rules });
  ok(observedRules(inForce!.rules!).labels.has("path"));
  const next = random(77);
  const lines = Array.from({ length: 8_000 }, (_, index) => {
    const path = `/${"abc"[next(2)]}${next(1) === 0 ? `/${index}` : index}`;
    return `m{path="${path}"} 1\n`;
  }).join("");
  const expected = dryRun(inForce!, lines, "text", undefined);
  for (let scrape = 0; scrape < 2; scrape++) {
    const { ruleHits } = scraped(inForce, "text", chunksOf(encode(lines), 50_000), {});
    deepEqual(rules.map((_, rule) => ruleHits.of(rule)), expected);
  }
  ok(expected.every((hits) => hits > 200), String(expected));
});

for (const format of ["protobuf", "openmetrics2"] as const) {
  test(`rules that read names alone, for which metrics are not even lifted: ${format}`, async () => {
    const rules: RelabelRules = [
      { action: "drop", source_labels: ["__name__"], regex: "g" },
      { action: "keep", source_labels: ["__name__"], regex: "f.*|h" },
    ];
    const policies = await engineOf([dropName("^f1$")]);
    const inForce = await rulesOf({ rules });
    const lines = ["f0", "f1", "g", "h", "i"].map((name, index) =>
      `# TYPE ${name} gauge\n` +
      Array.from({ length: index + 1 }, (_, n) => `${name}{a="${n}"} 1\n`).join("")
    ).join("");
    for (let scrape = 0; scrape < 3; scrape++) {
      const chunks = chunksOf(bodyIn(lines, format), 40);
      const { ruleHits } = scraped(inForce, format, chunks, { policies });
      deepEqual([ruleHits.of(0), ruleHits.of(1)], [3, 5]);
    }
    deepEqual(dryRun(inForce!, lines, format, policies), [3, 5]);
  });
}

test("a subset counts its own rules", async () => {
  const inForce = await rulesOf({
    rules: [{ action: "drop", source_labels: ["a"], regex: "x" }],
  });
  const ofSubset = await rulesOf({ rules: [{ action: "labeldrop", regex: "b" }] });
  ok(isSeriesRules(ofSubset));
  for (let scrape = 0; scrape < 2; scrape++) {
    const subset: SubsetScrape = new SubsetScrape({
      name: "s",
      rules: ofSubset,
      policies: undefined,
      format: "text",
      contentType: null,
      maxLineBytes: 4096,
      maxOutputBytes: 0,
      onLimit: "truncate",
      scrapedAtMs: 0,
      timestamps: false,
    });
    const input = encode('m{a="x",b="1"} 1\nm{a="y",b="2"} 1\nm{a="y"} 1\n');
    const { ruleHits } = scraped(inForce, "text", [input], { subsets: [subset] });
    equal(ruleHits.of(0), 1);
    equal(subset.stats.ruleHits.of(0), 2);
  }
});

function scraped(
  rules: RulesInForce | undefined,
  format: ScrapeRules["format"],
  chunks: readonly Bytes[],
  options: Partial<ScrapeRules>,
): ScrapeStats {
  const stats = new ScrapeStats();
  const run = new ScrapeRun(
    {
      policies: undefined,
      rules,
      format,
      maxLineBytes: 4096,
      maxInputBytes: 0,
      maxOutputBytes: 0,
      onLimit: "truncate",
      ...options,
    },
    stats,
    () => {},
  );
  for (const chunk of chunks) run.push(chunk);
  run.end();
  return stats;
}

/** What every rule did to each line. */
function dryRun(
  inForce: RulesInForce,
  lines: string,
  format: BodyFormat,
  policies: ScrapeRules["policies"],
): number[] {
  const watcher = new RuleTally(inForce.rules!, false);
  const text = isComposite(format) ? liftedText([bodyOf(lines, format)], format) : lines;
  const read = isComposite(format) ? "lifted" : format;
  scraped(inForce, read, [encode(text)], { policies, watcher });
  return watcher.figures.map(({ changed, dropped }) => changed + dropped);
}

function bodyIn(lines: string, format: BodyFormat): Bytes {
  return isComposite(format) ? bodyOf(lines, format) : encode(lines);
}

/** Bodies of composite metrics are made of families that are spelt as they would be lifted. */
function linesFor(next: Next, format: BodyFormat, turn: number): string {
  const eof = format === "openmetrics" ? "# EOF\n" : "";
  if (!isComposite(format) && turn % 2 === 0) return randomFamilies(next) + eof;
  const lines = Array.from({ length: 30 }, () => `${randomLine(next)}\n`);
  const families = ["f0", "g", "h"].map((name) =>
    `# TYPE ${name} gauge\n${name}{a="${next(3)}"} 1\n${name}{b="x"} 2\n`
  );
  return ["# TYPE m gauge\n", ...new Set(lines), ...families].join("") + eof;
}
