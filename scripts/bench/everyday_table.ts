import { early, type EverydayMeasurement, late, ratioOf } from "./everyday_measure.ts";
import { aligned, number } from "./text_table.ts";

interface Column {
  readonly head: string;
  readonly cell: (measured: EverydayMeasurement, first: EverydayMeasurement) => string;
  /** Shown only where somebody waited. */
  readonly rested?: true;
}

const COLUMNS: readonly Column[] = [
  { head: "", cell: ({ label }) => `  ${label}` },
  { head: "gzip", cell: ({ gzip }) => gzip ? "asked" : "no" },
  { head: "ready ms", cell: ({ readyMs }) => number(readyMs, 0) },
  { head: "first", cell: ({ firstMs }) => number(firstMs, 1) },
  { head: "2–21", cell: ({ earlyMs }) => number(earlyMs, 2) },
  { head: "ratio", cell: (measured, first) => number(ratioOf(early, measured, first), 2) },
  { head: "22 on", cell: ({ lateMs }) => number(lateMs, 2) },
  { head: "ratio", cell: (measured, first) => number(ratioOf(late, measured, first), 2) },
  { head: "RSS MiB", cell: ({ residentMebibytes }) => number(residentMebibytes, 1) },
  { head: "anon", cell: ({ anonymousMebibytes }) => number(anonymousMebibytes, 1) },
  {
    head: "rested RSS",
    cell: (measured) => number(measured.restedResidentMebibytes, 1),
    rested: true,
  },
  {
    head: "anon",
    cell: (measured) => number(measured.restedAnonymousMebibytes, 1),
    rested: true,
  },
  { head: "peak", cell: ({ peakMebibytes }) => number(peakMebibytes, 1) },
  { head: "bytes", cell: ({ outputBytes }) => number(outputBytes, 0) },
  { head: "series", cell: ({ series }) => number(series, 0) },
];

/**
 * What everyone took, as text: CPU milliseconds a scrape, and ratios to the first line with the same
 * wish for gzip.
 */
export function everydayTable(all: readonly EverydayMeasurement[]): string[] {
  const hasRested = all.some(({ restedResidentMebibytes: found }) => !Number.isNaN(found));
  const shown = COLUMNS.filter(({ rested }) => !rested || hasRested);
  const rows = all.map((measured) => {
    const first = all.find(({ gzip }) => gzip === measured.gzip)!;
    return shown.map(({ cell }) => cell(measured, first));
  });
  return aligned([shown.map(({ head }) => head), ...rows]);
}
