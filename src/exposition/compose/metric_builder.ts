import { COMMA } from "../bytes.ts";
import { floatOf } from "../float_bytes.ts";
import type { FamilyType } from "../family_type.ts";
import { LineSpans, scanLine, scanTail } from "../lifted_line.ts";
import { ComposedMetric, type Span } from "./composed_metric.ts";
import { BUCKET, COUNT, CREATED, NATIVE, OTHER, QUANTILE, SUM, VALUE } from "./family_part.ts";
import type { HeldLines } from "./held_lines.ts";
import { histogramRemnant, type Remnant, summaryRemnant } from "./remnant.ts";

/** Makes metrics of held lines: one object, which holds until the next one is built. */
export class MetricBuilder {
  /** Samples of buckets that are in none of the metrics so far. */
  leftOutBuckets = 0;
  readonly #held: HeldLines;
  readonly #hasOneCount: boolean;
  readonly #spans = new LineSpans();
  readonly #metric = new ComposedMetric();
  /** The lines of the metric that was sorted: its buckets or quantiles by their bounds. */
  #points: number[] = [];
  /** And one of each other part, or -1. */
  readonly #only = new Int32Array(OTHER);

  constructor(held: HeldLines, hasOneCount: boolean) {
    this.#held = held;
    this.#hasOneCount = hasOneCount;
  }

  /** Finds the parts of a metric. What it has twice is no part of it, and becomes one of OTHER. */
  sort(metric: number): void {
    const held = this.#held;
    this.#points.length = 0;
    this.#only.fill(-1);
    for (let line = held.first(metric); line >= 0; line = held.next(line)) {
      const part = held.part(line);
      if (part === OTHER) continue;
      if (part === BUCKET || part === QUANTILE) this.#addPoint(line);
      else if (this.#only[part] < 0) this.#only[part] = line;
      else held.setPart(line, OTHER);
    }
  }

  /** What is left of the sorted metric in a family of that type. */
  remnant(type: FamilyType | undefined): Remnant {
    const sum = this.#only[SUM] >= 0;
    const count = this.#only[COUNT] >= 0;
    if (type === "summary") return summaryRemnant(sum, count);
    if (type === "counter") return this.#only[VALUE] >= 0 ? "composite" : "samples";
    const buckets = this.#points.length;
    const infiniteBucket = buckets > 0 && this.#held.bound(this.#points[buckets - 1]) === Infinity;
    const native = this.#only[NATIVE] >= 0;
    const parts = { native, buckets, infiniteBucket, sum, count };
    return histogramRemnant(parts, type === "gaugehistogram");
  }

  /** The line that says when the sorted metric began, or -1. */
  get created(): number {
    return this.#only[CREATED];
  }

  /** Whether all buckets together count something else than the native part of the same metric. */
  #countsOtherwise(): boolean {
    const native = this.#only[NATIVE];
    const last = this.#points.at(-1);
    if (native < 0 || last === undefined || this.#held.bound(last) !== Infinity) return false;
    this.#scan(last);
    const { bytes } = this.#held;
    const infinite = floatOf(bytes, this.#spans.valueStart, this.#spans.valueEnd);
    this.#scan(native);
    const countStart = this.#spans.valueStart + "{count:".length;
    return floatOf(bytes, countStart, bytes.indexOf(COMMA, countStart)) !== infinite;
  }

  /** The sorted metric. */
  build(): ComposedMetric {
    if (this.#hasOneCount && this.#countsOtherwise()) {
      // The one of +Inf alone, as client libraries have it for exemplars, says what the count does.
      if (this.#points.length > 1) this.leftOutBuckets += this.#points.length;
      this.#points.length = 0;
    }
    const metric = this.#begin();
    this.#points.forEach((line, point) => {
      this.#takeLine(line, point, this.#held.boundLabel(line));
      metric.addPoint(this.#held.bound(line), this.#spans.valueStart, this.#spans.valueEnd);
    });
    this.#takeOnly(SUM, metric.sum);
    this.#takeOnly(COUNT, metric.count);
    this.#takeOnly(NATIVE, metric.native);
    // What is a sum began at no one time, whatever its classic part is.
    if (metric.native.start >= 0) this.#takeStart();
    this.#takeOnly(VALUE, metric.value);
    this.#takeCreated(this.created);
    return metric;
  }

  /** A line's sample as a metric of its own. `created`: the line that says when it began, or -1. */
  buildHeld(line: number, created: number): ComposedMetric {
    const metric = this.#begin();
    this.#takeLine(line, -1, -1);
    this.#takeValue(this.#spans);
    this.#takeCreated(created);
    return metric;
  }

  /** The same of a line that is not held. */
  buildLine(bytes: Uint8Array, spans: LineSpans): ComposedMetric {
    const metric = this.#begin();
    this.#take(bytes, spans, -1, -1);
    this.#takeValue(spans);
    return metric;
  }

  #addPoint(line: number): void {
    const held = this.#held;
    const points = this.#points;
    const bound = held.bound(line);
    let at = points.length;
    while (at > 0 && held.bound(points[at - 1]) > bound) at--;
    if (at > 0 && held.bound(points[at - 1]) === bound) held.setPart(line, OTHER);
    else points.splice(at, 0, line);
  }

  #begin(): ComposedMetric {
    this.#metric.clear();
    return this.#metric;
  }

