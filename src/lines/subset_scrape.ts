import { formatValue } from "../exposition/format_value.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { type BodyFormat, isComposite } from "../exposition/line_format.ts";
import { uncountedProgramOf } from "../engine/program.ts";
import type { LiftedLines } from "../exposition/lifted.ts";
import { codecOf } from "../exposition/composite_codec.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import { ComposedTaker } from "./composed_taker.ts";
import { AggregationError } from "./aggregation_error.ts";
import { LineTaker } from "./line_taker.ts";
import type { UnreadableAction } from "./unreadable_line.ts";
import { ScrapeStats } from "./scrape_stats.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SeriesRules } from "./rules_in_force.ts";
import type { SubsetSnapshot } from "./subset_snapshots.ts";

export interface SubsetOptions {
  readonly name: string;
  readonly rules: SeriesRules;
  readonly policies: PolicyEngine | undefined;
  readonly format: BodyFormat;
  readonly contentType: string | null;
  readonly maxLineBytes: number;
  /** Bytes; 0 is no limit. */
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  readonly onUnreadable?: UnreadableAction;
  /** Unix time of the scrape in milliseconds. */
  readonly scrapedAtMs: number;
  /** Give each sample that has no timestamp the scrape's. */
  readonly timestamps: boolean;
  readonly collectGarbage?: () => void;
}

/**
 * One subset in one scrape: takes the upstream's lines and makes a snapshot of what is left. What fails
 * it (a limit, a family that came back too late) fails no other subset, and not the scrape.
 */
export class SubsetScrape implements LineBlockSink, LiftedSink {
  readonly name: string;
  /** Why there is no snapshot; undefined where nothing failed. */
  error: AggregationError | undefined;
  readonly stats: ScrapeStats = new ScrapeStats();
  readonly #options: SubsetOptions;
  readonly #taker: BodyTaker;
  /** The same: one of both takes what the response says. */
  readonly #lines: LineTaker | undefined;
  readonly #composed: ComposedTaker | undefined;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #ended = false;

  constructor(options: SubsetOptions) {
    this.name = options.name;
    this.#options = options;
    const { rules, policies, format } = options;
    const timestamp = options.timestamps
      ? timestampText(options.scrapedAtMs, format !== "text")
      : undefined;
    // What policies decide of a sample is counted by the scrape itself.
    const program = uncountedProgramOf(rules, policies);
    const { limits, mayRename } = rules;
    const taken = { ...options, limits, mayRename, timestamp, saysMissing: true };
    const enqueue = (bytes: Uint8Array<ArrayBuffer>) => this.#chunks.push(bytes);
    if (isComposite(format)) {
      const codec = codecOf(format);
      this.#taker = this.#composed = new ComposedTaker(program, codec, taken, this.stats, enqueue);
    } else {
      const lines = { ...taken, format };
      this.#taker = this.#lines = new LineTaker(program, lines, this.stats, enqueue);
    }
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    let taken = end;
    this.#try(() => taken = this.#lines!.lines(bytes, start, end, isLast));
    return taken;
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    this.#try(() => this.#lines!.linePiece(bytes, start, end, last));
  }

  take(lines: LiftedLines): void {
    this.#try(() => this.#composed!.take(lines));
  }

  bodyEnded(terminator: Uint8Array<ArrayBuffer> | undefined): void {
    this.#composed!.bodyEnded(terminator);
  }

  /** The response has ended: by itself, or at a budget. */
  end(limit: "input" | undefined): void {
    this.#try(() => this.#end(limit));
  }

  #try(step: () => void): void {
    if (this.error !== undefined) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof AggregationError)) throw error;
      this.fail(error);
    }
  }

  /** Nothing more is taken, and there is no snapshot. */
  fail(error: AggregationError): void {
    this.error ??= error;
    this.#chunks.length = 0;
    this.#taker.cancel();
  }

  #end(limit: "input" | undefined): void {
    const { stats } = this;
    stats.truncatedBy = limit;
    stats.broken = limit !== undefined && this.#isBroken;
    this.#taker.end();
    if (this.#taker.full) stats.truncatedBy = "output";
    if (stats.truncatedBy !== undefined) {
      stats.broken = this.#isBroken;
      if (!stats.broken) this.#taker.terminate();
    }
    this.#taker.finish();
    this.stats.outputBytes = this.#taker.bytesWritten;
    this.#ended = true;
  }

  /** Whether a budget's end must not look like that of the exposition. */
  get #isBroken(): boolean {
    return this.#options.onLimit === "fail" || this.#taker.brokenLine;
  }

  /** Undefined where the scrape has not ended, or must not look as if it had. */
  get snapshot(): SubsetSnapshot | undefined {
    if (!this.#ended || this.stats.broken) return undefined;
    const { contentType, scrapedAtMs } = this.#options;
    const isTruncated = this.stats.truncatedBy !== undefined;
    return { chunks: this.#chunks, contentType, scrapedAtMs, isTruncated };
  }
}

/** Milliseconds in the text format, seconds in others. */
export function timestampText(ms: number, inSeconds: boolean): string {
  return inSeconds ? formatValue(ms / 1000) : String(Math.trunc(ms));
}
