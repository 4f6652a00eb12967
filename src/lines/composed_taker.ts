import type { Program } from "../engine/program.ts";
import { Composer } from "../exposition/compose/composer.ts";
import type { FamilyEncoder } from "../exposition/compose/family_encoder.ts";
import type { CompositeCodec } from "../exposition/composite_codec.ts";
import type { LiftedLines } from "../exposition/lifted.ts";
import { ownLines } from "../exposition/own_families.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import { CompositeOutput } from "./composite_output.ts";
import { LineTaker, type TakerOptions } from "./line_taker.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { shortfallsOf } from "./shortfall.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Takes lifted lines into series, and writes those as a body of composite metrics. */
export class ComposedTaker implements BodyTaker, LiftedSink {
  readonly brokenLine = false;
  readonly #lines: LineTaker;
  readonly #output: CompositeOutput;
  readonly #composer: Composer;
  readonly #encoder: FamilyEncoder;
  readonly #stats: ScrapeStats;
  readonly #saysMissing: boolean;
  readonly #timestamp: string | undefined;

  constructor(
    program: Program,
    codec: CompositeCodec,
    options: Omit<TakerOptions, "format">,
    stats: ScrapeStats,
    enqueue: (bytes: Bytes) => void,
  ) {
    this.#stats = stats;
    this.#saysMissing = options.saysMissing === true;
    this.#timestamp = options.timestamp;
    const output = this.#output = new CompositeOutput(codec, options.maxOutputBytes, enqueue);
    const encoder = this.#encoder = codec.newEncoder(output);
    const composer = this.#composer = new Composer(encoder, true);
    const written = (bytes: Bytes) => {
      composer.push(bytes);
      if (output.full) this.#lines.full = true;
    };
    // The budget is for the body, not for the lines; a line that cannot be read has no place in it.
    const ofLines = {
      ...options,
      format: "lifted",
      maxOutputBytes: 0,
      writesMissing: false,
      onUnreadable: options.onUnreadable === "fail" ? "fail" : "drop",
      isRead: true,
    } as const;
    this.#lines = new LineTaker(program, ofLines, stats, written);
  }

  take({ bytes, length }: LiftedLines): void {
    this.#lines.lines(bytes, 0, length, true);
  }

  bodyEnded(terminator: Bytes | undefined): void {
    if (terminator !== undefined) this.terminate();
  }

  get full(): boolean {
    return this.#lines.full;
  }

  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  isViewed(): boolean {
    return false;
  }

  flush(): void {
    this.#lines.flush();
  }

  endPiece(): boolean {
    if (this.#lines.endPiece()) return true;
    // What is left of the lines, and the family that they end with.
    this.#lines.finish();
    this.#composer.end();
    const { leftOut } = this.#encoder;
    const { leftOutBuckets } = this.#composer;
    this.#stats.droppedAsInvalid += leftOut;
    this.#stats.leftOutBuckets += leftOutBuckets;
    this.#stats.outputSamples -= leftOut + leftOutBuckets;
    if (this.#output.full) this.#lines.full = true;
    return false;
  }

  end(): void {
    while (this.endPiece()) { /* until all is written */ }
  }

  terminate(): void {
    this.#output.terminate();
  }

  finish(): void {
    this.#lines.finish();
    if (this.#stats.broken) return;
    if (this.#saysMissing) this.#output.own = ownLines(shortfallsOf(this.#stats), this.#timestamp);
    this.#output.end();
  }

  cancel(): void {
    this.#lines.cancel();
  }
}
