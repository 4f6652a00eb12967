import { MAX_LISTED_VALUES } from "../bounds.ts";
import { shownText } from "./figure_text.ts";

/** A value and how many series have it. */
export interface CountedValue {
  readonly text: string;
  series: number;
}

/**
 * The most frequent values of a label. All of them, exactly, as long as they are few; when there are
 * more, the less frequent half is forgotten whenever the list is full, and `error` says by how much a
 * count may be too low (the frequent-items sketch of Misra and Gries, in batches).
 */
export class FrequentValues {
  error = 0;
  #values = new Map<number, CountedValue>();

  /** The value `bytes[start, end)` whose hash this is, to be counted by its `series`. */
  enter(low: number, high: number, bytes: Uint8Array, start: number, end: number): CountedValue {
    // 53 bits of the hash: a number that is a key without being a string.
    const key = (high & 0x1f_ffff) * 2 ** 32 + (low >>> 0);
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= 2 * MAX_LISTED_VALUES) this.#forgetHalf();
    const entry = { text: shownText(bytes, start, end), series: 0 };
    this.#values.set(key, entry);
    return entry;
  }

  /** By series, the most first. */
  get list(): CountedValue[] {
    return [...this.#values.values()]
      .sort((a, b) => b.series - a.series || (a.text < b.text ? -1 : 1))
      .slice(0, MAX_LISTED_VALUES);
  }

  #forgetHalf(): void {
    const counts = [...this.#values.values()].map(({ series }) => series).sort((a, b) => a - b);
    const most = counts[counts.length >> 1];
    this.error += most;
    for (const [key, value] of this.#values) {
      if (value.series <= most) this.#values.delete(key);
      else value.series -= most;
    }
  }
}
