import { MAX_HELD_LINE_BYTES, MEMORY_CHECK_BYTES } from "../bounds.ts";
import type { MergedTable } from "../merge/merged_table.ts";
import type { TargetLabels } from "../aggregate/target_labels.ts";
import { TargetRead } from "../merge/target_read.ts";
import { gatewayProgramOf } from "../engine/program.ts";
import { codecOf } from "../exposition/composite_codec.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { UnreadableBody } from "../exposition/lifted.ts";
import { type BodyFormat, isComposite, lineFormatOf } from "../exposition/line_format.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SeriesRules } from "../lines/rules_in_force.ts";
import { type Body, compositeBody, textBody } from "../lines/body.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { type Limited, TargetSink, UnreadableTarget } from "./target_sink.ts";
import type { UnreadableAction } from "../lines/unreadable_line.ts";

/** What one scrape of many targets fills: `/metrics`, a subset, or what is in shadow. */
export interface MergedOutput {
  readonly rules: SeriesRules;
  readonly table: MergedTable;
  readonly stats: ScrapeStats;
  /** Set where nothing that fails may fail a target, or the scrape. */
  readonly shadow?: ShadowOutput;
}

/** What is told of the output that nobody gets. */
export interface ShadowOutput {
  readonly policies: PolicyEngine | undefined;
  /** False where the policies are those of the others, and counted there. */
  readonly countsPolicies: boolean;
  /** Nothing more is taken, of no target. */
  failure: Error | undefined;
}

export interface TargetScrapeOptions {
  /** The first is that of `/metrics`, whose samples policies count. */
  readonly outputs: readonly MergedOutput[];
  readonly policies: PolicyEngine | undefined;
  readonly format: BodyFormat;
  readonly labels: TargetLabels;
  /** The target's place in the order of targets. */
  readonly rank: number;
  /** Decompressed bytes of one target; 0 is no limit. */
  readonly maxInputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** By default a line that cannot be read fails the target. */
  readonly onUnreadable?: UnreadableAction;
  /** As `ScrapeRules` has it. */
  readonly checkMemory?: () => void;
  /** Told of each sample that a limit of the first output keeps out. */
  readonly limited?: Limited;
}

interface Part {
  readonly output: MergedOutput;
  /** What this target alone counted. */
  readonly stats: ScrapeStats;
  readonly sink: TargetSink;
}

/** One target in one scrape: its response is taken apart while it arrives. */
export class TargetScrape {
  inputBytes = 0;
  /** The input budget ended it early: what came before counts. */
  truncated = false;
  readonly #options: TargetScrapeOptions;
  readonly #parts: readonly Part[];
  /** What arrives, on its way to the outputs. */
  readonly #body: Body;
  /** Whether the format's terminator was there, if it has one. */
  readonly #isTerminated: () => boolean;

  constructor(options: TargetScrapeOptions) {
    this.#options = options;
    this.#parts = options.outputs.map((output, index) => this.#part(output, index === 0));
    const sinks = this.#parts.map(({ output, sink }) =>
      output.shadow === undefined ? sink : new ShadowSink(output.shadow, sink)
    );
    const { format } = options;
    if (isComposite(format)) {
      const reader = codecOf(format).newReader();
      this.#body = compositeBody(reader, ({ bytes, length }) => {
        for (const sink of sinks) sink.lines(bytes, 0, length, true);
      });
      this.#isTerminated = () => reader.terminator !== undefined || format === "protobuf";
    } else {
      this.#body = textBody(sinks);
      this.#isTerminated = () => format === "text" || this.#parts[0].sink.terminated;
    }
  }

  /**
   * Reads the body. Throws what reading throws, an UnreadableTarget when it is no exposition, and an
   * AggregationError when the scrape cannot go on.
   */
  async read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      await this.#read(body);
    } catch (error) {
      if (error instanceof UnreadableBody) throw new UnreadableTarget(error.message);
      throw error;
    }
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const limit = this.#options.maxInputBytes || Infinity;
    let checkAfter = 0;
    for await (const chunk of body) {
      const exceeds = this.inputBytes + chunk.length > limit;
      const taken = exceeds ? chunk.subarray(0, limit - this.inputBytes) : chunk;
      this.inputBytes += taken.length;
      this.#parts[0].stats.inputBytes += taken.length;
      if (this.inputBytes >= checkAfter) {
        checkAfter = this.inputBytes + MEMORY_CHECK_BYTES;
        this.#options.checkMemory?.();
      }
      this.#body.push(taken);
      if (!exceeds) continue;
      if (this.#options.onLimit === "fail") {
        throw new UnreadableTarget(`more than ${limit} bytes, which is the input limit`);
      }
      this.truncated = true;
      return;
    }
    this.#body.end();
    if (!this.#isTerminated()) throw new UnreadableTarget("OpenMetrics without # EOF at its end");
  }

  /** Samples that the target exposed, before policies and rules. */
  get samples(): number {
    return this.#parts[0].stats.inputSamples;
  }

  /** Counts what was read in every output. Only for a response that was read to its end. */
  fold(address: string): void {
    for (const { output: { shadow }, sink } of this.#parts) {
      if (shadow === undefined) sink.fold(address);
      else isolated(shadow, () => sink.fold(address));
    }
  }

  /** Lets go of what was kept for counting. To be called at the end, however the response ended. */
  close(): void {
    for (const { sink } of this.#parts) sink.end();
    this.#body.release();
  }

  /** Adds what was counted to the outputs' figures; of a response that does not count its bytes only. */
  count(wasRead: boolean): void {
    for (const { output, stats } of this.#parts) {
      if (wasRead) output.stats.add(stats);
      else output.stats.inputBytes += stats.inputBytes;
    }
  }

  #part(output: MergedOutput, isMain: boolean): Part {
    const { labels, rank, onUnreadable } = this.#options;
    const { rules, table, shadow } = output;
    const { policies, countsPolicies } = shadow ??
      { policies: this.#options.policies, countsPolicies: isMain };
    const stats = new ScrapeStats();
    const format = lineFormatOf(this.#options.format);
    const read = new TargetRead(format, rank);
    const options = {
      format,
      maxLineBytes: MAX_HELD_LINE_BYTES,
      onUnreadable,
      // With tables of many targets a collection takes long: only where memory runs out.
      collectGarbage: this.#options.checkMemory,
      ofTarget: labels,
      startedAt: (seconds: number) => {
        read.startTimeSeconds = Math.max(seconds, read.startTimeSeconds ?? -Infinity);
      },
    };
    const { engine } = gatewayProgramOf(rules, policies, countsPolicies);
    const limited = isMain && shadow === undefined ? this.#options.limited : undefined;
    const sink = new TargetSink(engine, rules, table, read, { ...options, limited }, stats);
    return { output, stats, sink };
  }
}

/** Takes lines as long as nothing fails there. */
class ShadowSink implements LineBlockSink {
  readonly #shadow: ShadowOutput;
  readonly #sink: TargetSink;

  constructor(shadow: ShadowOutput, sink: TargetSink) {
    this.#shadow = shadow;
    this.#sink = sink;
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    let taken = end;
    isolated(this.#shadow, () => taken = this.#sink.lines(bytes, start, end, isLast));
    return taken;
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    isolated(this.#shadow, () => this.#sink.linePiece(bytes, start, end, last));
  }
}

function isolated(shadow: ShadowOutput, step: () => void): void {
  if (shadow.failure !== undefined) return;
  try {
    step();
  } catch (error) {
    shadow.failure = error as Error;
  }
}
