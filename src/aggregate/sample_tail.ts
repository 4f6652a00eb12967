import { CARRIAGE_RETURN } from "../exposition/bytes.ts";
import type { ScannedLine } from "./edit_plan.ts";

/** Where the parts of one sample after its labels lie in its bytes. */
export interface SampleTail {
  readonly valueStart: number;
  readonly valueEnd: number;
  /** -1 when there is none. */
  readonly timestampStart: number;
  readonly timestampEnd: number;
  /** From its `#` to the end of the line; -1 when there is none. */
  readonly exemplarStart: number;
  readonly exemplarEnd: number;
}

/** The part of a scanned line after its labels, without a carriage return at the end. */
export function tailOf({ bytes, spans }: ScannedLine, end: number): SampleTail {
  const { valueStart, valueEnd, timestampStart, timestampEnd, exemplarStart } = spans;
  const exemplarEnd = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  return { valueStart, valueEnd, timestampStart, timestampEnd, exemplarStart, exemplarEnd };
}
