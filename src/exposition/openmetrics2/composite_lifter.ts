import { BRACE_CLOSE, BRACE_OPEN, COMMA, NEWLINE, offsetOf, QUOTE, SPACE } from "../bytes.ts";
import { ExemplarSpans, readExemplar } from "../compose/exemplar_text.ts";
import { SpanList } from "../compose/span_list.ts";
import type { FamilyType } from "../family_type.ts";
import { floatOf } from "../float_bytes.ts";
import { formatCanonicalFloat } from "../format_value.ts";
import { LineSpans } from "../lifted_line.ts";
import { writeNativeHistogram } from "../native_histogram.ts";
import { isNumber } from "../number_text.ts";
import {
  BUCKET,
  CompositeFields,
  COUNT,
  eachItem,
  GCOUNT,
  GSUM,
  QUANTILE,
  SCHEMA,
  SUM,
} from "./composite_fields.ts";
import type { LiftedBuffer } from "./lifted_buffer.ts";
import { nativeOf } from "./native_value.ts";

/** Types whose values are composite. */
export type CompositeType = "histogram" | "gaugehistogram" | "summary";

export function isCompositeType(type: FamilyType | undefined): type is CompositeType {
  return type === "histogram" || type === "gaugehistogram" || type === "summary";
}

/** Writes lines whose value is composite as the lines that they are lifted to. */
export class CompositeLifter {
  readonly #out: LiftedBuffer;
  readonly #fields = new CompositeFields();
  /** The list at hand: the number and the value of each item, and where the value lies. */
  readonly #bounds: number[] = [];
  readonly #values = new SpanList();
  #bytes: Uint8Array = new Uint8Array(0);
  #spans = new LineSpans();

  constructor(out: LiftedBuffer) {
    this.#out = out;
  }

  /**
   * Writes the lines of a sample. False, and none is written, where Prometheus's parser refuses the value
   * for the type, or would not read all of it.
   */
  lift(bytes: Uint8Array, spans: LineSpans, type: CompositeType): boolean {
    this.#bytes = bytes;
    this.#spans = spans;
    const fields = this.#fields;
    if (!fields.read(bytes, spans.valueStart, spans.valueEnd)) return false;
    if (type === "summary") return this.#liftSummary();
    const isGauge = type === "gaugehistogram";
    const [count, sum] = isGauge ? [GCOUNT, GSUM] : [COUNT, SUM];
    const [otherCount, otherSum] = isGauge ? [COUNT, SUM] : [GCOUNT, GSUM];
    if (!this.#isNumber(count) || !this.#isNumber(sum)) return false;
    if (fields.has(otherCount) || fields.has(otherSum) || fields.has(QUANTILE)) return false;
    const isNative = fields.has(SCHEMA);
    if (!isNative && !fields.has(BUCKET)) return false;
    const native = isNative ? nativeOf(bytes, fields, isGauge) : undefined;
    if (isNative && native === undefined) return false;
    if (fields.has(BUCKET)) {
      if (!this.#readBuckets(isGauge)) return false;
      this.#putBuckets();
      this.#putField(isGauge ? "_gsum" : "_sum", sum);
      this.#putField(isGauge ? "_gcount" : "_count", count);
    }
    if (native !== undefined) {
      this.#begin("");
      this.#out.putText(writeNativeHistogram(native));
      this.#end(NaN, Infinity);
    }
    return true;
  }

  #liftSummary(): boolean {
    const fields = this.#fields;
    if (fields.size !== 3 || !fields.has(QUANTILE)) return false;
    if (!this.#isNumber(COUNT) || !this.#isNumber(SUM)) return false;
    if (!this.#readPoints(QUANTILE, (quantile) => quantile >= 0 && quantile <= 1)) return false;
    this.#bounds.forEach((quantile, i) => {
      this.#begin("", "quantile", quantile);
      this.#put(this.#values.start(i), this.#values.end(i));
      this.#end();
    });
    this.#putField("_sum", SUM);
    this.#putField("_count", COUNT);
    return true;
  }

  /** A list of buckets ends in the one of +Inf; one that is negative is no counter. */
  #readBuckets(isGauge: boolean): boolean {
    const isCount = (_: number, value: number) => isGauge || !(value < 0);
    return this.#readPoints(BUCKET, isCount) && this.#bounds.at(-1) === Infinity;
  }

