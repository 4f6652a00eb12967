import { CARRIAGE_RETURN, HASH, NEWLINE, skipBlanks } from "../exposition/bytes.ts";
import { Families } from "../exposition/families.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SampleDecider } from "../policy/sample_decider.ts";
import type { LineOutput } from "./line_output.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** The line that ends an OpenMetrics exposition. */
export const EOF_LINE = new TextEncoder().encode("# EOF\n");

export interface LineRules {
  /** Undefined when no policy is in force: then every line passes as it is. */
  readonly policies: PolicyEngine | undefined;
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
}

/**
 * Takes blocks of whole lines, decides each line and writes the kept ones. `full` turns true when
 * the output budget has ended the scrape; what comes then is not looked at.
 */
export class ScrapeLines implements LineBlockSink {
  full = false;
  /** True when a piece of an unfinished line is in the output. */
  brokenLine = false;
  /** True when the exposition's own `# EOF` is in the output. */
  terminated = false;
  readonly #output: LineOutput;
  readonly #stats: ScrapeStats;
  readonly #maxLineBytes: number;
  /** What has to stay free for the terminator. */
  readonly #reserve: number;
  readonly #families: Families;
  readonly #decider: SampleDecider | undefined;

  constructor(rules: LineRules, output: LineOutput, stats: ScrapeStats) {
    this.#output = output;
    this.#stats = stats;
    this.#maxLineBytes = rules.maxLineBytes;
    this.#reserve = rules.openMetrics ? EOF_LINE.length : 0;
    this.#families = new Families(rules.policies?.readsMetadata ?? false);
    this.#decider = rules.policies?.decider(this.#families, rules.openMetrics);
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    while (start < end && !this.full) {
      const newline = bytes.indexOf(NEWLINE, start);
      const next = newline < 0 || newline >= end ? end : newline + 1;
      const lineEnd = newline < 0 || newline >= end ? end : newline;
      this.#stats.inputLines++;
      if (this.#decider === undefined) this.#pass(bytes, start, lineEnd, next);
      else this.#decide(this.#decider, bytes, start, lineEnd, next);
      start = next;
    }
    if (this.#decider !== undefined) this.#families.detach();
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.full) return;
    if (!this.brokenLine) this.#beginLongLine(bytes, start, end);
    if (!this.#fits(end - start + this.#reserve)) return;
    if (!this.brokenLine) {
      this.#stats.outputLines++;
      if (isSample(bytes, start, end)) this.#stats.outputSamples++;
    }
    this.brokenLine = !last;
    this.#output.write(bytes, start, end);
  }

  /** Counts a line that passes in pieces and writes its family's metadata before it. */
  #beginLongLine(bytes: Uint8Array, start: number, end: number): void {
    this.#stats.inputLines++;
    if (!isSample(bytes, start, end)) return;
    this.#stats.inputSamples++;
    if (this.#decider === undefined) return;
    this.#stats.overlongLines++;
    this.#writeHeld(this.#decider, bytes, start, end, end);
  }

  /** A line where no rule is in force. */
  #pass(bytes: Uint8Array, start: number, end: number, next: number): void {
    const counts = isSample(bytes, start, end);
    if (counts) this.#stats.inputSamples++;
    if (this.#write(bytes, start, next) && counts) this.#stats.outputSamples++;
  }

  #decide(
    decider: SampleDecider,
    bytes: Uint8Array,
    start: number,
    end: number,
    next: number,
  ): void {
    if (!isSample(bytes, start, end)) {
      if (!this.#families.hold(bytes, start, end, next)) this.#write(bytes, start, next);
      return;
    }
    this.#stats.inputSamples++;
    if (end - start > this.#maxLineBytes) this.#stats.overlongLines++;
    else if (!this.#isKept(decider, bytes, start, end)) return;
    this.#writeHeld(decider, bytes, start, end, next);
    if (this.#write(bytes, start, next)) this.#stats.outputSamples++;
  }

  #isKept(decider: SampleDecider, bytes: Uint8Array, start: number, end: number): boolean {
    switch (decider.decide(bytes, start, end)) {
      case "keep":
        return true;
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

  /** Writes what the family of a kept sample still holds, if the sample fits behind it. */
  #writeHeld(
    decider: SampleDecider,
    bytes: Uint8Array,
    start: number,
    end: number,
    next: number,
  ): void {
    const family = decider.familyOf(bytes, start, end);
    if (family === undefined || family.held.length === 0) return;
    const held = family.held;
    const length = held.reduce((sum, line) => sum + line.end - line.start, next - start);
    if (!this.#fits(length + this.#reserve)) return;
    this.#families.release(family);
    for (const line of held) {
      this.#output.write(line.bytes, line.start, line.end);
      this.#stats.outputLines++;
    }
  }

  #write(bytes: Uint8Array, start: number, next: number): boolean {
    const eof = this.#reserve > 0 && isEof(bytes, start, next);
    if (!this.#fits(next - start + (eof ? 0 : this.#reserve))) return false;
    this.#output.write(bytes, start, next);
    this.#stats.outputLines++;
    if (eof) this.terminated = true;
    return true;
  }

  /** Whether `length` more bytes stay within the budget; if not, the scrape ends here. */
  #fits(length: number): boolean {
    if (!this.#output.fits(length)) this.full = true;
    return !this.full;
  }
}

/** True for a line that is neither blank nor a comment, even if it turns out to be no sample. */
function isSample(bytes: Uint8Array, start: number, end: number): boolean {
  const first = skipBlanks(bytes, start, end);
  if (first === end || bytes[first] === HASH) return false;
  return first < end - 1 || bytes[first] !== CARRIAGE_RETURN;
}

function isEof(bytes: Uint8Array, start: number, next: number): boolean {
  const length = EOF_LINE.length - 1;
  if (next - start < length || next - start > length + 1) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== EOF_LINE[i]) return false;
  }
  return true;
}
