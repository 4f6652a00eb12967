import { type AggregateFunction, combine } from "../aggregate/aggregate_function.ts";
import { NativeSum } from "../aggregate/native_sum.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import { MAX_NATIVE_EXEMPLARS } from "../bounds.ts";
import { type Exemplar, newestExemplars } from "../exposition/exemplars.ts";
import { bytesOf } from "./native_memory.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import type { MergedFamily } from "./merged_family.ts";
import { OriginSet } from "./origin_set.ts";
import { FamilySources, type OwnFamily } from "../aggregate/family_sources.ts";

/** Series in one page: those of one family lie together, so few pages are half empty. */
export const PAGE_SERIES = 256;

/** A target's part of the series of one page. */
export interface ReadPage {
  readonly values: Float64Array<ArrayBuffer>;
  /** Samples that fell into each; 0: the target has none. */
  readonly members: Int32Array<ArrayBuffer>;
  /** Unix milliseconds, Infinity for none; undefined while no sample has one. */
  timestamps: Float64Array<ArrayBuffer> | undefined;
  /** Origins of the first samples; undefined while all are 0. */
  origins: Float64Array<ArrayBuffer> | undefined;
  /** Where the target's histograms may collide: what buckets rise, and how many begin with each. */
  increments: Float64Array<ArrayBuffer> | undefined;
  begun: Int32Array<ArrayBuffer> | undefined;
}

/**
 * What one target has contributed to each output series so far, while it is being read. Nothing of
 * it counts before the target has been read whole.
 */
export class TargetRead {
  readonly pages: (ReadPage | undefined)[] = [];
  readonly exemplars: Map<number, Uint8Array> = new Map();
  /** When the metrics of series began, as the target says it of each line: `st@` and the time. */
  readonly starts: Map<number, Uint8Array> = new Map();
  /** Of native histograms, the newest. */
  readonly nativeExemplars: Map<number, readonly Exemplar[]> = new Map();
  /** Native histograms by series: of the only sample, or what several came to. */
  readonly natives: Map<number, NativeHistogram> = new Map();
  /** Bytes that they take. */
  nativeBytes = 0;
  /** Those that could not be added to others. */
  unmergeable = 0;
  /** Series in which a histogram has several buckets: those are no sum. */
  readonly repeated: Set<number> = new Set();
  /** Series whose value is no sample's any more. */
  readonly united: Set<number> = new Set();
  /** The output families that it has samples of, with its own families that end there. */
  readonly families: Map<MergedFamily, OwnFamily> = new Map();
  /** Origins of the second and later samples of series. */
  readonly #origins = new OriginSet();
  readonly #sums = new Map<number, NativeSum>();
  /** Unix seconds; undefined while it has exposed none. */
  startTimeSeconds: number | undefined;
  /** What buckets rise may be wrong, as their histograms were forgotten before they were whole. */
  isLossy = false;
  readonly format: LineFormat;
  /** Its place in the order of targets. */
  readonly rank: number;

  constructor(format: LineFormat, rank: number) {
    this.format = format;
    this.rank = rank;
  }

  /** A family whose samples fall into `family`, where it is called `name`. */
  ownFamily(family: MergedFamily, name: string): OwnFamily {
    let own = this.families.get(family);
    if (own === undefined) this.families.set(family, own = { name, sources: new FamilySources() });
    return own;
  }

