import { MAX_COMPOSED_FAMILY_BYTES, MAX_COMPOSED_FAMILY_LINES } from "../../bounds.ts";
import { ByteTable } from "../byte_table.ts";
import { LineBuffer } from "../line_buffer.ts";
import type { LineSpans } from "../lifted_line.ts";
import type { LinePart } from "./line_part.ts";

/**
 * The sample lines of one family, and which of them are one metric: those whose labels are the same but
 * for a bound, and that have the same timestamp.
 */
export class HeldLines {
  readonly #text = new LineBuffer();
  readonly #key = new LineBuffer();
  readonly #metrics = new ByteTable(MAX_COMPOSED_FAMILY_LINES, MAX_COMPOSED_FAMILY_BYTES);
  count = 0;
  #columns = new Columns(256);
  /** By metric, its first and its last line. */
  #ends = new Int32Array(256);

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#text.bytes;
  }

  get metricCount(): number {
    return this.#metrics.size;
  }

  /** Whether a line of so many bytes can be held beside those that are. */
  hasRoom(length: number): boolean {
    return this.count < MAX_COMPOSED_FAMILY_LINES &&
      this.#text.length + length <= MAX_COMPOSED_FAMILY_BYTES && this.#metrics.hasRoom(length * 3);
  }

  clear(): void {
    this.#text.reset();
    this.#metrics.clear();
    this.count = 0;
  }

  /** Holds the line `[start, end)`, which has no newline; `member` is the number of its sample's name. */
  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    spans: LineSpans,
    member: number,
    { part, boundLabel, bound }: LinePart,
    isAgain: boolean,
  ): void {
    const line = this.count++;
    if (line === this.#columns.parts.length) this.#columns = this.#columns.doubled();
    const { parts, members, starts, heads, ends, bounds, boundLabels, next } = this.#columns;
    parts[line] = part;
    members[line] = member;
    starts[line] = this.#text.length;
    heads[line] = this.#text.length + spans.headEnd - start;
    this.#text.put(bytes, start, end);
    ends[line] = this.#text.length;
    bounds[line] = bound;
    boundLabels[line] = boundLabel;
    next[line] = -1;
    // The same labels but for the bound, which is the last one.
    const hasTime = spans.timestampStart >= 0;
    const isSame = isAgain && line > 0 && boundLabel === (spans.labels.count >> 1) - 1 &&
      boundLabels[line - 1] === boundLabel && !hasTime && !this.#hadTime;
    this.#hadTime = hasTime;
    if (isSame) this.#known = this.#metrics.size;
    else this.lastMetric = this.#metricOf(bytes, spans, boundLabel);
    this.#join(this.lastMetric, line);
  }

  part(line: number): number {
    return this.#columns.parts[line];
  }

  start(line: number): number {
    return this.#columns.starts[line];
  }

  /** Behind the line's labels. */
  headEnd(line: number): number {
    return this.#columns.heads[line];
  }

  end(line: number): number {
    return this.#columns.ends[line];
  }

  member(line: number): number {
    return this.#columns.members[line];
  }

  bound(line: number): number {
    return this.#columns.bounds[line];
  }

  boundLabel(line: number): number {
    return this.#columns.boundLabels[line];
  }

  /** The line is to be another part of its metric than it was. */
  setPart(line: number, part: number): void {
    this.#columns.parts[line] = part;
  }

  /** The metric of the line that came last. */
  lastMetric = -1;

  /** The first line of a metric. */
  first(metric: number): number {
    return this.#ends[metric * 2];
  }

  /** The line of the same metric that comes after this one, or -1. */
  next(line: number): number {
    return this.#columns.next[line];
  }

  #join(metric: number, line: number): void {
    const at = metric * 2;
    if (at >= this.#ends.length) {
      const grown = new Int32Array(this.#ends.length * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    if (metric < this.#known) this.#columns.next[this.#ends[at + 1]] = line;
    else this.#ends[at] = line;
    this.#ends[at + 1] = line;
  }
  /** Metrics before the line at hand. */
  #known = 0;
  /** The line that came last has a timestamp. */
  #hadTime = false;

  #metricOf(bytes: Uint8Array, spans: LineSpans, boundLabel: number): number {
    const key = this.#key;
    key.reset();
    const { labels } = spans;
    const order = this.#sorted(bytes, spans);
    for (let i = 0; i < labels.count >> 1; i++) {
      const label = order[i];
      if (label === boundLabel) continue;
      key.putField(bytes, labels.start(label * 2), labels.end(label * 2));
      key.putField(bytes, labels.start(label * 2 + 1), labels.end(label * 2 + 1));
    }
    if (spans.timestampStart >= 0) key.put(bytes, spans.timestampStart, spans.timestampEnd);
    this.#known = this.#metrics.size;
    const found = this.#metrics.find(key.bytes, 0, key.length);
    return found >= 0 ? found : this.#metrics.add(key.bytes, 0, key.length);
  }

  /** The places of the labels, by their names. */
  #sorted(bytes: Uint8Array, { labels }: LineSpans): Int32Array {
    const count = labels.count >> 1;
    if (count > this.#order.length) this.#order = new Int32Array(count * 2);
    const order = this.#order;
    for (let i = 0; i < count; i++) {
      let at = i;
      for (; at > 0 && isBefore(bytes, labels, i, order[at - 1]); at--) order[at] = order[at - 1];
      order[at] = i;
    }
    return order;
  }
  #order = new Int32Array(32);
}

function isBefore(
  bytes: Uint8Array,
  labels: LineSpans["labels"],
  one: number,
  other: number,
): boolean {
  const end = labels.end(one * 2);
  const otherEnd = labels.end(other * 2);
  let at = labels.start(one * 2);
  let otherAt = labels.start(other * 2);
  while (at < end && otherAt < otherEnd && bytes[at] === bytes[otherAt]) {
    at++;
    otherAt++;
  }
  if (at === end || otherAt === otherEnd) return at === end && otherAt < otherEnd;
  return bytes[at] < bytes[otherAt];
}

/** What is known of each line. */
class Columns {
  readonly parts: Uint8Array;
  readonly members: Uint8Array;
  readonly starts: Int32Array;
  readonly heads: Int32Array;
  readonly ends: Int32Array;
  readonly bounds: Float64Array;
  readonly boundLabels: Int16Array;
  readonly next: Int32Array;

  constructor(lines: number) {
    this.parts = new Uint8Array(lines);
    this.members = new Uint8Array(lines);
    this.starts = new Int32Array(lines);
    this.heads = new Int32Array(lines);
    this.ends = new Int32Array(lines);
    this.bounds = new Float64Array(lines);
    this.boundLabels = new Int16Array(lines);
    this.next = new Int32Array(lines);
  }

  doubled(): Columns {
    const columns = new Columns(this.parts.length * 2);
    columns.parts.set(this.parts);
    columns.members.set(this.members);
    columns.starts.set(this.starts);
    columns.heads.set(this.heads);
    columns.ends.set(this.ends);
    columns.bounds.set(this.bounds);
    columns.boundLabels.set(this.boundLabels);
    columns.next.set(this.next);
    return columns;
  }
}
