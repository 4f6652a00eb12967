import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { BRACE_OPEN, QUOTE } from "../exposition/bytes.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { Accumulation, AggregateFunction } from "../aggregate/aggregate_function.ts";
import { Column, floats, integers } from "./column.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import type { MergedFamily } from "./merged_family.ts";

/**
 * The output series of many targets by their key, from scrape to scrape: a series keeps its number
 * as long as it is remembered, so that what targets contributed to it can be kept by number.
 */
export class MergedSeries {
  readonly #keys = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
  readonly families: MergedFamily[] = [];
  readonly #functions: AggregateFunction[] = [];
  readonly #accumulations: Accumulation[] = [];
  readonly #gaugeSums: boolean[] = [];
  readonly #groups = new Column(integers);
  /** Its increases since Weir began, or what a state file said. */
  readonly #totals = new Column(floats);
  /** Targets that had the series when they were last read whole. */
  readonly #owners = new Column(integers);
  /** Unix milliseconds when a target last had it. */
  readonly #seenAt = new Column(floats);
  /**
   * Unix milliseconds when the total was 0 and nothing had been counted; 0 while nothing is, NaN where
   * that is not known.
   */
  readonly #begunAt = new Column(floats);
  /** 1: what targets contributed cannot be remembered, so that it is a plain sum. */
  readonly #isRaw = new Column(integers);
  /** 1: its values are native histograms. */
  readonly #isNative = new Column(integers);
  /** 1: what its samples are was said by a target that agrees with the TYPE in force. */
  readonly #isLearned = new Column(integers);

  /** Some name of a metric or label is beyond the classic alphabet. */
  hasQuotedNames = false;

  /** Another one when what is known of numbers elsewhere holds no longer. */
  identity: object = {};

  get size(): number {
    return this.#keys.size;
  }

  get keys(): Uint8Array {
    return this.#keys.bytes;
  }

  keyStart(series: number): number {
    return this.#keys.keyStart(series);
  }

  keyEnd(series: number): number {
    return this.#keys.keyEnd(series);
  }

  /** The number of the series with this key, or -1. */
  find(key: Uint8Array, start: number, end: number): number {
    return this.#keys.find(key, start, end);
  }

  hasRoom(keyLength: number): boolean {
    return this.#keys.hasRoom(keyLength);
  }

