import { MAX_GATHERED_BYTES } from "../bounds.ts";
import type { Chunk, ChunkSource } from "../upstream/chunk_source.ts";
import { gatherBody, joined } from "./gathered_body.ts";
import { type ScrapeRules, ScrapeRun } from "./scrape_run.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** The budget that the configuration lets a scrape fail at, or that it ran out of inside a line. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
}

/**
 * What a `ScrapeRun` makes of an upstream's body. A small one is processed in one piece: lines that
 * lie across chunks have to be copied together. Of a large one a chunk is processed when what was
 * made of the one before has been read. Fails as the body does, and with a BudgetError where a budget must not look like the
 * end.
 */
export class ProcessedSource implements ChunkSource {
  readonly #body: ChunkSource;
  readonly #stats: ScrapeStats;
  readonly #run: ScrapeRun;
  #made: Chunk[] = [];
  #next = 0;
  /** The beginning of a large body; undefined until it was gathered. */
  #beginning: Chunk[] | undefined;
  #ended = false;

  constructor(body: ChunkSource, rules: ScrapeRules, stats: ScrapeStats) {
    this.#body = body;
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
    this.#made = [];
    this.#next = 0;
    await this.#body.cancel(reason);
  }

  async #process(): Promise<void> {
    this.#made = [];
    this.#next = 0;
    const { chunk, last } = await this.#nextInput();
    if (this.#ended) return;
    try {
      const wantsMore = chunk === undefined || this.#run.push(chunk);
      if (wantsMore && !last) return;
      this.#ended = true;
      if (wantsMore) this.#run.end();
    } catch (error) {
      await this.cancel(error);
      throw error;
    }
    if (!last) await this.#body.cancel();
  }

  /** A piece of the input, and whether it is the last one. */
  async #nextInput(): Promise<{ chunk: Chunk | undefined; last: boolean }> {
    if (this.#beginning === undefined) {
      const gathered = await gatherBody(this.#body, MAX_GATHERED_BYTES);
      this.#beginning = gathered.complete ? [] : gathered.chunks;
      if (gathered.complete) return { chunk: joined(gathered), last: true };
    }
    const chunk = this.#beginning.shift() ?? await this.#body.read();
    return { chunk, last: chunk === undefined };
  }
}
