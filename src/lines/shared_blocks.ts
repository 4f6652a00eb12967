import type { LineBlockSink } from "../exposition/line_blocks.ts";

/** Hands each block of lines to several sinks, so that one response fills them all. */
export class SharedBlocks implements LineBlockSink {
  readonly #sinks: readonly LineBlockSink[];

  constructor(sinks: readonly LineBlockSink[]) {
    this.#sinks = sinks;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    for (const sink of this.#sinks) sink.lines(bytes, start, end);
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    for (const sink of this.#sinks) sink.linePiece(bytes, start, end, last);
  }
}