  #takeOnly(part: number, value: Span): void {
    const line = this.#only[part];
    if (line < 0) return;
    this.#takeLine(line, -1, -1);
    value.start = this.#spans.valueStart;
    value.end = this.#spans.valueEnd;
  }

  /** The start time of the line that was scanned last. */
  #takeStart(): void {
    const { startTime } = this.#metric;
    startTime.start = this.#spans.startTimeStart;
    startTime.end = this.#spans.startTimeEnd;
  }

  #takeValue({ isComposite, valueStart, valueEnd }: LineSpans): void {
    const value = isComposite ? this.#metric.native : this.#metric.value;
    value.start = valueStart;
    value.end = valueEnd;
  }

  /** The start time that a `_created` says, where no other line says one. */
  #takeCreated(line: number): void {
    if (line < 0) return;
    this.#scan(line);
    this.#metric.samples++;
    const { startTime } = this.#metric;
    if (startTime.start >= 0) return;
    startTime.start = this.#spans.valueStart;
    startTime.end = this.#spans.valueEnd;
  }

  #takeLine(line: number, point: number, boundLabel: number): void {
    this.#scan(line);
    this.#take(this.#held.bytes, this.#spans, point, boundLabel);
  }

  /** Of a metric's later lines the labels are not looked at. */
  #scan(line: number): void {
    const held = this.#held;
    const spans = this.#spans;
    if (this.#metric.samples > 0) {
      scanTail(held.bytes, held.headEnd(line), held.end(line), spans, false);
    } else scanLine(held.bytes, held.start(line), held.end(line), spans, false);
  }

  /** Takes from a line what all lines of a metric say, and its exemplars. */
  #take(bytes: Uint8Array, spans: LineSpans, point: number, boundLabel: number): void {
    const metric = this.#metric;
    const { labels, exemplars } = spans;
    if (metric.samples++ === 0) {
      metric.bytes = bytes;
      for (let i = 0; i < labels.count; i += 2) {
        if (i === boundLabel * 2) continue;
        metric.labels.add(labels.start(i), labels.end(i));
        metric.labels.add(labels.start(i + 1), labels.end(i + 1));
      }
      metric.timestamp.start = spans.timestampStart;
      metric.timestamp.end = spans.timestampEnd;
    }
    if (metric.startTime.start < 0) {
      metric.startTime.start = spans.startTimeStart;
      metric.startTime.end = spans.startTimeEnd;
    }
    for (let i = 0; i < exemplars.count; i++) {
      metric.addExemplar(point, exemplars.start(i), exemplars.end(i));
    }
  }
}
