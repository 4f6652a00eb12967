import type { CardinalityLimits } from "../../../src/aggregate/cardinality_guard.ts";
import type { AggregationRuleConfig } from "../../../src/aggregate/aggregate_function.ts";
import { MAX_IDLE_ENGINES } from "../../../src/bounds.ts";
import { Engine } from "../../../src/engine/engine.ts";
import { compileKernel, Kernel } from "../../../src/engine/kernel.ts";
import { programOf, uncountedProgramOf } from "../../../src/engine/program.ts";
import { lineFormat } from "../../../src/exposition/line_format.ts";
import { AggregationError } from "../../../src/lines/aggregation_error.ts";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { isSeriesRules, type RulesInForce } from "../../../src/lines/rules_in_force.ts";
import { ScrapeRun } from "../../../src/lines/scrape_run.ts";
import { SubsetScrape } from "../../../src/lines/subset_scrape.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import type { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { engineOf, type PolicyText } from "../lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../lines/series_case.ts";

let module: WebAssembly.Module | undefined;
const oldKernels: Kernel[] = [];
const MAX_OLD_BYTES = 4 * 1024 * 1024;

export type Bytes = Uint8Array<ArrayBuffer>;

/** What a program is made of, and how its scrapes go. */
export interface EngineCase {
  readonly rules: RelabelRules;
  readonly policies: readonly PolicyText[];
  readonly aggregation: readonly AggregationRuleConfig[];
  readonly limits?: Partial<CardinalityLimits>;
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
  readonly maxOutputBytes: number;
  /** A subset takes the same lines, with the scrape's timestamp. */
  readonly hasSubset: boolean;
}

/** Everything that a scrape leaves behind. */
export interface EngineOutcome {
  readonly text: string;
  readonly stats: ScrapeStats;
  readonly subset: string;
  readonly subsetStats: ScrapeStats | undefined;
  /** Why it could not go on. */
  readonly error: string | undefined;
}

/** What is in force: scrapes of one such object share what they learn. */
export class InForce {
  readonly wanted: EngineCase;
  readonly rules: RulesInForce | undefined;
  readonly subsetRules: RulesInForce | undefined;
  readonly policies: PolicyEngine | undefined;
  readonly #counters: PolicyCounters;
  readonly #engines: Engine[] = [];

  private constructor(
    wanted: EngineCase,
    rules: RulesInForce | undefined,
    subsetRules: RulesInForce | undefined,
    policies: PolicyEngine | undefined,
    counters: PolicyCounters,
  ) {
    this.wanted = wanted;
    this.rules = rules;
    this.subsetRules = subsetRules;
    this.policies = policies;
    this.#counters = counters;
  }

  /**
   * Lets kernels that others have used and that have forgotten all serve it: a new one takes as long
   * as many scrapes, since Bun collects garbage before it. To be given back by `close`.
   */
  useOldKernels(): void {
    // Where nothing is in force, all cases have one program.
    const isShared = this.rules === undefined && this.policies === undefined;
    const programs = isShared ? [] : [programOf(this.rules, this.policies)];
    if (this.wanted.hasSubset && isSeriesRules(this.subsetRules)) {
      programs.push(uncountedProgramOf(this.subsetRules, this.policies));
    }
    for (const program of programs) {
      for (let number = 0; number < MAX_IDLE_ENGINES; number++) {
        const kernel = oldKernels.pop() ?? new Kernel(module ??= compileKernel());
        const engine = new Engine(kernel, program.planner);
        program.release(engine);
        this.#engines.push(engine);
      }
    }
  }

  /** No scrape is under way, and none comes. */
  close(): void {
    for (const engine of this.#engines) {
      const { exports } = engine.kernel;
      // After an error an exposition stays where it was.
      if (exports.readers.value > 0 || engine.bytes > MAX_OLD_BYTES) continue;
      engine.forgetFamilies();
      exports.clearSeries();
      oldKernels.push(engine.kernel);
    }
    this.#engines.length = 0;
  }

