import { metadataLines } from "../merge/merged_metadata.ts";
import type { MergedFamily } from "../merge/merged_family.ts";
import { type MergedFormat, putSeriesLine, seriesOf } from "../merge/merged_lines.ts";
import type { MergedTable } from "../merge/merged_table.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { BudgetedLines } from "../lines/budgeted_lines.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import type { TargetSamples } from "./own_samples.ts";

export interface MergedTextOptions extends MergedFormat {
  /** Bytes; 0 is no limit. */
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** What Weir itself says of the targets, in the same response. */
  readonly own: TargetSamples | undefined;
}

/** After so many series others get their turn: about a millisecond's work. */
const SERIES_A_TURN = 2_000;

/**
 * The exposition of a table's series: chunks that nothing overwrites. At the output budget it ends as
 * `scrapeTransform` does, and `stats` say so.
 */
export async function mergedText(
  table: MergedTable,
  options: MergedTextOptions,
  stats: ScrapeStats,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const lines = new BudgetedLines(options.maxOutputBytes, stats, options.openMetrics);
  const writer = new FamilyWriter(table, options, lines, stats);
  for (const family of table.families.values()) {
    if (lines.full) break;
    if (options.own?.has(family.name)) continue;
    await writer.write(family, metadataOf(family, options.openMetrics), []);
  }
  for (const { name, head, samples } of options.own?.families ?? []) {
    await writer.write(table.families.get(name), head, samples);
  }
  if (lines.full) {
    stats.truncatedBy = "output";
    stats.broken = options.onLimit === "fail";
  }
  if (!stats.broken) lines.terminate();
  stats.outputBytes = lines.bytesWritten;
  return lines.end();
}

function metadataOf({ metadata }: MergedFamily, openMetrics: boolean): string {
  return metadata === undefined ? "" : metadataLines(metadata, openMetrics);
}

class FamilyWriter {
  readonly #table: MergedTable;
  readonly #format: MergedFormat;
  readonly #lines: BudgetedLines;
  readonly #stats: ScrapeStats;
  readonly #line = new LineBuffer();
  #written = 0;

  constructor(
    table: MergedTable,
    format: MergedFormat,
    lines: BudgetedLines,
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
    const keys = new Set(samples.map(({ key }) => key));
    let waiting = head;
    for (const series of family === undefined ? [] : seriesOf(this.#table, family)) {
      putSeriesLine(this.#table, series, this.#line, this.#format);
      if (keys.size > 0 && keys.has(this.#keyOf(series))) continue;
      if (!this.#writeBehind(waiting)) return;
      waiting = "";
      if (++this.#written % SERIES_A_TURN === 0) await new Promise((next) => setTimeout(next));
    }
    for (const { key, value } of samples) {
      this.#line.reset();
      this.#line.putText(`${key} ${value}\n`);
      if (!this.#writeBehind(waiting)) return;
      waiting = "";
    }
  }

  #keyOf(series: number): string {
    const { keys } = this.#table.series;
    const start = this.#table.series.keyStart(series);
    return new TextDecoder().decode(keys.subarray(start, this.#table.series.keyEnd(series)));
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

interface OwnSample {
  readonly key: string;
  readonly value: string;
}
