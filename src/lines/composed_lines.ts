import { Composer } from "../exposition/compose/composer.ts";
import type { FamilyEncoder } from "../exposition/compose/family_encoder.ts";
import { codecOf } from "../exposition/composite_codec.ts";
import type { CompositeFormat } from "../exposition/line_format.ts";
import { CompositeOutput } from "./composite_output.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** The same as BudgetedLines for lifted lines, of which a body of composite metrics is made. */
export class ComposedLines {
  readonly #stats: ScrapeStats;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  readonly #output: CompositeOutput;
  readonly #encoder: FamilyEncoder;
  readonly #composer: Composer;

  /** `maxBytes` 0 is no limit. `isCounted`: nothing is kept of what is written but how much it is. */
  constructor(format: CompositeFormat, maxBytes: number, stats: ScrapeStats, isCounted = false) {
    this.#stats = stats;
    const codec = codecOf(format);
    const keep = isCounted
      ? () => {}
      : (piece: Uint8Array<ArrayBuffer>) => this.#chunks.push(piece);
    this.#output = new CompositeOutput(codec, maxBytes, keep);
    this.#encoder = codec.newEncoder(this.#output);
    this.#composer = new Composer(this.#encoder);
  }

  get full(): boolean {
    return this.#output.full;
  }

  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  /** How long lines become is known once their family is written. */
  fits(): boolean {
    return !this.full;
  }

  /** Takes the first `length` bytes, a line. False when the budget is used up. */
  write(bytes: Uint8Array, length = bytes.length): boolean {
    this.#stats.outputLines++;
    this.#composer.push(bytes.subarray(0, length));
    return !this.full;
  }

  /** All lines are written. */
  close(): void {
    this.#composer.end();
    this.#stats.droppedAsInvalid += this.#encoder.leftOut;
  }

  /** Writes what Weir says of the output itself: on top of the budget. */
  writeOwn(text: string): void {
    this.#output.own = text;
  }

  /** Ends the output validly. */
  terminate(): void {
    this.#output.terminate();
  }

  /** All that was written; nothing can be written any more. */
  end(): Uint8Array<ArrayBuffer>[] {
    this.#output.end();
    return this.#chunks;
  }
}
