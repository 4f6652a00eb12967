import { ExemplarFields, LabelPairs, TimestampFields } from "./exemplar_fields.ts";
import { HistogramFields } from "./histogram_fields.ts";
import { DoubleList, IntList } from "./number_lists.ts";
import { BYTES, FIXED64, VARINT, type WireReader } from "./wire_reader.ts";

/**
 * What a Metric says, as its fields: Prometheus's metrics.proto. One object is reused for many. A field
 * that comes twice holds what it said last, and a message that comes twice all that it said, as in
 * every reader of protobuf. What is absent is 0.
 */
export class MetricFields {
  readonly labels = new LabelPairs();
  timestampLow = 0;
  timestampHigh = 0;
  gauge = 0;
  untyped = 0;
  counter = 0;
  readonly counterStart = new TimestampFields();
  /** Where the messages of the counter's one exemplar begin and end. */
  readonly counterExemplar = new IntList();
  summaryCountLow = 0;
  summaryCountHigh = 0;
  summarySum = 0;
  readonly summaryStart = new TimestampFields();
  readonly quantiles = new DoubleList();
  readonly quantileValues = new DoubleList();
  readonly histogram = new HistogramFields();
  readonly #exemplar = new ExemplarFields();

  /** Reads `[wire.at, end)`. Throws an UnreadableBody. */
  read(wire: WireReader, end: number): void {
    this.#clear();
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          this.labels.read(wire, end);
          break;
        case 2:
          wire.expect(BYTES, "metric.gauge");
          this.gauge = readValue(wire, wire.messageEnd(end), this.gauge, "gauge.value");
          break;
        case 3:
          wire.expect(BYTES, "metric.counter");
          this.#readCounter(wire, wire.messageEnd(end));
          break;
        case 4:
          wire.expect(BYTES, "metric.summary");
          this.#readSummary(wire, wire.messageEnd(end));
          break;
        case 5:
          wire.expect(BYTES, "metric.untyped");
          this.untyped = readValue(wire, wire.messageEnd(end), this.untyped, "untyped.value");
          break;
        case 6:
          wire.expect(VARINT, "metric.timestamp_ms");
          this.timestampLow = wire.varint(end);
          this.timestampHigh = wire.high;
          break;
        case 7:
          wire.expect(BYTES, "metric.histogram");
          this.histogram.read(wire, wire.messageEnd(end));
          break;
        default:
          wire.skip(end);
      }
    }
  }

  #clear(): void {
    this.labels.clear();
    this.timestampLow = this.timestampHigh = 0;
    this.gauge = this.untyped = this.counter = 0;
    this.counterStart.clear();
    this.counterExemplar.length = 0;
    this.summaryCountLow = this.summaryCountHigh = this.summarySum = 0;
    this.summaryStart.clear();
    this.quantiles.length = this.quantileValues.length = 0;
    this.histogram.clear();
  }

  #readCounter(wire: WireReader, end: number): void {
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(FIXED64, "counter.value");
          this.counter = wire.double(end);
          break;
        case 2: {
          wire.expect(BYTES, "counter.exemplar");
          const exemplarEnd = wire.messageEnd(end);
          this.counterExemplar.push(wire.at);
          this.counterExemplar.push(exemplarEnd);
          this.#exemplar.clear();
          this.#exemplar.read(wire, wire.at, exemplarEnd);
          break;
        }
        case 3:
          this.counterStart.read(wire, end, "counter.start_timestamp");
          break;
        default:
          wire.skip(end);
      }
    }
  }

  #readSummary(wire: WireReader, end: number): void {
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(VARINT, "summary.sample_count");
          this.summaryCountLow = wire.varint(end);
          this.summaryCountHigh = wire.high;
          break;
        case 2:
          wire.expect(FIXED64, "summary.sample_sum");
          this.summarySum = wire.double(end);
          break;
        case 3:
          wire.expect(BYTES, "summary.quantile");
          this.#readQuantile(wire, wire.messageEnd(end));
          break;
        case 4:
          this.summaryStart.read(wire, end, "summary.start_timestamp");
          break;
        default:
          wire.skip(end);
      }
    }
  }

  #readQuantile(wire: WireReader, end: number): void {
    let quantile = 0;
    let value = 0;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(FIXED64, "quantile.quantile");
          quantile = wire.double(end);
          break;
        case 2:
          wire.expect(FIXED64, "quantile.value");
          value = wire.double(end);
          break;
        default:
          wire.skip(end);
      }
    }
    this.quantiles.push(quantile);
    this.quantileValues.push(value);
  }
}

/** The value of a Gauge or an Untyped, `before` where it has none. */
function readValue(wire: WireReader, end: number, before: number, what: string): number {
  let value = before;
  while (wire.at < end) {
    if (wire.tag(end) === 1) {
      wire.expect(FIXED64, what);
      value = wire.double(end);
    } else wire.skip(end);
  }
  return value;
}
