import { metadataLines } from "../merge/merged_metadata.ts";
import type { MergedFamily } from "../merge/merged_family.ts";
import {
  type MergedFormat,
  putSeriesLine,
  seriesOf,
  unsaidOf,
  valueOf,
} from "../merge/merged_lines.ts";
import type { MergedTable } from "../merge/merged_table.ts";
import { formatValue } from "../exposition/format_value.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { ownLines, type OwnSample, SHORTFALL_NAMES } from "../exposition/own_families.ts";
import {
  type BodyFormat,
  isComposite,
  type LineFormat,
  lineFormatOf,
} from "../exposition/line_format.ts";
import { BudgetedLines } from "../lines/budgeted_lines.ts";
import { ComposedLines } from "../lines/composed_lines.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import { addBelow, shortfallsOf } from "../lines/shortfall.ts";
import type { TargetSamples } from "./own_samples.ts";

export interface MergedTextOptions {
  readonly format: BodyFormat;
  /** As it is written after each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
  /** Bytes; 0 is no limit. */
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** What Weir itself says of the targets, in the same response. */
  readonly own: TargetSamples | undefined;
  /** Nobody gets it: there are no chunks, and figures only. */
  readonly isCounted?: boolean;
}

/** After so many series others get their turn: about a millisecond's work. */
const SERIES_A_TURN = 2_000;

/**
 * The exposition of a table's series: chunks that nothing overwrites. At the output budget it ends as
 * `scrapeTransform` does, and `stats` say so. What is missing in it is said behind all else.
 */
export async function mergedText(
  table: MergedTable,
  options: MergedTextOptions,
  stats: ScrapeStats,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const own = options.own?.families ?? [];
  const ownNames = new Set(own.map(({ name }) => name));
  noteShortfalls(table, stats);
  const { maxOutputBytes, timestamp, isCounted } = options;
  const lines = isComposite(options.format)
    ? new ComposedLines(options.format, maxOutputBytes, stats, isCounted)
    : new BudgetedLines(maxOutputBytes, stats, options.format === "openmetrics", isCounted);
  const format = lineFormatOf(options.format);
  const writer = new FamilyWriter(table, { format, timestamp }, lines, stats);
  for (const family of table.families.values()) {
    if (lines.full) break;
    if (ownNames.has(family.name)) continue;
    await writer.write(family, metadataOf(family, format), []);
  }
  // Which targets are up stands first of what is said of them.
  let isUpSaid = false;
  for (const { name, head, samples } of own) {
    await writer.write(table.families.get(name), head, samples);
    isUpSaid ||= !lines.full;
  }
  lines.close();
  if (lines.full) isUpSaid = false;
  stats.unsaidTargets = isUpSaid ? 0 : stats.missingTargets;
  if (lines.full) {
    stats.truncatedBy = "output";
    stats.broken = options.onLimit === "fail";
  }
  if (!stats.broken) {
    lines.writeOwn(ownLines(shortfallsOf(stats), options.timestamp));
    lines.terminate();
  }
  stats.outputBytes = lines.bytesWritten;
  return lines.end();
}

function metadataOf({ metadata }: MergedFamily, format: LineFormat): string {
  return metadata === undefined ? "" : metadataLines(metadata, format);
}

/** Targets that are Weirs say of their responses what is said of this one: it becomes one sample. */
function noteShortfalls(table: MergedTable, stats: ScrapeStats): void {
  for (const name of SHORTFALL_NAMES) {
    const family = table.families.get(name);
    for (const series of family === undefined ? [] : seriesOf(table, family, "text")) {
      addBelow(name, keyOf(table, series), valueOf(table, series), stats);
    }
  }
}

function keyOf({ series: table }: MergedTable, series: number): string {
  const key = table.keys.subarray(table.keyStart(series), table.keyEnd(series));
  return new TextDecoder().decode(key);
}

class FamilyWriter {
  readonly #table: MergedTable;
  readonly #format: MergedFormat;
  readonly #lines: BudgetedLines | ComposedLines;
  readonly #stats: ScrapeStats;
  readonly #line = new LineBuffer();
  #written = 0;

  constructor(
    table: MergedTable,
    format: MergedFormat,
    lines: BudgetedLines | ComposedLines,
    stats: ScrapeStats,
  ) {
    this.#table = table;
    this.#format = format;
    this.#lines = lines;
    this.#stats = stats;
  }

  /** Writes a block: `head`, the family's series but for those of `samples`, then those. */
  async write(
    family: MergedFamily | undefined,
    head: string,
    samples: readonly OwnSample[],
  ): Promise<void> {
    const { below } = this.#stats;
    const keys = new Set(samples.map(({ key }) => key));
    let waiting = head;
    const { format } = this.#format;
    if (family !== undefined) {
      this.#stats.unsaidHistograms += unsaidOf(this.#table, family, format);
    }
    for (const series of family === undefined ? [] : seriesOf(this.#table, family, format)) {
      if (keys.size + below.size > 0) {
        const key = keyOf(this.#table, series);
        if (keys.has(key) || below.has(key)) continue;
      }
      putSeriesLine(this.#table, series, this.#line, this.#format);
      if (!this.#writeBehind(waiting)) return;
      waiting = "";
      if (++this.#written % SERIES_A_TURN === 0) await new Promise((next) => setTimeout(next));
    }
    for (const { key, value } of samples) {
      this.#line.reset();
      this.#line.putText(`${key} ${formatValue(value)}\n`);
      if (!this.#writeBehind(waiting)) return;
      waiting = "";
    }
  }

  /** Writes the line, the family's metadata before it, if both fit. */
  #writeBehind(head: string): boolean {
    if (head !== "") {
      const bytes = new TextEncoder().encode(head);
      if (!this.#lines.fits(bytes.length + this.#line.length)) return false;
      this.#lines.write(bytes);
    }
    if (!this.#lines.write(this.#line.bytes, this.#line.length)) return false;
    this.#stats.outputSamples++;
    return true;
  }
}
