import { copy } from "./bytes";
import { NEWLINE, OUTPUT, OUTPUT_BYTES, SPACE } from "./layout";
import { AVG, COUNT, DROP, Series, SERIES_BYTES } from "./series";

/** Writes a number that is no plain integer to `at` and returns its length. */
// @ts-ignore: decorator
@external("weir", "format")
declare function formatNumber(value: f64, at: usize): u32;

/** No number's text is longer. */
const MOST_NUMBER_BYTES: u32 = 32;
const MOST_INTEGER: f64 = 9007199254740992;

/** Where the next call of `render` begins; 0 when all is rendered. */
export let nextSeries: usize = 0;
/** How many lines the last call of `render` has put. */
export let renderedLines: u32 = 0;

/**
 * Puts the lines of series from `at` on into the output buffer, until it is full or a series comes
 * that TypeScript has to render. Returns their length in bytes.
 */
export function render(at: usize): u32 {
  let to = OUTPUT;
  renderedLines = 0;
  while (at != 0) {
    const series = changetype<Series>(at);
    if (series.isLong != 0) break;
    if (series.members > 1 && series.fn == DROP) {
      at = series.next;
      continue;
    }
    const head = series.keyLength + 1;
    const most = head + max(series.textLength, MOST_NUMBER_BYTES) + 1;
    if (to + most > OUTPUT + OUTPUT_BYTES) break;
    to = putLine(series, to);
    renderedLines++;
    at = series.next;
  }
  nextSeries = at;
  return <u32> (to - OUTPUT);
}

/**
 * Puts one series' line at `to`, whatever its length, and returns it; 0 for a series that is not
 * written because its samples cannot be merged.
 */
export function renderOne(at: usize, to: usize): u32 {
  const series = changetype<Series>(at);
  if (series.members > 1 && series.fn == DROP) return 0;
  return <u32> (putLine(series, to) - to);
}

function putLine(series: Series, to: usize): usize {
  const key = changetype<usize>(series) + SERIES_BYTES;
  const head = series.keyLength + 1;
  if (series.members == 1 && series.fn != COUNT) {
    const length = head + series.textLength + 1;
    copy(to, key, length);
    return to + length;
  }
  copy(to, key, head);
  const end = putNumber(finished(series), to + head);
  store<u8>(end, NEWLINE);
  return end + 1;
}

function finished(series: Series): f64 {
  if (series.fn == AVG) return series.running / <f64> series.members;
  return series.fn == COUNT ? <f64> series.members : series.running;
}

function putNumber(value: f64, at: usize): usize {
  const isPlain = value >= 0 && value <= MOST_INTEGER && floor(value) == value &&
    reinterpret<i64>(value) >= 0;
  if (!isPlain) return at + formatNumber(value, at);
  let rest = <u64> value;
  let length: u32 = 1;
  for (let power: u64 = 10; power <= rest; power *= 10) length++;
  for (let digit = length; digit > 0; digit--) {
    store<u8>(at + digit - 1, <u8> (0x30 + rest % 10));
    rest /= 10;
  }
  return at + length;
}
