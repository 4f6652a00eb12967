import { isReset } from "../aggregate/native_reset.ts";
import { type NativeBudget, NativeMemory } from "./native_memory.ts";
import { PAGE_SERIES, pageOf, type TargetRead } from "./target_read.ts";

/** What is left of a bound on contributions; shared by the targets of one table. */
export interface ContributionBudget {
  /** Series that may still be remembered. */
  left: number;
}

/** Exporters work it out from other clocks, so that it trembles; a restart takes longer than this. */
const START_TIME_JITTER_SECONDS = 0.5;

/** What one target contributed to each counter when it was last read whole. */
export class CounterMemory {
  startTimeSeconds: number | undefined;
  /** Unix milliseconds of its last whole read. */
  readAtMs = 0;
  /** Nothing that it had counted before its next read is an increase. */
  isBaseline = false;
  /** NaN where it contributed nothing. */
  #pages: (Float64Array<ArrayBuffer> | undefined)[] = [];
  /** Native histograms, beside what they count in all. */
  readonly natives: NativeMemory;
  readonly #budget: ContributionBudget;

  constructor(budget: ContributionBudget, nativeBudget: NativeBudget) {
    this.#budget = budget;
    this.natives = new NativeMemory(nativeBudget);
  }

  /** NaN where it contributed nothing, Infinity where it is unknown how much. */
  get(series: number): number {
    return this.#pages[pageOf(series)]?.[series % PAGE_SERIES] ?? NaN;
  }

  /** Whether `set` will find room for the series. */
  makeRoom(series: number): boolean {
    const number = pageOf(series);
    if (this.#pages[number] !== undefined) return true;
    if (this.#budget.left < PAGE_SERIES) return false;
    this.#budget.left -= PAGE_SERIES;
    this.#pages[number] = new Float64Array(PAGE_SERIES).fill(NaN);
    return true;
  }

  /** `makeRoom` has to be called before; NaN forgets what it contributed. */
  set(series: number, value: number): void {
    const page = this.#pages[pageOf(series)];
    if (page !== undefined) page[series % PAGE_SERIES] = value;
  }

  forEach(callback: (series: number, value: number) => void): void {
    for (const [number, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < PAGE_SERIES; at++) {
        if (!Number.isNaN(page[at])) callback(number * PAGE_SERIES + at, page[at]);
      }
    }
  }

  /** Gives back what it takes of the budget. */
  release(): void {
    this.#releasePages();
    this.natives.release();
  }

  #releasePages(): void {
    for (const page of this.#pages) if (page !== undefined) this.#budget.left += PAGE_SERIES;
    this.#pages = [];
  }

  /**
   * The series have other numbers now; -1 for one that is gone. Returns those, by their new numbers,
   * for which there was no room any more.
   */
  move(moved: Int32Array): number[] {
    const known: [series: number, value: number][] = [];
    this.forEach((series, value) => {
      if (moved[series] >= 0) known.push([moved[series], value]);
    });
    this.#releasePages();
    this.natives.move(moved);
    const lost: number[] = [];
    for (const [series, value] of known) {
      if (this.makeRoom(series)) this.set(series, value);
      else lost.push(series);
    }
    return lost;
  }

  /** Whether the target has a native histogram that began anew. */
  nativeFell(series: number, read: TargetRead): boolean {
    const before = this.natives.get(series);
    const now = before && read.natives.get(series);
    return before !== undefined && now !== undefined && isReset(now, before);
  }

  /**
   * How the target tells that it has been restarted since, if it has: by its start time, or, where
   * it exposes none, by most of its counters having fallen at once.
   */
  restart(read: TargetRead): "start_time" | "majority" | undefined {
    const before = this.startTimeSeconds;
    const now = read.startTimeSeconds;
    if (before !== undefined && now !== undefined) {
      return Math.abs(now - before) > START_TIME_JITTER_SECONDS ? "start_time" : undefined;
    }
    let compared = 0;
    let fallen = 0;
    this.forEach((series, value) => {
      if (value === 0 || value === Infinity || read.membersOf(series) === 0) return;
      compared++;
      if (read.valueOf(series) < value || this.nativeFell(series, read)) fallen++;
    });
    return fallen * 2 > compared ? "majority" : undefined;
  }
}
