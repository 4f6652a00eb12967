import { BYTES, FIXED64, VARINT, type WireReader } from "./wire_reader.ts";
import { IntList } from "./number_lists.ts";

/** What a google.protobuf.Timestamp says: both integers as they are on the wire. */
export class TimestampFields {
  isGiven = false;
  secondsLow = 0;
  secondsHigh = 0;
  nanos = 0;

  clear(): void {
    this.isGiven = false;
    this.secondsLow = this.secondsHigh = this.nanos = 0;
  }

  set({ isGiven, secondsLow, secondsHigh, nanos }: TimestampFields): void {
    this.isGiven = isGiven;
    this.secondsLow = secondsLow;
    this.secondsHigh = secondsHigh;
    this.nanos = nanos;
  }

  equals({ isGiven, secondsLow, secondsHigh, nanos }: TimestampFields): boolean {
    return this.isGiven === isGiven && this.secondsLow === secondsLow &&
      this.secondsHigh === secondsHigh && this.nanos === nanos;
  }

  /** Adds what the message says whose length comes next. */
  read(wire: WireReader, parentEnd: number, what: string): void {
    wire.expect(BYTES, what);
    const end = wire.messageEnd(parentEnd);
    this.isGiven = true;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(VARINT, `${what}.seconds`);
          this.secondsLow = wire.varint(end);
          this.secondsHigh = wire.high;
          break;
        case 2:
          wire.expect(VARINT, `${what}.nanos`);
          this.nanos = wire.varint(end) | 0;
          break;
        default:
          wire.skip(end);
      }
    }
  }
}

/** Label pairs: four offsets each, where the name and the value begin and end. */
export class LabelPairs {
  readonly offsets = new IntList();

  clear(): void {
    this.offsets.length = 0;
  }

  /** Adds the pair whose length comes next. */
  read(wire: WireReader, parentEnd: number): void {
    wire.expect(BYTES, "label");
    const end = wire.messageEnd(parentEnd);
    let nameStart = end;
    let nameEnd = end;
    let valueStart = end;
    let valueEnd = end;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          wire.expect(BYTES, "label.name");
          nameEnd = wire.messageEnd(end);
          nameStart = wire.at;
          wire.at = nameEnd;
          break;
        case 2:
          wire.expect(BYTES, "label.value");
          valueEnd = wire.messageEnd(end);
          valueStart = wire.at;
          wire.at = valueEnd;
          break;
        default:
          wire.skip(end);
      }
    }
    const { offsets } = this;
    offsets.push(nameStart);
    offsets.push(nameEnd);
    offsets.push(valueStart);
    offsets.push(valueEnd);
  }
}

/** What an Exemplar says. */
export class ExemplarFields {
  readonly labels = new LabelPairs();
  readonly timestamp = new TimestampFields();
  value = 0;

  clear(): void {
    this.labels.clear();
    this.timestamp.clear();
    this.value = 0;
  }

  /** Adds what `[start, end)` says. */
  read(wire: WireReader, start: number, end: number): void {
    wire.at = start;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case 1:
          this.labels.read(wire, end);
          break;
        case 2:
          wire.expect(FIXED64, "exemplar.value");
          this.value = wire.double(end);
          break;
        case 3:
          this.timestamp.read(wire, end, "exemplar.timestamp");
          break;
        default:
          wire.skip(end);
      }
    }
  }
}
