import { LIFTED_BLOCK_BYTES, MAX_REWRITTEN_FAMILY_BYTES } from "../../bounds.ts";
import type { ComposedMetric } from "../compose/composed_metric.ts";
import type { ComposedFamily, FamilyEncoder } from "../compose/family_encoder.ts";
import type { FamilyType } from "../family_type.ts";
import { floatOf } from "../float_bytes.ts";
import type { LiftedOutput } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";
import { type NativeHistogram, readNativeHistogram } from "../native_histogram.ts";
import {
  COUNTER,
  FamilyHead,
  GAUGE,
  GAUGE_HISTOGRAM,
  HELP,
  HISTOGRAM,
  METRIC,
  NAME,
  SUMMARY,
  TYPE,
  UNIT,
  UNTYPED,
} from "./family_head.ts";
import { MetricMessage } from "./metric_message.ts";
import { boundText } from "./number_lines.ts";
import { OtherFamilies } from "./other_families.ts";
import { putBytesField, putIntegerField, putMessageField, putVarint } from "./wire_writer.ts";

/** What metrics.proto calls a type; it has fewer. */
const TYPES: Readonly<Record<FamilyType, number>> = {
  counter: COUNTER,
  gauge: GAUGE,
  histogram: HISTOGRAM,
  gaugehistogram: GAUGE_HISTOGRAM,
  summary: SUMMARY,
  info: GAUGE,
  stateset: GAUGE,
  unknown: UNTYPED,
  untyped: UNTYPED,
};

/**
 * Writes families as MetricFamily messages of Prometheus's metrics.proto, each behind its length. What
 * these cannot say: exemplars of anything but counters and histograms, more than one of a bucket; a
 * timestamp of 0; custom buckets, which become classic ones; and summaries that do not count in
 * integers, whose samples become families of their own names.
 */
export class ProtobufEncoder implements FamilyEncoder {
  isFull = false;
  /** Samples of metrics that are left out: native histograms that Prometheus refuses. */
  leftOut = 0;
  readonly #output: LiftedOutput;
  readonly #out = new LineBuffer();
  readonly #message = new LineBuffer();
  readonly #metric = new MetricMessage();
  readonly #others = new OtherFamilies();
  #head = new FamilyHead();
  #headLength = 0;
  #samples = 0;
  #familySamples = 0;

  constructor(output: LiftedOutput) {
    this.#output = output;
  }

  begin({ name, type, help, unit }: ComposedFamily): void {
    const head = new FamilyHead();
    head.name = encoder.encode(name);
    head.help = encoder.encode(help ?? "");
    head.unit = encoder.encode(unit ?? "");
    head.type = TYPES[type ?? "unknown"];
    this.#head = head;
    this.#begin();
  }

  metric(metric: ComposedMetric): void {
    if (this.isFull) return;
    const { bytes, native } = metric;
    let histogram: NativeHistogram | undefined;
    if (native.start >= 0) {
      histogram = readNativeHistogram(bytes, native.start, native.end);
      if (histogram === undefined) {
        this.leftOut += metric.samples;
        return;
      }
    }
    const { type } = this.#head;
    if (this.#metric.canSay(metric, type)) {
      this.#metric.write(metric, type, histogram);
      putMessageField(this.#message, METRIC, this.#metric.content);
      this.#familySamples += metric.samples;
    } else this.#addSamples(metric);
    if (this.#message.length + this.#others.length > MAX_REWRITTEN_FAMILY_BYTES) {
      this.finish();
      this.#begin();
    }
  }

  finish(): void {
    const message = this.#message;
    const out = this.#out;
    if (message.length > this.#headLength) {
      putVarint(out, message.length);
      out.put(message.bytes, 0, message.length);
    }
    this.#samples += this.#familySamples + this.#others.put(out);
    this.#familySamples = 0;
    if (out.length >= LIFTED_BLOCK_BYTES) this.#flush();
  }

  end(): void {
    this.#flush();
  }

  #begin(): void {
    const message = this.#message;
    const { name, help, type, unit } = this.#head;
    message.reset();
    putBytesField(message, NAME, name);
    if (help.length > 0) putBytesField(message, HELP, help);
    putIntegerField(message, TYPE, type);
    // In front of metrics, although its number is larger: who reads a stream wants it there.
    if (unit.length > 0) putBytesField(message, UNIT, unit);
    this.#headLength = message.length;
  }

  /** The samples of a summary, each as a metric of its own. */
  #addSamples(metric: ComposedMetric): void {
    const { bytes, points, bounds, sum, count } = metric;
    const message = this.#metric;
    for (let i = 0; i < points.count; i++) {
      const value = floatOf(bytes, points.start(i), points.end(i));
      message.writeSample(metric, GAUGE, value, ["quantile", boundText(bounds[i])]);
      this.#others.add(this.#head, "", GAUGE, message.content, 1);
    }
    message.writeSample(metric, COUNTER, floatOf(bytes, sum.start, sum.end), undefined);
    this.#others.add(this.#head, "_sum", COUNTER, message.content, 1);
    message.writeSample(metric, COUNTER, floatOf(bytes, count.start, count.end), undefined);
    this.#others.add(this.#head, "_count", COUNTER, message.content, 1);
  }

  #flush(): void {
    const { bytes, length } = this.#out;
    if (length === 0 || this.isFull) return;
    this.isFull = !this.#output.write(bytes.slice(0, length), this.#samples);
    this.#out.reset();
    this.#samples = 0;
  }
}

const encoder = new TextEncoder();
