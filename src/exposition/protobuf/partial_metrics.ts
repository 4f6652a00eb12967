import { histogramRemnant, summaryRemnant } from "../compose/remnant.ts";
import { formatCanonicalFloat } from "../format_value.ts";
import { LineBuffer } from "../line_buffer.ts";
import {
  COUNTER,
  type FamilyHead,
  GAUGE,
  GAUGE_HISTOGRAM,
  METRIC,
  SUMMARY,
  UNTYPED,
} from "./family_head.ts";
import type { HistogramFields } from "./histogram_fields.ts";
import { MetricFields } from "./metric_fields.ts";
import { OtherFamilies } from "./other_families.ts";
import type { WireReader } from "./wire_reader.ts";
import {
  putBytesField,
  putDoubleField,
  putLongField,
  putMessageField,
  putText,
} from "./wire_writer.ts";

/** Fields of a Metric. */
const LABEL = 1;
const SUMMARY_VALUE = 4;
const TIMESTAMP = 6;
const HISTOGRAM_VALUE = 7;
/** Those that say its value, from `gauge` to `histogram`, TIMESTAMP aside. */
const isValue = (field: number) => field >= 2 && field <= 7 && field !== TIMESTAMP;

/** A Summary's quantiles and a Histogram's buckets. */
const POINT = 3;
const SUMMARY_START = 4;
/** Fields of a Histogram that make it a native one, from its schema to its positive counts. */
const FIRST_NATIVE = 5;
const LAST_NATIVE = 14;
const HISTOGRAM_START = 15;
const NATIVE_EXEMPLARS = 16;

/** Which lines of a metric are kept: of its buckets or quantiles, and of the others. */
interface KeptLines {
  readonly points: Uint8Array;
  readonly sum: boolean;
  readonly count: boolean;
  readonly native: boolean;
}

/**
 * Writes histograms and summaries of which some lines were dropped, as `compose/remnant.ts` has it.
 * What is still a metric of its family goes into that family's message; the rest is held until it ends,
 * as families of their own.
 */
export class PartialMetrics {
  readonly others = new OtherFamilies();
  readonly #metric = new MetricFields();
  readonly #content = new LineBuffer();
  readonly #value = new LineBuffer();

  /**
   * Writes the metric `[start, end)` of what `wire` reads. `kept` says of each of its lines whether it
   * is kept. Returns how many samples went to `out`, the family's message.
   */
  rewrite(
    head: FamilyHead,
    wire: WireReader,
    start: number,
    end: number,
    kept: Uint8Array,
    out: LineBuffer,
  ): number {
    const metric = this.#metric;
    const { histogram } = metric;
    wire.at = start;
    metric.read(wire, end);
    const isSummary = head.type === SUMMARY;
    const isGauge = head.type === GAUGE_HISTOGRAM;
    const isNative = !isSummary && histogram.isNative;
    // Buckets or quantiles, sum, count, native part: in this order they became lines.
    const sumLine = kept.length - (isNative ? 3 : 2);
    const lines: KeptLines = {
      points: kept.subarray(0, sumLine),
      sum: kept[sumLine] !== 0,
      count: kept[sumLine + 1] !== 0,
      native: isNative && kept[sumLine + 2] !== 0,
    };
    const remnant = isSummary ? summaryRemnant(lines.sum, lines.count) : histogramRemnant({
      ...lines,
      buckets: countKept(lines.points),
      infiniteBucket: lines.points[sumLine - 1] !== 0,
    }, isGauge);
    if (remnant === "composite") {
      this.#putComposite(wire, start, end, lines, isSummary, out);
      return countKept(kept);
    }
    // A summary's count is an integer.
    if (remnant === "summary" && Number.isInteger(histogram.countFloat)) {
      this.#addSummary(head, wire, start, end);
    } else this.#addSamples(head, wire, start, end, lines);
    return 0;
  }

