import { LineBuffer } from "../line_buffer.ts";
import type { TimestampFields } from "./exemplar_fields.ts";
import { COUNTER, type FamilyHead, GAUGE, SUMMARY, UNTYPED } from "./family_head.ts";
import type { MetricFields } from "./metric_fields.ts";
import { boundText, isTime, long, signed } from "./number_lines.ts";
import { OtherFamilies } from "./other_families.ts";
import type { WireReader } from "./wire_reader.ts";
import {
  putBytesField,
  putDoubleField,
  putLongField,
  putMessageField,
  putText,
} from "./wire_writer.ts";

/** Which lines of a histogram or summary are kept: of its buckets or quantiles, and of the others. */
export interface KeptLines {
  readonly points: Uint8Array;
  readonly sum: boolean;
  readonly count: boolean;
  readonly native: boolean;
}

/** Fields of a Metric: labels, timestamp, and the value by its family's type. */
const LABEL = 1;
const TIMESTAMP = 6;
const VALUE_FIELDS = [3, 2, 4, 5];
/** Where a Counter and a Summary say when they began. */
const COUNTER_START = 3;
const SUMMARY_START = 4;
const COUNTER_EXEMPLAR = 2;

/**
 * Makes metrics of other families of what is left of a histogram or summary. They have what its lines
 * said, and no fields that are not known: each line would repeat them.
 */
export class SampleMetrics {
  readonly families = new OtherFamilies();
  /** The labels of the metric at hand. */
  readonly #labels = new LineBuffer();
  readonly #start = new LineBuffer();
  readonly #value = new LineBuffer();
  readonly #content = new LineBuffer();
  readonly #pair = new LineBuffer();

  /** A summary of a histogram's sum and count. */
  addSummary(head: FamilyHead, metric: MetricFields, wire: WireReader): void {
    const { countLow, countHigh, countFloat, sum, start } = metric.histogram;
    const value = this.#value;
    this.#begin(metric, start, wire);
    value.reset();
    putLongField(value, 1, countFloat === 0 ? long(countLow, countHigh) : BigInt(countFloat));
    putDoubleField(value, 2, sum);
    if (isTime(start)) putMessageField(value, SUMMARY_START, this.#start);
    this.#add(head, "", SUMMARY, metric, "", 2);
  }

  /** Each line of a histogram that is kept, as a metric. */
  addBuckets(
    head: FamilyHead,
    metric: MetricFields,
    lines: KeptLines,
    isGauge: boolean,
    wire: WireReader,
  ): void {
    const { histogram } = metric;
    const { bounds, bucketCounts, bucketFloats, bucketExemplars } = histogram;
    const type = isGauge ? UNTYPED : COUNTER;
    const all = histogram.countFloat || Number(long(histogram.countLow, histogram.countHigh));
    this.#begin(metric, histogram.start, wire);
    let exemplar = 0;
    for (let i = 0; i < lines.points.length; i++) {
      const isAdded = i === bounds.length;
      this.#putValue(
        isAdded
          ? all
          : bucketFloats.values[i] || Number(long(bucketCounts.low(i), bucketCounts.high(i))),
      );
      while (exemplar < bucketExemplars.length && bucketExemplars.values[exemplar] === i) {
        const start = bucketExemplars.values[exemplar + 1];
        const end = bucketExemplars.values[exemplar + 2];
        if (!isGauge) putBytesField(this.#value, COUNTER_EXEMPLAR, wire.bytes, start, end);
        exemplar += 3;
      }
      if (lines.points[i] === 0) continue;
      const bound = boundText(isAdded ? Infinity : bounds.values[i]);
      this.#addSample(head, "_bucket", type, metric, histogram.start, bound);
    }
    this.#addSumAndCount(head, metric, lines, type, histogram.start, histogram.sum, all);
  }

  /** Each line of a summary that is kept, as a metric. */
  addQuantiles(
    head: FamilyHead,
    metric: MetricFields,
    lines: KeptLines,
    wire: WireReader,
  ): void {
    const { quantiles, quantileValues, summaryStart, summarySum } = metric;
    const count = Number(long(metric.summaryCountLow, metric.summaryCountHigh));
    this.#begin(metric, summaryStart, wire);
    for (let i = 0; i < lines.points.length; i++) {
      if (lines.points[i] === 0) continue;
      this.#putValue(quantileValues.values[i]);
      this.#addSample(head, "", GAUGE, metric, summaryStart, boundText(quantiles.values[i]));
    }
    this.#addSumAndCount(head, metric, lines, COUNTER, summaryStart, summarySum, count);
  }

  #addSumAndCount(
    head: FamilyHead,
    metric: MetricFields,
    lines: KeptLines,
    type: number,
    start: TimestampFields,
    sum: number,
    count: number,
  ): void {
    if (lines.sum) {
      this.#putValue(sum);
      this.#addSample(head, "_sum", type, metric, start, "");
    }
    if (lines.count) {
      this.#putValue(count);
      this.#addSample(head, "_count", type, metric, start, "");
    }
  }

  #putValue(value: number): void {
    this.#value.reset();
    putDoubleField(this.#value, 1, value);
  }

  /** Notes what all of the metric's samples say. */
  #begin({ labels }: MetricFields, time: TimestampFields, wire: WireReader): void {
    this.#labels.reset();
    const { values, length } = labels.offsets;
    for (let i = 0; i < length; i += 4) {
      this.#pair.reset();
      putBytesField(this.#pair, 1, wire.bytes, values[i], values[i + 1]);
      putBytesField(this.#pair, 2, wire.bytes, values[i + 2], values[i + 3]);
      putMessageField(this.#labels, LABEL, this.#pair);
    }
    this.#start.reset();
    putLongField(this.#start, 1, long(time.secondsLow, time.secondsHigh));
    if (time.nanos !== 0) putLongField(this.#start, 2, BigInt(time.nanos));
  }

  #addSample(
    head: FamilyHead,
    suffix: string,
    type: number,
    metric: MetricFields,
    start: TimestampFields,
    bound: string,
  ): void {
    if (type === COUNTER && isTime(start)) {
      putMessageField(this.#value, COUNTER_START, this.#start);
    }
    this.#add(head, suffix, type, metric, bound, 1);
  }

  /** Adds the metric whose value was put. */
  #add(
    head: FamilyHead,
    suffix: string,
    type: number,
    { timestampLow, timestampHigh }: MetricFields,
    bound: string,
    samples: number,
  ): void {
    const content = this.#content;
    content.reset();
    content.put(this.#labels.bytes, 0, this.#labels.length);
    if (bound !== "") {
      this.#pair.reset();
      putText(this.#pair, 1, type === GAUGE ? "quantile" : "le");
      putText(this.#pair, 2, bound);
      putMessageField(content, LABEL, this.#pair);
    }
    putMessageField(content, VALUE_FIELDS[type], this.#value);
    if (timestampLow !== 0 || timestampHigh !== 0) {
      putLongField(content, TIMESTAMP, signed(timestampLow, timestampHigh));
    }
    this.families.add(head, suffix, type, content, samples);
  }
}
