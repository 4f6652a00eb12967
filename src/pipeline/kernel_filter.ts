import type { LineBlockSink } from "../exposition/line_blocks.ts";
import type { RuleFilter } from "../relabel/rule_filter.ts";
import {
  KernelFeed,
  type KernelScrape,
  type KernelUser,
  readLabels,
  type TakenLine,
} from "./kernel_feed.ts";
import { ScrapeLines } from "./scrape_lines.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

/** What `ScrapeLines` does, with the lines that are alike to earlier ones decided by the kernel. */
export class KernelFilter implements LineBlockSink, KernelUser {
  readonly version = 0;
  readonly #feed: KernelFeed;
  readonly #scrape: KernelScrape;
  readonly #lines: ScrapeLines;
  readonly #filter: RuleFilter | undefined;
  readonly #stats: ScrapeStats;

  constructor(filter: RuleFilter | undefined, scrape: KernelScrape, stats: ScrapeStats) {
    const { families, decider, output, maxLineBytes } = scrape;
    this.#scrape = scrape;
    this.#filter = filter;
    this.#stats = stats;
    this.#feed = new KernelFeed(scrape, this);
    this.#lines = new ScrapeLines({ decider, filter, maxLineBytes }, families, output, stats);
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    this.#feed.lines(bytes, start, end);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#lines.linePiece(bytes, start, end, last);
  }

  end(): void {
    this.#feed.end();
  }

  takeLine(bytes: Uint8Array, start: number, end: number, next: number): void {
    this.#lines.takeLine(bytes, start, end, next);
  }

  mayTake(length: number): boolean {
    return this.#scrape.output.hasRoom(length);
  }

  taken(bytes: Uint8Array, blockStart: number): void {
    const { kernel, output } = this.#scrape;
    const counts = kernel.takeCounts();
    if (counts === undefined) return;
    const stats = this.#stats;
    stats.inputLines += counts.lines;
    stats.inputSamples += counts.lines;
    stats.droppedByPolicy += counts.droppedByPolicy;
    stats.droppedByRules += counts.droppedByRules;
    this.#feed.count(counts.lines);
    kernel.eachRange((start, end, lines) => {
      output.writeLines(bytes, blockStart + start, blockStart + end, lines);
      stats.outputSamples += lines;
    });
  }

  outcomeOf({ bytes, spans, family }: TakenLine) {
    const filter = this.#filter;
    if (filter === undefined) return { outcome: "keep" as const, reads: [] };
    return {
      outcome: filter.keeps(bytes, spans, family?.type) ? "keep" as const : "rule" as const,
      reads: readLabels(bytes, spans, filter.labelsRead),
    };
  }
}
