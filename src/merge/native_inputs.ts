import { increase, isReset } from "../aggregate/native_reset.ts";
import { NativeSum } from "../aggregate/native_sum.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import { bytesOf, type NativeBudget } from "./native_memory.ts";

interface Input {
  series: number;
  /** Of the last read that was remembered; undefined for one that is new. */
  known: NativeHistogram | undefined;
  /** Of the read at hand. */
  pending: NativeHistogram | undefined;
  /** Unix milliseconds. */
  seenMs: number;
}

/** The same as `InputCounters` for native histograms of one target: each is compared with itself. */
export class NativeInputs {
  /** Of the read at hand: those that fell. */
  fallen = 0;
  /** Of the read at hand: those that could not be added to others. */
  unmergeable = 0;
  readonly #budget: NativeBudget;
  /** By a hash of their lines and the series. */
  #inputs = new Map<string, Input>();
  readonly #rises = new Map<number, NativeSum>();

  constructor(budget: NativeBudget) {
    this.#budget = budget;
  }

  /** Those that were not there since `oldestMs` are forgotten. */
  begin(oldestMs: number): void {
    this.fallen = this.unmergeable = 0;
    this.#rises.clear();
    for (const [key, input] of this.#inputs) {
      this.#give(input.pending);
      input.pending = undefined;
      if (input.known !== undefined && input.seenMs >= oldestMs) continue;
      this.#give(input.known);
      this.#inputs.delete(key);
    }
  }

  /** False where it cannot be remembered. */
  take(low: number, high: number, series: number, h: NativeHistogram): boolean {
    const key = `${low} ${high} ${series}`;
    let input = this.#inputs.get(key);
    // The same one twice: the first counts.
    if (input?.pending !== undefined) return true;
    if (bytesOf(h) > this.#budget.left) return false;
    this.#budget.left -= bytesOf(h);
    if (input === undefined) {
      input = { series, known: undefined, pending: h, seenMs: 0 };
      this.#inputs.set(key, input);
    } else input.pending = h;
    this.#rise(series, this.#riseOf(h, input.known));
    return true;
  }

  /** What those of a series rose by, each for itself; one that is new or fell, by all that it counts. */
  riseOf(series: number): NativeHistogram | undefined {
    return this.#rises.get(series)?.result;
  }

  /** The target was read whole: the next read is compared with this one. */
  remember(nowMs: number): void {
    for (const input of this.#inputs.values()) {
      if (input.pending === undefined) continue;
      this.#give(input.known);
      input.known = input.pending;
      input.pending = undefined;
      input.seenMs = nowMs;
    }
  }

  /** The series have other numbers now; -1 for one that is gone. */
  move(moved: Int32Array): void {
    const before = this.#inputs;
    this.#inputs = new Map();
    for (const [key, input] of before) {
      const series = moved[input.series];
      if (series < 0) {
        this.#give(input.known);
        this.#give(input.pending);
        continue;
      }
      const [low, high] = key.split(" ");
      this.#inputs.set(`${low} ${high} ${series}`, { ...input, series });
    }
  }

  #riseOf(now: NativeHistogram, before: NativeHistogram | undefined): NativeHistogram {
    if (before === undefined) return now;
    if (!isReset(now, before)) return increase(now, before);
    this.fallen++;
    return now;
  }

  #rise(series: number, by: NativeHistogram): void {
    const sum = this.#rises.get(series);
    if (sum === undefined) this.#rises.set(series, new NativeSum(by));
    else if (!sum.add(by)) this.unmergeable++;
  }

  #give(h: NativeHistogram | undefined): void {
    this.#budget.left += bytesOf(h);
  }
}
