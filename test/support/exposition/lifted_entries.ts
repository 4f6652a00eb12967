import { floatOf } from "../../../src/exposition/float_bytes.ts";
import { LineSpans, scanLine } from "../../../src/exposition/lifted_line.ts";
import { readNativeHistogram } from "../../../src/exposition/native_histogram.ts";
import { ExemplarSpans, readExemplar } from "../../../src/exposition/compose/exemplar_text.ts";
import type { SpanList } from "../../../src/exposition/compose/span_list.ts";
import { readMetadataLine } from "../../../src/exposition/metadata_line.ts";
import { decodeQuoted } from "../../../src/exposition/text.ts";
import type { Bytes } from "./openmetrics2.ts";

/** What a line says, as Prometheus's parser says it: numbers as texts, times in milliseconds. */
export interface Entry {
  readonly labels?: readonly (readonly [string, string])[];
  readonly value?: string;
  readonly native?: readonly unknown[];
  readonly time?: number;
  readonly start?: number;
  readonly exemplars?: readonly unknown[];
  readonly type?: readonly [string, string];
  readonly help?: readonly [string, string];
  readonly unit?: readonly [string, string];
}

/** What a lifted line says; undefined where it is neither a sample nor metadata. */
export function entryOf(line: Bytes): Entry | undefined {
  const end = line.length - 1;
  const metadata = readMetadataLine(line, 0, end);
  if (metadata !== undefined) {
    const text = decodeQuoted(line, metadata.textStart, metadata.textEnd);
    return { [metadata.kind.toLowerCase()]: [metadata.family, text] };
  }
  const spans = new LineSpans();
  if (scanLine(line, 0, end, spans, false) !== end) return undefined;
  const { exemplars, timestampStart, startTimeStart } = spans;
  const name: [string, string] = [
    "__name__",
    decodeQuoted(line, spans.nameStart, spans.nameEnd),
  ];
  const native = spans.isComposite ? nativeEntry(line, spans) : undefined;
  if (spans.isComposite && native === undefined) return undefined;
  const start = startTimeStart < 0 ? 0 : millisecondsOf(line, startTimeStart, spans.startTimeEnd);
  return {
    labels: sorted([name, ...pairs(line, spans.labels)]),
    ...(native !== undefined
      ? { native }
      : { value: String(floatOf(line, spans.valueStart, spans.valueEnd)) }),
    ...(timestampStart >= 0
      ? { time: millisecondsOf(line, timestampStart, spans.timestampEnd) }
      : {}),
    // Prometheus tells no start time by 0.
    ...(start !== 0 ? { start } : {}),
    ...(exemplars.count > 0 ? { exemplars: exemplarEntries(line, exemplars) } : {}),
  };
}

function nativeEntry(line: Bytes, spans: LineSpans): unknown[] | undefined {
  const h = readNativeHistogram(line, spans.valueStart, spans.valueEnd);
  if (h === undefined) return undefined;
  return [
    h.isFloat ? "float" : "int",
    String(h.count),
    String(h.sum),
    h.schema,
    String(h.zeroThreshold),
    String(h.zeroCount),
    ...[h.negative, h.positive].flatMap((side) => [
      side.spans.map(({ offset, length }) => [offset, length]),
      side.counts.map(String),
    ]),
  ];
}

function exemplarEntries(line: Bytes, exemplars: SpanList): unknown[] {
  const spans = new ExemplarSpans();
  return Array.from({ length: exemplars.count }, (_, i) => {
    readExemplar(line, exemplars.start(i), exemplars.end(i), spans);
    const { labels, value, timestamp } = spans;
    return [
      sorted(pairs(line, labels)),
      String(floatOf(line, value.start, value.end)),
      timestamp.start < 0 ? undefined : millisecondsOf(line, timestamp.start, timestamp.end),
    ];
  });
}

function pairs(line: Bytes, labels: SpanList): [string, string][] {
  return Array.from({ length: labels.count >> 1 }, (_, i) => [
    decodeQuoted(line, labels.start(i * 2), labels.end(i * 2)),
    decodeQuoted(line, labels.start(i * 2 + 1), labels.end(i * 2 + 1)),
  ]);
}

function sorted(labels: readonly (readonly [string, string])[]) {
  return labels.toSorted((one, other) => JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
}

/** An entry of Prometheus's parser, as Go has written it, with the numbers as texts of this runtime. */
export function entryOfGo(entry: Entry): Entry {
  const { labels, value, native, exemplars, type, help, unit } = entry;
  const [kind, count, sum, schema, threshold, zero, ...sides] = native ?? [];
  const named = (said: readonly [string, string]): [string, string] => {
    const bytes = new TextEncoder().encode(said[0]);
    return [decodeQuoted(bytes, 0, bytes.length), said[1]];
  };
  return {
    ...entry,
    ...(labels && { labels: sorted(labels) }),
    ...(value !== undefined && { value: numberText(value) }),
    ...(native && {
      native: [
        kind,
        ...[count, sum].map(numberText),
        schema,
        ...[threshold, zero].map(numberText),
        ...sides.map((list) =>
          (list as unknown[]).map((item) => typeof item === "string" ? numberText(item) : item)
        ),
      ],
    }),
    ...(exemplars && {
      exemplars: (exemplars as [[string, string][], string, number][]).map((
        [labels, value, time],
      ) => [sorted(labels), numberText(value), time]),
    }),
    ...(type && { type: named(type) }),
    ...(help && { help: named(help) }),
    ...(unit && { unit: named(unit) }),
  };
}

function numberText(text: unknown): string {
  return String(Number(String(text).replace("Inf", "Infinity")));
}

/** A time in milliseconds, as Prometheus takes a sample's. */
function millisecondsOf(bytes: Uint8Array, start: number, end: number): number {
  return Math.trunc(floatOf(bytes, start, end) * 1000) + 0;
}
