import { BRACE_CLOSE, COMMA, EQUALS, isUtf8, NEWLINE, QUOTE, SPACE } from "../bytes.ts";

import { LineBuffer } from "../line_buffer.ts";
import { isPlainLabelName, putEscaped } from "./escaped_text.ts";
import { ExemplarFields, type LabelPairs, TimestampFields } from "./exemplar_fields.ts";
import {
  BUCKET,
  COUNT,
  COUNTER,
  type FamilyHead,
  GAUGE,
  OWN_NAME,
  SUM,
  SUMMARY,
  UNTYPED,
} from "./family_head.ts";
import type { MetricFields } from "./metric_fields.ts";
import { putNative } from "./native_lines.ts";
import {
  boundText,
  isTime,
  putCount,
  putMilliseconds,
  putTime,
  putUnsigned,
  putValue,
} from "./number_lines.ts";
import type { IntList } from "./number_lists.ts";
import type { WireReader } from "./wire_reader.ts";

/** Takes note of a line that ends where the buffer does. */
type Ended = () => void;

/** Writes metrics as the lines that a text scrape would show. */
export class MetricLines {
  readonly #out: LineBuffer;
  readonly #ended: Ended;
  /** A metric's labels as they stand between braces, and behind its value: its timestamp and start. */
  readonly #labels = new LineBuffer();
  readonly #tail = new LineBuffer();
  readonly #bounds = new BoundTexts();
  readonly #start = new StartText();
  readonly #exemplar = new ExemplarFields();

  constructor(out: LineBuffer, ended: Ended) {
    this.#out = out;
    this.#ended = ended;
  }

  /** The lines of a metric that was read from `wire`. Throws an UnreadableBody. */
  put(metric: MetricFields, family: FamilyHead, wire: WireReader): void {
    this.#labels.reset();
    putLabels(this.#labels, metric.labels, wire);
    this.#tail.reset();
    if (metric.timestampLow !== 0 || metric.timestampHigh !== 0) {
      this.#tail.putByte(SPACE);
      putMilliseconds(this.#tail, metric.timestampLow, metric.timestampHigh);
    }
    switch (family.type) {
      case COUNTER:
        this.#putStart(metric.counterStart);
        this.#open(family, OWN_NAME);
        putValue(this.#out, metric.counter);
        this.#close();
        if (metric.counterExemplar.length > 0) {
          this.#putExemplar(wire, metric.counterExemplar, 0, metric.counterExemplar.length);
        }
        return this.#end();
      case GAUGE:
        return this.#putSimple(family, metric.gauge);
      case UNTYPED:
        return this.#putSimple(family, metric.untyped);
      case SUMMARY:
        return this.#putSummary(metric, family);
      default:
        return this.#putHistogram(metric, family, wire);
    }
  }

  #putSimple(family: FamilyHead, value: number): void {
    this.#open(family, OWN_NAME);
    putValue(this.#out, value);
    this.#close();
    this.#end();
  }

  #putSummary(metric: MetricFields, family: FamilyHead): void {
    const out = this.#out;
    this.#putStart(metric.summaryStart);
    const { quantiles, quantileValues } = metric;
    for (let i = 0; i < quantiles.length; i++) {
      this.#openBound(family, OWN_NAME, "quantile");
      this.#bounds.put(out, i, quantiles.values[i]);
      putValue(out, quantileValues.values[i]);
      this.#close();
      this.#end();
    }
    this.#open(family, SUM);
    putValue(out, metric.summarySum);
    this.#close();
    this.#end();
    this.#open(family, COUNT);
    putUnsigned(out, metric.summaryCountLow, metric.summaryCountHigh);
    this.#close();
    this.#end();
  }

  #putHistogram(metric: MetricFields, family: FamilyHead, wire: WireReader): void {
    const out = this.#out;
    const { histogram } = metric;
    const { isNative } = histogram;
    this.#putStart(histogram.start);
    const { countLow, countHigh, countFloat } = histogram;
    if (!isNative || histogram.bounds.length > 0) {
      this.#putBuckets(metric, family, wire);
      this.#open(family, SUM);
      putValue(out, histogram.sum);
      this.#close();
      this.#end();
      this.#open(family, COUNT);
      putCount(out, countLow, countHigh, countFloat);
      this.#close();
      this.#end();
    }
    if (!isNative) return;
    this.#open(family, OWN_NAME);
    putNative(out, histogram, wire);
    this.#close();
    const { exemplars } = histogram;
    for (let i = 0; i < exemplars.length; i += 2) this.#putExemplar(wire, exemplars, i, i + 2);
    this.#end();
  }

  /** Up to the one of all observations, which is added where it is missing. */
  #putBuckets(metric: MetricFields, family: FamilyHead, wire: WireReader): void {
    const out = this.#out;
    const { histogram } = metric;
    const { bucketCounts, bucketFloats, bucketExemplars } = histogram;
    const bounds = histogram.bounds.values;
    const buckets = histogram.bounds.length;
    let exemplar = 0;
    const start = out.length;
    this.#openBound(family, BUCKET, "le");
    const end = out.length;
    for (let i = 0;; i++) {
      const bound = i < buckets ? bounds[i] : Infinity;
      if (i > 0) out.putAgain(start, end);
      this.#bounds.put(out, i, bound);
      if (i === buckets) {
        putCount(out, histogram.countLow, histogram.countHigh, histogram.countFloat);
      } else putCount(out, bucketCounts.low(i), bucketCounts.high(i), bucketFloats.values[i]);
      this.#close();
      if (exemplar < bucketExemplars.length && bucketExemplars.values[exemplar] === i) {
        exemplar = this.#putBucketExemplar(wire, bucketExemplars, exemplar);
      }
      this.#end();
      if (bound === Infinity) return;
    }
  }

