import assert from "node:assert/strict";
import { test } from "node:test";
import type { CardinalityLimits } from "../../../src/aggregate/cardinality_guard.ts";
import { MergedTable, type MergeReport } from "../../../src/merge/merged_table.ts";
import { TargetLabels } from "../../../src/aggregate/target_labels.ts";
import type { AggregationRuleConfig } from "../../../src/aggregate/aggregate_function.ts";
import { mergedText } from "../../../src/gateway/merged_text.ts";
import { buildSeriesRules, type SeriesRules } from "../../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { TargetScrape } from "../../../src/gateway/target_scrape.ts";
import { UnreadableTarget } from "../../../src/gateway/target_sink.ts";
import { readRelabelConfigs } from "../../../src/relabel/read_relabel_configs.ts";
import { chunksOf, encode, streamOf } from "../lines/filtered.ts";
import { NO_LIMITS, type RelabelRules } from "../lines/series_case.ts";

/**
 * What a target answers: an exposition (OpenMetrics when it ends in `# EOF`), nothing at all, or the
 * beginning of one. A target that is not named is not asked.
 */
export type Answer = string | "missing" | { readonly half: string };

/** By address; in the order of targets, and of their arrival unless `arrival` says otherwise. */
export type Answers = Readonly<Record<string, Answer>>;

export interface MergedOptions {
  readonly rules?: RelabelRules;
  readonly aggregation?: readonly AggregationRuleConfig[];
  readonly limits?: Partial<CardinalityLimits>;
  readonly counters?: "monotonic" | "raw";
  readonly ttlSeconds?: number;
  /** The only target's counters are compared each for itself. */
  readonly byInput?: boolean;
  readonly maxContributions?: number;
  /** Labels of each target's samples. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What a state file said: totals, with the times at which they began in milliseconds. */
  readonly restored?: Readonly<Record<string, number | readonly [total: number, begunAt: number]>>;
}

export interface OneScrape {
  readonly answers: Answers;
  /** Since the scrape before; 10 by default. */
  readonly afterSeconds?: number;
  readonly arrival?: readonly string[];
  readonly isBaseline?: boolean;
}

export interface ExpectedScrape extends OneScrape {
  readonly expected: string;
  readonly report?: Partial<MergeReport>;
  readonly stats?: Partial<ScrapeStats>;
}

export interface MergedCase extends MergedOptions {
  readonly what: string;
  readonly scrapes: readonly ExpectedScrape[];
}

/** The first scrape is at this time, in Unix seconds. */
export const FIRST = 1_700_000_000;

/** Scrapes of many targets one after the other, without servers. */
export class MergedRun {
  readonly table: MergedTable;
  nowSeconds = FIRST - 10;
  readonly #rules: SeriesRules;
  readonly #options: MergedOptions;

  private constructor(rules: SeriesRules, options: MergedOptions) {
    this.#rules = rules;
    this.#options = options;
    this.table = new MergedTable({
      monotonic: options.counters !== "raw",
      targetTtlMs: (options.ttlSeconds ?? 300) * 1000,
      maxContributions: options.maxContributions,
      byInput: options.byInput,
    });
    for (const [key, restored] of Object.entries(options.restored ?? {})) {
      const bytes = encode(key);
      const [total, begunAt] = typeof restored === "number" ? [restored, NaN] : restored;
      this.table.restore(bytes, 0, bytes.length, total, begunAt);
    }
  }

  static async of(options: MergedOptions): Promise<MergedRun> {
    const { configs, problems } = readRelabelConfigs(options.rules ?? [], "rules", "utf8");
    assert.deepEqual(problems, []);
    const rules = await buildSeriesRules({
      relabelConfigs: configs,
      aggregationRules: options.aggregation ?? [],
      limits: options.limits && { ...NO_LIMITS, ...options.limits },
    });
    return new MergedRun(rules, options);
  }

  /** Returns the output and what was reported. */
  async scrape(scrape: OneScrape): Promise<{
    text: string;
    report: MergeReport;
    stats: ScrapeStats;
  }> {
    const { answers, afterSeconds = 10, isBaseline = false } = scrape;
    const { table } = this;
    const stats = new ScrapeStats();
    this.nowSeconds += afterSeconds;
    table.begin(this.nowSeconds * 1000, isBaseline);
    const ranks = Object.keys(answers);
    for (const address of scrape.arrival ?? ranks) {
      const answer = answers[address];
      const wasRead = answer !== "missing" &&
        await this.#read(address, ranks.indexOf(address), answer, stats);
      if (!wasRead) table.miss(address);
    }
    const report = table.end();
    const texts = Object.values(answers).filter((answer) => typeof answer === "string")
      .filter((answer) => answer !== "missing");
    const openMetrics = texts.length > 0 && texts.every(isOpenMetrics);
    const options = { openMetrics, own: undefined, maxOutputBytes: 0, onLimit: "fail" as const };
    const chunks = await mergedText(table, options, stats);
    return { text: await new Response(new Blob([...chunks])).text(), report, stats };
  }

  /** False when the target counts as one that was not read. */
  async #read(
    address: string,
    rank: number,
    answer: Exclude<Answer, "missing">,
    stats: ScrapeStats,
  ): Promise<boolean> {
    const text = typeof answer === "string" ? answer : answer.half;
    const target = new TargetScrape({
      outputs: [{ rules: this.#rules, table: this.table, stats }],
      policies: undefined,
      openMetrics: isOpenMetrics(text),
      labels: new TargetLabels(Object.entries(this.#options.labels?.[address] ?? {})),
      rank,
      maxInputBytes: 0,
      onLimit: "fail",
    });
    let wasRead = false;
    try {
      await target.read(streamOf(chunksOf(encode(text), 4096)));
      wasRead = typeof answer === "string";
      return wasRead;
    } catch (error) {
      if (error instanceof UnreadableTarget) return false;
      throw error;
    } finally {
      target.count(wasRead);
      if (wasRead) target.fold(address);
      target.close();
    }
  }
}

export function testMerged(cases: readonly MergedCase[]): void {
  for (const { what, scrapes, ...options } of cases) {
    test(what, async () => {
      const run = await MergedRun.of(options);
      for (const [index, { expected, report, stats, ...scrape }] of scrapes.entries()) {
        const found = await run.scrape(scrape);
        assert.equal(found.text, expected, `scrape ${index + 1}`);
        assertPart(found.report, report ?? {}, `scrape ${index + 1}`);
        assertPart(found.stats, stats ?? {}, `scrape ${index + 1}`);
      }
    });
  }
}

function assertPart<Whole>(found: Whole, wanted: Partial<Whole>, where: string): void {
  for (const name of Object.keys(wanted) as (keyof Whole)[]) {
    assert.deepEqual(found[name], wanted[name], `${where}: ${String(name)}`);
  }
}

function isOpenMetrics(text: string): boolean {
  return text.endsWith("# EOF\n");
}