  /** Adds a series and returns its number. `hasRoom` has to hold. */
  add(
    key: LineBuffer,
    family: MergedFamily,
    plan: EditPlan,
    group: number,
    isNative: boolean,
  ): number {
    const series = this.#keys.add(key.bytes, 0, key.length);
    this.families[series] = family;
    family.series.push(series);
    for (const column of this.#columns) column.reserve(series);
    this.#groups.values[series] = group;
    this.#isNative.values[series] = Number(isNative);
    this.hasQuotedNames ||= isQuoted(plan);
    this.learn(series, plan);
    return series;
  }

  /** Whether its function is the one of the TYPE in force; until then it is that of its first sample. */
  isLearned(series: number): boolean {
    return this.#isLearned.values[series] === 1;
  }

  /** Takes the function from a sample's plan. */
  learn(series: number, plan: EditPlan): void {
    this.#isLearned.values[series] = 1;
    this.#functions[series] = plan.fn;
    this.#accumulations[series] = plan.accumulation;
    this.#gaugeSums[series] = plan.isGaugeSum;
    if (plan.sampleName.endsWith("_bucket")) this.families[series].hasBuckets = true;
  }

  /** A target that contradicts the TYPE in force has it first: one that agrees may say otherwise. */
  doubt(series: number): void {
    this.#isLearned.values[series] = 0;
  }

  /**
   * The family has another TYPE now: what its samples are is learned anew. What this scrape has brought
   * is written as it was taken.
   */
  relearn(family: MergedFamily): void {
    for (const series of family.series) this.doubt(series);
    this.identity = {};
  }

  functionOf(series: number): AggregateFunction {
    return this.#functions[series];
  }

  /** Whether it is a sum only because nothing else was asked for. */
  isGaugeSum(series: number): boolean {
    return this.#gaugeSums[series];
  }

  isCounter(series: number): boolean {
    const accumulation = this.#accumulations[series];
    return accumulation === "counter" ||
      (accumulation === "counter_beside_buckets" && this.families[series].hasBuckets);
  }

  /** Whether it is a counter, or is one as soon as its family turns out to have buckets. */
  mayAccumulate(series: number): boolean {
    const accumulation = this.#accumulations[series];
    return accumulation !== "level" && accumulation !== "start" && !this.isRaw(series);
  }

  /** Whether it tells when a counter began, if there is one that it is of. */
  isStart(series: number): boolean {
    return this.#accumulations[series] === "start";
  }

  /** A counter whose targets' contributions are remembered. */
  isAccumulated(series: number): boolean {
    return this.isCounter(series) && !this.isRaw(series);
  }

  /** The number of its histogram's group, or -1. */
  groupOf(series: number): number {
    return this.#groups.values[series];
  }

  total(series: number): number {
    return this.#totals.values[series];
  }

  setTotal(series: number, total: number): void {
    this.#totals.values[series] = total;
  }

  /** Unix milliseconds when its total began at 0; NaN where that is not known. */
  begunAt(series: number): number {
    return this.#begunAt.values[series] || NaN;
  }

  /** Its total begins anew. */
  restart(series: number, atMs: number): void {
    this.#totals.values[series] = 0;
    this.#begunAt.values[series] = atMs;
  }

  /** Its total has begun; a later call is none. */
  begin(series: number, atMs: number): void {
    if (this.#begunAt.values[series] === 0) this.#begunAt.values[series] = atMs;
  }

  /** A total never falls: what began at zero below it counts nothing. */
  raise(series: number, increase: number): void {
    if (increase > 0) this.#totals.values[series] += increase;
  }

  ownersOf(series: number): number {
    return this.#owners.values[series];
  }

  /** A target has it (1), or has it no longer (-1). */
  own(series: number, change: 1 | -1): void {
    this.#owners.values[series] += change;
  }

  seenAt(series: number): number {
    return this.#seenAt.values[series];
  }

  see(series: number, atMs: number): void {
    this.#seenAt.values[series] = atMs;
  }

  isRaw(series: number): boolean {
    return this.#isRaw.values[series] === 1;
  }

  isNative(series: number): boolean {
    return this.#isNative.values[series] === 1;
  }

  makeRaw(series: number): void {
    this.#isRaw.values[series] = 1;
  }

  /** A copy without those that are dead, and for each series its number there, or -1. */
  without(isDead: (series: number) => boolean): { series: MergedSeries; moved: Int32Array } {
    const copy = new MergedSeries();
    copy.hasQuotedNames = this.hasQuotedNames;
    const moved = new Int32Array(this.size).fill(-1);
    for (let series = 0; series < this.size; series++) {
      if (isDead(series)) continue;
      const at = copy.#keys.add(this.keys, this.keyStart(series), this.keyEnd(series));
      moved[series] = at;
      copy.families[at] = this.families[series];
      copy.#functions[at] = this.#functions[series];
      copy.#accumulations[at] = this.#accumulations[series];
      copy.#gaugeSums[at] = this.#gaugeSums[series];
      for (const [index, column] of copy.#columns.entries()) {
        column.reserve(at);
        column.values[at] = this.#columns[index].values[series];
      }
    }
    return { series: copy, moved };
  }

  renumberGroups(numbers: Int32Array): void {
    const groups = this.#groups.values;
    for (let series = 0; series < this.size; series++) {
      if (groups[series] >= 0) groups[series] = numbers[groups[series]];
    }
  }

  get #columns() {
    return [
      this.#groups,
      this.#totals,
      this.#owners,
      this.#seenAt,
      this.#begunAt,
      this.#isRaw,
      this.#isNative,
      this.#isLearned,
    ];
  }
}

function isQuoted({ head, labels }: EditPlan): boolean {
  return head[0] === BRACE_OPEN || labels.some(({ prefix }) => prefix.at(-3) === QUOTE);
}
