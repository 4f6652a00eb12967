import { isSample, NEWLINE } from "../exposition/bytes.ts";
import type { Families } from "../exposition/families.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import type { SampleDecider } from "../policy/sample_decider.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import type { RuleFilter } from "../relabel/rule_filter.ts";
import type { BudgetedLines } from "./budgeted_lines.ts";
import { writeHeld } from "./held_metadata.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

export interface LineRules {
  /** Undefined when no rule is in force: then every line passes as it is. */
  readonly decider: SampleDecider | undefined;
  /** Rules that keep and drop; only with a decider. */
  readonly filter: RuleFilter | undefined;
  readonly maxLineBytes: number;
}

/** Takes blocks of whole lines, decides each line and writes the kept ones where they lie. */
export class ScrapeLines implements LineBlockSink {
  readonly #decider: SampleDecider | undefined;
  readonly #filter: RuleFilter | undefined;
  readonly #maxLineBytes: number;
  readonly #families: Families;
  readonly #output: BudgetedLines;
  readonly #stats: ScrapeStats;

  constructor(rules: LineRules, families: Families, output: BudgetedLines, stats: ScrapeStats) {
    this.#decider = rules.decider;
    this.#filter = rules.filter;
    this.#maxLineBytes = rules.maxLineBytes;
    this.#families = families;
    this.#output = output;
    this.#stats = stats;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    while (start < end && !this.#output.full) {
      const newline = bytes.indexOf(NEWLINE, start);
      const next = newline < 0 || newline >= end ? end : newline + 1;
      const lineEnd = newline < 0 || newline >= end ? end : newline;
      this.takeLine(bytes, start, lineEnd, next);
      start = next;
    }
    if (this.#decider !== undefined) this.#families.detach();
  }

  /** Takes one line; `next` is behind its newline. */
  takeLine(bytes: Uint8Array, start: number, end: number, next: number): void {
    this.#stats.inputLines++;
    if (this.#decider === undefined) this.#pass(bytes, start, end, next);
    else this.#decide(this.#decider, bytes, start, end, next);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#output.full) return;
    if (!this.#output.brokenLine) this.#beginLongLine(bytes, start, end);
    const counts = !this.#output.brokenLine && isSample(bytes, start, end);
    if (!this.#output.writePiece(bytes, start, end, last)) return;
    if (counts) this.#stats.outputSamples++;
  }

  /** Nothing waits here for the end. */
  end(): void {}

  /** Counts a line that passes in pieces and writes its family's metadata before it. */
  #beginLongLine(bytes: Uint8Array, start: number, end: number): void {
    this.#stats.inputLines++;
    if (!isSample(bytes, start, end)) return;
    this.#stats.inputSamples++;
    if (this.#decider === undefined) return;
    this.#stats.overlongLines++;
    const family = this.#decider.familyOf(bytes, start, end);
    writeHeld(family, end - start, this.#families, this.#output);
  }

  /** A line where no rule is in force. */
  #pass(bytes: Uint8Array, start: number, end: number, next: number): void {
    const counts = isSample(bytes, start, end);
    if (counts) this.#stats.inputSamples++;
    if (this.#output.write(bytes, start, next) && counts) this.#stats.outputSamples++;
  }

  #decide(
    decider: SampleDecider,
    bytes: Uint8Array,
    start: number,
    end: number,
    next: number,
  ): void {
    if (!isSample(bytes, start, end)) {
      if (!this.#families.hold(bytes, start, end, next)) this.#output.write(bytes, start, next);
      return;
    }
    this.#stats.inputSamples++;
    if (end - start > this.#maxLineBytes) this.#stats.overlongLines++;
    else if (!this.#isKept(decider, bytes, start, end)) return;
    const family = decider.familyOf(bytes, start, end);
    writeHeld(family, next - start, this.#families, this.#output);
    if (this.#output.write(bytes, start, next)) this.#stats.outputSamples++;
  }

  #isKept(decider: SampleDecider, bytes: Uint8Array, start: number, end: number): boolean {
    switch (decider.decide(bytes, start, end)) {
      case "keep":
        return this.#filter === undefined || this.#passesRules(decider, bytes, start, end);
      case "drop":
        this.#stats.droppedByPolicy++;
        return false;
      case "unparseable":
        this.#stats.unparseableLines++;
        return true;
      case "failed":
        this.#stats.failedEvaluations++;
        return true;
    }
  }

  #passesRules(decider: SampleDecider, bytes: Uint8Array, start: number, end: number): boolean {
    if (!decider.scanned && !scanSample(bytes, start, end, decider.spans)) {
      this.#stats.unparseableLines++;
      return true;
    }
    const filter = this.#filter!;
    const family = filter.readsBounds ? decider.familyOf(bytes, start, end) : undefined;
    if (filter.keeps(bytes, decider.spans, family?.type)) return true;
    this.#stats.droppedByRules++;
    return false;
  }
}
