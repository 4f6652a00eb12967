import type { EditPlan, OutputFamilyName, ScannedLine } from "../aggregate/edit_plan.ts";
import type { MergedFamily } from "../aggregate/merged_family.ts";
import type { MergedTable } from "../aggregate/merged_table.ts";
import type { TargetRead } from "../aggregate/target_read.ts";
import type { Family } from "../exposition/families.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { isEof } from "./budgeted_lines.ts";
import { AggregationError, type PassedReason, type SampleStore } from "./sample_store.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

/** A response that cannot be merged with others: its target counts as one that was not read. */
export class UnreadableTarget extends Error {
  override readonly name = "UnreadableTarget";
}

/** Puts one target's samples into the table that all targets share. */
export class TargetStore implements SampleStore {
  readonly full = false;
  /** The exposition's own `# EOF` was there. */
  terminated = false;
  readonly #table: MergedTable;
  readonly #read: TargetRead;
  readonly #stats: ScrapeStats;
  #current: MergedFamily | undefined;

  constructor(table: MergedTable, read: TargetRead, stats: ScrapeStats) {
    this.#table = table;
    this.#read = read;
    this.#stats = stats;
  }

  get seriesCount(): number {
    return this.#table.series.size;
  }

  enter(name: OutputFamilyName, family: Family | undefined): MergedFamily {
    if (this.terminated && this.#read.openMetrics) {
      throw new UnreadableTarget("OpenMetrics with a sample behind # EOF");
    }
    return this.#current = this.#table.enter(this.#read, name, family);
  }

  findFollower(plan: EditPlan, line: ScannedLine): number {
    return this.#table.series.findFollower(this.#read.last, plan, line);
  }

  find(key: LineBuffer): number {
    return this.#table.series.find(key.bytes, 0, key.length);
  }

  add(key: LineBuffer, plan: EditPlan, line: ScannedLine, end: number): void {
    if (!this.#table.series.hasRoom(key.length)) {
      throw new AggregationError("more series than one scrape can hold");
    }
    this.#table.add(this.#read, this.#current!, key, plan, line, end);
  }

  merge(series: number, plan: EditPlan, line: ScannedLine, end: number): void {
    const members = this.#table.merge(this.#read, series, plan, line, end);
    if (members > 1) this.#stats.mergedSamples++;
  }

  /** One target's unreadable line would make the response unreadable for all. */
  passSample(
    bytes: Uint8Array,
    start: number,
    next: number,
    _family: Family | undefined,
    _reason: PassedReason,
  ): void {
    const shown = new TextDecoder().decode(bytes.subarray(start, Math.min(next, start + SHOWN)));
    throw new UnreadableTarget(`a line is no sample: ${JSON.stringify(shown.trimEnd())}`);
  }

  /** Comments say something of one target at most. */
  passComment(bytes: Uint8Array, start: number, next: number): void {
    if (isEof(bytes, start, next)) this.terminated = true;
  }

  passPiece(): void {
    throw new UnreadableTarget("a line is longer than can be held");
  }

  end(): void {}
}

/** So many bytes of an unreadable line are shown. */
const SHOWN = 80;