  /** Returns where the next bucket's exemplar is. */
  #putBucketExemplar(wire: WireReader, exemplars: IntList, first: number): number {
    const { values, length } = exemplars;
    const exemplar = this.#exemplar;
    exemplar.clear();
    let at = first;
    for (; at < length && values[at] === values[first]; at += 3) {
      exemplar.read(wire, values[at + 1], values[at + 2]);
    }
    this.#putExemplarFields(wire);
    return at;
  }

  /** The exemplar whose messages are `exemplars[from, to)`. */
  #putExemplar(wire: WireReader, exemplars: IntList, from: number, to: number): void {
    const { values } = exemplars;
    this.#exemplar.clear();
    for (let i = from; i < to; i += 2) this.#exemplar.read(wire, values[i], values[i + 1]);
    this.#putExemplarFields(wire);
  }

  #putExemplarFields(wire: WireReader): void {
    const { labels, value, timestamp } = this.#exemplar;
    // Prometheus does not look at these labels; what no text can say is left out of the line.
    if (!areTexts(labels, wire)) return;
    const out = this.#out;
    out.putText(" # {");
    putLabels(out, labels, wire);
    out.putText("} ");
    putValue(out, value);
    if (!timestamp.isGiven) return;
    out.putByte(SPACE);
    putTime(out, timestamp);
  }

  /** A line up to its value. */
  #open(family: FamilyHead, suffix: number): void {
    const out = this.#out;
    const labels = this.#labels;
    const opening = family.openings[suffix];
    out.put(opening, 0, opening.length);
    if (labels.length > 0) {
      out.putByte(family.joiner);
      out.put(labels.bytes, 0, labels.length);
    }
    if (labels.length > 0 || family.joiner === COMMA) out.putByte(BRACE_CLOSE);
    out.putByte(SPACE);
  }

  /** The same with a label that the metric does not have for itself. */
  #openBound(family: FamilyHead, suffix: number, label: "le" | "quantile"): void {
    const out = this.#out;
    const labels = this.#labels;
    const opening = family.openings[suffix];
    out.put(opening, 0, opening.length);
    out.putByte(family.joiner);
    if (labels.length > 0) {
      out.put(labels.bytes, 0, labels.length);
      out.putByte(COMMA);
    }
    out.putText(label);
    out.putByte(EQUALS);
    out.putByte(QUOTE);
  }

  #close(): void {
    if (this.#tail.length > 0) this.#out.put(this.#tail.bytes, 0, this.#tail.length);
  }

  #end(): void {
    this.#out.putByte(NEWLINE);
    this.#ended();
  }

  #putStart(start: TimestampFields): void {
    if (isTime(start)) this.#start.put(this.#tail, start);
  }
}

function putLabels(out: LineBuffer, { offsets }: LabelPairs, wire: WireReader): void {
  const { bytes } = wire;
  const { values, length } = offsets;
  for (let i = 0; i < length; i += 4) {
    const nameStart = values[i];
    const nameEnd = values[i + 1];
    if (i > 0) out.putByte(COMMA);
    if (isPlainLabelName(bytes, nameStart, nameEnd)) out.put(bytes, nameStart, nameEnd);
    else {
      if (nameStart === nameEnd) wire.fail("a label without a name", nameStart);
      out.putByte(QUOTE);
      if (!putEscaped(out, bytes, nameStart, nameEnd)) {
        wire.expectUtf8(nameStart, nameEnd, "a label's name");
      }
      out.putByte(QUOTE);
    }
    out.putByte(EQUALS);
    out.putByte(QUOTE);
    if (!putEscaped(out, bytes, values[i + 2], values[i + 3])) {
      wire.expectUtf8(values[i + 2], values[i + 3], "a label's value");
    }
    out.putByte(QUOTE);
  }
}

function areTexts({ offsets }: LabelPairs, { bytes }: WireReader): boolean {
  const { values, length } = offsets;
  for (let i = 0; i < length; i += 4) {
    const name = bytes.subarray(values[i], values[i + 1]);
    // A NUL ends what readers take of a name in quotes.
    if (name.length === 0 || name.includes(0)) return false;
    if (!isUtf8(bytes, values[i], values[i + 1])) return false;
    if (!isUtf8(bytes, values[i + 2], values[i + 3])) return false;
  }
  return true;
}

/** `0.5"} ` for the bounds of histograms, which are mostly those of the one before. */
class BoundTexts {
  readonly #bounds: number[] = [];
  readonly #texts: Uint8Array[] = [];

  /** Puts the text for a bound that is its histogram's `index`-th. */
  put(out: LineBuffer, index: number, bound: number): void {
    // A NaN is unlike itself.
    if (this.#bounds[index] === bound) {
      const text = this.#texts[index];
      return out.put(text, 0, text.length);
    }
    const text = `${boundText(bound)}"} `;
    out.putText(text);
    if (index >= MAX_BOUND_TEXTS) return;
    this.#bounds[index] = bound;
    this.#texts[index] = encoder.encode(text);
  }
}

/** ` st@1795756036.8` for start times, which are mostly that of the metric before. */
class StartText {
  readonly #time = new TimestampFields();
  readonly #text = new LineBuffer();

  put(out: LineBuffer, time: TimestampFields): void {
    const text = this.#text;
    if (!this.#time.equals(time)) {
      this.#time.set(time);
      text.reset();
      text.putText(" st@");
      putTime(text, time);
    }
    out.put(text.bytes, 0, text.length);
  }
}

/** Buckets of one histogram whose texts are remembered; nearly none has more. */
const MAX_BOUND_TEXTS = 256;

const encoder = new TextEncoder();
