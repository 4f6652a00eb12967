import { BACKSLASH, isSample, NEWLINE } from "../exposition/bytes.ts";
import type { Families, Family } from "../exposition/families.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { isLabel, type LabelName } from "../exposition/wanted_label.ts";
import { INPUT, INPUT_BYTES, type Kernel, MAX_KERNEL_LINE_BYTES } from "../kernel/kernel.ts";
import type { KernelPool } from "../kernel/kernel_pool.ts";
import { LineTemplates, type Outcome } from "../kernel/line_templates.ts";
import type { SampleDecider } from "../policy/sample_decider.ts";
import type { BudgetedLines } from "./budgeted_lines.ts";

/** Lines that are learnt before it counts whether that was of use. */
const FREE_LESSONS = 64;
/** So many lines have to be taken by the kernel for each one learnt. */
const WORTHWHILE = 4;
/** Lines that TypeScript takes, at most, before the kernel is asked again, when it knew none of many. */
const MOST_UNASKED = 64;

/** One line that TypeScript has taken. */
export interface TakenLine {
  readonly bytes: Uint8Array;
  readonly spans: SampleSpans;
  readonly family: Family | undefined;
}

/** What stands around the kernel: the part of a sink that the kernel does not do. */
export interface KernelUser {
  /** Takes one line as `SampleGatherer.takeLine` does. */
  takeLine(bytes: Uint8Array, start: number, end: number, next: number, mayEscape: boolean): void;
  /** False when that many bytes of lines might end the scrape: then TypeScript takes them. */
  mayTake(length: number): boolean;
  /** The kernel has taken lines of the block that begins at `start`. */
  taken(bytes: Uint8Array, start: number): void;
  /**
   * What became of a sample that policies kept, and the offsets in `spans.labels` of the labels whose
   * values that rests on.
   */
  outcomeOf(line: TakenLine): { readonly outcome: Outcome; readonly reads: readonly number[] };
  /** Rises when other labels are read. */
  readonly version: number;
}

export interface KernelScrape {
  readonly kernel: Kernel;
  readonly pool: KernelPool;
  readonly families: Families;
  readonly decider: SampleDecider;
  readonly output: BudgetedLines;
  readonly maxLineBytes: number;
}

/*
 *   block ─▶ kernel: lines of known templates
 *              │ every other line
 *              └─▶ TypeScript, which the kernel learns from
 */

/** Feeds blocks of lines to the kernel, and what it does not know to TypeScript. */
export class KernelFeed {
  readonly #scrape: KernelScrape;
  readonly #user: KernelUser;
  readonly #templates: LineTemplates;
  readonly #maxLineBytes: number;
  readonly #spans = new SampleSpans();
  /** What the templates rest on. */
  #generation = -1;
  #version = -1;
  #epoch = -1;
  /** Lines that were learnt, and that the kernel took, since the last metadata. */
  #lessons = 0;
  #taken = 0;
  /** Lines in a row that the kernel did not know, and lines to come that it is not asked about. */
  #unknown = 0;
  #unasked = 0;

  constructor(scrape: KernelScrape, user: KernelUser) {
    this.#scrape = scrape;
    this.#user = user;
    this.#templates = new LineTemplates(scrape.kernel);
    this.#maxLineBytes = Math.min(scrape.maxLineBytes, MAX_KERNEL_LINE_BYTES);
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    const { kernel, output, families } = this.#scrape;
    const backslash = bytes.indexOf(BACKSLASH, start);
    const mayEscape = backslash >= 0 && backslash < end;
    while (start < end && !output.full) {
      const length = Math.min(end - start, INPUT_BYTES);
      kernel.bytes.set(bytes.subarray(start, start + length), INPUT);
      start = this.#block(bytes, start, start + length, end, mayEscape);
    }
    families.detach();
  }

  /** The scrape has ended. */
  end(): void {
    this.#scrape.pool.release(this.#scrape.kernel);
  }