  /** The same metric, without the points and the native part that were dropped. */
  #putComposite(
    wire: WireReader,
    start: number,
    end: number,
    lines: KeptLines,
    isSummary: boolean,
    out: LineBuffer,
  ): void {
    const content = this.#content;
    const field = isSummary ? SUMMARY_VALUE : HISTOGRAM_VALUE;
    const bounds = this.#metric.histogram.bounds.length;
    // Of a native histogram nothing says the bucket that was added, once the others are gone.
    const isAlone = lines.native && countKept(lines.points) === 1 &&
      (lines.points[bounds] ?? 0) !== 0;
    let point = 0;
    content.reset();
    eachField(wire, start, end, (number, fieldStart, valueEnd) => {
      if (number !== field) return content.put(wire.bytes, fieldStart, valueEnd);
      const value = this.#value;
      value.reset();
      wire.at = fieldStart;
      wire.tag(end);
      wire.messageEnd(end);
      eachField(wire, wire.at, valueEnd, (part, partStart, partEnd) => {
        const isKept = part === POINT
          ? (lines.points[point++] ?? 0) !== 0
          : isSummary || lines.native || !isNativeField(part);
        if (isKept) value.put(wire.bytes, partStart, partEnd);
      });
      if (isAlone && point === bounds) putInfiniteBucket(value, this.#metric.histogram);
      putMessageField(content, field, value);
    });
    putMessageField(out, METRIC, content);
  }

  /** A summary of a histogram's sum and count. */
  #addSummary(head: FamilyHead, wire: WireReader, start: number, end: number): void {
    const { histogram } = this.#metric;
    const value = this.#value;
    value.reset();
    const { countLow, countHigh, countFloat } = histogram;
    const count = countFloat === 0 ? long(countLow, countHigh) : BigInt(countFloat);
    putLongField(value, 1, count);
    putDoubleField(value, 2, histogram.sum);
    this.#putStart(wire, start, end, HISTOGRAM_VALUE, HISTOGRAM_START, SUMMARY_START);
    this.#beginMetric(wire, start, end);
    putMessageField(this.#content, SUMMARY_VALUE, value);
    this.others.add(head, "", SUMMARY, this.#content, 2);
  }

  /** Each kept line as a metric of its own. */
  #addSamples(
    head: FamilyHead,
    wire: WireReader,
    start: number,
    end: number,
    lines: KeptLines,
  ): void {
    const { histogram, quantiles, quantileValues, summaryCountLow, summaryCountHigh, summarySum } =
      this.#metric;
    const isSummary = head.type === SUMMARY;
    const count = isSummary
      ? double(summaryCountLow, summaryCountHigh)
      : histogram.countFloat || double(histogram.countLow, histogram.countHigh);
    const type = head.type === GAUGE_HISTOGRAM ? UNTYPED : COUNTER;
    lines.points.forEach((kept, i) => {
      if (kept === 0) return;
      if (isSummary) {
        const label = formatCanonicalFloat(quantiles.values[i]);
        this.#addSample(head, "", GAUGE, wire, start, end, quantileValues.values[i], -1, label);
        return;
      }
      const { bounds, bucketCounts, bucketFloats } = histogram;
      const isAdded = i === bounds.length;
      const label = formatCanonicalFloat(isAdded ? Infinity : bounds.values[i]);
      const value = isAdded
        ? count
        : bucketFloats.values[i] || double(bucketCounts.low(i), bucketCounts.high(i));
      this.#addSample(head, "_bucket", type, wire, start, end, value, i, label);
    });
    if (lines.sum) {
      const sum = isSummary ? summarySum : histogram.sum;
      this.#addSample(head, "_sum", type, wire, start, end, sum, -1, "");
    }
    if (lines.count) this.#addSample(head, "_count", type, wire, start, end, count, -1, "");
  }

  /** `bucket`: the one whose exemplar the sample has, or -1; `bound`: the label's value, if any. */
  #addSample(
    head: FamilyHead,
    suffix: string,
    type: number,
    wire: WireReader,
    start: number,
    end: number,
    number: number,
    bucket: number,
    bound: string,
  ): void {
    const content = this.#content;
    const value = this.#value;
    value.reset();
    putDoubleField(value, 1, number);
    if (type === COUNTER) {
      const exemplars = this.#metric.histogram.bucketExemplars;
      for (let i = 0; i < exemplars.length; i += 3) {
        const [of, exemplarStart, exemplarEnd] = exemplars.values.subarray(i, i + 3);
        if (of === bucket) putBytesField(value, 2, wire.bytes, exemplarStart, exemplarEnd);
      }
      const isSummary = head.type === SUMMARY;
      const field = isSummary ? SUMMARY_VALUE : HISTOGRAM_VALUE;
      this.#putStart(wire, start, end, field, isSummary ? SUMMARY_START : HISTOGRAM_START, 3);
    }
    this.#beginMetric(wire, start, end);
    if (bound !== "") {
      const label = pairScratch;
      label.reset();
      putText(label, 1, type === GAUGE ? "quantile" : "le");
      putText(label, 2, bound);
      putMessageField(content, LABEL, label);
    }
    putMessageField(content, VALUE_FIELDS[type], value);
    this.others.add(head, suffix, type, content, 1);
  }

  /** All that a metric says beside its value. */
  #beginMetric(wire: WireReader, start: number, end: number): void {
    this.#content.reset();
    eachField(wire, start, end, (field, fieldStart, fieldEnd) => {
      if (!isValue(field)) this.#content.put(wire.bytes, fieldStart, fieldEnd);
    });
  }

  /** Copies the start time of the metric's value `of`, where it is field `from`, as field `to`. */
  #putStart(
    wire: WireReader,
    start: number,
    end: number,
    of: number,
    from: number,
    to: number,
  ): void {
    eachField(wire, start, end, (field, fieldStart, fieldEnd) => {
      if (field !== of) return;
      wire.at = fieldStart;
      wire.tag(end);
      wire.messageEnd(end);
      eachField(wire, wire.at, fieldEnd, (part, partStart, partEnd) => {
        if (part !== from) return;
        wire.at = partStart;
        wire.tag(end);
        wire.messageEnd(partEnd);
        putBytesField(this.#value, to, wire.bytes, wire.at, partEnd);
      });
    });
  }
}

