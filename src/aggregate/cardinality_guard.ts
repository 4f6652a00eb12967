import { ByteTable } from "../exposition/byte_table.ts";
import { type EditPlan, putValue, type ScannedLine } from "./edit_plan.ts";
import type { LineBuffer } from "./line_buffer.ts";

/** What stands in place of a value that is beyond a limit. */
export const OVERFLOW = "weir_overflow";
const OVERFLOW_BYTES = new TextEncoder().encode(OVERFLOW);

export interface CardinalityLimits {
  /** 0 or absent: no limit. */
  readonly seriesPerFamily: number;
  readonly series: number;
  /** Distinct values of a label in one family, by the label's name. */
  readonly labelValues: ReadonlyMap<string, number>;
  /** Bytes of a label's value as it is written. */
  readonly labelValueLength: number;
  readonly action: "overflow" | "drop" | "fail";
}

/** The distinct values of each limited label, in one family. */
export type LabelValues = Map<string, ByteTable>;

export type LimitName = "label_values" | "label_value_length" | "series_per_family" | "series";

/**
 * Builds series keys within the limits: a value beyond one is replaced by `weir_overflow`, so that
 * the excess folds into few series and the sums stay right. `exceeded` tells, after `putKey`, which
 * limit was met, if any.
 */
export class CardinalityGuard {
  exceeded: LimitName | undefined;
  readonly #limits: CardinalityLimits;

  constructor(limits: CardinalityLimits) {
    this.#limits = limits;
  }

  /** Puts the series' key. `seen` holds the values of limited labels met in the series' family. */
  putKey(key: LineBuffer, plan: EditPlan, line: ScannedLine, seen: LabelValues): void {
    this.exceeded = undefined;
    key.reset();
    key.put(plan.head, 0, plan.head.length);
    for (const label of plan.labels) {
      key.put(label.prefix, 0, label.prefix.length);
      const start = key.length;
      putValue(key, label, line);
      if (label.isBound) continue;
      const limit = this.#violated(label.name, seen, key.bytes, start, key.length);
      if (limit === undefined) continue;
      this.exceeded = limit;
      key.length = start;
      key.put(OVERFLOW_BYTES, 0, OVERFLOW_BYTES.length);
    }
    key.put(plan.tail, 0, plan.tail.length);
  }

  /** The key of the series that takes what a limit on series keeps out. */
  putOverflowKey(key: LineBuffer, plan: EditPlan, line: ScannedLine): void {
    key.reset();
    key.put(plan.head, 0, plan.head.length);
    for (const label of plan.labels) {
      key.put(label.prefix, 0, label.prefix.length);
      if (label.isBound) putValue(key, label, line);
      else key.put(OVERFLOW_BYTES, 0, OVERFLOW_BYTES.length);
    }
    key.put(plan.tail, 0, plan.tail.length);
  }

  /** The limit that one more series would exceed, if any. */
  seriesLimit(inFamily: number, inAll: number): LimitName | undefined {
    const { seriesPerFamily, series } = this.#limits;
    if (seriesPerFamily > 0 && inFamily >= seriesPerFamily) return "series_per_family";
    return series > 0 && inAll >= series ? "series" : undefined;
  }

  #violated(
    label: string,
    seen: LabelValues,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): LimitName | undefined {
    const { labelValueLength, labelValues } = this.#limits;
    if (labelValueLength > 0 && end - start > labelValueLength) return "label_value_length";
    const most = labelValues.get(label);
    if (most === undefined) return undefined;
    let values = seen.get(label);
    if (values === undefined) {
      values = new ByteTable(most, Number.MAX_SAFE_INTEGER);
      seen.set(label, values);
    }
    if (values.find(bytes, start, end) >= 0) return undefined;
    if (!values.hasRoom(end - start)) return "label_values";
    values.add(bytes, start, end);
    return undefined;
  }
}