  /** Forgets the templates: what they say of lines holds no longer. */
  forget(): void {
    this.#lessons =
      this.#taken =
      this.#unknown =
      this.#unasked =
        0;
    this.#templates.clear();
  }

  /**
   * Takes the lines of `[start, blockEnd)`, which lie in the kernel's input block, and returns where
   * the next one begins: one that goes on behind the block is left.
   */
  #block(
    bytes: Uint8Array,
    start: number,
    blockEnd: number,
    end: number,
    mayEscape: boolean,
  ): number {
    const { kernel, output } = this.#scrape;
    this.#refresh();
    for (let at = start; at < blockEnd && !output.full;) {
      if (this.#unasked > 0) this.#unasked--;
      else if (this.#user.mayTake(blockEnd - at)) {
        const from = at;
        at = start + kernel.exports.take(at - start, blockEnd - start, this.#maxLineBytes);
        if (at > from) {
          this.#unknown = 0;
          this.#templates.countDecisions();
          this.#user.taken(bytes, start);
          if (at >= blockEnd) break;
          if (kernel.hasMostRanges) continue;
        } else if (++this.#unknown > FREE_LESSONS) this.#unasked = MOST_UNASKED;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline < 0 || newline >= end ? end : newline;
      if (lineEnd >= blockEnd && blockEnd < end && at > start) return at;
      const next = lineEnd < end ? lineEnd + 1 : end;
      this.#user.takeLine(bytes, at, lineEnd, next, mayEscape);
      if (!output.full) this.#learn(bytes, at, lineEnd);
      at = next;
      if (at >= blockEnd) return at;
    }
    return blockEnd;
  }

  /** Lets the kernel take the lines that are like this one from now on. */
  #learn(bytes: Uint8Array, start: number, end: number): void {
    // A comment may be metadata, which has to be written with the next sample that is kept.
    if (!isSample(bytes, start, end)) return this.forget();
    this.#refresh();
    if (this.#lessons >= FREE_LESSONS && this.#taken < this.#lessons * WORTHWHILE) return;
    const { decider } = this.#scrape;
    const decision = decider.settled;
    if (decision === undefined || end - start > this.#maxLineBytes) return;
    this.#lessons++;
    const spans = this.#spans;
    if (!scanSample(bytes, start, end, spans)) return;
    const decided = readLabels(bytes, spans, decider.labelsRead);
    const family = decider.familyOf(bytes, start, end);
    const { outcome, reads } = decision.keep
      ? this.#user.outcomeOf({ bytes, spans, family })
      : { outcome: "policy" as const, reads: [] };
    this.#refresh();
    const all = [...new Set([...reads, ...decided])];
    const line = { bytes, start, spans, reads: all, outcome, decision };
    if (!this.#templates.learn(line)) this.#templates.clear();
  }

  /** Forgets the templates when what they rest on has changed. */
  #refresh(): void {
    const { generation } = this.#scrape.families;
    const { epoch } = this.#scrape.decider;
    const { version } = this.#user;
    if (
      generation === this.#generation && version === this.#version && epoch === this.#epoch
    ) return;
    this.#generation = generation;
    this.#version = version;
    this.#epoch = epoch;
    this.forget();
  }

  /** Adds lines that the kernel took. */
  count(lines: number): void {
    this.#taken += lines;
  }
}

/** Offsets in `spans.labels` of the wanted labels that have a value. */
export function readLabels(
  bytes: Uint8Array,
  { labels, labelCount }: SampleSpans,
  wanted: readonly LabelName[],
): number[] {
  const reads: number[] = [];
  for (let at = 0; at < labelCount * 4; at += 4) {
    if (labels[at + 2] === labels[at + 3]) continue;
    if (wanted.some((name) => isLabel(name, bytes, labels[at], labels[at + 1]))) reads.push(at);
  }
  return reads;
}
