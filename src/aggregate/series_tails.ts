import { CARRIAGE_RETURN, SPACE } from "../exposition/bytes.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import { formatValue } from "../exposition/format_value.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { ScannedLine } from "./edit_plan.ts";

/** Where the parts of one sample behind its labels lie in its bytes. */
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

/** Timestamps and exemplars of those series that have them: the newest, by the samples' own time. */
export class SeriesTails {
  readonly #timestamps = new Map<number, number>();
  readonly #exemplars = new Map<number, Uint8Array>();
  /** Texts of timestamps beyond 2^53, which may be no doubles: milliseconds are 64-bit integers. */
  readonly #longTimestamps = new Map<number, Uint8Array>();

  /** Takes those of a new series' first sample. */
  add(series: number, bytes: Uint8Array, tail: SampleTail): void {
    const timestamp = timestampOf(bytes, tail);
    if (!Number.isNaN(timestamp)) this.#keepTimestamp(series, timestamp, bytes, tail);
    this.#keepExemplar(series, bytes, tail);
  }

  /** Takes those of one more sample. */
  merge(series: number, bytes: Uint8Array, tail: SampleTail): void {
    const timestamp = timestampOf(bytes, tail);
    const isOlder = timestamp < (this.#timestamps.get(series) ?? NaN);
    if (!isOlder && !Number.isNaN(timestamp)) {
      this.#keepTimestamp(series, timestamp, bytes, tail);
    }
    if (!isOlder || !this.#exemplars.has(series)) this.#keepExemplar(series, bytes, tail);
  }

  has(series: number): boolean {
    return this.#timestamps.has(series) || this.#exemplars.has(series);
  }

  /** Appends what stands behind the series' value; `fallback` where it has no timestamp. */
  put(series: number, line: LineBuffer, fallback?: string): void {
    const timestamp = this.#timestamps.get(series);
    if (timestamp === undefined) {
      if (fallback !== undefined) line.putText(` ${fallback}`);
    } else {
      line.putByte(SPACE);
      const text = this.#longTimestamps.get(series);
      if (text !== undefined) line.put(text, 0, text.length);
      else line.putText(formatValue(timestamp));
    }
    const exemplar = this.#exemplars.get(series);
    if (exemplar !== undefined) {
      line.putByte(SPACE);
      line.put(exemplar, 0, exemplar.length);
    }
  }

  clear(): void {
    this.#timestamps.clear();
    this.#exemplars.clear();
    this.#longTimestamps.clear();
  }

  #keepTimestamp(series: number, timestamp: number, bytes: Uint8Array, tail: SampleTail): void {
    this.#timestamps.set(series, timestamp);
    if (Math.abs(timestamp) > Number.MAX_SAFE_INTEGER) {
      const text = bytes.slice(tail.timestampStart, tail.timestampEnd);
      this.#longTimestamps.set(series, text);
    } else this.#longTimestamps.delete(series);
  }

  #keepExemplar(series: number, bytes: Uint8Array, tail: SampleTail): void {
    if (tail.exemplarStart < 0) return;
    this.#exemplars.set(series, bytes.slice(tail.exemplarStart, tail.exemplarEnd));
  }
}

function timestampOf(bytes: Uint8Array, tail: SampleTail): number {
  return tail.timestampStart < 0 ? NaN : floatOf(bytes, tail.timestampStart, tail.timestampEnd);
}

/** The part of a scanned line behind its labels, without a carriage return at the end. */
export function tailOf({ bytes, spans }: ScannedLine, end: number): SampleTail {
  const { valueStart, valueEnd, timestampStart, timestampEnd, exemplarStart } = spans;
  const exemplarEnd = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  return { valueStart, valueEnd, timestampStart, timestampEnd, exemplarStart, exemplarEnd };
}
