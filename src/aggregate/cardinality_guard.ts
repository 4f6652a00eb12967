import { MAX_TABLE_BYTES, MAX_TABLE_SERIES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { BRACE_OPEN, equalBytes } from "../exposition/bytes.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { type EditPlan, isPart, putValue, type ScannedLine } from "./edit_plan.ts";

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

/** What the guard remembers of one family. */
export class GuardedFamily {
  /** The distinct values of each limited label. */
  readonly labelValues: Map<string, ByteTable> = new Map();
  /** Label sets without `le` and `quantile` whose series a limit on series has let in. */
  groups: ByteTable | undefined;
  /** Series of the largest of them: the next one is expected to need as many. */
  largestGroup = 1;
  #lastGroup = -1;
  #lastGroupSize = 0;

  /** A series is let in whose label set without its parts is this one. */
  let(bytes: Uint8Array, start: number, end: number): void {
    const groups = this.groups ??= new ByteTable(MAX_TABLE_SERIES, MAX_TABLE_BYTES);
    let group = groups.find(bytes, start, end);
    if (group < 0) group = groups.add(bytes, start, end);
    this.#lastGroupSize = group === this.#lastGroup ? this.#lastGroupSize + 1 : 1;
    this.#lastGroup = group;
    this.largestGroup = Math.max(this.largestGroup, this.#lastGroupSize);
  }
}

export type LimitName = "label_values" | "label_value_length" | "series_per_family" | "series";

/**
 * Builds series keys within the limits: a value beyond one is replaced by `weir_overflow`, so that
 * the excess folds into few series and the sums stay right. `exceeded` tells, after `putKey`, which
 * limit that was, if any.
 */
export class CardinalityGuard {
  exceeded: LimitName | undefined;
  readonly #limits: CardinalityLimits;
  readonly #spans = new SampleSpans();
  /** Where `le` and `quantile` begin in the last key. */
  #partsStart = 0;

  constructor(limits: CardinalityLimits) {
    this.#limits = limits;
  }

  /** Puts the series' key. `seen` is what the series' family has had so far. */
  putKey(key: LineBuffer, plan: EditPlan, line: ScannedLine, seen: GuardedFamily): void {
    this.exceeded = undefined;
    this.#partsStart = -1;
    key.reset();
    key.put(plan.head, 0, plan.head.length);
    for (const label of plan.labels) {
      if (label.isBound && this.#partsStart < 0) this.#partsStart = key.length;
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
    if (this.#partsStart < 0) this.#partsStart = key.length;
    key.put(plan.tail, 0, plan.tail.length);
  }

  /** Takes note of a series that is there already, by its key. */
  learn(keys: Uint8Array, start: number, end: number, seen: GuardedFamily): void {
    const line = new LineBuffer();
    line.put(keys, start, end);
    line.putText(" 0");
    const { bytes } = line;
    if (!scanSample(bytes, 0, line.length, this.#spans, "text")) return;
    const { labels, labelCount, nameEnd } = this.#spans;
    // A name in quotes stands in the braces.
    const head = nameEnd + Number(bytes[0] === BRACE_OPEN);
    let partsStart = labelCount === 0 ? head : labels[labelCount * 4 - 1];
    for (let at = 0; at < labelCount * 4; at += 4) {
      const name = decodeQuoted(bytes, labels[at], labels[at + 1]);
      if (isPart(name)) {
        partsStart = at === 0 ? head : labels[at - 1];
        break;
      }
      this.#see(name, seen, bytes, labels[at + 2], labels[at + 3]);
    }
    if (this.#limits.seriesPerFamily === 0 && this.#limits.series === 0) return;
    seen.let(bytes, head, partsStart);
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

  /**
   * The limit that the series of the last key would exceed as a new one, if any. A histogram comes in
   * whole or not at all: once a label set is let in, all of its buckets, its sum and its count are.
   */
  seriesLimit(
    key: LineBuffer,
    plan: EditPlan,
    seen: GuardedFamily,
    inFamily: number,
    inAll: number,
  ): LimitName | undefined {
    const { seriesPerFamily, series } = this.#limits;
    if (seriesPerFamily === 0 && series === 0) return undefined;
    const start = plan.head.length;
    if ((seen.groups?.find(key.bytes, start, this.#partsStart) ?? -1) < 0) {
      const more = seen.largestGroup;
      if (seriesPerFamily > 0 && inFamily + more > seriesPerFamily) return "series_per_family";
      if (series > 0 && inAll + more > series) return "series";
    }
    return undefined;
  }

  /** The limit that a value is beyond, if it is; `seen` has the values of series that were let in. */
  #violated(
    label: string,
    seen: GuardedFamily,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): LimitName | undefined {
    const { labelValueLength, labelValues } = this.#limits;
    if (labelValueLength > 0 && end - start > labelValueLength) return "label_value_length";
    const most = labelValues.get(label);
    if (most === undefined) return undefined;
    const values = seen.labelValues.get(label);
    if (values === undefined) return most > 0 ? undefined : "label_values";
    const isLetIn = values.find(bytes, start, end) >= 0 || values.hasRoom(end - start);
    return isLetIn ? undefined : "label_values";
  }

  /** Takes note of a value of a series that was let in. */
  #see(label: string, seen: GuardedFamily, bytes: Uint8Array, start: number, end: number): void {
    const most = this.#limits.labelValues.get(label);
    if (most === undefined || equalBytes(bytes, start, end, OVERFLOW_BYTES)) return;
    let values = seen.labelValues.get(label);
    if (values === undefined) {
      values = new ByteTable(most, Number.MAX_SAFE_INTEGER);
      seen.labelValues.set(label, values);
    }
    const isNew = values.find(bytes, start, end) < 0 && values.hasRoom(end - start);
    if (isNew) values.add(bytes, start, end);
  }
}
