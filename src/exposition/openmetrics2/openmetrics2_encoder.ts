import { SLAB_BYTES } from "../../bounds.ts";
import type { ComposedMetric } from "../compose/composed_metric.ts";
import type { ComposedFamily, FamilyEncoder } from "../compose/family_encoder.ts";
import { equalBytes, NEWLINE } from "../bytes.ts";
import type { FamilyType } from "../family_type.ts";
import { floatOf } from "../float_bytes.ts";
import type { LiftedOutput } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";
import { type NativeHistogram, readNativeHistogram } from "../native_histogram.ts";
import { escapeQuoted, isPlainMetricName, metricNameText } from "../quoted_text.ts";
import { putMetric } from "./metric_line.ts";
import { hasSpelling } from "./native_fields.ts";

/** The line that ends a body. */
export const TERMINATOR: Uint8Array<ArrayBuffer> = new TextEncoder().encode("# EOF\n");

/**
 * Writes families as OpenMetrics 2.0, such that Prometheus's parser takes them: a sample that its type
 * does not allow, as a counter's NaN, is one of unknown type. Exemplars without a timestamp are left
 * out, as client libraries do.
 */
export class OpenMetrics2Encoder implements FamilyEncoder {
  isFull = false;
  /** Samples that are left out: native histograms that Prometheus refuses. */
  leftOut = 0;
  readonly #output: LiftedOutput;
  readonly #lines = new LineBuffer();
  #samples = 0;
  #family: ComposedFamily = NO_FAMILY;
  /** The family's name as samples have it, without quotes. */
  #name = new Uint8Array(0);
  #isPlainName = true;
  /** The family that the lines so far have spoken of last, and the type that it has then. */
  #said = "";
  #saidType: FamilyType = "unknown";
  /** The line that was copied last has no newline. */
  #isOpen = false;

  constructor(output: LiftedOutput) {
    this.#output = output;
  }

  begin(family: ComposedFamily): void {
    this.#family = family;
    this.#name = encoder.encode(escapeQuoted(family.name));
    this.#isPlainName = isPlainMetricName(family.name);
  }

  metric(metric: ComposedMetric): void {
    if (this.isFull) return;
    const native = nativeOf(metric);
    if (metric.native.start >= 0 && native === undefined) {
      this.leftOut++;
      if (!hasClassicPart(metric)) return;
    }
    const type = this.#allowedType(metric);
    this.#endLine();
    this.say(this.#family, type);
    putMetric(this.#lines, this.#name, this.#isPlainName, type, metric, native);
    this.#count(metric.samples);
  }

  finish(): void {}

  end(): void {
    this.flush();
  }

  /** Writes what is said of a family where the lines so far have not said it, or said other. */
  say(family: ComposedFamily, type: FamilyType): void {
    const { name, help, unit } = family;
    const isNew = name !== this.#said;
    if (!isNew && type === this.#saidType) return;
    const lines = this.#lines;
    const nameText = metricNameText(name);
    // A carriage return may not end a line.
    const helpText = isNew ? help?.replace(/\r+$/, "") : undefined;
    if (helpText !== undefined) lines.putText(`# HELP ${nameText} ${escapeQuoted(helpText)}\n`);
    if (!isNew || family.type !== undefined || type !== "unknown") {
      lines.putText(`# TYPE ${nameText} ${type}\n`);
    }
    const unitText = isNew && mayHaveUnit(family.type) ? unit?.replace(/\r+$/, "") : undefined;
    if (unitText !== undefined) lines.putText(`# UNIT ${nameText} ${escapeQuoted(unitText)}\n`);
    this.saidIs(name, type);
  }

  /** What lines that were copied have said last. */
  saidIs(name: string, type: FamilyType): void {
    this.#said = name;
    this.#saidType = type;
  }

  /** Copies whole lines, which have so many samples. */
  copy(bytes: Uint8Array, start: number, end: number, samples: number): void {
    if (this.isFull || start === end) return;
    this.#endLine();
    this.#lines.put(bytes, start, end);
    this.#isOpen = bytes[end - 1] !== NEWLINE;
    this.#count(samples);
  }

  /** Ends a line that was copied, the body's last one perhaps, where more comes. */
  #endLine(): void {
    if (this.#isOpen) this.#lines.putByte(NEWLINE);
    this.#isOpen = false;
  }

  /** Hands on what is written so far. */
  flush(): void {
    const { bytes, length } = this.#lines;
    if (length === 0 || this.isFull) return;
    this.isFull = !this.#output.write(bytes.slice(0, length), this.#samples);
    this.#lines.reset();
    this.#samples = 0;
  }

  #count(samples: number): void {
    this.#samples += samples;
    if (this.#lines.length >= SLAB_BYTES) this.flush();
  }

  /** The family's type, or "unknown" where Prometheus refuses the value for it. */
  #allowedType({ bytes, value, labels }: ComposedMetric): FamilyType {
    const { name, type } = this.#family;
    if (type === undefined || type === "untyped") return "unknown";
    if (value.start < 0) return type;
    const number = floatOf(bytes, value.start, value.end);
    if (type === "counter") return Number.isNaN(number) ? "unknown" : type;
    if (type === "info") return number === 1 && name.endsWith("_info") ? type : "unknown";
    if (type !== "stateset") return type;
    if (number !== 0 && number !== 1) return "unknown";
    for (let i = 0; i < labels.count; i += 2) {
      if (equalBytes(bytes, labels.start(i), labels.end(i), this.#name)) return type;
    }
    return "unknown";
  }
}

/** Undefined where the metric has no native data, or none that can be written. */
function nativeOf({ bytes, native }: ComposedMetric): NativeHistogram | undefined {
  if (native.start < 0) return undefined;
  const histogram = readNativeHistogram(bytes, native.start, native.end);
  return histogram !== undefined && hasSpelling(histogram) ? histogram : undefined;
}

function hasClassicPart({ sum, count, points, bounds }: ComposedMetric): boolean {
  return sum.start >= 0 && count.start >= 0 && bounds[points.count - 1] === Infinity;
}

function mayHaveUnit(type: FamilyType | undefined): boolean {
  return type !== "info" && type !== "stateset";
}

const NO_FAMILY: ComposedFamily = {
  name: "",
  type: undefined,
  help: undefined,
  unit: undefined,
};

const encoder = new TextEncoder();
