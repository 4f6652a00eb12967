import { SpanList } from "./span_list.ts";

/** A place in the metric's bytes; `start` is -1 where there is none. */
export interface Span {
  start: number;
  end: number;
}

/**
 * One metric of a family. Its texts lie in `bytes` as lines have them: numbers as they were written,
 * labels with their escapes. One object is reused for many metrics.
 */
export class ComposedMetric {
  bytes: Uint8Array = new Uint8Array(0);
  /** The samples that it was. */
  samples = 0;

  /** Names and values of the labels in turn, without `le` and `quantile`; quotes excluded, escaped. */
  readonly labels = new SpanList();
  /** Seconds; without one, -1. */
  readonly timestamp: Span = { start: -1, end: -1 };
  /** Seconds. */
  readonly startTime: Span = { start: -1, end: -1 };
  /** Of a metric that is not composite. */
  readonly value: Span = { start: -1, end: -1 };

  /** Of a composite one; a histogram whose classic part is none has neither. */
  readonly sum: Span = { start: -1, end: -1 };
  readonly count: Span = { start: -1, end: -1 };
  /**
   * The values of a histogram's buckets, or of a summary's quantiles, by ascending `bounds`. A
   * histogram has none, or the one of +Inf, too; one with native data may lack that.
   */
  readonly points = new SpanList();
  bounds = new Float64Array(32);
  /** A native histogram as lifted lines have it, braces included. */
  readonly native: Span = { start: -1, end: -1 };

  /** `{labels} value[ timestamp]`, each. */
  readonly exemplars = new SpanList();
  /** For each exemplar the bucket on whose line it stood, or -1: the value's, or the native one's. */
  exemplarPoints = new Int32Array(32);

  clear(): void {
    this.samples = 0;
    for (const list of [this.labels, this.points, this.exemplars]) list.clear();
    for (const span of this.#spans) span.start = span.end = -1;
  }

  get #spans(): Span[] {
    return [this.timestamp, this.startTime, this.value, this.sum, this.count, this.native];
  }

  addPoint(bound: number, start: number, end: number): void {
    if (this.points.count === this.bounds.length) {
      const grown = new Float64Array(this.bounds.length * 2);
      grown.set(this.bounds);
      this.bounds = grown;
    }
    this.bounds[this.points.count] = bound;
    this.points.add(start, end);
  }

  addExemplar(point: number, start: number, end: number): void {
    if (this.exemplars.count === this.exemplarPoints.length) {
      const grown = new Int32Array(this.exemplarPoints.length * 2);
      grown.set(this.exemplarPoints);
      this.exemplarPoints = grown;
    }
    this.exemplarPoints[this.exemplars.count] = point;
    this.exemplars.add(start, end);
  }
}
