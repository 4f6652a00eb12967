import type { GuardedFamily } from "../aggregate/cardinality_guard.ts";
import type { EditPlan, OutputFamilyName, ScannedLine } from "../aggregate/edit_plan.ts";
import type { Family } from "../exposition/families.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";

/** A scrape that cannot go on: what it has gathered would be wrong or too much. */
export class AggregationError extends Error {
  override readonly name = "AggregationError";
}

/** A family of the output while its samples are gathered. */
export interface GatheredFamily {
  readonly name: string;
  readonly guarded: GuardedFamily;
  readonly seriesCount: number;
}

/** Why a sample is not gathered like the others. */
export type PassedReason = "overlong" | "unparseable" | "failed";

/** Where `SampleGatherer` puts what it makes of the lines: series by their key. */
export interface SampleStore {
  /** Nothing more is wanted. */
  readonly full: boolean;
  /** Series of all families, for the limit on them. */
  readonly seriesCount: number;

  /** The output family that the next sample belongs to; `family` is the one of the input. */
  enter(name: OutputFamilyName, family: Family | undefined): GatheredFamily;
  /** The series of the line if it is the one that came after the last one before, else -1. */
  findFollower(plan: EditPlan, line: ScannedLine): number;
  /** The number of the series, or -1. */
  find(key: LineBuffer): number;
  /** Takes the first sample of a series. Throws an AggregationError when there is no room. */
  add(key: LineBuffer, plan: EditPlan, line: ScannedLine, end: number): void;
  /** Takes one more sample into a series of the family that was entered last. */
  merge(series: number, plan: EditPlan, line: ScannedLine, end: number): void;

  /** A sample that passes as it is, its newline included; `family` is the one of the input. */
  passSample(
    bytes: Uint8Array,
    start: number,
    next: number,
    family: Family | undefined,
    reason: PassedReason,
  ): void;
  /** A line that is neither a sample nor metadata. */
  passComment(bytes: Uint8Array, start: number, next: number): void;
  /** A piece of a line that is longer than can be held; see `LineBlockSink`. */
  passPiece(piece: LinePiece): void;
  /** The input has ended. */
  end(): void;
}

export interface LinePiece {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly last: boolean;
  /** The family of the input that the line's sample belongs to, on its first piece. */
  readonly familyOf: () => Family | undefined;
}
