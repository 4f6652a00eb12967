import type { LineOutput } from "./line_output.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

/**
 * Writes whole lines as long as the output budget lasts. `full` turns true when it has ended the
 * scrape; what comes then is not to be looked at. In OpenMetrics the terminator's bytes are kept
 * free, so that a truncated output can be ended within the budget too.
 */
export class BudgetedLines {
  full = false;
  /** True when a piece of an unfinished line is in the output. */
  brokenLine = false;
  /** True when the exposition's own `# EOF` is in the output. */
  terminated = false;
  readonly #output: LineOutput;
  readonly #stats: ScrapeStats;
  readonly #reserve: number;

  constructor(output: LineOutput, stats: ScrapeStats, openMetrics: boolean) {
    this.#output = output;
    this.#stats = stats;
    this.#reserve = openMetrics ? EOF_LINE.length : 0;
  }

  /** Whether `length` more bytes fit in front of the terminator; if not, the scrape ends here. */
  fits(length: number): boolean {
    if (!this.#output.fits(length + this.#reserve)) this.full = true;
    return !this.full;
  }

  /** Writes a line if it fits. `bytes` must not change afterwards. */
  write(bytes: Uint8Array, start: number, next: number): boolean {
    const isTerminator = this.#reserve > 0 && isEof(bytes, start, next);
    if (!this.#output.fits(next - start + (isTerminator ? 0 : this.#reserve))) this.full = true;
    if (this.full) return false;
    this.#output.write(bytes, start, next);
    this.#stats.outputLines++;
    if (isTerminator) this.terminated = true;
    return true;
  }

  /** Whether `length` more bytes fit; the scrape goes on if they do not. */
  hasRoom(length: number): boolean {
    return !this.full && this.#output.fits(length + this.#reserve);
  }

  /** Writes so many samples' lines if they all fit; the scrape goes on if they do not. */
  writeLines(bytes: Uint8Array, start: number, end: number, lines: number): boolean {
    if (!this.hasRoom(end - start)) return false;
    this.#output.write(bytes, start, end);
    this.#stats.outputLines += lines;
    return true;
  }

  /** Writes a piece of a line that is too long to be held; `last` ends that line. */
  writePiece(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    if (!this.fits(end - start)) return false;
    if (!this.brokenLine) this.#stats.outputLines++;
    this.brokenLine = !last;
    this.#output.write(bytes, start, end);
    return true;
  }

  /** Ends a truncated output validly: in OpenMetrics with its terminator. */
  terminate(): void {
    if (this.#reserve > 0 && !this.terminated) this.#output.write(EOF_LINE, 0, EOF_LINE.length);
    this.terminated = true;
  }
}

/** The line that ends an OpenMetrics exposition. */
const EOF_LINE = new TextEncoder().encode("# EOF\n");

export function isEof(bytes: Uint8Array, start: number, next: number): boolean {
  const length = EOF_LINE.length - 1;
  if (next - start < length || next - start > length + 1) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== EOF_LINE[i]) return false;
  }
  return true;
}
