import { LineBuffer } from "../exposition/line_buffer.ts";
import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { parseNumber } from "../exposition/number_text.ts";
import { type EditPlan, putValue, type ScannedLine } from "../aggregate/edit_plan.ts";

/** The series of one histogram or summary: they rise and start anew together. */
export interface HistogramGroup {
  /** Series numbers of the buckets, by ascending bound. */
  readonly buckets: number[];
  readonly bounds: number[];
  /** Series numbers, or -1. */
  sum: number;
  count: number;
  native: number;
}

/** A group of nothing yet. */
export function emptyGroup(): HistogramGroup {
  return { buckets: [], bounds: [], sum: -1, count: -1, native: -1 };
}

/** Finds the series that belong together: equal labels but for `le`, in one family. */
export class HistogramGroups {
  readonly #keys: ByteTable = new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
  readonly #groups: HistogramGroup[] = [];
  readonly #key = new LineBuffer();

  get(number: number): HistogramGroup {
    return this.#groups[number];
  }

  /** The number of the group that the line's series is a part of; -1 for a series of its own. */
  numberOf(plan: EditPlan, line: ScannedLine): number {
    const { part } = plan;
    if (part === undefined) return -1;
    // A bound that is no number has no place among the others.
    if (part === "bucket" && Number.isNaN(boundOf(plan, line))) return -1;
    const key = this.#key;
    key.reset();
    key.putText(plan.family.name);
    for (const label of plan.labels) {
      if (part === "bucket" && label.name === "le") continue;
      key.put(label.prefix, 0, label.prefix.length);
      putValue(key, label, line);
    }
    const known = this.#keys.find(key.bytes, 0, key.length);
    if (known >= 0) return known;
    this.#groups.push(emptyGroup());
    return this.#keys.add(key.bytes, 0, key.length);
  }

  /** Puts a new series into its group. Returns the bucket below it, or -1. */
  insert(group: HistogramGroup, series: number, plan: EditPlan, line: ScannedLine): number {
    const { part } = plan;
    if (part === "sum") group.sum = series;
    if (part === "count") group.count = series;
    if (part === "native") group.native = series;
    if (part !== "bucket") return -1;
    const bound = boundOf(plan, line);
    let at = group.bounds.length;
    while (at > 0 && group.bounds[at - 1] > bound) at--;
    group.bounds.splice(at, 0, bound);
    group.buckets.splice(at, 0, series);
    return at === 0 ? -1 : group.buckets[at - 1];
  }

  /**
   * The groups that are left when series have other numbers (-1: gone), and for each group's number
   * the new one, or -1.
   */
  moved(series: Int32Array): { groups: HistogramGroups; numbers: Int32Array } {
    const groups = new HistogramGroups();
    const numbers = new Int32Array(this.#groups.length).fill(-1);
    for (const [number, group] of this.#groups.entries()) {
      const kept = group.buckets.map((_, at) => at).filter((at) => series[group.buckets[at]] >= 0);
      const left: HistogramGroup = {
        buckets: kept.map((at) => series[group.buckets[at]]),
        bounds: kept.map((at) => group.bounds[at]),
        sum: group.sum < 0 ? -1 : series[group.sum],
        count: group.count < 0 ? -1 : series[group.count],
        native: group.native < 0 ? -1 : series[group.native],
      };
      if (partsOf(left).length === 0) continue;
      const keys = this.#keys;
      numbers[number] = groups.#keys.add(keys.bytes, keys.keyStart(number), keys.keyEnd(number));
      groups.#groups.push(left);
    }
    return { groups, numbers };
  }
}

/** The numbers of the group's series. */
export function partsOf(group: HistogramGroup): number[] {
  return [...classicPartsOf(group), group.native].filter((series) => series >= 0);
}

/** Those of them that are numbers. */
export function classicPartsOf({ buckets, sum, count }: HistogramGroup): number[] {
  return [...buckets, sum, count].filter((series) => series >= 0);
}

const decoder = new TextDecoder();
const scratch = new LineBuffer();

/** A bucket's bound; NaN for what is no number. */
export function boundOf(plan: EditPlan, line: ScannedLine): number {
  const label = plan.labels.find(({ name }) => name === "le")!;
  scratch.reset();
  putValue(scratch, label, line);
  return parseNumber(decoder.decode(scratch.bytes.subarray(0, scratch.length)));
}
