import { ByteHash } from "../exposition/byte_hash.ts";
import { DistinctHashes } from "./distinct_hashes.ts";
import { type CountedValue, FrequentValues } from "./frequent_values.ts";
import type { MemoryBudget } from "./memory_budget.ts";

/** About what one label of one metric takes before it has many values. */
const BASE_BYTES = 1024;

/** What is known of one label of one metric. */
export class LabelTrack {
  readonly name: string;
  /** The sample of the metric, counted from 1, in which the label was last seen. */
  seen = 0;
  /** The hash of its value there, and the bytes that the label takes in the line. */
  low = 0;
  high = 0;
  length = 0;
  /** Series that have the label, and bytes of it in their lines. */
  series = 0;
  bytes = 0;
  readonly values: DistinctHashes;
  readonly frequent = new FrequentValues();
  readonly #budget: MemoryBudget;
  readonly #seed: number;
  #last = new Uint8Array(32);
  #lastLength = -1;
  #entry: CountedValue | undefined;
  /** The series without the label; undefined as long as all have one value, whose hash is `only`. */
  #without: DistinctHashes | undefined;
  #onlyLow = 0;
  #onlyHigh = 0;
  /** Bytes of the first line of each of those. */
  #withoutBytes = 0;

  /** Undefined when there is no memory left to follow one more label. */
  static follow(name: string, seed: number, budget: MemoryBudget): LabelTrack | undefined {
    return budget.take(BASE_BYTES) ? new LabelTrack(name, seed, budget) : undefined;
  }

  private constructor(name: string, seed: number, budget: MemoryBudget) {
    this.name = name;
    this.#seed = seed;
    this.#budget = budget;
    this.values = new DistinctHashes(budget);
  }

  /** Takes the label's value in the sample number `seen`. */
  see(bytes: Uint8Array, start: number, end: number, seen: number, hash: ByteHash): void {
    this.seen = seen;
    if (end - start === this.#lastLength && this.#isLast(bytes, start)) return;
    hash.take(bytes, start, end, this.#seed);
    this.low = hash.low;
    this.high = hash.high;
    this.values.add(hash.low, hash.high);
    this.#entry = this.frequent.enter(hash.low, hash.high, bytes, start, end);
    this.#lastLength = end - start;
    if (end - start > this.#last.length) this.#last = new Uint8Array((end - start) * 2);
    for (let i = start, k = 0; i < end; i++, k++) this.#last[k] = bytes[i];
  }

  /**
   * Counts a new series of the metric, whose hash is the sum of its labels' hashes. `isPresent`:
   * the label was seen in it. `all` are the metric's series, this one included, and `bytesBefore` the
   * bytes of the lines of those that came before it.
   */
  count(
    low: number,
    high: number,
    lineBytes: number,
    isPresent: boolean,
    all: DistinctHashes,
    bytesBefore: number,
  ): void {
    const ownLow = isPresent ? this.low : 0;
    const ownHigh = isPresent ? this.high : 0;
    if (this.#without === undefined) {
      if (bytesBefore === 0) {
        this.#onlyLow = ownLow;
        this.#onlyHigh = ownHigh;
      } else if (ownLow !== this.#onlyLow || ownHigh !== this.#onlyHigh) {
        this.#diverge(low, high, all, bytesBefore);
      }
    }
    const length = isPresent ? this.length : 0;
    if (this.#without?.add(low - ownLow | 0, high - ownHigh | 0)) {
      this.#withoutBytes += lineBytes - length;
    }
    if (!isPresent) return;
    this.series++;
    this.bytes += length;
    this.#entry!.series++;
  }

  /** The series that are left without the label, of `series` in all whose lines have these bytes. */
  without(series: number, bytes: number, estimated: boolean) {
    const rest = this.#without;
    if (rest === undefined) return { series, bytes: bytes - this.bytes, estimated };
    const left = Math.min(rest.count, series);
    if (!rest.estimated) return { series: left, bytes: this.#withoutBytes, estimated };
    const perSeries = (bytes - this.bytes) / series;
    return { series: left, bytes: Math.round(left * perSeries), estimated: true };
  }

  /** Bytes that `forget` gives back. */
  get reclaimable(): number {
    return this.values.reclaimable + (this.#without?.reclaimable ?? 0);
  }

  forget(): void {
    for (const hashes of [this.values, this.#without]) {
      if (hashes !== undefined && hashes.reclaimable > 0) hashes.forget();
    }
  }

  #isLast(bytes: Uint8Array, start: number): boolean {
    for (let k = 0; k < this.#lastLength; k++) {
      if (bytes[start + k] !== this.#last[k]) return false;
    }
    return true;
  }

  /** A second value: the series so far, each less the hash of the first, begin the set. */
  #diverge(low: number, high: number, all: DistinctHashes, bytesBefore: number): void {
    const without = this.#without = new DistinctHashes(this.#budget);
    this.#withoutBytes = bytesBefore - this.bytes;
    const known = all.each((eachLow, eachHigh) => {
      if (eachLow === low && eachHigh === high) return;
      without.add(eachLow - this.#onlyLow | 0, eachHigh - this.#onlyHigh | 0);
    });
    if (!known) without.addUnknown(all.count);
  }
}
