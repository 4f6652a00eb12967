import { NEWLINE, SPACE } from "../exposition/bytes.ts";
import { formatValue } from "../exposition/format_value.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { finished, keepsOnly } from "../aggregate/aggregate_function.ts";
import { readExemplars } from "../exposition/exemplars.ts";
import { writeNativeHistogram } from "../exposition/native_histogram.ts";
import { decodePlain } from "../exposition/text.ts";
import { textTime } from "../exposition/text_time.ts";
import { classicPartsOf, partsOf } from "./histogram_groups.ts";
import type { MergedFamily } from "./merged_family.ts";
import type { MergedTable } from "./merged_table.ts";
import { begunAtOf, startOf } from "./start_times.ts";

export interface MergedFormat {
  readonly format: LineFormat;
  /** As it is written after each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
}

/**
 * The series of a family that have a value now and can be written in the format; a histogram's parts
 * together, buckets in order.
 */
export function seriesOf(table: MergedTable, family: MergedFamily, format: LineFormat): number[] {
  const ordered: number[] = [];
  const groups = new Set<number>();
  for (const series of family.series) {
    const number = table.series.groupOf(series);
    if (number < 0) ordered.push(series);
    else if (!groups.has(number)) {
      groups.add(number);
      ordered.push(...partsIn(table, number, format));
    }
  }
  return ordered.filter((series) =>
    (format === "lifted" || !table.series.isNative(series)) && hasValue(table, series)
  );
}

/** The parts of a histogram or summary that can be written together. */
function partsIn(table: MergedTable, number: number, format: LineFormat): number[] {
  const group = table.groups.get(number);
  if (format !== "lifted" || group.native < 0) return partsOf(group);
  const { classic, native } = table.formsOf(number);
  return [...(classic ? classicPartsOf(group) : []), ...(native ? [group.native] : [])];
}

/**
 * How many histograms of the scrape at hand the format has no words for: native ones, or as a metric
 * that is native what targets have in the other form alone.
 */
export function unsaidOf(table: MergedTable, family: MergedFamily, format: LineFormat): number {
  const { series } = table;
  return family.series.filter((number) => {
    if (!series.isNative(number) || !table.isSeenNow(number)) return false;
    const group = series.groupOf(number);
    const isPartial = group >= 0 && table.formsOf(group).isPartial;
    return (format !== "lifted" || isPartial) && hasValue(table, number);
  }).length;
}

function hasValue(table: MergedTable, series: number): boolean {
  if (table.series.isStart(series)) {
    const start = startOf(table, series);
    if (start !== "own") return start !== undefined;
  }
  if (table.isMonotonic(series)) {
    const hasTotal = !table.series.isNative(series) || table.natives.totalOf(series) !== undefined;
    return hasTotal && table.hasOwner(series);
  }
  const members = table.values.membersOf(series);
  return members === 1 || (members > 1 && table.series.functionOf(series) !== "drop");
}

/** Puts the line of a series that has a value, its newline included. */
export function putSeriesLine(
  table: MergedTable,
  series: number,
  line: LineBuffer,
  { format, timestamp }: MergedFormat,
): void {
  line.reset();
  line.put(table.series.keys, table.series.keyStart(series), table.series.keyEnd(series));
  line.putByte(SPACE);
  putValueOf(table, series, line);
  const timestampMs = table.values.timestampOf(series);
  const time = Number.isNaN(timestampMs) ? timestamp : timeText(timestampMs, format);
  if (time !== undefined) {
    line.putByte(SPACE);
    line.putText(time);
  }
  if (format === "lifted") putStart(table, series, line);
  if (format !== "text") putExemplars(table, series, line, format);
  line.putByte(NEWLINE);
}

function timeText(timestampMs: number, format: LineFormat): string | undefined {
  return format === "text" ? textTime(timestampMs) : formatValue(timestampMs / 1000);
}

/** Of a total its own, of what is alone the target's; a plain sum began at no time. */
function putStart(table: MergedTable, series: number, line: LineBuffer): void {
  if (!table.isMonotonic(series)) {
    const start = table.values.startOf(series);
    if (start === undefined) return;
    line.putByte(SPACE);
    return line.put(start, 0, start.length);
  }
  const begunAt = begunAtOf(table, series);
  if (!Number.isNaN(begunAt)) line.putText(` st@${formatValue(begunAt / 1000)}`);
}

function putExemplars(
  table: MergedTable,
  series: number,
  line: LineBuffer,
  format: LineFormat,
): void {
  for (const { text } of table.natives.exemplarsOf(series)) line.putText(` ${text}`);
  const exemplars = table.values.exemplarOf(series);
  if (exemplars === undefined) return;
  line.putByte(SPACE);
  if (format === "lifted") return line.put(exemplars, 0, exemplars.length);
  // Of several there is one in OpenMetrics 1.0.
  const [first] = readExemplars(decodePlain(exemplars, 0, exemplars.length));
  line.putText(first.text);
}

function putValueOf(table: MergedTable, series: number, line: LineBuffer): void {
  const start = table.series.isStart(series) ? startOf(table, series) : "own";
  if (typeof start === "number") return line.putText(formatValue(start / 1000));
  const isCounter = table.isMonotonic(series);
  if (table.series.isNative(series)) {
    const native = isCounter ? table.natives.totalOf(series) : table.natives.sumOf(series);
    return line.putText(writeNativeHistogram(native!));
  }
  const fn = table.series.functionOf(series);
  const text = !isCounter && keepsOnly(fn) ? table.values.textOf(series) : undefined;
  if (text !== undefined) return line.put(text, 0, text.length);
  line.putText(formatValue(valueOf(table, series)));
}

/** The value of a series that has one. */
export function valueOf(table: MergedTable, series: number): number {
  if (table.isMonotonic(series)) return table.series.total(series);
  const fn = table.series.functionOf(series);
  return finished(fn, table.values.runningOf(series), table.values.membersOf(series));
}
