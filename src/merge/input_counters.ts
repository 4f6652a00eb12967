import { MAX_INPUT_COUNTERS } from "../bounds.ts";
import { ByteHash } from "../exposition/byte_hash.ts";
import {
  BACKSLASH,
  BRACE_OPEN,
  COMMA,
  EQUALS,
  NEWLINE,
  QUOTE,
  SPACE,
} from "../exposition/bytes.ts";
import type { NativeHistogram } from "../exposition/native_histogram.ts";
import { Column, floats } from "./column.ts";
import { NativeInputs } from "./native_inputs.ts";
import type { NativeBudget } from "./native_memory.ts";

/**
 * What the counters of one target stood at, each for itself, before rules made several of them one
 * series: so a counter that goes away takes nothing with it, and one that falls is the one that began
 * anew, as `sum(increase())` over them sees it. They are found by a hash of their lines; one that is
 * not there for a while is remembered for when it comes back.
 */
export class InputCounters {
  /** Of the read at hand: counters that fell. */
  fallen = 0;
  /** Of the read at hand: series with counters that cannot be remembered. */
  readonly overfull: Set<number> = new Set();
  readonly natives: NativeInputs;
  readonly #hash = new ByteHash();
  readonly #mostSlots: number;
  /** By series, what its counters rose by in the read at hand. */
  readonly #rises = new Column(floats);
  #slots: Slots;
  #nowMs = 0;
  #oldestMs = -Infinity;

  /** `max` is half a power of two. */
  constructor(nativeBudget: NativeBudget, max: number = MAX_INPUT_COUNTERS) {
    this.natives = new NativeInputs(nativeBudget);
    this.#mostSlots = max * 2;
    this.#slots = new Slots(Math.min(FIRST_SLOTS, this.#mostSlots));
  }

  /**
   * Begins a read at `nowMs`; what came of an earlier one that was not `remembered` is forgotten.
   * Counters that were not there since `oldestMs` may be forgotten when there are many.
   */
  begin(nowMs: number, oldestMs: number): void {
    this.#nowMs = nowMs;
    this.#oldestMs = oldestMs;
    this.fallen = 0;
    this.overfull.clear();
    this.#rises.values.fill(0);
    this.#slots.pending.fill(NaN);
    this.natives.begin(oldestMs);
  }

  /** The same as `take` for a native histogram. */
  takeNative(
    series: number,
    bytes: Uint8Array,
    within: number,
    valueStart: number,
    h: NativeHistogram,
  ): void {
    this.#hashLine(bytes, within, valueStart, false);
    const { low, high } = this.#hash;
    if (!this.natives.take(low, high, series, h)) this.overfull.add(series);
  }

  /**
   * Takes a sample of a series: `within` is a place in its line, before any newline in quotes, and its
   * value stands at `valueStart`. `hasBound`: the series' `le` tells its buckets apart, however the line
   * spells it.
   */
  take(
    series: number,
    bytes: Uint8Array,
    within: number,
    valueStart: number,
    hasBound: boolean,
    value: number,
  ): void {
    // What is no number counts nothing, and is compared with nothing.
    if (!Number.isFinite(value)) return;
    this.#hashLine(bytes, within, valueStart, hasBound);
    const { low, high } = this.#hash;
    let slot = this.#slots.find(low, high, series);
    if (slot < 0) {
      if (!this.#makeRoom()) {
        this.overfull.add(series);
        return;
      }
      slot = this.#slots.add(low, high, series, this.#nowMs);
    }
    const { values, pending } = this.#slots;
    // The same counter twice: the first one counts.
    if (!Number.isNaN(pending[slot])) return;
    pending[slot] = value;
    const before = values[slot];
    this.#rises.reserve(series);
    if (value < before) this.fallen++;
    this.#rises.values[series] += value >= before ? value - before : value;
  }

  /** What the series' counters rose by, each for itself; one that is new or fell, by all it counts. */
  riseOf(series: number): number {
    return this.#rises.values[series] ?? 0;
  }

