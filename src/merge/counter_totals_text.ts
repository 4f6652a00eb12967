import { STATE_CHUNK_BYTES } from "../bounds.ts";
import { HASH, NEWLINE, SPACE } from "../exposition/bytes.ts";
import { floatOf } from "../exposition/float_bytes.ts";
import {
  type NativeHistogram,
  readNativeHistogram,
  writeNativeHistogram,
} from "../exposition/native_histogram.ts";
import { formatValue } from "../exposition/format_value.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodePlain } from "../exposition/text.ts";

/** The exported totals of one table: that of `/metrics` is called `metrics`, a subset's by its name. */
export interface CounterTable {
  readonly name: string;
  readonly series: Iterable<CounterTotal>;
}

/** A series' key, its name and labels as Weir writes them, in `bytes[start, end)`. */
export interface CounterTotal {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly value: number | NativeHistogram;
  /** Unix milliseconds when it was 0 and began; NaN where that is not known. */
  readonly begunAt: number;
}

/** Takes what was read: a table, then its series. Views of the bytes are valid during the call. */
export interface CounterTotalsSink {
  table(name: string): void;
  series(
    bytes: Uint8Array,
    start: number,
    end: number,
    value: number | NativeHistogram,
    begunAt: number,
  ): void;
}

const HEADER = "# weir counters 2";
/** Without the times at which totals began, which are not known then. */
const HEADER_BEFORE = "# weir counters 1";
const TABLE = "# table ";
const END = "# end";

/**
 * The text of a state file, in chunks of about STATE_CHUNK_BYTES that nothing overwrites:
 *
 * ```
 * # weir counters 2
 * # table metrics
 * http_requests_total{code="200"} 12.5 1735700000000
 * # end
 * ```
 * A series has its total, a number or a native histogram, and the time at which that began, where it
 * is known. Values read back as the same doubles. Tables and series are read as the chunks are taken, and
 * a `CounterTotal` is done with when the next one is read.
 */
export function* counterTotalsText(
  tables: Iterable<CounterTable>,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const text = new LineBuffer();
  text.putText(`${HEADER}\n`);
  for (const { name, series } of tables) {
    text.putText(`${TABLE}${name}\n`);
    for (const { bytes, start, end, value, begunAt } of series) {
      text.put(bytes, start, end);
      const time = Number.isNaN(begunAt) ? "" : ` ${formatValue(begunAt)}`;
      const total = typeof value === "number" ? formatValue(value) : writeNativeHistogram(value);
      text.putText(` ${total}${time}\n`);
      if (text.length < STATE_CHUNK_BYTES) continue;
      yield text.bytes.slice(0, text.length);
      text.reset();
    }
  }
  text.putText(`${END}\n`);
  yield text.bytes.slice(0, text.length);
}

/**
 * Reads that text. Throws an Error that names the line and what was wanted there when the text is
 * damaged, cut or of another version; `sink` has then been told nothing.
 */
export function readCounterTotals(bytes: Uint8Array, sink: CounterTotalsSink): void {
  scan(bytes, { table: () => {}, series: () => {} });
  scan(bytes, sink);
}

function scan(bytes: Uint8Array, sink: CounterTotalsSink): void {
  const spans = new SampleSpans();
  const tables = new Set<string>();
  const fail = (line: number, at: number, wanted: string) =>
    new Error(`line ${line}: found ${foundAt(bytes, at)}, wanted ${wanted}`);
  const header = lineAt(bytes, 0);
  if (header !== HEADER && header !== HEADER_BEFORE) throw fail(1, 0, `"${HEADER}"`);
  let at = header.length + 1;
  for (let line = 2;; line++) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0) {
      throw fail(line, at, `a line that ends, and "${END}" as the last: the text is cut`);
    }
    if (bytes[at] === HASH) {
      const text = decodePlain(bytes, at, end);
      if (text === END) {
        if (end + 1 < bytes.length) throw fail(line + 1, end + 1, `nothing after "${END}"`);
        return;
      }
      const name = text.slice(TABLE.length);
      if (!text.startsWith(TABLE) || name === "" || tables.has(name)) {
        throw fail(line, at, `"${TABLE}" and a new name, or "${END}"`);
      }
      tables.add(name);
      sink.table(name);
    } else {
      if (!isTotal(bytes, at, end, spans)) throw fail(line, at, "a series and its value");
      if (tables.size === 0) throw fail(line, at, `"${TABLE}" and a name before any series`);
      const { valueStart, valueEnd, timestampStart, timestampEnd } = spans;
      const value = spans.isComposite
        ? readNativeHistogram(bytes, valueStart, valueEnd)!
        : floatOf(bytes, valueStart, valueEnd);
      const begunAt = timestampStart < 0 ? NaN : floatOf(bytes, timestampStart, timestampEnd);
      sink.series(bytes, at, valueStart - 1, value, begunAt);
    }
    at = end + 1;
  }
}

/** A sample whose parts stand one space apart, up to its line's end: so the writer writes it. */
function isTotal(bytes: Uint8Array, start: number, end: number, spans: SampleSpans): boolean {
  const isNumber = scanSample(bytes, start, end, spans, "text");
  if (!isNumber && !scanSample(bytes, start, end, spans, "lifted")) return false;
  if (!isNumber && !spans.isComposite) return false;
  const { valueStart, valueEnd, timestampStart, timestampEnd } = spans;
  const hasTime = timestampStart >= 0;
  return bytes[start] !== SPACE && bytes[valueStart - 1] === SPACE &&
    (hasTime ? timestampStart === valueEnd + 1 && timestampEnd === end : valueEnd === end);
}

function lineAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(NEWLINE, at);
  return decodePlain(bytes, at, end < 0 ? bytes.length : end);
}

/** So many characters of a damaged line are shown. */
const SHOWN = 80;

function foundAt(bytes: Uint8Array, at: number): string {
  if (at >= bytes.length) return "nothing";
  const line = lineAt(bytes.subarray(at, at + SHOWN * 4), 0);
  return JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line);
}