  /**
   * Takes one sample into a series. Returns how many it has then from this target, or 0 when it is of
   * a series of the target that came before, as its origin tells: the first one stays.
   */
  take(
    series: number,
    fn: AggregateFunction,
    value: number,
    timestampMs: number,
    origin: number,
  ): number {
    const page = this.#page(series);
    const at = series % PAGE_SERIES;
    const isFirst = page.members[at] === 0;
    if (isFirst && origin !== 0) {
      page.origins ??= new Float64Array(PAGE_SERIES);
      page.origins[at] = origin;
    } else if (!isFirst && this.#isRepeated(series, page.origins?.[at] ?? 0, origin)) return 0;
    page.values[at] = isFirst ? value : combine(fn, page.values[at], value);
    this.#stamp(page, at, isFirst, timestampMs);
    return ++page.members[at];
  }

  /**
   * The same for a native histogram. Several are added, whatever the function: where that is `drop`
   * none of them is written.
   */
  takeNative(
    series: number,
    fn: AggregateFunction,
    h: NativeHistogram,
    timestampMs: number,
    origin: number,
  ): number {
    const members = this.take(series, fn, h.count, timestampMs, origin);
    if (members === 0) return 0;
    let sum = this.#sums.get(series);
    if (sum === undefined && members > 1) {
      sum = new NativeSum(this.natives.get(series)!);
      this.#sums.set(series, sum);
    }
    if (sum !== undefined && !sum.add(h)) this.unmergeable++;
    const before = this.natives.get(series);
    const now = sum?.result ?? h;
    this.natives.set(series, now);
    this.nativeBytes += bytesOf(now) - bytesOf(before);
    return members;
  }

  addExemplars(series: number, exemplars: readonly Exemplar[]): void {
    const known = this.nativeExemplars.get(series) ?? [];
    const newest = newestExemplars([...known, ...exemplars], MAX_NATIVE_EXEMPLARS);
    this.nativeExemplars.set(series, newest);
  }

  #isRepeated(series: number, first: number, origin: number): boolean {
    return origin === first || !this.#origins.add(series, origin);
  }

  /** A sum is as new as its newest member, and from now if one of them says no time. */
  #stamp(page: ReadPage, at: number, isFirst: boolean, timestampMs: number): void {
    const hasNone = Number.isNaN(timestampMs);
    if (hasNone && page.timestamps === undefined) return;
    page.timestamps ??= new Float64Array(PAGE_SERIES).fill(Infinity);
    const time = hasNone ? Infinity : timestampMs;
    if (isFirst || time > page.timestamps[at]) page.timestamps[at] = time;
  }

  /**
   * A bucket of a series counts `increment` more than the one before it in its histogram, of which it
   * is the first (`begun` 1) or not (0); or so much less than was said.
   */
  rise(series: number, increment: number, begun: number): void {
    const page = this.#page(series);
    const at = series % PAGE_SERIES;
    page.increments ??= new Float64Array(PAGE_SERIES);
    page.begun ??= new Int32Array(PAGE_SERIES);
    page.increments[at] += increment;
    page.begun[at] += begun;
  }

  incrementOf(series: number): number {
    return this.pages[pageOf(series)]?.increments?.[series % PAGE_SERIES] ?? 0;
  }

  /** Sets what the samples of a series came to, in place of what their function made of them. */
  set(series: number, value: number): void {
    this.#page(series).values[series % PAGE_SERIES] = value;
    this.united.add(series);
  }

  /** The target has none of the series. */
  leaveOut(series: number): void {
    this.#page(series).members[series % PAGE_SERIES] = 0;
  }

  /** How many samples of the target fell into the series. */
  membersOf(series: number): number {
    return this.pages[pageOf(series)]?.members[series % PAGE_SERIES] ?? 0;
  }

  /** What they came to; NaN where there were none. */
  valueOf(series: number): number {
    const page = this.pages[pageOf(series)];
    const at = series % PAGE_SERIES;
    return page === undefined || page.members[at] === 0 ? NaN : page.values[at];
  }

  timestampOf(series: number): number {
    const time = this.pages[pageOf(series)]?.timestamps?.[series % PAGE_SERIES] ?? Infinity;
    return time === Infinity ? NaN : time;
  }

  /** Calls back for each series that the target has, in their order. */
  forEach(callback: (series: number) => void): void {
    for (const [number, page] of this.pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_SERIES; at++) {
        if (page.members[at] > 0) callback(number * PAGE_SERIES + at);
      }
    }
  }

  #page(series: number): ReadPage {
    const number = pageOf(series);
    return this.pages[number] ??= {
      values: new Float64Array(PAGE_SERIES),
      members: new Int32Array(PAGE_SERIES),
      timestamps: undefined,
      origins: undefined,
      increments: undefined,
      begun: undefined,
    };
  }
}

export function pageOf(series: number): number {
  return Math.floor(series / PAGE_SERIES);
}
