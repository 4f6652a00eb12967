/**
 * What is in shadow: its figures are those of a scrape that it is enforced in, and the answer is that of one
 * without it, byte for byte.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import type { BodyFormat } from "../../src/exposition/line_format.ts";
import type { RulesInForce } from "../../src/lines/rules_in_force.ts";
import { type ScrapeRules, ScrapeRun } from "../../src/lines/scrape_run.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { ShadowScrape } from "../../src/lines/shadow_scrape.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { joined } from "../support/lines/composite_body.ts";
import { chunksOf, dropName, encode, engineOf } from "../support/lines/filtered.ts";
import { NO_LIMITS, rulesOf } from "../support/lines/series_case.ts";
import {
  bodyIn,
  type CasePolicies,
  policiesInForce,
  randomShadowCase,
  type ShadowCase,
} from "../support/lines/shadow_case.ts";
import { random } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One of both rule sets, ready for scrape after scrape. */
interface InForce extends CasePolicies {
  readonly rules: RulesInForce | undefined;
}

interface Outcome {
  readonly bytes: Bytes;
  readonly stats: ScrapeStats;
  readonly error: string | undefined;
}

async function inForce(of: ShadowCase, isWhole: boolean): Promise<InForce> {
  const { shadow } = of;
  const rules = await rulesOf({
    rules: isWhole || !shadow.rules ? of.rules : [],
    aggregation: of.aggregation,
    limits: isWhole || !shadow.limits ? of.limits : undefined,
  });
  return { rules, ...await policiesInForce(of, isWhole) };
}

function scraped(chunks: readonly Bytes[], rules: ScrapeRules): Outcome {
  const stats = new ScrapeStats();
  const pieces: Bytes[] = [];
  let error: string | undefined;
  try {
    const run = new ScrapeRun(rules, stats, (bytes) => pieces.push(bytes.slice()));
    try {
      if (chunks.every((chunk) => run.push(chunk.slice()))) run.end();
    } catch (thrown) {
      run.cancel();
      throw thrown;
    }
  } catch (thrown) {
    if (!(thrown instanceof AggregationError)) throw thrown;
    error = thrown.message;
  }
  return { bytes: joined(pieces), stats, error };
}

function hitsOf({ ruleHits }: ScrapeStats, { rules }: ShadowCase): number[] {
  return rules.map((_, rule) => ruleHits.of(rule));
}

const PLAIN = {
  maxLineBytes: 4096,
  maxInputBytes: 0,
  maxOutputBytes: 0,
  onLimit: "truncate",
} as const;

const FORMATS: readonly BodyFormat[] = ["text", "openmetrics", "protobuf", "openmetrics2"];
const RULE_SETS = 250;

for (const [number, format] of FORMATS.entries()) {
  test(`${RULE_SETS} random rule sets: ${format}`, async () => {
    const next = random(9_100 + number);
    const seen = { dropped: 0, merged: 0, limited: 0, policed: 0, failed: 0, cut: 0, compared: 0 };
    for (let turn = 0; turn < RULE_SETS; turn++) {
      const of = randomShadowCase(next, format);
      const what = () => JSON.stringify({ ...of, limits: { ...of.limits }, turn });
      const [enforcing, without] = [await inForce(of, true), await inForce(of, false)];
      const [tried, answering] = [await inForce(of, true), await inForce(of, false)];
      const budget = next(7) > 0 ? {} : {
        maxOutputBytes: 20 + next(2_000),
        maxInputBytes: next(1) * (50 + next(3_000)),
        onLimit: next(1) === 0 ? "truncate" : "fail",
      } as const;
      const options = { ...PLAIN, format, ...budget };
      for (let scrape = 0; scrape < 2; scrape++) {
        const chunks = chunksOf(bodyIn(of.lines, format), 1 + next(2_000));
        const wanted = scraped(chunks, { ...options, ...enforcing });
        const plain = scraped(chunks, { ...options, ...without });
        const shadow = new ShadowScrape({ ...tried, countsPolicies: true }, options as never);
        const own = { ...options, ...answering, beside: shadow, ownsInput: true };
        const answer = scraped(chunks, own);
        equal(answer.error, plain.error, what());
        deepEqual(answer.bytes, plain.bytes, what());
        // At the end of its own budget the body is read on for the shadow, as it is for subsets.
        if (plain.stats.truncatedBy === "output") plain.stats.inputBytes = answer.stats.inputBytes;
        deepEqual(answer.stats, plain.stats, what());
        if (answer.error !== undefined) continue;
        const { figures, failure } = shadow.result;
        equal(failure?.message, wanted.error, what());
        equal(figures === undefined, wanted.error !== undefined || wanted.stats.broken, what());
        if (figures === undefined) seen.failed++;
        if (plain.stats.truncatedBy !== undefined) seen.cut++;
        if (wanted.error !== undefined) continue;
        for (const { policies } of [enforcing, tried]) policies?.settle();
        deepEqual([...tried.counters.entries()], [...enforcing.counters.entries()], what());
        if (figures === undefined) continue;
        deepEqual(figures, wanted.stats, what());
        deepEqual(hitsOf(figures, of), hitsOf(wanted.stats, of), what());
        seen.compared++;
        seen.dropped += figures.droppedByRules;
        seen.merged += figures.mergedSamples;
        seen.policed += figures.droppedByPolicy;
        for (const samples of figures.limitedSamples.values()) seen.limited += samples;
      }
    }
    ok(Object.values(seen).every((count) => count > 0), JSON.stringify(seen));
    ok(seen.compared > RULE_SETS, JSON.stringify(seen));
  });
}

interface Figures extends Partial<ScrapeStats> {
  readonly outputSamples: number;
}

