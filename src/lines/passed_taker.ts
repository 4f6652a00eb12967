import { HASH } from "../exposition/bytes.ts";
import type { LiftedLines } from "../exposition/lifted.ts";
import type { BodyTaker, LiftedSink } from "./body_taker.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Hands on a body of composite metrics as it comes, and counts the samples that are in it. */
export class PassedTaker implements BodyTaker, LiftedSink {
  full = false;
  readonly brokenLine = false;
  bytesWritten = 0;
  readonly #stats: ScrapeStats;
  readonly #enqueue: (bytes: Bytes) => void;

  constructor(stats: ScrapeStats, enqueue: (bytes: Bytes) => void) {
    this.#stats = stats;
    this.#enqueue = enqueue;
  }

  pass(chunk: Bytes): void {
    this.bytesWritten += chunk.length;
    this.#enqueue(chunk);
  }

  take({ bytes, starts, count }: LiftedLines): void {
    const stats = this.#stats;
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

  finish(): void {}

  cancel(): void {}
}
