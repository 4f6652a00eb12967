import { HASH } from "../exposition/bytes.ts";
import type { Engine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { LiftedLines, LiftedReader } from "../exposition/lifted.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import { NamedMetrics } from "./named_metrics.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Hands on a body of composite metrics as it comes, and counts the samples that are in it. */
export class PassedTaker implements BodyTaker, LiftedSink {
  full = false;
  readonly brokenLine = false;
  bytesWritten = 0;
  readonly #stats: ScrapeStats;
  readonly #enqueue: (bytes: Bytes) => void;
  readonly #program: Program;
  readonly #engine: Engine;
  readonly #walker: NamedMetrics;
  #hasEnded = false;

  /** `isAlone`: nobody else takes the lines of the body. */
  constructor(
    program: Program,
    isAlone: boolean,
    reader: LiftedReader,
    maxLineBytes: number,
    stats: ScrapeStats,
    enqueue: (bytes: Bytes) => void,
  ) {
    this.#program = program;
    this.#stats = stats;
    this.#enqueue = enqueue;
    this.#engine = program.take();
    this.#walker = new NamedMetrics(this.#engine, maxLineBytes, stats);
    if (isAlone) reader.walkWith?.(this.#walker);
  }

  pass(chunk: Bytes): void {
    this.bytesWritten += chunk.length;
    this.#enqueue(chunk);
  }

  take({ bytes, starts, count }: LiftedLines): void {
    const stats = this.#stats;
    this.#walker.settle();
    let samples = 0;
    for (let line = 0; line < count; line++) if (bytes[starts[line]] !== HASH) samples++;
    stats.inputLines += count;
    stats.outputLines += count;
    stats.inputSamples += samples;
    stats.outputSamples += samples;
  }

  bodyEnded(): void {}

  /** All that was handed on was chunks of the body. */
  isViewed(): boolean {
    return true;
  }

  flush(): void {}

  endPiece(): boolean {
    return false;
  }

  end(): void {}

  terminate(): void {}

  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#program.release(this.#engine);
  }

  cancel(): void {
    this.finish();
  }
}