  /** Reads `bound:value,…`, the bounds ascending. */
  #readPoints(field: number, isPoint: (bound: number, value: number) => boolean): boolean {
    const bytes = this.#bytes;
    const bounds = this.#bounds;
    const values = this.#values;
    bounds.length = 0;
    values.clear();
    return eachItem(bytes, this.#fields.start(field), this.#fields.end(field), (start, end) => {
      const colon = offsetOf(bytes, COLON, start, end);
      if (!isNumber(bytes, start, colon) || !isNumber(bytes, colon + 1, end)) return false;
      const bound = floatOf(bytes, start, colon);
      if (Number.isNaN(bound) || !isPoint(bound, floatOf(bytes, colon + 1, end))) return false;
      if (bounds.length > 0 && bound <= bounds[bounds.length - 1]) return false;
      bounds.push(bound);
      values.add(colon + 1, end);
      return true;
    });
  }

  #putBuckets(): void {
    this.#bounds.forEach((bound, i) => {
      this.#begin("_bucket", "le", bound);
      this.#put(this.#values.start(i), this.#values.end(i));
      this.#end(i === 0 ? NaN : this.#bounds[i - 1], bound);
    });
  }

  #putField(suffix: string, field: number): void {
    this.#begin(suffix);
    this.#put(this.#fields.start(field), this.#fields.end(field));
    this.#end();
  }

  #isNumber(field: number): boolean {
    const start = this.#fields.start(field);
    return start >= 0 && isNumber(this.#bytes, start, this.#fields.end(field));
  }

  /** The line's series, with one more label, and the blank behind it. */
  #begin(suffix: string, label?: string, bound = 0): void {
    const out = this.#out;
    const { nameStart, nameEnd, labels } = this.#spans;
    out.begin();
    const isQuoted = nameStart > 0 && this.#bytes[nameStart - 1] === QUOTE;
    if (isQuoted) out.putText('{"');
    this.#put(nameStart, nameEnd);
    out.putText(suffix);
    if (isQuoted) out.putByte(QUOTE);
    let separator = isQuoted ? COMMA : BRACE_OPEN;
    if (labels.count > 0) {
      out.putByte(separator);
      separator = COMMA;
      const first = labels.start(0);
      this.#put(
        this.#bytes[first - 1] === QUOTE ? first - 1 : first,
        labels.end(labels.count - 1) + 1,
      );
    }
    if (label !== undefined) {
      out.putByte(separator);
      separator = COMMA;
      out.putText(`${label}="${formatCanonicalFloat(bound === 0 ? 0 : bound)}"`);
    }
    if (separator === COMMA) out.putByte(BRACE_CLOSE);
    out.putByte(SPACE);
  }

  /** Times, and the exemplars in `(above, most]`; `above` is NaN where there is nothing below. */
  #end(above = Infinity, most = -Infinity): void {
    const out = this.#out;
    const { timestampStart, timestampEnd, startTimeStart, startTimeEnd, exemplars } = this.#spans;
    if (timestampStart >= 0) {
      out.putByte(SPACE);
      this.#put(timestampStart, timestampEnd);
    }
    if (startTimeStart >= 0) {
      out.putText(" st@");
      this.#put(startTimeStart, startTimeEnd);
    }
    for (let i = 0; i < exemplars.count; i++) {
      const value = this.#exemplarValue(i);
      const isNone = Number.isNaN(value) ? most !== Infinity : value > most || value <= above;
      if (isNone) continue;
      out.putText(" # ");
      this.#put(exemplars.start(i), exemplars.end(i));
    }
    out.putByte(NEWLINE);
  }

  #exemplarValue(index: number): number {
    const bytes = this.#bytes;
    const { exemplars } = this.#spans;
    readExemplar(bytes, exemplars.start(index), exemplars.end(index), this.#exemplar);
    return floatOf(bytes, this.#exemplar.value.start, this.#exemplar.value.end);
  }
  readonly #exemplar = new ExemplarSpans();

  #put(start: number, end: number): void {
    this.#out.put(this.#bytes, start, end);
  }
}

const COLON = 0x3a;
