import { histogramRemnant, summaryRemnant } from "../compose/remnant.ts";
import { LineBuffer } from "../line_buffer.ts";
import { type FamilyHead, GAUGE_HISTOGRAM, METRIC, SUMMARY } from "./family_head.ts";
import type { HistogramFields } from "./histogram_fields.ts";
import { MetricFields } from "./metric_fields.ts";
import { long } from "./number_lines.ts";
import type { OtherFamilies } from "./other_families.ts";
import { type KeptLines, SampleMetrics } from "./sample_metrics.ts";
import type { WireReader } from "./wire_reader.ts";
import { putDoubleField, putLongField, putMessageField } from "./wire_writer.ts";

/** Fields of a Metric. */
const SUMMARY_VALUE = 4;
const HISTOGRAM_VALUE = 7;

/** A Summary's quantiles and a Histogram's buckets. */
const POINT = 3;
/** Fields of a Histogram that make it a native one, from its schema to its positive counts. */
const FIRST_NATIVE = 5;
const LAST_NATIVE = 14;
const NATIVE_EXEMPLARS = 16;

/**
 * Writes histograms and summaries of which some lines were dropped, as `compose/remnant.ts` has it.
 * What is still a metric of its family goes into that family's message; the rest is held until it ends,
 * as families of their own.
 */
export class PartialMetrics {
  readonly #samples = new SampleMetrics();
  readonly #metric = new MetricFields();
  readonly #content = new LineBuffer();
  readonly #value = new LineBuffer();

  /** Bytes of its buffers. */
  get size(): number {
    return this.#content.bytes.length + this.#value.bytes.length + this.others.size;
  }

  /** The families of what is left of metrics that were written. */
  get others(): OtherFamilies {
    return this.#samples.families;
  }

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
    // A summary's count is an integer of 64 bits.
    const { countFloat } = histogram;
    const isCount = Number.isInteger(countFloat) && countFloat >= 0 && countFloat < 2 ** 64;
    if (remnant === "summary" && isCount) {
      this.#samples.addSummary(head, metric, wire);
    } else if (isSummary) this.#samples.addQuantiles(head, metric, lines, wire);
    else this.#samples.addBuckets(head, metric, lines, isGauge, wire);
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
}

function putInfiniteBucket(out: LineBuffer, histogram: HistogramFields): void {
  const { countLow, countHigh, countFloat } = histogram;
  bucketScratch.reset();
  if (countFloat !== 0) putDoubleField(bucketScratch, 4, countFloat);
  else putLongField(bucketScratch, 1, long(countLow, countHigh));
  putDoubleField(bucketScratch, 2, Infinity);
  putMessageField(out, POINT, bucketScratch);
}

const bucketScratch = new LineBuffer();

function isNativeField(field: number): boolean {
  return field >= FIRST_NATIVE && field <= LAST_NATIVE || field === NATIVE_EXEMPLARS;
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
