import { SLAB_BYTES } from "../bounds.ts";
import { EOF_LINE } from "./eof_line.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/**
 * Copies lines side by side into chunks that nothing overwrites, as long as the output budget lasts.
 * In OpenMetrics the terminator's bytes are kept free, so that a truncated output can be ended within
 * the budget too.
 */
export class BudgetedLines {
  /** The budget has ended the output: nothing more is written. */
  full = false;
  bytesWritten = 0;
  readonly #stats: ScrapeStats;
  readonly #limit: number;
  readonly #openMetrics: boolean;
  readonly #isCounted: boolean;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunk = new Uint8Array(0);
  #used = 0;

  /** `maxBytes` 0 is no limit. `isCounted`: nothing is kept of what is written but how much it is. */
  constructor(maxBytes: number, stats: ScrapeStats, openMetrics: boolean, isCounted = false) {
    this.#stats = stats;
    this.#isCounted = isCounted;
    this.#openMetrics = openMetrics;
    this.#limit = maxBytes === 0 ? Infinity : maxBytes - (openMetrics ? EOF_LINE.length : 0);
  }

  /** Whether `length` more bytes fit in front of the terminator; if not, the output ends here. */
  fits(length: number): boolean {
    if (this.bytesWritten + length > this.#limit) this.full = true;
    return !this.full;
  }

  /** Writes the first `length` bytes, a line, if they fit. */
  write(bytes: Uint8Array, length = bytes.length): boolean {
    if (!this.fits(length)) return false;
    this.#put(bytes, length);
    this.#stats.outputLines++;
    return true;
  }

  /** All lines are written. */
  close(): void {
    // Each was written as it came.
  }

  /** Writes what Weir says of the output itself: on top of the budget, and none of its lines. */
  writeOwn(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > 0) this.#put(bytes, bytes.length);
  }

  /** Ends the output validly: in OpenMetrics with its terminator. */
  terminate(): void {
    if (this.#openMetrics) this.#put(EOF_LINE, EOF_LINE.length);
  }

  /** All that was written; nothing can be written any more. */
  end(): Uint8Array<ArrayBuffer>[] {
    this.#closeChunk();
    return this.#chunks;
  }

  #put(bytes: Uint8Array, length: number): void {
    this.bytesWritten += length;
    if (this.#isCounted) return;
    if (this.#used + length > this.#chunk.length) {
      this.#closeChunk();
      this.#chunk = new Uint8Array(Math.max(SLAB_BYTES, length));
      this.#used = 0;
    }
    this.#chunk.set(bytes.subarray(0, length), this.#used);
    this.#used += length;
  }

  #closeChunk(): void {
    if (this.#used > 0) this.#chunks.push(this.#chunk.subarray(0, this.#used));
  }
}
