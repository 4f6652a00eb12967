import type { TargetLabels } from "../aggregate/target_labels.ts";
import { DROPPED_BYTES, MEMORY_CHECK_BYTES } from "../bounds.ts";
import { codecOf } from "../exposition/composite_codec.ts";
import { type LiftedReader, UnreadableBody } from "../exposition/lifted.ts";
import { isComposite, lineFormatOf, type ReadFormat } from "../exposition/line_format.ts";
import {
  type Program,
  programOf,
  uncountedProgramOf,
  watchedProgramOf,
} from "../engine/program.ts";
import { AggregationError } from "./aggregation_error.ts";
import { type Body, compositeBody, textBody } from "./body.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import { ComposedTaker } from "./composed_taker.ts";
import { LineTaker } from "./line_taker.ts";
import { PassedTaker } from "./passed_taker.ts";
import { RewrittenTaker } from "./rewritten_taker.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SampleWatcher } from "../relabel/sample_watcher.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import type { SubsetScrape } from "./subset_scrape.ts";
import type { UnreadableAction } from "./unreadable_line.ts";

/** Of a run whose body is only read, to its end. */
export const NO_BYTE_LIMITS = { maxInputBytes: 0, maxOutputBytes: 0 } as const;

export interface ScrapeRules {
  /** Undefined when no policy is in force. */
  readonly policies: PolicyEngine | undefined;
  /** Undefined when no relabel rule and no limit is. */
  readonly rules: RulesInForce | undefined;
  readonly format: ReadFormat;
  readonly maxLineBytes: number;
  readonly collectGarbage?: () => void;
  /** Called from time to time: throws an AggregationError where there is too little memory to go on. */
  readonly checkMemory?: () => void;
  /** False: nothing is learnt of lines; for tests. */
  readonly learns?: boolean;
  /** There is no next scrape, which could hold more when families do not stand together. */
  readonly holdsMost?: boolean;
  /** A dry run: looks on at what becomes of each sample. */
  readonly watcher?: SampleWatcher;
  /** What a gateway's target adds to its samples; for dry runs. */
  readonly ofTarget?: TargetLabels;
  /** A sample that policies failed at goes through the rules, as in gateways. */
  readonly gathersFailed?: boolean;
  /** False: another run of the same scrape counts what policies decide. */
  readonly countsPolicies?: boolean;
  /** Bytes; 0 is no limit. */
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** By default they pass. */
  readonly onUnreadable?: UnreadableAction;
  /** What else is filled from the same response. */
  readonly subsets?: readonly SubsetScrape[];
  /** What is tried beside it. */
  readonly beside?: BesideRun;
  /** False: the output does not end with what is missing in it; for dry runs, and for tests. */
  readonly saysMissing?: boolean;
  /** Nobody else reads the input's chunks: their memory is freed as soon as they are processed. */
  readonly ownsInput?: boolean;
  /** Who takes the output reads it at once, and keeps nothing of it. */
  readonly isRead?: boolean;
}

/** Gets the same body. It never throws, and may be told several times that nothing more comes. */
export interface BesideRun {
  push(chunk: Chunk): void;
  end(): void;
  cancel(): void;
}

type Chunk = Uint8Array<ArrayBuffer>;

/** The same lines for several. */
function sharedBody(reader: LiftedReader, sinks: readonly LiftedSink[]): Body {
  const body = compositeBody(reader, (lines) => {
    for (const sink of sinks) sink.take(lines);
  });
  return {
    ...body,
    end() {
      body.end();
      for (const sink of sinks) sink.bodyEnded(reader.terminator);
    },
  };
}

/** The bytes pass as they are, whatever they are: only budgets and rules have to know what is in them. */
function passesAll({ planner }: Program, rules: ScrapeRules): boolean {
  const { maxInputBytes, maxOutputBytes, onUnreadable = "pass" } = rules;
  const hasBudget = maxInputBytes > 0 || maxOutputBytes > 0;
  return planner.passesAll && !hasBudget && onUnreadable === "pass";
}

/** What cannot be read is not counted, and not in the subsets. */
function passedBody(
  reader: LiftedReader,
  taker: PassedTaker,
  subsets: readonly SubsetScrape[],
): Body {
  const body = sharedBody(reader, [taker, ...subsets]);
  let isRead = true;
  const read = (step: () => void) => {
    try {
      if (isRead) step();
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
      isRead = false;
      for (const subset of subsets) subset.fail(new AggregationError(error.message));
    }
  };
  return {
    push(chunk) {
      taker.pass(chunk);
      read(() => body.push(chunk));
    },
    end: () => read(() => body.end()),
    release: body.release,
  };
}

