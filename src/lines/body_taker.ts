import type { LiftedLines } from "../exposition/lifted.ts";

/** Takes what a body says, and writes what is left of it, within the output budget. */
export interface BodyTaker {
  /** The output budget is used up: nothing more is wanted. */
  full: boolean;
  /** The output ends inside of something that is partly out. */
  readonly brokenLine: boolean;
  /** Bytes of the output so far. */
  readonly bytesWritten: number;
  /** Whether a view of the buffer was handed on. */
  isViewed(buffer: ArrayBufferLike): boolean;
  /** Hands on what was written, if it is much. */
  flush(): void;
  /**
   * The input has ended: writes what was gathered, a piece with each call. True as long as there is more
   * to write.
   */
  endPiece(): boolean;
  /** The same at once. */
  end(): void;
  /** Ends a truncated output validly; it says that it is one. */
  terminate(): void;
  /** Hands on what is left of the output: nothing can be taken any more. */
  finish(): void;
  /** Nothing more is wanted, and nothing more comes. */
  cancel(): void;
}

/** Takes the lines of a body whose metrics are composite. */
export interface LiftedSink {
  take(lines: LiftedLines): void;
  /** There are no more lines; what the body ended with where that was its format's terminator. */
  bodyEnded(terminator: Uint8Array<ArrayBuffer> | undefined): void;
}