interface Named {
  readonly what: string;
  readonly of: Partial<ShadowCase>;
  readonly input: string;
  readonly answer: string;
  readonly figures: Figures;
}

const RULES_ONLY = { rules: true, limits: false, policies: new Set<number>() };

const cases: Named[] = [
  {
    what: "a rule that drops",
    of: { rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] },
    input: 'm{a="x"} 1\nm{a="y"} 2\n',
    answer: 'm{a="x"} 1\nm{a="y"} 2\n',
    figures: { outputSamples: 1, droppedByRules: 1, outputBytes: 11 },
  },
  {
    what: "a rule that lets series become one",
    of: { rules: [{ action: "labeldrop", regex: "a" }] },
    input: '# TYPE m counter\nm{a="x"} 1\nm{a="y"} 2\n',
    answer: '# TYPE m counter\nm{a="x"} 1\nm{a="y"} 2\n',
    figures: { outputSamples: 1, mergedSamples: 1 },
  },
  {
    what: "a limit",
    of: {
      limits: { ...NO_LIMITS, series: 1, action: "drop" },
      shadow: { ...RULES_ONLY, rules: false, limits: true },
    },
    input: "m 1\nn 2\n",
    answer: "m 1\nn 2\n",
    figures: { outputSamples: 1, droppedBeyondLimits: 1 },
  },
  {
    what: "a policy beside one that is enforced",
    of: {
      policies: [dropName("^m$"), dropName("^n$")],
      shadow: { ...RULES_ONLY, policies: new Set([1]) },
    },
    input: "m 1\nn 2\no 3\n",
    answer: "n 2\no 3\n",
    figures: { outputSamples: 1, droppedByPolicy: 2 },
  },
  {
    what: "an upstream that sends a series twice: it passes, and would not",
    of: { rules: [{ action: "labeldrop", regex: "a" }] },
    input: "m 1\nm 1\n",
    answer: "m 1\nm 1\n",
    figures: { outputSamples: 1, duplicateSamples: 1 },
  },
];

const NOTHING: ShadowCase = {
  rules: [],
  aggregation: [],
  limits: undefined,
  policies: [],
  shadow: RULES_ONLY,
  lines: "",
};

for (const { what, of, input, answer, figures } of cases) {
  test(`passes in shadow, and is counted: ${what}`, async () => {
    const whole = { ...NOTHING, ...of };
    const [tried, answering] = [await inForce(whole, true), await inForce(whole, false)];
    for (let scrape = 0; scrape < 3; scrape++) {
      const options = { ...PLAIN, format: "text" } as const;
      const shadow = new ShadowScrape({ ...tried, countsPolicies: true }, options as never);
      const run = scraped([encode(input)], { ...options, ...answering, beside: shadow });
      equal(new TextDecoder().decode(run.bytes), answer);
      const { outputSamples } = figures;
      equal(run.stats.outputSamples > outputSamples, true);
      for (const [name, wanted] of Object.entries(figures)) {
        equal(shadow.result.figures![name as "outputSamples"], wanted, name);
      }
    }
  });
}

test("what fails in shadow fails nothing else, and has no figures", async () => {
  const rules = await rulesOf({ limits: { series: 1, action: "fail" } });
  const options = { ...PLAIN, format: "text", policies: undefined } as const;
  const shadow = new ShadowScrape({ rules, policies: undefined, countsPolicies: false }, {
    ...options,
    rules: undefined,
  });
  const input = encode("m 1\nn 2\no 3\n");
  const { bytes, error } = scraped(chunksOf(input, 2), {
    ...options,
    rules: undefined,
    beside: shadow,
  });
  equal(error, undefined);
  deepEqual(bytes, input);
  equal(shadow.result.figures, undefined);
  equal(shadow.result.failure?.message, "family n exceeds the limit series");
});

test("policies that are not in shadow are counted once", async () => {
  const counters = new PolicyCounters();
  const policies = await engineOf([dropName("^m$")], undefined, counters);
  const rules = await rulesOf({ rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] });
  const options = { ...PLAIN, format: "text", policies, rules: undefined } as const;
  for (let scrape = 1; scrape <= 3; scrape++) {
    const shadow = new ShadowScrape({ rules, policies, countsPolicies: false }, options);
    scraped([encode('m 1\nm{a="x"} 1\nn{a="x"} 1\n')], { ...options, beside: shadow });
    policies.settle();
    equal(counters.of("p0").hits, 2 * scrape);
    equal(shadow.result.figures?.droppedByPolicy, 2);
    equal(shadow.result.figures?.droppedByRules, 1);
  }
});

test("subsets are filled beside a shadow", async () => {
  const rules = await rulesOf({ rules: [{ action: "drop", source_labels: ["a"], regex: "x" }] });
  const ofSubset = await rulesOf({ rules: [{ action: "labeldrop", regex: "b" }] });
  ok(isSeriesRules(ofSubset));
  const options = { ...PLAIN, format: "text", policies: undefined, rules: undefined } as const;
  const subset = new SubsetScrape({
    ...options,
    name: "s",
    rules: ofSubset,
    contentType: null,
    scrapedAtMs: 0,
    timestamps: false,
  });
  const shadow = new ShadowScrape({ rules, policies: undefined, countsPolicies: false }, options);
  const input = encode('m{a="x",b="1"} 1\nm{a="y",b="2"} 1\n');
  const { bytes } = scraped([input], { ...options, subsets: [subset], beside: shadow });
  deepEqual(bytes, input);
  deepEqual(joined(subset.snapshot!.chunks as Bytes[]), encode('m{a="x"} 1\nm{a="y"} 1\n'));
  equal(shadow.result.figures?.outputSamples, 1);
});
