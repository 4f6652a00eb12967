import { SLAB_BYTES } from "../bounds.ts";
import { codecOf } from "../exposition/composite_codec.ts";
import type { LiftedReader } from "../exposition/lifted.ts";
import { isComposite } from "../exposition/line_format.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import { type ScrapeRules, ScrapeRun } from "../lines/scrape_run.ts";
import type { Chunk, ChunkSource } from "../upstream/chunk_source.ts";

/** Thrown by whoever looks on, and has seen enough. */
export class SeenEnough extends Error {
  override readonly name = "SeenEnough";
}

export interface SideRunOptions {
  /** What is made of it is thrown away; composite metrics are taken as lines. */
  readonly rules: ScrapeRules;
  readonly stats: ScrapeStats;
  /** Whether what was gathered is put in order, too, which `stats.outputSamples` counts. */
  readonly wantsOutput: boolean;
  /** What it may take of this process's time, perhaps with others; more is an end, too. */
  readonly time?: { leftMs: number };
  /** Told once: true where all of the body was taken. */
  readonly ended?: (isWhole: boolean) => void;
}

/**
 * Another run over a body on its way to those that it is for, for what can be seen in it. They get it as
 * if nobody looked: each chunk is copied, and taken here when they are done with it, and what fails here
 * fails nothing else.
 */
export class SideRun {
  readonly #options: SideRunOptions;
  #reader: LiftedReader | undefined;
  #run: ScrapeRun | undefined;
  #held: Chunk | undefined;
  /** A budget has ended the scrape: nobody sees the rest of it. */
  #isCut = false;
  #resumedAt = 0;

  constructor(options: SideRunOptions) {
    const { rules, stats } = options;
    this.#options = options;
    const lines = isComposite(rules.format) ? "lifted" : rules.format;
    this.#try(() => {
      this.#run = new ScrapeRun(
        { ...rules, format: lines, saysMissing: false, ownsInput: false, subsets: [] },
        stats,
        () => {},
      );
      if (isComposite(rules.format)) this.#reader = codecOf(rules.format).newReader();
    });
  }

  /** For who looks on, at each line. Throws a SeenEnough where the time is used up. */
  checkTime(): void {
    const { leftMs } = this.#options.time ?? { leftMs: Infinity };
    if (performance.now() - this.#resumedAt > leftMs) throw new SeenEnough();
  }

  /** The same source, which this run sees. */
  watched(source: ChunkSource): ChunkSource {
    return {
      read: async () => {
        if (this.#held !== undefined) this.push(this.#held);
        this.#held = undefined;
        const chunk = await source.read().catch((error) => {
          this.cancel();
          throw error;
        });
        if (this.#run !== undefined) {
          if (chunk === undefined) await this.end();
          else this.#held = chunk.slice();
        }
        return chunk;
      },
      cancel: async (reason) => {
        this.cancel();
        await source.cancel(reason);
      },
    };
  }

  push(chunk: Chunk): void {
    for (let at = 0; at < chunk.length && this.#run !== undefined; at += SLAB_BYTES) {
      const slab = chunk.subarray(at, at + SLAB_BYTES);
      this.#try(() => {
        const reader = this.#reader;
        if (reader === undefined) this.#take(slab);
        else reader.push(slab, ({ bytes, length }) => this.#take(bytes.slice(0, length)));
      });
    }
  }

  /** The body has ended. */
  async end(): Promise<void> {
    this.#try(() => this.#reader?.end(({ bytes, length }) => this.#take(bytes.slice(0, length))));
    let hasMore = true;
    while (hasMore && this.#run !== undefined) {
      this.#try(() => hasMore = this.#run!.endPiece());
      if (!this.#options.wantsOutput) break;
      if (hasMore) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.#end(true);
  }

  /** Nothing more is wanted. */
  cancel(): void {
    this.#end(false);
  }

  #take(lines: Chunk): void {
    this.#isCut = this.#run!.push(lines) === false;
    if (this.#isCut) throw new SeenEnough();
  }

  #try(step: () => void): void {
    this.#resumedAt = performance.now();
    try {
      step();
    } catch {
      this.#end(this.#isCut);
    }
    const { time } = this.#options;
    if (time !== undefined) time.leftMs -= performance.now() - this.#resumedAt;
  }

  #end(isWhole: boolean): void {
    this.#held = undefined;
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.cancel();
    this.#reader?.release();
    this.#reader = undefined;
    this.#options.ended?.(isWhole);
  }
}