  static async of(wanted: EngineCase): Promise<InForce> {
    const { aggregation, limits } = wanted;
    const rules = await rulesOf({ rules: wanted.rules, aggregation, limits });
    const subsetRules = await rulesOf({
      rules: [...wanted.rules, { action: "labeldrop", regex: "namespace" }],
      aggregation,
      limits,
    });
    const counters = new PolicyCounters();
    const policies = wanted.policies.length === 0
      ? undefined
      : await engineOf(wanted.policies, undefined, counters);
    return new InForce(wanted, rules, subsetRules, policies, counters);
  }

  begin(learns: boolean): EngineScrape {
    return new EngineScrape(this, learns);
  }

  /** A scrape from its first chunk to its end. */
  scrape(chunks: readonly Bytes[], learns = true): EngineOutcome {
    const scrape = this.begin(learns);
    for (const chunk of chunks) scrape.push(chunk);
    return scrape.end();
  }

  /** Hits and misses of each policy so far. */
  counts(): [hits: number, misses: number][] {
    this.policies?.settle();
    return this.wanted.policies.map((_, i) => {
      const { hits, misses } = this.#counters.of(`p${i}`);
      return [hits, misses];
    });
  }
}

/** A scrape under way; after its error or its budget nothing more is taken. */
export class EngineScrape {
  readonly #run: ScrapeRun;
  readonly #stats = new ScrapeStats();
  readonly #subset: SubsetScrape | undefined;
  readonly #out: Bytes[] = [];
  #isOver = false;
  #error: string | undefined;

  constructor({ wanted, rules, subsetRules, policies }: InForce, learns: boolean) {
    const { openMetrics, maxLineBytes, maxOutputBytes } = wanted;
    const common = { policies, maxLineBytes, maxOutputBytes, learns };
    if (wanted.hasSubset && isSeriesRules(subsetRules)) {
      this.#subset = new SubsetScrape({
        ...common,
        format: lineFormat(openMetrics),
        name: "s",
        rules: subsetRules,
        contentType: null,
        onLimit: "truncate",
        scrapedAtMs: 1_700_000_000_123,
        timestamps: true,
      });
    }
    const subsets = this.#subset === undefined ? [] : [this.#subset];
    this.#run = new ScrapeRun(
      {
        ...common,
        format: lineFormat(openMetrics),
        rules,
        maxInputBytes: 0,
        onLimit: "truncate",
        subsets,
      },
      this.#stats,
      (bytes) => this.#out.push(bytes),
    );
  }

  push(chunk: Bytes): void {
    if (!this.#isOver) this.#guarded(() => this.#isOver = !this.#run.push(chunk));
  }

  end(): EngineOutcome {
    if (!this.#isOver) this.#guarded(() => this.#run.end());
    const isBroken = this.#error !== undefined;
    // A budget ends a scrape with the chunk in which it was used up.
    if (this.#stats.truncatedBy !== undefined) this.#stats.inputBytes = 0;
    return {
      // What was sent before an error depends on when it was handed on.
      text: isBroken ? "" : textOf(this.#out),
      stats: isBroken ? new ScrapeStats() : this.#stats,
      subset: textOf(this.#subset?.snapshot?.chunks ?? []),
      subsetStats: isBroken ? undefined : this.#subset?.stats,
      error: this.#error,
    };
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof AggregationError)) throw error;
      this.#isOver = true;
      this.#error = error.message;
    }
  }
}

/** One character for each byte, so that bytes that are no UTF-8 are told apart. */
export function textOf(chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) => new TextDecoder("latin1").decode(chunk)).join("");
}

/** Cuts the bytes at random places; chunks may be empty. */
export function cutAtRandom(next: (largest: number) => number, bytes: Bytes): Bytes[] {
  const places = Array.from({ length: next(4) }, () => next(bytes.length)).sort((a, b) => a - b);
  return [...places, bytes.length].map((end, i) => bytes.slice(i === 0 ? 0 : places[i - 1], end));
}
