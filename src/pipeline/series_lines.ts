import { MAX_FAMILIES, MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import {
  CardinalityGuard,
  type CardinalityLimits,
  type LimitName,
} from "../aggregate/cardinality_guard.ts";
import {
  type EditPlan,
  type OutputFamilyName,
  putSeriesKey,
  type ScannedLine,
} from "../aggregate/edit_plan.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { OutputFamily } from "../aggregate/output_family.ts";
import type { SeriesPlanner } from "../aggregate/series_planner.ts";
import { SeriesTable, tailOf } from "../aggregate/series_table.ts";
import { BACKSLASH, NEWLINE } from "../exposition/bytes.ts";
import type { ByteRange, Families, Family } from "../exposition/families.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import type { SampleDecider } from "../policy/sample_decider.ts";
import { type BudgetedLines, isEof } from "./budgeted_lines.ts";
import { writeHeld } from "./held_metadata.ts";
import { isSample } from "./line_kind.ts";
import { LineSlab } from "./line_slab.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** A scrape that cannot go on: what it has gathered would be wrong or too much. */
export class AggregationError extends Error {
  override readonly name = "AggregationError";
}

export interface SeriesRules {
  readonly planner: SeriesPlanner;
  readonly limits: CardinalityLimits | undefined;
  /** Rules can bring families together under one name: then nothing is written before the end. */
  readonly mayRename: boolean;
  readonly maxLineBytes: number;
}

/*
 *   line ─▶ policies ─▶ rules: the signature's plan ─▶ limits ─▶ series table ─▶ a family's block
 *
 * A family's lines are contiguous in a valid exposition, so its block is written as soon as the next
 * family begins, and the table is used again: memory is the largest family's output.
 */

/** Takes blocks of whole lines, gathers their samples into series, and writes family by family. */
export class SeriesLines implements LineBlockSink {
  readonly #rules: SeriesRules;
  readonly #output: BudgetedLines;
  readonly #stats: ScrapeStats;
  readonly #families: Families;
  readonly #decider: SampleDecider;
  readonly #guard: CardinalityGuard | undefined;
  readonly #table = new SeriesTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
  readonly #pending = new Map<string, OutputFamily>();
  readonly #written = new Set<string>();
  #current: OutputFamily | undefined;
  /** Series of families that are written already. */
  #seriesBefore = 0;
  readonly #key = new LineBuffer();
  readonly #line = new LineBuffer();
  readonly #slab = new LineSlab();

  constructor(
    rules: SeriesRules,
    families: Families,
    decider: SampleDecider,
    output: BudgetedLines,
    stats: ScrapeStats,
  ) {
    this.#rules = rules;
    this.#families = families;
    this.#decider = decider;
    this.#output = output;
    this.#stats = stats;
    this.#guard = rules.limits && new CardinalityGuard(rules.limits);
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    const backslash = bytes.indexOf(BACKSLASH, start);
    const mayEscape = backslash >= 0 && backslash < end;
    while (start < end && !this.#output.full) {
      const newline = bytes.indexOf(NEWLINE, start);
      const ended = newline >= 0 && newline < end;
      const next = ended ? newline + 1 : end;
      this.#stats.inputLines++;
      this.#take(bytes, start, ended ? newline : end, next, mayEscape);
      start = next;
    }
    this.#families.detach();
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#output.full) return;
    const counts = !this.#output.brokenLine && isSample(bytes, start, end);
    if (!this.#output.brokenLine) this.#beginLongLine(bytes, start, end, counts);
    if (this.#output.writePiece(bytes, start, end, last) && counts) this.#stats.outputSamples++;
  }

  /** The input has ended: writes what is still gathered. */
  end(): void {
    this.#writeAll();
  }

  /** A line that leaves in pieces: what was gathered before it, and its metadata, leave first. */
  #beginLongLine(bytes: Uint8Array, start: number, end: number, counts: boolean): void {
    this.#stats.inputLines++;
    this.#writeAll();
    if (!counts) return;
    this.#stats.inputSamples++;
    this.#stats.overlongLines++;
    const family = this.#decider.familyOf(bytes, start, end);
    writeHeld(family, end - start, this.#families, this.#output);
  }

  #take(bytes: Uint8Array, start: number, end: number, next: number, mayEscape: boolean): void {
    if (!isSample(bytes, start, end)) {
      if (this.#families.hold(bytes, start, end, next)) return;
      if (isEof(bytes, start, next)) this.#writeAll();
      return this.#passBehind(this.#current, bytes, start, next, false);
    }
    this.#stats.inputSamples++;
    if (end - start > this.#rules.maxLineBytes) {
      this.#stats.overlongLines++;
      return this.#passAsItIs(bytes, start, end, next);
    }
    switch (this.#decider.decide(bytes, start, end)) {
      case "drop":
        this.#stats.droppedByPolicy++;
        return;
      case "unparseable":
        this.#stats.unparseableLines++;
        return this.#passAsItIs(bytes, start, end, next);
      case "failed":
        this.#stats.failedEvaluations++;
        return this.#passAsItIs(bytes, start, end, next);
      case "keep":
        return this.#gather(bytes, start, end, next, mayEscape);
    }
  }

  /** A line that cannot be processed stands in its family's block, behind what came before it. */
  #passAsItIs(bytes: Uint8Array, start: number, end: number, next: number): void {
    const family = this.#decider.familyOf(bytes, start, end);
    const output = family === undefined
      ? this.#current
      : this.#enter({ name: family.name, hasMetadata: true }, family);
    this.#passBehind(output, bytes, start, next, true);
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

  #gather(
    bytes: Uint8Array,
    start: number,
    end: number,
    next: number,
    mayEscape: boolean,
  ): void {
    const family = this.#decider.familyOf(bytes, start, end);
    const { spans } = this.#decider;
    if (!this.#decider.scanned && !scanSample(bytes, start, end, spans)) {
      this.#stats.unparseableLines++;
      return this.#passAsItIs(bytes, start, end, next);
    }
    const planned = this.#rules.planner.plan(bytes, spans, family);
    if (typeof planned === "string") {
      if (planned === "rule") this.#stats.droppedByRules++;
      else this.#stats.droppedAsInvalid++;
      return;
    }
    const output = this.#enter(planned.family, family);
    const line = { bytes, spans, mayEscape };
    if (this.#guard === undefined) {
      const follower = this.#table.findFollower(planned, line);
      if (follower >= 0) return this.#merge(planned, output, follower, line, end);
      putSeriesKey(this.#key, planned, line);
    } else this.#guard.putKey(this.#key, planned, line, output.guarded);
    this.#add(planned, output, line, end);
  }

  #add(plan: EditPlan, output: OutputFamily, line: ScannedLine, end: number): void {
    const exceeded = this.#guard?.exceeded;
    if (exceeded !== undefined && !this.#admits(exceeded, output)) return;
    const key = this.#key;
    let series = this.#table.find(key.bytes, key.length);
    if (series < 0) {
      const limit = this.#guard?.seriesLimit(
        key,
        plan,
        output.guarded,
        output.series.length,
        this.#seriesBefore + this.#table.size,
      );
      if (limit !== undefined) {
        if (!this.#admits(limit, output)) return;
        this.#guard!.putOverflowKey(key, plan, line);
        series = this.#table.find(key.bytes, key.length);
      }
    }
    if (series < 0) this.#addSeries(plan, output, line, end);
    else this.#merge(plan, output, series, line, end);
  }

  #addSeries(plan: EditPlan, output: OutputFamily, line: ScannedLine, end: number): void {
    const key = this.#key;
    if (!this.#table.hasRoom(key.length)) {
      throw new AggregationError("more series than one scrape can hold");
    }
    const tail = tailOf(line, end);
    output.series.push(this.#table.add(key.bytes, key.length, plan.fn, line.bytes, tail));
  }

  #merge(
    plan: EditPlan,
    output: OutputFamily,
    series: number,
    line: ScannedLine,
    end: number,
  ): void {
    const members = this.#table.merge(series, line.bytes, tailOf(line, end));
    if (this.#table.functionOf(series) === "drop") {
      // The first member is lost with the second.
      this.#stats.droppedUnmergeable += members === 2 ? 2 : 1;
      return;
    }
    this.#stats.mergedSamples++;
    if (plan.isGaugeSum) this.#stats.summedGauges.add(output.name);
  }

  /** What the limit's action says of a sample that exceeds it: false when it is dropped. */
  #admits(limit: LimitName, output: OutputFamily): boolean {
    this.#stats.limited(output.name, limit);
    const { action } = this.#rules.limits!;
    if (action === "fail") {
      throw new AggregationError(`family ${output.name} exceeds the limit ${limit}`);
    }
    return action === "overflow";
  }

  /** The output family that a sample belongs to. Another one than before ends that one's block. */
  #enter(name: OutputFamilyName, family: Family | undefined): OutputFamily {
    let output = this.#current;
    if (output === undefined || output.name !== name.name) {
      if (!this.#rules.mayRename) this.#writeAll();
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
    for (const series of output.series) {
      if (!this.#table.render(series, this.#line)) continue;
      const bytes = this.#slab.copyOf(this.#line);
      if (!this.#writeBehind(metadata, bytes)) return false;
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
