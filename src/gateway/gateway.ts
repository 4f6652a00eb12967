import { counterTotalsText } from "../merge/counter_totals_text.ts";
import { MergedTable, type MergeReport } from "../merge/merged_table.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapeMetrics } from "../telemetry/weir_metrics.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { timeoutError } from "../upstream/upstream_error.ts";
import { type BodyFormat, isComposite } from "../exposition/line_format.ts";
import { reportDowngrade } from "../upstream/format_downgrade.ts";
import { answerFormat, bodyFormat, upstreamFormats } from "../upstream/negotiate.ts";
import { answerType } from "./answer_type.ts";
import { mergedText } from "./merged_text.ts";
import { gatewayProgramOf } from "../engine/program.ts";
import { AggregationError, MemoryError } from "../lines/aggregation_error.ts";
import { isSeriesRules, type SeriesRules } from "../lines/rules_in_force.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { type ShadowResult, shadowResult } from "../lines/shadow_scrape.ts";
import { isShortfall } from "../lines/shortfall.ts";
import type { StateFile } from "./state_file.ts";
import { timestampText } from "../lines/subset_scrape.ts";
import type { SubsetSnapshot, SubsetSnapshots } from "../lines/subset_snapshots.ts";
import {
  type ReadingContext,
  readTargets,
  type TargetReading,
  type TargetsRequest,
} from "./target_readings.ts";
import { TargetSamples } from "./own_samples.ts";
import type { MergedOutput, ShadowOutput } from "./target_scrape.ts";
import { Turns } from "./turns.ts";

export interface GatewayOptions extends ReadingContext {
  readonly rules: SeriesRules;
  readonly subsets: ReadonlyMap<string, SeriesRules>;
  readonly snapshots: SubsetSnapshots;
  readonly metrics: ScrapeMetrics;
}

export interface GatewayAnswer {
  readonly contentType: string;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly stats: ScrapeStats;
  /** What was counted of each subset, by its name. */
  readonly subsets: ReadonlyMap<string, ScrapeStats>;
  /** What the answer would be if nothing was in shadow; undefined where nothing is. */
  readonly shadow: ShadowResult | undefined;
}

interface NamedOutput extends MergedOutput {
  readonly name: string;
}

interface ShadowState {
  readonly rules: SeriesRules;
  readonly table: MergedTable;
  policies: PolicyEngine | undefined;
}

/** What `TargetsRequest.shadow` asks for in one scrape. */
interface ShadowTable extends MergedOutput {
  readonly shadow: ShadowOutput;
  readonly isBaseline: boolean;
}

/*
 *                    ┌─▶ target ─▶ lines ─▶ policies ─▶ rules ─▶ its part ─┐ folded once it is
 *   resolve, shard ──┼─▶ target ─▶ …                                       ├─▶ read whole ─▶ table
 *                    └─▶ target ─▶ …                                       ┘        │
 *                                          response ◀── families ◀── totals, levels ┘
 */

