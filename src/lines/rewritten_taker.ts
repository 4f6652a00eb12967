import { GARBAGE_BYTES } from "../bounds.ts";
import type { Program } from "../engine/program.ts";
import type { CompositeCodec } from "../exposition/composite_codec.ts";
import type { LiftedLines, LiftedReader } from "../exposition/lifted.ts";
import { ownLines } from "../exposition/own_families.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import { CompositeOutput } from "./composite_output.ts";
import { KeptLines } from "./kept_lines.ts";
import type { TakerOptions } from "./line_taker.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { shortfallsOf } from "./shortfall.ts";

/**
 * Writes a body of composite metrics again without the samples that its program drops; one that makes
 * series of samples is no program for it.
 */
export class RewrittenTaker implements BodyTaker, LiftedSink {
  readonly brokenLine = false;
  readonly #reader: LiftedReader;
  readonly #kept: KeptLines;
  readonly #output: CompositeOutput;
  readonly #stats: ScrapeStats;
  readonly #saysMissing: boolean;
  readonly #collectGarbage: (() => void) | undefined;
  #collectAt = GARBAGE_BYTES;

  /** `isAlone`: nobody else takes the lines of the body. */
  constructor(
    program: Program,
    codec: CompositeCodec,
    isAlone: boolean,
    reader: LiftedReader,
    options: Omit<TakerOptions, "format">,
    stats: ScrapeStats,
    enqueue: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.#reader = reader;
    this.#output = new CompositeOutput(codec, options.maxOutputBytes, enqueue);
    this.#kept = new KeptLines(program, { ...options, format: "lifted" }, stats);
    const { walker } = this.#kept;
    if (isAlone && walker !== undefined) reader.walkWith?.(walker);
    this.#stats = stats;
    this.#collectGarbage = options.collectGarbage;
    this.#saysMissing = options.saysMissing === true;
  }

  take(lines: LiftedLines): void {
    if (this.full) return;
    this.#kept.walker?.settle();
    this.#reader.rewrite(this.#kept.take(lines), this.#output);
  }

  bodyEnded(terminator: Uint8Array<ArrayBuffer> | undefined): void {
    this.#output.terminator = terminator;
  }

  get full(): boolean {
    return this.#output.full;
  }

  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  isViewed(): boolean {
    return false;
  }

  /** Pieces are handed on as they are written: garbage soon, of which the runtime would let pile up much. */
  flush(): void {
    if (this.bytesWritten < this.#collectAt) return;
    this.#collectAt = this.bytesWritten + GARBAGE_BYTES;
    this.#collectGarbage?.();
  }

  endPiece(): boolean {
    this.#reader.endRewrite(this.#output);
    return false;
  }

  end(): void {
    this.endPiece();
  }

  terminate(): void {
    this.#output.terminate();
  }

  finish(): void {
    this.#kept.finish();
    if (this.#stats.broken) return;
    if (this.#saysMissing) this.#output.own = ownLines(shortfallsOf(this.#stats));
    this.#output.end();
  }

  cancel(): void {
    this.#kept.cancel();
  }
}
