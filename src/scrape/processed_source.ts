import type { Chunk, ChunkSource } from "../upstream/chunk_source.ts";
import { UnreadableBody } from "../exposition/lifted.ts";
import { type ScrapeRules, ScrapeRun } from "../lines/scrape_run.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

/** The budget that the configuration lets a scrape fail at, or that it ran out of inside a line. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
}

/**
 * What a `ScrapeRun` makes of an upstream's body: a chunk is processed when what was made of the one
 * before has been read. Fails as the body does, and with a BudgetError where a budget must not look
 * like the end.
 */
export class ProcessedSource implements ChunkSource {
  readonly #body: ChunkSource;
  readonly #stats: ScrapeStats;
  readonly #run: ScrapeRun;
  readonly #ofUpstream: (error: UnreadableBody) => Error;
  #made: Chunk[] = [];
  #next = 0;
  #inputEnded = false;
  #ended = false;

  /** `ofUpstream` makes the error of a body that is not what its type says one of its upstream. */
  constructor(
    body: ChunkSource,
    rules: ScrapeRules,
    stats: ScrapeStats,
    ofUpstream: (error: UnreadableBody) => Error,
  ) {
    this.#body = body;
    this.#ofUpstream = ofUpstream;
    this.#stats = stats;
    this.#run = new ScrapeRun(rules, stats, (bytes) => this.#made.push(bytes));
  }

  async read(): Promise<Chunk | undefined> {
    while (this.#next === this.#made.length && !this.#ended) await this.#process();
    if (this.#next < this.#made.length) return this.#made[this.#next++];
    if (!this.#stats.broken) return undefined;
    throw new BudgetError(`the ${this.#stats.truncatedBy} budget is exceeded`);
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#ended = true;
    this.#run.cancel();
    this.#made = [];
    this.#next = 0;
    await this.#body.cancel(reason);
  }

  async #process(): Promise<void> {
    this.#made = [];
    this.#next = 0;
    const chunk = this.#inputEnded ? undefined : await this.#body.read();
    const last = chunk === undefined;
    if (this.#ended) return;
    try {
      const wantsMore = last || this.#run.push(chunk);
      if (wantsMore && !last) return;
      this.#inputEnded = true;
      // What was gathered is written as it is read.
      this.#ended = !wantsMore || !this.#run.endPiece();
    } catch (error) {
      await this.cancel(error);
      throw error instanceof UnreadableBody ? this.#ofUpstream(error) : error;
    }
    if (!last) await this.#body.cancel();
  }
}
