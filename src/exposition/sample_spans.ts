import type { NativeHistogram } from "./native_histogram.ts";

/**
 * Where the parts of one sample line lie: offsets into the bytes that were scanned, no copies. One
 * object is reused for many lines. `scanSample` fills it.
 */
export class SampleSpans {
  /** The name without quotes; `nameStart === nameEnd` when the line has none. */
  nameStart = 0;
  nameEnd = 0;
  labelCount = 0;
  /** Four offsets a label: name start, name end, value start, value end; quotes excluded. */
  labels = new Int32Array(64);
  valueStart = 0;
  valueEnd = 0;
  /** -1 when the line has no timestamp. */
  timestampStart = -1;
  timestampEnd = -1;
  /** Of what was scanned, whether a sample or not: where its last string ends. */
  quotedTo = 0;
  /** Of the start time, its `st@` included; -1 when the line has none, as only lifted ones do. */
  startTimeStart = -1;
  startTimeEnd = -1;
  /** The value, where it is a native histogram. */
  native: NativeHistogram | undefined;
  /** Offset of the `#` of the exemplar, or of the first one; -1 when there is none. */
  exemplarStart = -1;

  /** Those of a line of which nothing is known. */
  clear(): void {
    this.nameStart =
      this.nameEnd =
      this.labelCount =
      this.valueStart =
      this.valueEnd =
        0;
    this.clearTail();
  }

  /** Those of a line that has nothing but a number behind its labels. */
  clearTail(): void {
    this.timestampStart = this.timestampEnd = this.exemplarStart = -1;
    this.startTimeStart = this.startTimeEnd = -1;
    this.native = undefined;
  }

  get isComposite(): boolean {
    return this.native !== undefined;
  }

  addLabel(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const at = this.labelCount * 4;
    if (at + 4 > this.labels.length) {
      const grown = new Int32Array(this.labels.length * 2);
      grown.set(this.labels);
      this.labels = grown;
    }
    this.labels[at] = nameStart;
    this.labels[at + 1] = nameEnd;
    this.labels[at + 2] = valueStart;
    this.labels[at + 3] = valueEnd;
    this.labelCount++;
  }
}
