import { HASH, NEWLINE, SPACE } from "../exposition/bytes.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { type BudgetedLines, isEof } from "./budgeted_lines.ts";
import { isSample } from "./line_kind.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** Where no rule is in force: all lines pass as they are, and are counted. */
export class PassingLines implements LineBlockSink {
  readonly #output: BudgetedLines;
  readonly #stats: ScrapeStats;

  constructor(output: BudgetedLines, stats: ScrapeStats) {
    this.#output = output;
    this.#stats = stats;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    const output = this.#output;
    if (output.full) return;
    // Nearly always all of them fit.
    const whole = output.hasRoom(end - start);
    let lines = 0;
    let samples = 0;
    for (let at = start; at < end && !output.full;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const isLast = newline < 0 || newline >= end;
      const next = isLast ? end : newline + 1;
      // The first byte of nearly every line says it.
      const first = bytes[at];
      const counts = first === HASH
        ? false
        : first > SPACE || isSample(bytes, at, isLast ? end : newline);
      lines++;
      if (counts) samples++;
      if (whole) output.terminated ||= first === HASH && isEof(bytes, at, next);
      else if (output.write(bytes, at, next) && counts) this.#stats.outputSamples++;
      at = next;
    }
    this.#stats.inputLines += lines;
    this.#stats.inputSamples += samples;
    if (!whole) return;
    output.writeLines(bytes, start, end, lines);
    this.#stats.outputSamples += samples;
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const output = this.#output;
    if (output.full) return;
    const begins = !output.brokenLine;
    const counts = begins && isSample(bytes, start, end);
    if (begins) this.#stats.inputLines++;
    if (counts) this.#stats.inputSamples++;
    if (output.writePiece(bytes, start, end, last) && counts) this.#stats.outputSamples++;
  }

  /** Nothing waits here for the end. */
  end(): void {}
}