  /** The target was read whole: the next read is compared with this one. */
  remember(): void {
    const { values, pending, seenMs } = this.#slots;
    for (let slot = 0; slot < pending.length; slot++) {
      if (Number.isNaN(pending[slot])) continue;
      values[slot] = pending[slot];
      seenMs[slot] = this.#nowMs;
    }
    this.natives.remember(this.#nowMs);
  }

  /** The series have other numbers now; -1 for one that is gone. */
  move(moved: Int32Array): void {
    const { series } = this.#slots;
    this.#rebuild(this.#slots.size, (slot) => moved[series[slot]]);
    this.natives.move(moved);
  }

  /** False when no more can be remembered. */
  #makeRoom(): boolean {
    const slots = this.#slots;
    if (slots.count < slots.size / 2) return true;
    // It was looked for in vain.
    if (this.overfull.size > 0) return false;
    const { series, pending, seenMs } = slots;
    const isKept = (slot: number) => !Number.isNaN(pending[slot]) || seenMs[slot] >= this.#oldestMs;
    let kept = 0;
    for (let slot = 0; slot < slots.size; slot++) {
      if (series[slot] >= 0 && isKept(slot)) kept++;
    }
    // Room for half as many more, so that the next time is far off.
    const grows = kept * 3 > slots.size;
    if (grows && slots.size >= this.#mostSlots) return false;
    this.#rebuild(grows ? slots.size * 2 : slots.size, (slot) => isKept(slot) ? series[slot] : -1);
    return true;
  }

  /** `seriesOf` gives the series of a slot from now on; -1: it is forgotten. */
  #rebuild(size: number, seriesOf: (slot: number) => number): void {
    const before = this.#slots;
    const after = new Slots(size);
    for (let slot = 0; slot < before.size; slot++) {
      const series = before.series[slot] < 0 ? -1 : seriesOf(slot);
      if (series < 0) continue;
      const at = after.add(before.lows[slot], before.highs[slot], series, before.seenMs[slot]);
      after.values[at] = before.values[slot];
      after.pending[at] = before.pending[slot];
    }
    this.#slots = after;
  }

  #hashLine(bytes: Uint8Array, within: number, valueStart: number, hasBound: boolean): void {
    const hash = this.#hash;
    const start = within === 0 ? 0 : bytes.lastIndexOf(NEWLINE, within - 1) + 1;
    const bound = hasBound ? boundIn(bytes, start, valueStart) : undefined;
    if (bound === undefined) return hash.take(bytes, start, valueStart);
    hash.take(bytes, start, bound.start);
    const { low, high } = hash;
    hash.take(bytes, bound.end, valueStart);
    hash.low = Math.imul(low, 31) + hash.low | 0;
    hash.high = Math.imul(high, 31) + hash.high | 0;
  }
}

/** A power of two. */
const FIRST_SLOTS = 1024;

/** A hash table: 36 bytes a slot. */
class Slots {
  readonly size: number;
  count = 0;
  readonly lows: Int32Array<ArrayBuffer>;
  readonly highs: Int32Array<ArrayBuffer>;
  /** The output series; -1 where the slot is free. */
  readonly series: Int32Array<ArrayBuffer>;
  /** Of the last read; NaN for a counter that is new. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Of the read at hand, NaN where it has none. */
  readonly pending: Float64Array<ArrayBuffer>;
  /** Unix milliseconds. */
  readonly seenMs: Float64Array<ArrayBuffer>;

  constructor(size: number) {
    this.size = size;
    this.lows = new Int32Array(size);
    this.highs = new Int32Array(size);
    this.series = new Int32Array(size).fill(-1);
    this.values = new Float64Array(size).fill(NaN);
    this.pending = new Float64Array(size).fill(NaN);
    this.seenMs = new Float64Array(size);
  }

  find(low: number, high: number, series: number): number {
    const mask = this.size - 1;
    for (let slot = first(low, series) & mask;; slot = slot + 1 & mask) {
      if (this.series[slot] < 0) return -1;
      const isSame = this.lows[slot] === low && this.highs[slot] === high;
      if (isSame && this.series[slot] === series) return slot;
    }
  }

  add(low: number, high: number, series: number, seenMs: number): number {
    const mask = this.size - 1;
    let slot = first(low, series) & mask;
    while (this.series[slot] >= 0) slot = slot + 1 & mask;
    this.count++;
    this.lows[slot] = low;
    this.highs[slot] = high;
    this.series[slot] = series;
    this.seenMs[slot] = seenMs;
    return slot;
  }
}

/** Buckets of one counter have one hash, and series of their own. */
function first(low: number, series: number): number {
  return low ^ Math.imul(series, 0x9e3779b1);
}

const [L, E] = new TextEncoder().encode("le");

/** Where a line has its label `le`, value and all; undefined where it has none, or in another form. */
function boundIn(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | undefined {
  let before = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = closingQuote(bytes, at, end);
    else if (
      byte === L && bytes[at + 1] === E && bytes[at + 2] === EQUALS && bytes[at + 3] === QUOTE &&
      (before === BRACE_OPEN || before === COMMA)
    ) return { start: at, end: closingQuote(bytes, at + 3, end) };
    if (byte !== SPACE) before = byte;
  }
  return undefined;
}

function closingQuote(bytes: Uint8Array, opening: number, end: number): number {
  let at = opening + 1;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
