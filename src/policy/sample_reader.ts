import type { FamilyType } from "../exposition/family_type.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import { parseNumber } from "../exposition/number_text.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";
import { isOwnName, labelNames } from "./field_tier.ts";
import { isLabel, type LabelName, labelName } from "../exposition/wanted_label.ts";
import type { AggregationTemporality, Field, FieldReader, FieldValue } from "./policy.ts";
import type { MetricType } from "./policy.ts";
import type { ResourceAttributes } from "./resource_attributes.ts";

/** One sample's line as policies see it. */
export interface PolicySample {
  readonly bytes: Uint8Array;
  readonly spans: SampleSpans;
  /** Unescaped. */
  readonly name: string;
  /** What the exposition has said of its family; HELP and UNIT unescaped, where policies read them. */
  readonly family: {
    readonly type: FamilyType | undefined;
    readonly help: string | undefined;
    readonly unit: string | undefined;
  } | undefined;
  readonly format: LineFormat;
}

/** Reads the fields of one line of an exposition; one object serves many lines. */
export class SampleReader implements FieldReader {
  readonly #resource: ResourceAttributes;
  #sample: PolicySample | undefined;
  /** By field object; policies hold a fixed number of them. */
  readonly #labelNames = new Map<Field, readonly LabelName[]>();

  constructor(resource: ResourceAttributes) {
    this.#resource = resource;
  }

  /** The same reader, with another line to read. */
  of(sample: PolicySample): this {
    this.#sample = sample;
    return this;
  }

  read(field: Field): FieldValue | undefined {
    switch (field.kind) {
      case "metric_type":
        return this.#sample!.spans.isComposite
          ? "exponential_histogram"
          : metricType(this.#sample!.family?.type);
      case "aggregation_temporality":
        return temporality(this.#sample!.family?.type);
      case "resource_attribute":
        return this.#resource.get(field.path.join("."));
      case "metric_field":
        if (field.name === "name") return this.#sample!.name;
        if (field.name === "description") return this.#sample!.family?.help || undefined;
        if (field.name === "unit") return this.#sample!.family?.unit || undefined;
        return this.#label(field);
      default:
        return this.#label(field) ??
          (isOwnName(field) ? this.#own(field.path[0]) : undefined);
    }
  }

  /** An empty label is an absent one in Prometheus. */
  #label(field: Field): string | undefined {
    let names = this.#labelNames.get(field);
    if (names === undefined) {
      names = labelNames(field).map(labelName);
      this.#labelNames.set(field, names);
    }
    for (const name of names) {
      const value = this.#labelValue(name);
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  }

  #labelValue(name: LabelName): string | undefined {
    const { bytes, spans: { labels, labelCount } } = this.#sample!;
    for (let at = 0; at < labelCount * 4; at += 4) {
      if (isLabel(name, bytes, labels[at], labels[at + 1])) {
        return decodeQuoted(bytes, labels[at + 2], labels[at + 3]);
      }
    }
    return undefined;
  }

  /** All labels of the line, for `target_info`. */
  labels(): Map<string, string> {
    const { bytes, spans: { labels, labelCount } } = this.#sample!;
    const all = new Map<string, string>();
    for (let at = 0; at < labelCount * 4; at += 4) {
      const name = decodeQuoted(bytes, labels[at], labels[at + 1]);
      all.set(name, decodeQuoted(bytes, labels[at + 2], labels[at + 3]));
    }
    return all;
  }

  #own(name: string): string | number | undefined {
    return name === "labels" ? this.#labelsText() : this.#number(name);
  }

  /** As Edge has them: `a=1,b=2`, in the order of the line; undefined where there are none. */
  #labelsText(): string | undefined {
    const labels = [...this.labels()];
    return labels.length === 0
      ? undefined
      : labels.map(([name, value]) => `${name}=${value}`).join(",");
  }

  /** The value, which a native histogram has none of; or the timestamp in milliseconds, which only the text format writes so. */
  #number(which: string): number | undefined {
    const { bytes, spans, format } = this.#sample!;
    const { valueStart, valueEnd, timestampStart, timestampEnd } = spans;
    if (which === "value" && spans.isComposite) return undefined;
    if (which === "value") return parseNumber(decodePlain(bytes, valueStart, valueEnd));
    if (timestampStart < 0) return undefined;
    const time = parseNumber(decodePlain(bytes, timestampStart, timestampEnd));
    return format === "text" ? time : Math.round(time * 1000);
  }
}

function metricType(type: FamilyType | undefined): MetricType {
  switch (type) {
    case "counter":
      return "sum";
    case "histogram":
    case "gaugehistogram":
      return "histogram";
    case "summary":
      return "summary";
    default:
      return "gauge";
  }
}

function temporality(type: FamilyType | undefined): AggregationTemporality | undefined {
  return type === "counter" || type === "histogram" ? "cumulative" : undefined;
}