function putInfiniteBucket(out: LineBuffer, histogram: HistogramFields): void {
  const { countLow, countHigh, countFloat } = histogram;
  bucketScratch.reset();
  if (countFloat !== 0) putDoubleField(bucketScratch, 4, countFloat);
  else putLongField(bucketScratch, 1, long(countLow, countHigh));
  putDoubleField(bucketScratch, 2, Infinity);
  putMessageField(out, POINT, bucketScratch);
}

/** Where the value is by a family's type: Counter, Gauge, Summary, Untyped. */
const VALUE_FIELDS = [3, 2, SUMMARY_VALUE, 5];

const pairScratch = new LineBuffer();
const bucketScratch = new LineBuffer();

function isNativeField(field: number): boolean {
  return field >= FIRST_NATIVE && field <= LAST_NATIVE || field === NATIVE_EXEMPLARS;
}

function long(low: number, high: number): bigint {
  return BigInt(high) << 32n | BigInt(low);
}

function double(low: number, high: number): number {
  return Number(long(low, high));
}

function countKept(kept: Uint8Array): number {
  let count = 0;
  for (const line of kept) if (line !== 0) count++;
  return count;
}

/** Calls `take` for each field of a message that was read before: its number, and its bytes. */
function eachField(
  wire: WireReader,
  start: number,
  end: number,
  take: (field: number, start: number, end: number) => void,
): void {
  for (let at = start; at < end;) {
    wire.at = at;
    const field = wire.tag(end);
    wire.skip(end);
    const fieldEnd = wire.at;
    take(field, at, fieldEnd);
    at = fieldEnd;
  }
}