/**
 * One scrape:
 *
 *   upstream body ─▶ input budget ─▶ line blocks ─▶ lines: known ones by    ─▶ output budget ─▶ out
 *     (decoded)      counts, cuts     whole lines      the kernel, others       views, gathered
 *                                          │           planned and learnt;      short ranges
 *                                          │           kept, dropped, or
 *                                          │           gathered into series
 *                                          └─▶ each subset: series, ─▶ its snapshot
 *       └─▶ what is in shadow: a run of its own, of which figures are left
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
  readonly #beside: BesideRun | undefined;
  readonly #maxInput: number;
  readonly #freesChunks: boolean;
  readonly #taker: BodyTaker;
  /** Hands on what the body says to the taker and to the subsets. */
  readonly #body: Body;
  #collectAfter = DROPPED_BYTES;
  #checkAfter = MEMORY_CHECK_BYTES;
  #inputEnded = false;
  #isReleased = false;

  /** `enqueue` takes the output, piece by piece; what it was given is not written again. */
  constructor(rules: ScrapeRules, stats: ScrapeStats, enqueue: (bytes: Chunk) => void) {
    const subsets = rules.subsets ?? [];
    this.#rules = rules;
    this.#stats = stats;
    this.#subsets = subsets;
    this.#beside = rules.beside;
    this.#maxInput = rules.maxInputBytes === 0 ? Infinity : rules.maxInputBytes;
    // Subsets may hold views that are not handed on yet; where nothing is dropped, views cost less.
    const dropsLines = rules.policies !== undefined || rules.rules !== undefined;
    this.#freesChunks = rules.ownsInput === true && subsets.length === 0 && dropsLines;
    const { rules: inForce, policies } = rules;
    const options = {
      ...rules,
      format: lineFormatOf(rules.format),
      saysMissing: rules.saysMissing !== false,
      limits: inForce?.limits,
      mayRename: inForce?.mayRename,
      freesChunks: this.#freesChunks,
    };
    const program = rules.watcher !== undefined
      ? watchedProgramOf(inForce, policies)
      : rules.countsPolicies === false
      ? uncountedProgramOf(inForce, policies)
      : programOf(inForce, policies);
    if (isComposite(rules.format)) {
      const codec = codecOf(rules.format);
      const reader = codec.newReader();
      const isAlone = subsets.length === 0;
      if (passesAll(program, rules)) {
        const taker = new PassedTaker(program, isAlone, reader, rules.maxLineBytes, stats, enqueue);
        this.#taker = taker;
        this.#body = passedBody(reader, taker, subsets);
      } else {
        const taker = program.planner.aggregation === undefined
          ? new RewrittenTaker(program, codec, isAlone, reader, options, stats, enqueue)
          : new ComposedTaker(program, codec, options, stats, enqueue);
        this.#taker = taker;
        this.#body = sharedBody(reader, [taker, ...subsets]);
      }
    } else {
      const taker = new LineTaker(program, options, stats, enqueue);
      this.#taker = taker;
      this.#body = textBody([taker, ...subsets]);
    }
  }

  /** Returns false when a budget has ended the scrape: no more input is wanted, and no `end`. */
  push(chunk: Chunk): boolean {
    const stats = this.#stats;
    // Before its memory is freed.
    this.#beside?.push(chunk);
    const exceeded = stats.inputBytes + chunk.length > this.#maxInput;
    const taken = exceeded ? chunk.subarray(0, this.#maxInput - stats.inputBytes) : chunk;
    stats.inputBytes += taken.length;
    this.#checkMemory();
    this.#body.push(taken);
    const { full } = this.#taker;
    // Others have a budget of their own, and want the rest.
    const isAlone = this.#subsets.length === 0 && this.#beside === undefined;
    if (full && (exceeded || isAlone)) return this.#stop("output", exceeded);
    if (exceeded) return this.#stop("input", true);
    this.#taker.flush();
    stats.outputBytes = this.#taker.bytesWritten;
    if (this.#freesChunks) this.#free(taken);
    return true;
  }

  /** The input has ended: true as long as there is more to write, a piece with each call. */
  endPiece(): boolean {
    if (!this.#inputEnded) {
      this.#inputEnded = true;
      this.#body.end();
    }
    if (!this.#taker.full && this.#taker.endPiece()) return true;
    if (this.#taker.full) this.#stop("output", false);
    else {
      this.#finish();
      for (const subset of this.#subsets) subset.end(undefined);
      this.#beside?.end();
    }
    return false;
  }

  /** The same at once. */
  end(): void {
    while (this.endPiece()) { /* until all is written */ }
  }

  /** Nothing more is wanted, and nothing more comes. */
  cancel(): void {
    this.#taker.cancel();
    this.#beside?.cancel();
    this.#release();
  }

  /** Ends the scrape at a budget, in the way that the configuration asks for. */
  #stop(limit: "input" | "output", isInputCut: boolean): false {
    const stats = this.#stats;
    stats.truncatedBy = limit;
    stats.broken = this.#rules.onLimit === "fail" || this.#taker.brokenLine;
    // What was gathered of the input so far is part of the truncated output.
    if (limit === "input") this.#taker.end();
    if (!stats.broken) this.#taker.terminate();
    this.#finish();
    for (const subset of this.#subsets) subset.end(isInputCut ? "input" : undefined);
    this.#beside?.end();
    return false;
  }

  #finish(): void {
    this.#taker.finish();
    this.#stats.outputBytes = this.#taker.bytesWritten;
    this.#release();
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#body.release();
  }

  #checkMemory(): void {
    if (this.#stats.inputBytes < this.#checkAfter) return;
    this.#checkAfter = this.#stats.inputBytes + MEMORY_CHECK_BYTES;
    this.#rules.checkMemory?.();
  }

  /**
   * Frees a chunk's memory. Left to the garbage collector, which sees small objects only, chunks pile
   * up: 391 MB in chunks of 64 KiB peaked at 160 MB resident instead of 90.
   */
  #free({ buffer }: Chunk): void {
    if (!this.#taker.isViewed(buffer)) buffer.transfer?.(0);
    if (this.#stats.inputBytes - this.#stats.outputBytes < this.#collectAfter) return;
    this.#collectAfter += DROPPED_BYTES;
    this.#rules.collectGarbage?.();
  }
}
