import { ExemplarFields, TimestampFields } from "./exemplar_fields.ts";
import { DoubleList, IntList, LongList } from "./number_lists.ts";
import { BYTES, FIXED64, VARINT, type WireReader } from "./wire_reader.ts";

/** One side of a native histogram. */
export class NativeSide {
  /** Offset and length of each, the length unsigned. */
  readonly spans = new IntList();
  /** As on the wire: zigzag. */
  readonly deltas = new LongList();
  readonly counts = new DoubleList();

  clear(): void {
    this.spans.length = this.counts.length = 0;
    this.deltas.clear();
  }
}

/** What a Histogram says. One object is reused for many. */
export class HistogramFields {
  countLow = 0;
  countHigh = 0;
  countFloat = 0;
  sum = 0;
  readonly start = new TimestampFields();
  /** Cumulative counts of the classic buckets: as integers, and as doubles. */
  readonly bucketCounts = new LongList();
  readonly bucketFloats = new DoubleList();
  readonly bounds = new DoubleList();
  /** Where the messages of exemplars begin and end, each behind the number of its bucket. */
  readonly bucketExemplars = new IntList();
  schema = 0;
  zeroThreshold = 0;
  zeroCountLow = 0;
  zeroCountHigh = 0;
  zeroCountFloat = 0;
  readonly negative = new NativeSide();
  readonly positive = new NativeSide();
  /** Where the native histogram's exemplars begin and end. */
  readonly exemplars = new IntList();
  readonly #exemplar = new ExemplarFields();

  clear(): void {
    this.countLow =
      this.countHigh =
      this.countFloat =
      this.sum =
        0;
    this.start.clear();
    this.bucketCounts.clear();
    this.bucketFloats.length = this.bounds.length = this.bucketExemplars.length = 0;
    this.schema = this.zeroThreshold = 0;
    this.zeroCountLow = this.zeroCountHigh = this.zeroCountFloat = 0;
    this.negative.clear();
    this.positive.clear();
    this.exemplars.length = 0;
  }

  /**
   * Whether Prometheus takes it as a native histogram: it has a span, a zero bucket of some width, or
   * observations in that (its `isNativeHistogram`).
   */
  get isNative(): boolean {
    return this.positive.spans.length > 0 || this.negative.spans.length > 0 ||
      this.zeroThreshold > 0 || this.zeroCountLow > 0 || this.zeroCountHigh > 0;
  }

  /** Whether its native counts are doubles (Prometheus's `isFloatHistogram`). */
  get isFloat(): boolean {
    return this.countFloat > 0 || this.zeroCountFloat > 0 || this.positive.counts.length > 0 ||
      this.negative.counts.length > 0;
  }

  /** Adds what the message says that ends at `end`. */
  read(wire: WireReader, end: number): void {
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(VARINT, "histogram.sample_count");
          this.countLow = wire.varint(end);
          this.countHigh = wire.high;
          break;
        case 2:
          wire.expect(FIXED64, "histogram.sample_sum");
          this.sum = wire.double(end);
          break;
        case 3:
          this.#readBucket(wire, end);
          break;
        case 4:
          wire.expect(FIXED64, "histogram.sample_count_float");
          this.countFloat = wire.double(end);
          break;
        case 5:
          wire.expect(VARINT, "histogram.schema");
          this.schema = zigzag(wire.varint(end));
          break;
        case 6:
          wire.expect(FIXED64, "histogram.zero_threshold");
          this.zeroThreshold = wire.double(end);
          break;
        case 7:
          wire.expect(VARINT, "histogram.zero_count");
          this.zeroCountLow = wire.varint(end);
          this.zeroCountHigh = wire.high;
          break;
        case 8:
          wire.expect(FIXED64, "histogram.zero_count_float");
          this.zeroCountFloat = wire.double(end);
          break;
        case 9:
          readSpan(wire, end, this.negative.spans, "histogram.negative_span");
          break;
        case 10:
          readDeltas(wire, end, this.negative.deltas, "histogram.negative_delta");
          break;
        case 11:
          readCounts(wire, end, this.negative.counts, "histogram.negative_count");
          break;
        case 12:
          readSpan(wire, end, this.positive.spans, "histogram.positive_span");
          break;
        case 13:
          readDeltas(wire, end, this.positive.deltas, "histogram.positive_delta");
          break;
        case 14:
          readCounts(wire, end, this.positive.counts, "histogram.positive_count");
          break;
        case 15:
          this.start.read(wire, end, "histogram.start_timestamp");
          break;
        case 16:
          wire.expect(BYTES, "histogram.exemplars");
          this.#readExemplar(wire, wire.messageEnd(end), this.exemplars);
          break;
        default:
          wire.skip(end);
      }
    }
  }

  #readBucket(wire: WireReader, parentEnd: number): void {
    wire.expect(BYTES, "histogram.bucket");
    const end = wire.messageEnd(parentEnd);
    let low = 0;
    let high = 0;
    let float = 0;
    let bound = 0;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(VARINT, "bucket.cumulative_count");
          low = wire.varint(end);
          high = wire.high;
          break;
        case 2:
          wire.expect(FIXED64, "bucket.upper_bound");
          bound = wire.double(end);
          break;
        case 3: {
          wire.expect(BYTES, "bucket.exemplar");
          const exemplarEnd = wire.messageEnd(end);
          this.bucketExemplars.push(this.bounds.length);
          this.#readExemplar(wire, exemplarEnd, this.bucketExemplars);
          break;
        }
        case 4:
          wire.expect(FIXED64, "bucket.cumulative_count_float");
          float = wire.double(end);
          break;
        default:
          wire.skip(end);
      }
    }
    this.bucketCounts.push(low, high);
    this.bucketFloats.push(float);
    this.bounds.push(bound);
  }

  /** Notes where the exemplar is. It has to be one, whether it is shown or not. */
  #readExemplar(wire: WireReader, end: number, into: IntList): void {
    into.push(wire.at);
    into.push(end);
    this.#exemplar.clear();
    this.#exemplar.read(wire, wire.at, end);
  }
}

/** A signed integer of 32 bits in which the lowest bit is the sign. */
function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function readSpan(wire: WireReader, parentEnd: number, into: IntList, what: string): void {
  wire.expect(BYTES, what);
  const end = wire.messageEnd(parentEnd);
  let offset = 0;
  let length = 0;
  while (wire.at < end) {
    switch (wire.tag(end)) {
      case 1:
        wire.expect(VARINT, `${what}.offset`);
        offset = zigzag(wire.varint(end));
        break;
      case 2:
        wire.expect(VARINT, `${what}.length`);
        length = wire.varint(end);
        break;
      default:
        wire.skip(end);
    }
  }
  into.push(offset);
  into.push(length);
}

/** Repeated numbers may be packed into one field. */
function readDeltas(wire: WireReader, end: number, into: LongList, what: string): void {
  if (wire.wireType === BYTES) {
    const packedEnd = wire.messageEnd(end);
    while (wire.at < packedEnd) into.push(wire.varint(packedEnd), wire.high);
    return;
  }
  wire.expect(VARINT, what);
  into.push(wire.varint(end), wire.high);
}

function readCounts(wire: WireReader, end: number, into: DoubleList, what: string): void {
  if (wire.wireType === BYTES) {
    const packedEnd = wire.messageEnd(end);
    while (wire.at < packedEnd) into.push(wire.double(packedEnd));
    return;
  }
  wire.expect(FIXED64, what);
  into.push(wire.double(end));
}
