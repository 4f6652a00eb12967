import { equalBytes } from "../exposition/bytes.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";

const NAME = new TextEncoder().encode("process_start_time_seconds");

/** Tells `startedAt` the value of a `process_start_time_seconds`; any other sample is left alone. */
export function readStartTime(
  bytes: Uint8Array,
  { nameStart, nameEnd, valueStart, valueEnd }: SampleSpans,
  startedAt: (unixSeconds: number) => void,
): void {
  if (!equalBytes(bytes, nameStart, nameEnd, NAME)) return;
  const seconds = floatOf(bytes, valueStart, valueEnd);
  if (Number.isFinite(seconds)) startedAt(seconds);
}
