import {
  CardinalityGuard,
  type CardinalityLimits,
  type LimitName,
} from "../aggregate/cardinality_guard.ts";
import { type EditPlan, putSeriesKey, type ScannedLine } from "../aggregate/edit_plan.ts";
import type { SeriesPlanner } from "../aggregate/series_planner.ts";
import { NO_TARGET_LABELS, type TargetLabels } from "../aggregate/target_labels.ts";
import { BACKSLASH, isSample, NEWLINE } from "../exposition/bytes.ts";
import type { Families } from "../exposition/families.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import type { SampleDecider } from "../policy/sample_decider.ts";
import { readStartTime } from "./start_time.ts";
import { AggregationError, type GatheredFamily, type SampleStore } from "./sample_store.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

export interface GatheringRules {
  readonly planner: SeriesPlanner;
  readonly limits: CardinalityLimits | undefined;
  readonly maxLineBytes: number;
  /** What the samples' target adds to each; nothing by default. */
  readonly ofTarget?: TargetLabels;
  /** A sample that policies failed at goes through the rules instead of passing as it is. */
  readonly gathersFailed?: boolean;
  /** Told of each `process_start_time_seconds`, whatever becomes of it. */
  readonly startedAt?: (unixSeconds: number) => void;
}

/*
 *   line ─▶ policies ─▶ rules: the signature's plan ─▶ limits ─▶ the store's series
 */

/** Takes blocks of whole lines of one upstream and puts their samples into a store. */
export class SampleGatherer implements LineBlockSink {
  readonly #rules: GatheringRules;
  readonly #ofTarget: TargetLabels;
  readonly #store: SampleStore;
  readonly #stats: ScrapeStats;
  readonly #families: Families;
  readonly #decider: SampleDecider;
  readonly #guard: CardinalityGuard | undefined;
  readonly #key = new LineBuffer();

  constructor(
    rules: GatheringRules,
    families: Families,
    decider: SampleDecider,
    store: SampleStore,
    stats: ScrapeStats,
  ) {
    this.#rules = rules;
    this.#ofTarget = rules.ofTarget ?? NO_TARGET_LABELS;
    this.#families = families;
    this.#decider = decider;
    this.#store = store;
    this.#stats = stats;
    this.#guard = rules.limits && new CardinalityGuard(rules.limits);
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    const backslash = bytes.indexOf(BACKSLASH, start);
    const mayEscape = backslash >= 0 && backslash < end;
    while (start < end && !this.#store.full) {
      const newline = bytes.indexOf(NEWLINE, start);
      const ended = newline >= 0 && newline < end;
      const next = ended ? newline + 1 : end;
      this.takeLine(bytes, start, ended ? newline : end, next, mayEscape);
      start = next;
    }
    this.#families.detach();
  }

  /** Takes one line; `next` is behind its newline, `mayEscape` false when no backslash is near. */
  takeLine(bytes: Uint8Array, start: number, end: number, next: number, mayEscape: boolean): void {
    this.#stats.inputLines++;
    if (!isSample(bytes, start, end)) {
      if (this.#families.hold(bytes, start, end, next)) return;
      return this.#store.passComment(bytes, start, next);
    }
    this.#stats.inputSamples++;
    const { startedAt } = this.#rules;
    if (startedAt !== undefined) readStartTime(bytes, start, end, startedAt);
    if (end - start > this.#rules.maxLineBytes) {
      this.#stats.overlongLines++;
      const family = this.#decider.familyOf(bytes, start, end);
      return this.#store.passSample(bytes, start, next, family, "overlong");
    }
    switch (this.#decider.decide(bytes, start, end)) {
      case "drop":
        this.#stats.droppedByPolicy++;
        return;
      case "unparseable":
        return this.#passUnparseable(bytes, start, end, next);
      case "failed": {
        this.#stats.failedEvaluations++;
        if (this.#rules.gathersFailed) return this.#gather(bytes, start, end, next, mayEscape);
        const family = this.#decider.familyOf(bytes, start, end);
        return this.#store.passSample(bytes, start, next, family, "failed");
      }
      case "keep":
        return this.#gather(bytes, start, end, next, mayEscape);
    }
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    if (this.#store.full) return;
    const familyOf = () => this.#decider.familyOf(bytes, start, end);
    this.#store.passPiece({ bytes, start, end, last, familyOf });
  }

  /** The input has ended. */
  end(): void {
    this.#store.end();
  }

  #passUnparseable(bytes: Uint8Array, start: number, end: number, next: number): void {
    this.#stats.unparseableLines++;
    const family = this.#decider.familyOf(bytes, start, end);
    this.#store.passSample(bytes, start, next, family, "unparseable");
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
      return this.#passUnparseable(bytes, start, end, next);
    }
    const ofTarget = this.#ofTarget;
    const planned = this.#rules.planner.plan(bytes, spans, family, ofTarget);
    if (typeof planned === "string") {
      if (planned === "rule") this.#stats.droppedByRules++;
      else this.#stats.droppedAsInvalid++;
      return;
    }
    const output = this.#store.enter(planned.family, family);
    const line = { bytes, spans, mayEscape, ofTarget };
    if (this.#guard === undefined) {
      const follower = this.#store.findFollower(planned, line);
      if (follower >= 0) return this.#store.merge(follower, planned, line, end);
      putSeriesKey(this.#key, planned, line);
    } else this.#guard.putKey(this.#key, planned, line, output.guarded);
    this.#add(planned, output, line, end);
  }

  #add(plan: EditPlan, output: GatheredFamily, line: ScannedLine, end: number): void {
    const exceeded = this.#guard?.exceeded;
    if (exceeded !== undefined && !this.#admits(exceeded, output)) return;
    const store = this.#store;
    const key = this.#key;
    let series = store.find(key);
    if (series < 0) {
      const limit = this.#guard?.seriesLimit(
        key,
        plan,
        output.guarded,
        output.seriesCount,
        store.seriesCount,
      );
      if (limit !== undefined) {
        if (!this.#admits(limit, output)) return;
        this.#guard!.putOverflowKey(key, plan, line);
        series = store.find(key);
      }
    }
    if (series < 0) store.add(key, plan, line, end);
    else store.merge(series, plan, line, end);
  }

  /** What the limit's action says of a sample that exceeds it: false when it is dropped. */
  #admits(limit: LimitName, output: GatheredFamily): boolean {
    this.#stats.limited(output.name, limit);
    const { action } = this.#rules.limits!;
    if (action === "fail") {
      throw new AggregationError(`family ${output.name} exceeds the limit ${limit}`);
    }
    return action === "overflow";
  }
}
