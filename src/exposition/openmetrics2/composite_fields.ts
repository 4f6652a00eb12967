import { BRACE_CLOSE, COMMA, offsetOf } from "../bytes.ts";

// The fields of a composite value, in the order in which they are written.
export const COUNT = 0;
export const GCOUNT = 1;
export const SUM = 2;
export const GSUM = 3;
export const SCHEMA = 4;
export const ZERO_THRESHOLD = 5;
export const ZERO_COUNT = 6;
export const NEGATIVE_SPANS = 7;
export const NEGATIVE_BUCKETS = 8;
export const POSITIVE_SPANS = 9;
export const POSITIVE_BUCKETS = 10;
export const BUCKET = 11;
export const QUANTILE = 12;

const NAMES = [
  "count",
  "gcount",
  "sum",
  "gsum",
  "schema",
  "zero_threshold",
  "zero_count",
  "negative_spans",
  "negative_buckets",
  "positive_spans",
  "positive_buckets",
  "bucket",
  "quantile",
].map((name) => new TextEncoder().encode(`${name}:`));

const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** Where the fields of a composite value lie; one object is reused for many. */
export class CompositeFields {
  readonly #starts = new Int32Array(NAMES.length);
  readonly #ends = new Int32Array(NAMES.length);

  /** How many there are. */
  size = 0;

  /** -1 where the field is not there. Of a list, behind its bracket. */
  start(field: number): number {
    return this.#starts[field];
  }

  /** Of a list, before its bracket. */
  end(field: number): number {
    return this.#ends[field];
  }

  has(field: number): boolean {
    return this.#starts[field] >= 0;
  }

  /**
   * Reads `bytes[start, end)`, braces included: each field at most once, in any order. False where it
   * is malformed, as Prometheus's parser has it, or has a list where a number belongs.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#starts.fill(-1);
    this.size = 0;
    for (let at = start + 1; at < end;) {
      const field = fieldAt(bytes, at, end);
      if (field < 0 || this.has(field)) return false;
      at += NAMES[field].length;
      const isList = field >= NEGATIVE_SPANS;
      if (isList !== (bytes[at] === BRACKET_OPEN)) return false;
      if (isList) at++;
      const stop = isList ? offsetOf(bytes, BRACKET_CLOSE, at, end) : itemEnd(bytes, at, end);
      if (stop === end) return false;
      this.size++;
      this.#starts[field] = at;
      this.#ends[field] = stop;
      at = isList ? stop + 1 : stop;
      if (bytes[at] === BRACE_CLOSE) return at === end - 1;
      if (bytes[at++] !== COMMA) return false;
    }
    return false;
  }
}

function fieldAt(bytes: Uint8Array, at: number, end: number): number {
  return NAMES.findIndex((name) => {
    if (at + name.length > end) return false;
    for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
    return true;
  });
}

function itemEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== COMMA && bytes[at] !== BRACE_CLOSE) at++;
  return at;
}

/**
 * Calls `take` with where each item of a list `[start, end)` lies; empty ones are none, as to
 * Prometheus. False as soon as `take` says so.
 */
export function eachItem(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (start: number, end: number) => boolean,
): boolean {
  for (let at = start; at < end;) {
    const stop = offsetOf(bytes, COMMA, at, end);
    if (stop > at && !take(at, stop)) return false;
    at = stop + 1;
  }
  return true;
}
