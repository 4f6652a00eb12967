import { MAX_FAMILIES, MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import type { EditPlan, OutputFamilyName, ScannedLine } from "../aggregate/edit_plan.ts";
import { OutputFamily } from "../aggregate/output_family.ts";
import type { LinePage, SeriesStore } from "../aggregate/series_store.ts";
import { SeriesTable } from "../aggregate/series_table.ts";
import { tailOf } from "../aggregate/series_tails.ts";
import { isSample, NEWLINE } from "../exposition/bytes.ts";
import type { ByteRange, Families, Family } from "../exposition/families.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import { type BudgetedLines, isEof } from "./budgeted_lines.ts";
import { writeHeld } from "./held_metadata.ts";
import { LineSlab } from "./line_slab.ts";
import { AggregationError, type LinePiece, type SampleStore } from "./sample_store.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

export interface BlockOptions {
  /** Rules can bring families together under one name: then nothing is written before the end. */
  readonly mayRename: boolean;
  /** As it is written behind each series that has no timestamp of its own; by default nothing is. */
  readonly timestamp?: string;
  /** Where series are gathered; by default a table of this one's own. */
  readonly table?: SeriesStore;
  /** Called when much of what was handed on can be collected. */
  readonly collectGarbage?: () => void;
}

/**
 * The series of one upstream, written family by family. A family's lines are contiguous in a valid
 * exposition, so its block is written as soon as the next family begins, and the table is used
 * again: memory is the largest family's output.
 */
export class FamilyBlocks implements SampleStore {
  readonly #options: BlockOptions;
  readonly #output: BudgetedLines;
  readonly #stats: ScrapeStats;
  readonly #families: Families;
  readonly #table: SeriesStore;
  readonly #pending = new Map<string, OutputFamily>();
  readonly #written = new Set<string>();
  #current: OutputFamily | undefined;
  /** Series of families that are written already. */
  #seriesBefore = 0;
  readonly #slab: LineSlab;

  constructor(
    options: BlockOptions,
    families: Families,
    output: BudgetedLines,
    stats: ScrapeStats,
  ) {
    this.#options = options;
    this.#table = options.table ?? new SeriesTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
    this.#slab = new LineSlab(options.collectGarbage);
    this.#families = families;
    this.#output = output;
    this.#stats = stats;
  }

  get full(): boolean {
    return this.#output.full;
  }

  /** The family whose series are being gathered. */
  get family(): string | undefined {
    return this.#current?.name;
  }

  get seriesCount(): number {
    return this.#seriesBefore + this.#table.size;
  }

  /** Another family than before ends that one's block. */
  enter(name: OutputFamilyName, family: Family | undefined): OutputFamily {
    let output = this.#current;
    if (output === undefined || output.name !== name.name) {
      if (!this.#options.mayRename) this.#writeAll();
      output = this.#pending.get(name.name);
      if (output === undefined) {
        if (this.#written.has(name.name)) this.#stats.noncontiguousFamilies++;
        output = new OutputFamily(name.name);
        this.#pending.set(name.name, output);
      }
      this.#current = output;
    }
    if (!output.addSource(family, name)) this.#stats.typeConflicts.add(output.name);
    return output;
  }

  findFollower(plan: EditPlan, line: ScannedLine): number {
    return this.#table.findFollower(plan, line);
  }

  find(key: LineBuffer): number {
    return this.#table.find(key.bytes, key.length);
  }

  add(key: LineBuffer, plan: EditPlan, line: ScannedLine, end: number): void {
    if (!this.#table.hasRoom(key.length)) {
      throw new AggregationError("more series than one scrape can hold");
    }
    const tail = tailOf(line, end);
    const series = this.#table.add(key.bytes, key.length, plan.fn, line.bytes, tail);
    this.#current!.series.push(series);
  }

  merge(series: number, plan: EditPlan, line: ScannedLine, end: number): void {
    const members = this.#table.merge(series, line.bytes, tailOf(line, end));
    if (this.#table.functionOf(series) === "drop") {
      // The first member is lost with the second.
      this.#stats.droppedUnmergeable += members === 2 ? 2 : 1;
      return;
    }
    this.#stats.mergedSamples++;
    if (plan.isGaugeSum) this.#stats.summedGauges.add(this.#current!.name);
  }

  /** It stands in its family's block, behind what came before it. */
  passSample(bytes: Uint8Array, start: number, next: number, family: Family | undefined): void {
    const output = family === undefined
      ? this.#current
      : this.enter({ name: family.name, hasMetadata: true }, family);
    this.#passBehind(output, bytes, start, next, true);
  }

  passComment(bytes: Uint8Array, start: number, next: number): void {
    if (isEof(bytes, start, next)) this.#writeAll();
    this.#passBehind(this.#current, bytes, start, next, false);
  }

  passPiece({ bytes, start, end, last, familyOf }: LinePiece): void {
    const counts = !this.#output.brokenLine && isSample(bytes, start, end);
    if (!this.#output.brokenLine) {
      // What was gathered before it, and its metadata, leave first.
      this.#stats.inputLines++;
      this.#writeAll();
      if (counts) {
        this.#stats.inputSamples++;
        this.#stats.overlongLines++;
        writeHeld(familyOf(), end - start, this.#families, this.#output);
      }
    }
    if (this.#output.writePiece(bytes, start, end, last) && counts) this.#stats.outputSamples++;
  }

  end(): void {
    this.#writeAll();
  }

  /** Passes a line on behind a family's series, or at once where none is being gathered. */
  #passBehind(
    output: OutputFamily | undefined,
    bytes: Uint8Array,
    start: number,
    next: number,
    isSample: boolean,
  ): void {
    if (output !== undefined) {
      output.addVerbatim(bytes, start, next, isSample);
    } else if (this.#output.write(bytes, start, next) && isSample) this.#stats.outputSamples++;
  }

  #writeAll(): void {
    const begun: OutputFamily[] = [];
    for (const output of this.#pending.values()) {
      if (this.#output.full) break;
      if (this.#writeFamily(output)) begun.push(output);
      if (this.#written.size < MAX_FAMILIES) this.#written.add(output.name);
    }
    // Not before: a family that rules divide has its metadata in each of its parts.
    for (const output of begun) output.release(this.#families);
    this.#seriesBefore += this.#table.size;
    this.#pending.clear();
    this.#table.clear();
    this.#current = undefined;
  }

  /** Returns true when its metadata is out. */
  #writeFamily(output: OutputFamily): boolean {
    let metadata: readonly ByteRange[] = output.metadata();
    for (const page of this.#table.pages(output.series, this.#options.timestamp)) {
      if (!this.#writePage(metadata, page)) return false;
      metadata = [];
    }
    for (const { bytes, isSample } of output.verbatim) {
      if (!isSample) {
        if (!this.#output.write(bytes, 0, bytes.length)) return false;
        continue;
      }
      if (!this.#writeBehind(metadata, { bytes, start: 0, end: bytes.length })) return false;
      metadata = [];
    }
    return metadata.length === 0;
  }

  /** Writes lines behind the metadata, as many as fit; false when that was not all. */
  #writePage(metadata: readonly ByteRange[], page: LinePage): boolean {
    const { bytes, start, end } = this.#slab.copyOf(page);
    const { lines } = page;
    if (metadata.length === 0 && this.#output.writeLines(bytes, start, end, lines)) {
      this.#stats.outputSamples += lines;
      return true;
    }
    for (let at = start; at < end;) {
      const next = bytes.indexOf(NEWLINE, at) + 1;
      if (!this.#writeBehind(metadata, { bytes, start: at, end: next })) return false;
      metadata = [];
      at = next;
    }
    return true;
  }

  /** Writes a sample's line, its family's metadata before it, if both fit. */
  #writeBehind(metadata: readonly ByteRange[], line: ByteRange): boolean {
    const length = metadata.reduce((sum, { start, end }) => sum + end - start, 0);
    if (length > 0 && !this.#output.fits(length + line.end - line.start)) return false;
    for (const { bytes, start, end } of metadata) this.#output.write(bytes, start, end);
    if (!this.#output.write(line.bytes, line.start, line.end)) return false;
    this.#stats.outputSamples++;
    return true;
  }
}
