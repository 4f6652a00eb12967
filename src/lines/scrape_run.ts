import { DROPPED_BYTES } from "../bounds.ts";
import { LineBlocks } from "../exposition/line_blocks.ts";
import { lineFormat } from "../exposition/line_format.ts";
import { programOf, watchedProgramOf } from "../engine/program.ts";
import { LineTaker } from "./line_taker.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SampleWatcher } from "../relabel/sample_watcher.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import type { SubsetScrape } from "./subset_scrape.ts";
import type { UnreadableAction } from "./unreadable_line.ts";

export interface ScrapeRules {
  /** Undefined when no policy is in force. */
  readonly policies: PolicyEngine | undefined;
  /** Undefined when no relabel rule and no limit is. */
  readonly rules: RulesInForce | undefined;
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
  readonly collectGarbage?: () => void;
  /** False: nothing is learnt of lines; for tests. */
  readonly learns?: boolean;
  /** There is no next scrape, which could hold more when families do not stand together. */
  readonly holdsMost?: boolean;
  /** A dry run: looks on at what becomes of each sample. */
  readonly watcher?: SampleWatcher;
  /** Bytes; 0 is no limit. */
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** By default they pass. */
  readonly onUnreadable?: UnreadableAction;
  /** What else is filled from the same response. */
  readonly subsets?: readonly SubsetScrape[];
  /** False: the output does not end with what is missing in it; for dry runs, and for tests. */
  readonly saysMissing?: boolean;
  /** Nobody else reads the input's chunks: their memory is freed as soon as they are processed. */
  readonly ownsInput?: boolean;
}

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * One scrape:
 *
 *   upstream body ─▶ input budget ─▶ line blocks ─▶ lines: known ones by    ─▶ output budget ─▶ out
 *     (decoded)      counts, cuts     whole lines      the kernel, others       views, gathered
 *                                          │           planned and learnt;      short ranges
 *                                          │           kept, dropped, or
 *                                          │           gathered into series
 *                                          └─▶ each subset: series, ─▶ its snapshot
 *
 * All of it is synchronous. Whatever ends it early says so: a truncated output is terminated validly
 * and recorded in `stats.truncatedBy`; where the transfer has to break (`on_limit: fail`, or a cut
 * inside a line that is partly out), `stats.broken` says that too, and whoever sends the output must
 * not end it cleanly.
 */
export class ScrapeRun {
  readonly #rules: ScrapeRules;
  readonly #stats: ScrapeStats;
  readonly #subsets: readonly SubsetScrape[];
  readonly #maxInput: number;
  readonly #freesChunks: boolean;
  readonly #lines: LineTaker;
  /** Of its lines, and of each subset's. */
  readonly #blocks: readonly LineBlocks[];
  #collectAfter = DROPPED_BYTES;
  #inputEnded = false;

  /** `enqueue` takes the output, piece by piece; what it was given is not written again. */
  constructor(rules: ScrapeRules, stats: ScrapeStats, enqueue: (bytes: Chunk) => void) {
    const subsets = rules.subsets ?? [];
    this.#rules = rules;
    this.#stats = stats;
    this.#subsets = subsets;
    this.#maxInput = rules.maxInputBytes === 0 ? Infinity : rules.maxInputBytes;
    // Subsets may hold views that are not handed on yet; where nothing is dropped, views cost less.
    const dropsLines = rules.policies !== undefined || rules.rules !== undefined;
    this.#freesChunks = rules.ownsInput === true && subsets.length === 0 && dropsLines;
    const { rules: inForce, policies } = rules;
    const options = {
      ...rules,
      format: lineFormat(rules.openMetrics),
      saysMissing: rules.saysMissing !== false,
      limits: inForce?.limits,
      mayRename: inForce?.mayRename,
      freesChunks: this.#freesChunks,
    };
    const program = rules.watcher === undefined
      ? programOf(inForce, policies)
      : watchedProgramOf(inForce, policies);
    this.#lines = new LineTaker(program, options, stats, enqueue);
    this.#blocks = [this.#lines, ...subsets].map((sink) => new LineBlocks(sink));
  }

  /** Returns false when a budget has ended the scrape: no more input is wanted, and no `end`. */
  push(chunk: Chunk): boolean {
    const stats = this.#stats;
    const exceeded = stats.inputBytes + chunk.length > this.#maxInput;
    const taken = exceeded ? chunk.subarray(0, this.#maxInput - stats.inputBytes) : chunk;
    stats.inputBytes += taken.length;
    for (const blocks of this.#blocks) blocks.push(taken);
    const { full } = this.#lines;
    // Subsets have a budget of their own, and want the rest.
    if (full && (exceeded || this.#subsets.length === 0)) return this.#stop("output", exceeded);
    if (exceeded) return this.#stop("input", true);
    this.#lines.flush();
    stats.outputBytes = this.#lines.bytesWritten;
    if (this.#freesChunks) this.#free(taken);
    return true;
  }

  /** The input has ended: true as long as there is more to write, a piece with each call. */
  endPiece(): boolean {
    if (!this.#inputEnded) {
      this.#inputEnded = true;
      for (const blocks of this.#blocks) blocks.end();
    }
    if (!this.#lines.full && this.#lines.endPiece()) return true;
    if (this.#lines.full) this.#stop("output", false);
    else {
      this.#finish();
      for (const subset of this.#subsets) subset.end(undefined);
    }
    return false;
  }

  /** The same at once. */
  end(): void {
    while (this.endPiece()) { /* until all is written */ }
  }

  /** Nothing more is wanted, and nothing more comes. */
  cancel(): void {
    this.#lines.cancel();
  }

  /** Ends the scrape at a budget, in the way that the configuration asks for. */
  #stop(limit: "input" | "output", isInputCut: boolean): false {
    const stats = this.#stats;
    stats.truncatedBy = limit;
    stats.broken = this.#rules.onLimit === "fail" || this.#lines.brokenLine;
    // What was gathered of the input so far is part of the truncated output.
    if (limit === "input") this.#lines.end();
    if (!stats.broken) this.#lines.terminate();
    this.#finish();
    for (const subset of this.#subsets) subset.end(isInputCut ? "input" : undefined);
    return false;
  }

  #finish(): void {
    this.#lines.finish();
    this.#stats.outputBytes = this.#lines.bytesWritten;
  }

  /**
   * Frees a chunk's memory. Left to the garbage collector, which sees small objects only, chunks pile
   * up: 391 MB in chunks of 64 KiB peaked at 160 MB resident instead of 90.
   */
  #free({ buffer }: Chunk): void {
    if (!this.#lines.viewed.has(buffer)) buffer.transfer?.(0);
    if (this.#stats.inputBytes - this.#stats.outputBytes < this.#collectAfter) return;
    this.#collectAfter += DROPPED_BYTES;
    this.#rules.collectGarbage?.();
  }
}
