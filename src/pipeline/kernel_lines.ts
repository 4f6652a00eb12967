import { fixedPlan } from "../aggregate/edit_plan.ts";
import type { SeriesPlanner } from "../aggregate/series_planner.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { KernelTable } from "../kernel/kernel_table.ts";
import { FamilyBlocks } from "./family_blocks.ts";
import { KernelFeed, type KernelScrape, type KernelUser, type TakenLine } from "./kernel_feed.ts";
import { SampleGatherer } from "./sample_gatherer.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

export interface KernelRules {
  readonly planner: SeriesPlanner;
  readonly collectGarbage: (() => void) | undefined;
}

/**
 * What `SampleGatherer` does, with the lines that are alike to earlier ones of their family gathered by
 * the kernel, whose table both use.
 */
export class KernelLines implements LineBlockSink, KernelUser {
  readonly #feed: KernelFeed;
  readonly #scrape: KernelScrape;
  readonly #blocks: FamilyBlocks;
  readonly #gatherer: SampleGatherer;
  readonly #planner: SeriesPlanner;
  readonly #stats: ScrapeStats;

  /** Rules must neither rename nor limit: then the table holds one family at a time. */
  constructor({ planner, collectGarbage }: KernelRules, scrape: KernelScrape, stats: ScrapeStats) {
    const { kernel, families, decider, output, maxLineBytes } = scrape;
    this.#scrape = scrape;
    this.#stats = stats;
    this.#planner = planner;
    this.#feed = new KernelFeed(scrape, this);
    const table = new KernelTable(kernel, () => this.#feed.forget());
    const options = { mayRename: false, table, collectGarbage };
    this.#blocks = new FamilyBlocks(options, families, output, stats);
    const rules = { planner, limits: undefined, maxLineBytes };
    this.#gatherer = new SampleGatherer(rules, families, decider, this.#blocks, stats);
  }

  get version(): number {
    return this.#planner.version;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    this.#feed.lines(bytes, start, end);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#gatherer.linePiece(bytes, start, end, last);
  }

  end(): void {
    this.#gatherer.end();
    this.#feed.end();
  }

  takeLine(bytes: Uint8Array, start: number, end: number, next: number, mayEscape: boolean): void {
    this.#gatherer.takeLine(bytes, start, end, next, mayEscape);
  }

  /** What the kernel gathers is written by `FamilyBlocks`, which looks at the budget. */
  mayTake(): boolean {
    return true;
  }

  taken(): void {
    const counts = this.#scrape.kernel.takeCounts();
    if (counts === undefined) return;
    const stats = this.#stats;
    stats.inputLines += counts.lines;
    stats.inputSamples += counts.lines;
    stats.droppedByPolicy += counts.droppedByPolicy;
    stats.droppedByRules += counts.droppedByRules;
    stats.droppedAsInvalid += counts.droppedAsInvalid;
    stats.mergedSamples += counts.merged;
    stats.droppedUnmergeable += counts.unmergeable;
    if (counts.mergedGauges > 0) stats.summedGauges.add(this.#blocks.family!);
    this.#feed.count(counts.lines);
  }

  outcomeOf({ bytes, spans, family }: TakenLine) {
    const planned = this.#planner.plan(bytes, spans, family);
    const outcome = typeof planned === "string" ? planned : fixedPlan(planned);
    return { outcome, reads: this.#planner.readsOf(bytes, spans, family) };
  }
}
