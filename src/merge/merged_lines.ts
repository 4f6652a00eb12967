import { NEWLINE, SPACE } from "../exposition/bytes.ts";
import { formatValue } from "../exposition/format_value.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { finished, keepsOnly } from "../aggregate/aggregate_function.ts";
import { partsOf } from "./histogram_groups.ts";
import type { MergedFamily } from "./merged_family.ts";
import type { MergedTable } from "./merged_table.ts";
import { startOf } from "./start_times.ts";

export interface MergedFormat {
  readonly format: LineFormat;
  /** As it is written after each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
}

/** The series of a family that have a value now; a histogram's parts together, buckets in order. */
export function seriesOf(table: MergedTable, family: MergedFamily): number[] {
  const ordered: number[] = [];
  const groups = new Set<number>();
  for (const series of family.series) {
    const number = table.series.groupOf(series);
    if (number < 0) ordered.push(series);
    else if (!groups.has(number)) {
      groups.add(number);
      ordered.push(...partsOf(table.groups.get(number)));
    }
  }
  return ordered.filter((series) => hasValue(table, series));
}

function hasValue(table: MergedTable, series: number): boolean {
  if (table.series.isStart(series)) {
    const start = startOf(table, series);
    if (start !== "own") return start !== undefined;
  }
  if (table.isMonotonic(series)) return table.hasOwner(series);
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
  if (!Number.isNaN(timestampMs)) {
    line.putByte(SPACE);
    line.putText(formatValue(format === "text" ? Math.trunc(timestampMs) : timestampMs / 1000));
  } else if (timestamp !== undefined) {
    line.putByte(SPACE);
    line.putText(timestamp);
  }
  const exemplar = format !== "text" ? table.values.exemplarOf(series) : undefined;
  if (exemplar !== undefined) {
    line.putByte(SPACE);
    line.put(exemplar, 0, exemplar.length);
  }
  line.putByte(NEWLINE);
}

function putValueOf(table: MergedTable, series: number, line: LineBuffer): void {
  const start = table.series.isStart(series) ? startOf(table, series) : "own";
  if (typeof start === "number") return line.putText(formatValue(start / 1000));
  const isCounter = table.isMonotonic(series);
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
