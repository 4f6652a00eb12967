import type { MetricWalker } from "./metric_walker.ts";

// Bodies whose metrics are composite (protobuf, OpenMetrics 2.0) are taken as the lines that a text
// scrape would show: as OpenMetrics 1.0, but for
//
// - the families' names, which are exact: a counter's sample has its family's very name;
// - what follows a value: `[ timestamp][ st@start-time][ # {labels} value [timestamp]]*`;
// - native histograms, which are samples of their family's name whose value is composite:
//   `{count:..,sum:..,schema:..,zero_threshold:..,zero_count:..,negative_spans:[..],…}`;
// - the terminator, which is none of the lines.

/** Whole lines, of whole metrics. They hold until the next ones are asked for. */
export interface LiftedLines {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The lines are `bytes[0, length)`, each with its newline. */
  readonly length: number;
  readonly count: number;
  /** Where each line begins, metadata lines included; `starts[count]` is `length`. */
  readonly starts: Int32Array;
}

/** Reads a body of composite metrics as lines. */
export interface LiftedReader {
  /** How the body ended that has its format's terminator; undefined for one that has not. */
  readonly terminator: Uint8Array<ArrayBuffer> | undefined;
  /** Metrics need not be lifted that the walker can tell the fate of; to be called first, if at all. */
  walkWith?(walker: MetricWalker): void;
  /** Calls `take` with the metrics that are complete with this chunk. Throws an UnreadableBody. */
  push(chunk: Uint8Array<ArrayBuffer>, take: (lines: LiftedLines) => void): void;
  /** The body has ended. Throws an UnreadableBody where that is in the midst of a message. */
  end(take: (lines: LiftedLines) => void): void;
  /**
   * To be called while lines are taken: writes what they came from again, in the body's format, without
   * the lines whose entry in `kept` is 0 (entries of metadata lines say nothing). What is untouched is
   * copied. Only for bodies of which nothing is composed.
   */
  rewrite(kept: Uint8Array, output: LiftedOutput): void;
  /** After `end`: writes what is still held, without the format's terminator. */
  endRewrite(output: LiftedOutput): void;
  /** To be called once, last: the reader may be taken for another body. */
  release(): void;
}

/** Where bodies of composite metrics are written to. */
export interface LiftedOutput {
  /** A piece that may be the response's last: what ends with it is valid. False: nothing more is wanted. */
  write(piece: Uint8Array<ArrayBuffer>, samples: number): boolean;
}

/** A body that is not what its Content-Type says, from some byte on. */
export class UnreadableBody extends Error {
  override readonly name = "UnreadableBody";
}
