import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../src/problems/problem.ts";
import type { CardinalityLimits } from "../../../src/aggregate/cardinality_guard.ts";
import { MergedTable, type MergeReport } from "../../../src/merge/merged_table.ts";
import { TargetLabels } from "../../../src/aggregate/target_labels.ts";
import type { AggregationRuleConfig } from "../../../src/aggregate/aggregate_function.ts";
import { mergedText } from "../../../src/gateway/merged_text.ts";
import { buildSeriesRules, type SeriesRules } from "../../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { TargetScrape } from "../../../src/gateway/target_scrape.ts";
import { UnreadableTarget } from "../../../src/gateway/target_sink.ts";
import { codecOf } from "../../../src/exposition/composite_codec.ts";
import { Composer } from "../../../src/exposition/compose/composer.ts";
import type { LiftedLines } from "../../../src/exposition/lifted.ts";
import { type BodyFormat, lineFormat } from "../../../src/exposition/line_format.ts";
import type { NativeHistogram } from "../../../src/exposition/native_histogram.ts";
import { readRelabelConfigs } from "../../../src/relabel/read_relabel_configs.ts";
import type { UnreadableAction } from "../../../src/lines/unreadable_line.ts";
import { chunksOf, encode, streamOf } from "../lines/filtered.ts";
import { NO_LIMITS, type RelabelRules } from "../lines/series_case.ts";

/**
 * What a target answers: an exposition (OpenMetrics when it ends in `# EOF`), nothing at all, the
 * beginning of one, bytes of any kind that call themselves one or the other, or a body of composite
 * metrics: OpenMetrics 2.0 without its `# EOF`, or the lifted lines of which protobuf is made. A target
 * that is not named is not asked.
 */
export type Answer =
  | string
  | "missing"
  | { readonly half: string }
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly openMetrics: boolean }
  | { readonly openmetrics2: string }
  | { readonly protobuf: string };

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
  /** By default a line that cannot be read fails its target. */
  readonly onUnreadable?: UnreadableAction;
  readonly maxContributions?: number;
  readonly maxNativeBytes?: number;
  /** Labels of each target's samples. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What a state file said: totals, with the times at which they began in milliseconds. */
  readonly restored?: Readonly<
    Record<string, number | readonly [total: number | NativeHistogram, begunAt: number]>
  >;
}

export interface OneScrape {
  readonly answers: Answers;
  /** Since the scrape before; 10 by default. */
  readonly afterSeconds?: number;
  readonly arrival?: readonly string[];
  readonly isBaseline?: boolean;
  /** What is answered; by default OpenMetrics if all answers are, or text. */
  readonly format?: BodyFormat;
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
  #unread: Record<string, string> = {};

  private constructor(rules: SeriesRules, options: MergedOptions) {
    this.#rules = rules;
    this.#options = options;
    this.table = new MergedTable({
      monotonic: options.counters !== "raw",
      targetTtlMs: (options.ttlSeconds ?? 300) * 1000,
      maxContributions: options.maxContributions,
      maxNativeBytes: options.maxNativeBytes,
      byInput: options.byInput,
    });
    for (const [key, restored] of Object.entries(options.restored ?? {})) {
      const bytes = encode(key);
      const [total, begunAt] = typeof restored === "number" ? [restored, NaN] : restored;
      this.table.restore(bytes, 0, bytes.length, total, begunAt);
    }
  }

  static async of(options: MergedOptions): Promise<MergedRun> {
    const { configs, problems } = readRelabelConfigs(options.rules ?? [], placeOf("rules"), "utf8");
    assert.deepEqual(problems, []);
    const rules = await buildSeriesRules({
      relabelConfigs: configs,
      aggregationRules: options.aggregation ?? [],
      limits: options.limits && { ...NO_LIMITS, ...options.limits },
    });
    return new MergedRun(rules, options);
  }

  /** Returns the output, what was reported, and why targets could not be read, by their addresses. */
  async scrape(scrape: OneScrape): Promise<{
    text: string;
    bytes: Uint8Array<ArrayBuffer>;
    report: MergeReport;
    stats: ScrapeStats;
    unread: Readonly<Record<string, string>>;
  }> {
    const { answers, afterSeconds = 10, isBaseline = false } = scrape;
    this.#unread = {};
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
    const format = scrape.format ?? lineFormat(openMetrics);
    const options = { format, own: undefined, maxOutputBytes: 0, onLimit: "fail" as const };
    const chunks = await mergedText(table, options, stats);
    const bytes = await new Response(new Blob([...chunks])).bytes();
    const text = format === "protobuf" ? liftedText(bytes) : new TextDecoder().decode(bytes);
    return { text, bytes, report, stats, unread: this.#unread };
  }

  /** False when the target counts as one that was not read. */
  async #read(
    address: string,
    rank: number,
    answer: Exclude<Answer, "missing">,
    stats: ScrapeStats,
  ): Promise<boolean> {
    const { format, bytes } = bodyOf(answer);
    const target = new TargetScrape({
      outputs: [{ rules: this.#rules, table: this.table, stats }],
      policies: undefined,
      format,
      labels: new TargetLabels(Object.entries(this.#options.labels?.[address] ?? {})),
      rank,
      maxInputBytes: 0,
      onLimit: "fail",
      onUnreadable: this.#options.onUnreadable,
    });
    let wasRead = false;
    try {
      await target.read(streamOf(chunksOf(bytes, 4096)));
      wasRead = typeof answer === "string" || !("half" in answer);
      return wasRead;
    } catch (error) {
      if (!(error instanceof UnreadableTarget)) throw error;
      this.#unread[address] = error.message;
      return false;
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

function bodyOf(answer: Exclude<Answer, "missing">): {
  readonly format: BodyFormat;
  readonly bytes: Uint8Array<ArrayBuffer>;
} {
  if (typeof answer === "string" || "half" in answer) {
    const text = typeof answer === "string" ? answer : answer.half;
    return { format: lineFormat(isOpenMetrics(text)), bytes: encode(text) };
  }
  if ("bytes" in answer) {
    return { format: lineFormat(answer.openMetrics), bytes: answer.bytes };
  }
  if ("openmetrics2" in answer) {
    return { format: "openmetrics2", bytes: encode(`${answer.openmetrics2}# EOF\n`) };
  }
  return { format: "protobuf", bytes: protobufOf(answer.protobuf) };
}

/** A protobuf body that says these lines. */
export function protobufOf(lines: string): Uint8Array<ArrayBuffer> {
  const body: number[] = [];
  const write = (piece: Uint8Array<ArrayBuffer>) => body.push(...piece) > 0;
  const composer = new Composer(codecOf("protobuf").newEncoder({ write }));
  composer.push(encode(lines));
  composer.end();
  return Uint8Array.from(body);
}

/** The lines that a protobuf body is taken as. */
function liftedText(body: Uint8Array<ArrayBuffer>): string {
  const reader = codecOf("protobuf").newReader();
  let text = "";
  const take = ({ bytes, length }: LiftedLines) => {
    text += new TextDecoder().decode(bytes.subarray(0, length));
  };
  reader.push(body, take);
  reader.end(take);
  return text;
}

function isOpenMetrics(text: string): boolean {
  return text.endsWith("# EOF\n");
}
