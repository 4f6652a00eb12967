import { floatOf } from "../exposition/float_bytes.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";

const NAME = new TextEncoder().encode("process_start_time_seconds");
const spans = new SampleSpans();

/** Tells `startedAt` the value of a `process_start_time_seconds`; any other line is left alone. */
export function readStartTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  startedAt: (unixSeconds: number) => void,
): void {
  if (end - start <= NAME.length) return;
  for (let i = 0; i < NAME.length; i++) if (bytes[start + i] !== NAME[i]) return;
  if (!scanSample(bytes, start, end, spans)) return;
  if (spans.nameEnd - spans.nameStart !== NAME.length) return;
  const seconds = floatOf(bytes, spans.valueStart, spans.valueEnd);
  if (Number.isFinite(seconds)) startedAt(seconds);
}
