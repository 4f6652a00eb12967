import { equalBytes } from "./bytes.ts";
import { decodeQuoted } from "./text.ts";

/** The name of a label to be found in lines without decoding the names that stand there. */
export interface LabelName {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** True when a line may spell it in other bytes than these (see `decodeQuoted`). */
  readonly escapable: boolean;
}

const encoder = new TextEncoder();

export function labelName(text: string): LabelName {
  return { text, bytes: encoder.encode(text), escapable: /[\\"\n\ufffd]/.test(text) };
}

/** Whether `[start, end)`, the name of a label as it stands in a line, is `wanted`. */
export function isLabel(
  wanted: LabelName,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return wanted.escapable
    ? decodeQuoted(bytes, start, end) === wanted.text
    : equalBytes(bytes, start, end, wanted.bytes);
}
