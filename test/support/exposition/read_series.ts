import { isSample, NEWLINE } from "../../../src/exposition/bytes.ts";
import { floatOf } from "../../../src/exposition/float_bytes.ts";
import { lineFormat } from "../../../src/exposition/line_format.ts";
import { commentEnd } from "../../../src/exposition/metadata_line.ts";
import { SampleSpans } from "../../../src/exposition/sample_spans.ts";
import { sampleEnd } from "../../../src/exposition/scan_sample.ts";
import { decodeQuoted } from "../../../src/exposition/text.ts";

/*
 * Series as Prometheus's parser gives them: labels with the name among them, the value as text, and the
 * timestamp in milliseconds.
 */

export type Labels = readonly (readonly [string, string])[];
export type Series = readonly [labels: Labels, value: string, timestampMs?: number];

/** The samples of an exposition, line by line; what cannot be read is left out. */
export function readSeries(bytes: Uint8Array, openMetrics: boolean): Series[] {
  const spans = new SampleSpans();
  const found: Series[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const lineEnd = newline < 0 ? bytes.length : newline;
    const isComment = !isSample(bytes, start, lineEnd);
    const end = isComment
      ? commentEnd(bytes, start, lineEnd, bytes.length)
      : sampleEnd(bytes, start, bytes.length, spans, lineFormat(openMetrics));
    if (!isComment && end >= 0) found.push(seriesAt(bytes, spans, openMetrics));
    start = Math.max(end, lineEnd) + 1;
  }
  return found;
}

function seriesAt(bytes: Uint8Array, spans: SampleSpans, openMetrics: boolean): Series {
  const labels: [string, string][] = [
    ["__name__", decodeQuoted(bytes, spans.nameStart, spans.nameEnd)],
  ];
  for (let at = 0; at < spans.labelCount * 4; at += 4) {
    const [nameStart, nameEnd, valueStart, valueEnd] = spans.labels.subarray(at, at + 4);
    labels.push([
      decodeQuoted(bytes, nameStart, nameEnd),
      decodeQuoted(bytes, valueStart, valueEnd),
    ]);
  }
  const value = String(floatOf(bytes, spans.valueStart, spans.valueEnd));
  if (spans.timestampStart < 0) return [labels, value];
  const stamp = floatOf(bytes, spans.timestampStart, spans.timestampEnd);
  return [labels, value, openMetrics ? Math.trunc(stamp * 1000) : stamp];
}

/** Labels by their names, and the value as a number. */
export function comparable(
  [labels, value, timestampMs]: Series,
): [labels: string[], value: number, timestampMs: number | undefined] {
  const ordered = labels.map(([name, text]) => JSON.stringify([name, text])).sort();
  return [
    ordered,
    Number(value.replace("Inf", "Infinity").replace("Infinityinity", "Infinity")),
    timestampMs,
  ];
}