/**
 * One Weir before many targets, or before one whose sums are to go on whatever becomes of its series.
 * Lives as long as what it merges is configured alike.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  #tables: ReadonlyMap<string, { rules: SeriesRules; table: MergedTable }>;
  /** Scrapes one after the other that failed for want of memory. */
  #starved = 0;
  readonly #turns = new Turns();
  /** Goes on from scrape to scrape as the others do, and is in no state file. */
  #shadow: ShadowState | undefined;
  #state: StateFile | undefined;
  #policies: PolicyEngine | undefined;
  #scraped = false;
  #readings: readonly TargetReading[] = [];

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#tables = this.#newTables();
  }

  #newTables(): ReadonlyMap<string, { rules: SeriesRules; table: MergedTable }> {
    const { rules, subsets } = this.#options;
    const named = new Map([[MAIN_TABLE, rules], ...subsets]);
    return new Map(
      [...named].map(([name, rules]) => [name, { rules, table: this.#newTable() }]),
    );
  }

  /** What became of each target in the last scrape; none before it. */
  get readings(): readonly TargetReading[] {
    return this.#readings;
  }

  #newTable(): MergedTable {
    const { counters, targetTtlSeconds, hasManyTargets } = this.#options.gateway;
    const monotonic = counters === "monotonic";
    return new MergedTable({
      monotonic,
      targetTtlMs: targetTtlSeconds * 1000,
      byInput: !hasManyTargets,
    });
  }

  /** The table of what is in shadow, anew where the rules are others than before. */
  #shadowOf({ shadow }: TargetsRequest): ShadowTable | undefined {
    if (shadow === undefined || !isSeriesRules(shadow.rules)) {
      this.#shadow = undefined;
      return undefined;
    }
    const { rules, policies, countsPolicies } = shadow;
    if (this.#shadow?.rules !== rules) {
      this.#shadow = { rules, table: this.#newTable(), policies };
    }
    const isBaseline = this.#shadow.policies !== policies;
    this.#shadow.policies = policies;
    const { table } = this.#shadow;
    const output = { policies, countsPolicies, failure: undefined };
    return { rules, table, stats: new ScrapeStats(), shadow: output, isBaseline };
  }

  /** Takes up the totals of an earlier process, and saves its own there from now on. Throws. */
  async restore(state: StateFile): Promise<void> {
    this.#state = state;
    let table: MergedTable | undefined;
    await state.load({
      table: (name) => table = this.#tables.get(name)?.table,
      series: (...total) => table?.restore(...total),
    });
  }

  /** Writes the state file now, if there is one. */
  async save(): Promise<void> {
    await this.#state?.save(() => this.#totalsText());
  }

  /** Writes what is not in the state file yet, and leaves the file to others. */
  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = undefined;
    await state?.flush();
  }

  /**
   * Asks all targets and merges what they answer. Throws an UpstreamError when none could be read, or
   * one could not where none may fail; and an AggregationError.
   */
  async scrape(request: TargetsRequest): Promise<GatewayAnswer> {
    const { budgetSeconds, signal } = request;
    const deadline = performance.now() + budgetSeconds * 1000;
    const leave = await this.#turns.enter(signal, budgetSeconds);
    if (leave === undefined) {
      throw timeoutError(this.#options.config.upstreams[0].url, budgetSeconds);
    }
    try {
      const remaining = Math.max(0, deadline - performance.now()) / 1000;
      const answer = await this.#scrape({ ...request, budgetSeconds: remaining });
      this.#starved = 0;
      return answer;
    } catch (error) {
      // Of too many series, or too little memory, which the engines' cannot be given back otherwise.
      if (error instanceof AggregationError) this.#letEnginesGo();
      if (error instanceof MemoryError && ++this.#starved > 1) this.#beginAnew();
      throw error;
    } finally {
      leave();
    }
  }

  /** As after a restart, which the system would have caused: else what is remembered fails all scrapes. */
  #beginAnew(): void {
    this.#starved = 0;
    this.#tables = this.#newTables();
    log.warn("sums begin anew: what the gateway remembered took more memory than limits.memory");
  }

  #letEnginesGo(): void {
    for (const [name, { rules }] of this.#tables) {
      gatewayProgramOf(rules, this.#policies, name === MAIN_TABLE).letEngineGo();
    }
  }

  async #scrape(request: TargetsRequest): Promise<GatewayAnswer> {
    const nowMs = Date.now();
    const outputs = [...this.#tables].map(([name, { rules, table }]): NamedOutput => {
      return { name, rules, table, stats: new ScrapeStats() };
    });
    // What policies let through now, and did not before, is no increase.
    const isBaseline = this.#scraped && request.policies !== this.#policies;
    this.#policies = request.policies;
    const shadow = this.#shadowOf(request);
    const all = shadow === undefined ? outputs : [...outputs, shadow];
    for (const { table } of outputs) table.begin(nowMs, isBaseline);
    shadow?.table.begin(nowMs, shadow.isBaseline);
    let readings: TargetReading[];
    try {
      readings = await readTargets(this.#options, request, all);
    } finally {
      for (const { name, table, stats } of outputs) {
        this.#count(table.end(), stats, name === MAIN_TABLE);
      }
      if (shadow !== undefined) noteMerged(shadow.table.end(), shadow.stats);
      this.#scraped = true;
    }
    this.#readings = readings;
    this.#report(readings);
    this.#reportDowngrades(request, readings);
    this.#refuse(readings);
    const format = formatOf(request, readings);
    const failed = readings.filter(({ error }) => error !== undefined);
    const isCut = readings.some(({ truncated }) => truncated);
    for (const { stats } of all) {
      stats.missingTargets = failed.length;
      stats.firstMissing = failed.length === 0 ? "" : missingText(failed[0]);
      if (isCut) stats.truncatedBy = "input";
    }
    const main = outputs[0];
    const { targetMetrics } = this.#options.gateway;
    const outcomes = readings.map(({ outcome }) => outcome);
    const own = targetMetrics ? new TargetSamples(outcomes) : undefined;
    const chunks = await this.#render(main, format, undefined, own);
    if (shadow !== undefined) {
      shadow.stats.inputBytes = main.stats.inputBytes;
      await this.#countShadow(shadow, format, own);
    }
    const contentType = typeOf(main, format);
    await this.#replaceSnapshots(outputs.slice(1), format, nowMs);
    await this.#save(nowMs + request.budgetSeconds * 1000 - Date.now());
    const subsets = new Map(outputs.slice(1).map(({ name, stats }) => [name, stats]));
    const tried = shadow && shadowResult(shadow.stats, shadow.shadow.failure);
    return { contentType, chunks, stats: main.stats, subsets, shadow: tried };
  }

  /** How much would be answered. */
  async #countShadow(
    output: ShadowTable,
    format: BodyFormat,
    own: TargetSamples | undefined,
  ): Promise<void> {
    if (output.shadow.failure !== undefined) return;
    try {
      await this.#render(output, format, undefined, own);
    } catch (error) {
      output.shadow.failure = error as Error;
    }
  }

  /**
   * Before the answer leaves: after a crash, totals older than those that were exported would look
   * like a reset, and count whole. A disk that hangs holds a scrape up no longer than its deadline.
   */
  async #save(remainingMs: number): Promise<void> {
    if (this.#state === undefined) return;
    let timer;
    const deadline = new Promise<void>((resolve) => timer = setTimeout(resolve, remainingMs));
    await Promise.race([this.#state.save(() => this.#totalsText()), deadline]);
    clearTimeout(timer);
  }

  /** Throws where the readings make no answer. */
  #refuse(readings: readonly TargetReading[]): void {
    const read = readings.filter(({ error }) => error === undefined);
    const failed = readings.find(({ error }) => error !== undefined);
    const mayFail = this.#options.gateway.onTargetError === "partial" && read.length > 0;
    if (failed?.error !== undefined && !mayFail) throw failed.error;
  }

  #render(
    { table, stats, shadow }: MergedOutput,
    format: BodyFormat,
    timestamp: string | undefined,
    own: TargetSamples | undefined,
  ): Promise<Uint8Array<ArrayBuffer>[]> {
    const { maxOutputBytes, onLimit } = this.#options.config.scrape;
    const limits = { maxOutputBytes, onLimit, isCounted: shadow !== undefined };
    return mergedText(table, { format, timestamp, own, ...limits }, stats);
  }

  async #replaceSnapshots(
    subsets: readonly NamedOutput[],
    format: BodyFormat,
    scrapedAtMs: number,
  ): Promise<void> {
    const snapshots = new Map<string, SubsetSnapshot>();
    const timestamp = this.#options.config.subsetTimestamps
      ? timestampText(scrapedAtMs, format !== "text")
      : undefined;
    for (const subset of subsets) {
      const chunks = await this.#render(subset, format, timestamp, undefined);
      if (!subset.stats.broken) {
        const contentType = typeOf(subset, format);
        const isTruncated = subset.stats.truncatedBy !== undefined;
        snapshots.set(subset.name, { chunks, contentType, scrapedAtMs, isTruncated });
      }
    }
    this.#options.snapshots.replace(snapshots);
  }

  #count(report: MergeReport, stats: ScrapeStats, isMain: boolean): void {
    const { metrics } = this.#options;
    const { resets, becameRaw } = report;
    noteMerged(report, stats);
    // A restart is one, in however many tables it shows.
    for (const [reason, count] of isMain ? Object.entries(resets) : []) {
      metrics.targetResets.with(reason).inc(count);
    }
    metrics.plainSums.inc(becameRaw);
  }

  #report(readings: readonly TargetReading[]): void {
    const { metrics } = this.#options;
    const failed = readings.filter(({ error }) => error !== undefined);
    metrics.targets.with("up").set(readings.length - failed.length);
    metrics.targets.with("down").set(failed.length);
    for (const { error } of failed) metrics.upstreamErrors.with(error!.reason).inc();
    const cut = readings.filter(({ truncated }) => truncated);
    if (cut.length > 0) {
      const first = cut[0].outcome.address;
      log.warn("targets cut at the input limit", { cut: cut.length, first });
    }
    // That the only one was not read is what the scrape itself logs.
    if (failed.length === 0 || !this.#options.gateway.hasManyTargets) return;
    log.warn("targets not read", {
      failed: failed.length,
      targets: readings.length,
      first: failed[0].outcome.address,
      error: failed[0].error!.message,
    });
  }

  /** Targets whose answers carry less than the response could. */
  #reportDowngrades({ accept }: TargetsRequest, readings: readonly TargetReading[]): void {
    const { wanted } = upstreamFormats(accept);
    // Of what nobody knows the scrape itself tells.
    if (wanted === undefined || wanted === "other") return;
    for (const { contentType, error } of readings) {
      if (error !== undefined || isComposite(bodyFormat(contentType))) continue;
      reportDowngrade(this.#options.metrics, wanted, contentType);
    }
  }

  #totalsText(): Iterable<Uint8Array> {
    const tables = [...this.#tables].map(([name, { table }]) => ({ name, series: table.totals() }));
    return counterTotalsText(tables);
  }
}

/** The table of `/metrics` in the state file: no subset is called like it. */
const MAIN_TABLE = "/metrics";

function noteMerged(report: MergeReport, stats: ScrapeStats): void {
  for (const family of report.contested) stats.typeConflicts.add(family);
  for (const family of report.summedGauges) {
    if (!isShortfall(family)) stats.summedGauges.add(family);
  }
  stats.mergedSamples += report.mergedSamples;
  stats.droppedUnmergeable += report.droppedSamples;
}

function missingText({ outcome, error }: TargetReading): string {
  return `${outcome.address}: ${error!.message}`;
}

function typeOf({ table }: NamedOutput, format: BodyFormat): string {
  return answerType(format, table.series.hasQuotedNames);
}

/**
 * What the client ranks first. But where all targets speak text there is nothing that OpenMetrics 1.0
 * would carry more of, and its names of families are fewer.
 */
function formatOf({ accept }: TargetsRequest, readings: readonly TargetReading[]): BodyFormat {
  const format = answerFormat(accept);
  const read = readings.filter(({ error }) => error === undefined);
  const isAllText = read.every(({ contentType }) => bodyFormat(contentType) === "text");
  return format === "openmetrics" && isAllText ? "text" : format;
}
