import type { ByteRange } from "../exposition/families.ts";
import type { AggregateFunction } from "./aggregate_function.ts";
import type { EditPlan, ScannedLine } from "./edit_plan.ts";
import type { SampleTail } from "./series_tails.ts";

/** Whole lines of one output family. */
export interface LinePage extends ByteRange {
  readonly lines: number;
}

/** Series by their key, each with a number of its own. */
export interface SeriesStore {
  /** How many there are. */
  readonly size: number;
  /** The number of the series with this key, or -1. */
  find(key: Uint8Array, length: number): number;
  /**
   * The series of the line if it is the one that followed the last line's before, else -1. Members
   * of the same series often come in the same order: then their keys need not be built.
   */
  findFollower(plan: EditPlan, line: ScannedLine): number;
  hasRoom(keyLength: number): boolean;
  /** Adds a series with its first sample and returns its number. `hasRoom` has to hold. */
  add(
    key: Uint8Array,
    length: number,
    fn: AggregateFunction,
    bytes: Uint8Array,
    tail: SampleTail,
  ): number;
  /** What becomes of the series' samples when they meet: its first sample's function. */
  functionOf(series: number): AggregateFunction;
  /** Takes one more sample into a series. Returns how many it has then. */
  merge(series: number, bytes: Uint8Array, tail: SampleTail): number;
  /**
   * The lines of these series, without those whose samples cannot be merged; `timestamp` stands
   * behind one that has none. Each page is valid until the next one.
   */
  pages(series: readonly number[], timestamp?: string): Iterable<LinePage>;
  clear(): void;
}
