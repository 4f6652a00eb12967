import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, QUOTE } from "../exposition/bytes.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import type { MergedSeries } from "./merged_series.ts";

/** The counter that a `_created` is of, or a part of its histogram or summary; -1: there is none. */
export function metricOf(series: MergedSeries, created: number): number {
  const bytes = series.keys;
  const start = series.keyStart(created);
  const end = series.keyEnd(created);
  const nameEnd = nameEndIn(bytes, start, end);
  const find = (suffix: Uint8Array, label: Uint8Array) => {
    key.reset();
    key.put(bytes, start, nameEnd - CREATED_LENGTH);
    key.put(suffix, 0, suffix.length);
    if (label.length === 0) key.put(bytes, nameEnd, end);
    else {
      const isBraced = bytes[end - 1] === BRACE_CLOSE;
      key.put(bytes, nameEnd, isBraced ? end - 1 : end);
      key.putText(isBraced ? "," : "{");
      key.put(label, 0, label.length);
    }
    return series.find(key.bytes, 0, key.length);
  };
  for (const { suffix, label } of METRICS) {
    const found = find(suffix, label);
    if (found >= 0 && series.isCounter(found)) return found;
  }
  return -1;
}

const key = new LineBuffer();
const encoder = new TextEncoder();
const CREATED_LENGTH = "_created".length;
/** What a counter, a histogram or a summary has beside it; of several the first that there is. */
const METRICS = ([
  ["_total", ""],
  ["_count", ""],
  ["_sum", ""],
  ["_bucket", 'le="+Inf"}'],
] as const).map(([suffix, label]) => ({
  suffix: encoder.encode(suffix),
  label: encoder.encode(label),
}));

/** Where the name of a series ends in its key; in front of its quote if it has any. */
function nameEndIn(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== BRACE_OPEN) {
    const brace = bytes.indexOf(BRACE_OPEN, start);
    return brace < 0 || brace > end ? end : brace;
  }
  let at = start + 2;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
