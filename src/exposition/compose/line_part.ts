import { equalBytes } from "../bytes.ts";
import { floatOf } from "../float_bytes.ts";
import type { LineSpans } from "../lifted_line.ts";
import { isNumber, isSecondTime } from "../number_text.ts";
import { BUCKET, CREATED, NATIVE, OTHER, QUANTILE } from "./family_part.ts";

/** What a line is to a metric; one object is reused for many. */
export class LinePart {
  part = OTHER;
  /** The place among its labels of the one that tells it from the metric's other lines, or -1. */
  boundLabel = -1;
  /** The number that this label's value is. */
  bound = 0;

  /**
   * Reads what the line is whose sample's name is that of `part`: that, or OTHER where no metric can
   * have it. Buckets that are no gauges' are not negative, and quantiles are between 0 and 1.
   */
  read(bytes: Uint8Array, spans: LineSpans, part: number, isGauge: boolean): void {
    const { valueStart, valueEnd } = spans;
    this.part = OTHER;
    this.boundLabel = -1;
    if (spans.isComposite !== (part === NATIVE)) return;
    if (part === CREATED && !isSecondTime(bytes, valueStart, valueEnd)) return;
    if (part === BUCKET || part === QUANTILE) {
      const label = labelOf(bytes, spans, part === BUCKET ? LE : QUANTILE_NAME);
      if (label < 0) return;
      const start = spans.labels.start(label * 2 + 1);
      const end = spans.labels.end(label * 2 + 1);
      if (!isNumber(bytes, start, end)) return;
      const bound = floatOf(bytes, start, end);
      const isBound = part === BUCKET ? !Number.isNaN(bound) : bound >= 0 && bound <= 1;
      if (!isBound) return;
      if (part === BUCKET && !isGauge && floatOf(bytes, valueStart, valueEnd) < 0) return;
      this.boundLabel = label;
      this.bound = bound;
    }
    this.part = part;
  }
}

/** The place of the label of that name, or -1. */
function labelOf(bytes: Uint8Array, { labels }: LineSpans, name: Uint8Array): number {
  // It is the last one nearly always.
  for (let i = labels.count - 2; i >= 0; i -= 2) {
    if (equalBytes(bytes, labels.start(i), labels.end(i), name)) return i >> 1;
  }
  return -1;
}

const encoder = new TextEncoder();
const LE = encoder.encode("le");
const QUANTILE_NAME = encoder.encode("quantile");
