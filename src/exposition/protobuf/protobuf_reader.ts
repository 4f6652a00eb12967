import {
  LIFTED_BLOCK_BYTES,
  MAX_FAMILY_HEAD_BYTES,
  MAX_IDLE_READER_BYTES,
  MAX_LINES_PER_BYTE,
  MAX_METRIC_BYTES,
  MAX_METRIC_LINES_BYTES,
  MAX_WHOLE_FAMILY_BYTES,
} from "../../bounds.ts";
import { equalBytes } from "../bytes.ts";
import type { LiftedLines, LiftedOutput, LiftedReader } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";
import type { MetricWalker } from "../metric_walker.ts";
import { FamilyHead, HELP, METRIC, NAME, TYPE, UNIT } from "./family_head.ts";
import { FamilyHeads } from "./family_heads.ts";
import { MetricFields } from "./metric_fields.ts";
import { MetricLines } from "./metric_lines.ts";
import { IntList } from "./number_lists.ts";
import { ProtobufRewriter } from "./protobuf_rewriter.ts";
import { SourceParts, WALKED_FAMILIES, WALKED_METRICS } from "./source_parts.ts";
import { BYTES, GROUP, WireReader } from "./wire_reader.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Take = (lines: LiftedLines) => void;

/** Bytes of a family's length at most, as Prometheus reads it. */
const MAX_LENGTH_BYTES = 5;
/** Bytes of a field's number and of its length, at most; of one without a length: all of its bytes. */
const MAX_TAG_BYTES = 20;
/** Groups end where they end: of a family that is not there as a whole they may be so long. */
const GROUP_BYTES = MAX_FAMILY_HEAD_BYTES + MAX_TAG_BYTES;

/** The tag of a metric, as it is written. */
const METRIC_TAG = METRIC * 8 + BYTES;

/** So many bytes of a large family are lifted at a time where its metrics are not as they should be. */
const LIFTED_AT_LEAST = 16 * 1024;

const NOTHING = new Uint8Array(0);

/** Waits for a body. */
let idle: ProtobufReader | undefined;

/**
 * Reads `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited`:
 * MetricFamily messages of Prometheus's metrics.proto, each behind its length. What it refuses is what
 * Prometheus's ProtobufParser does, and what is beyond the bounds.
 *
 * A family up to MAX_WHOLE_FAMILY_BYTES is read when all of it is there: in whatever order its fields
 * come, metadata lines stand first. Of a larger one, a HELP or a UNIT that stands behind its metrics, as
 * client libraries write the unit, comes as a line there; its name and type have to come first.
 */
export class ProtobufReader implements LiftedReader {
  /** The format has no terminator. */
  readonly terminator = undefined;
  readonly #wire = new WireReader();
  readonly #heads = new FamilyHeads();
  #head = new FamilyHead();
  readonly #metric = new MetricFields();
  readonly #out = new LineBuffer();
  readonly #starts = new IntList();
  readonly #ended = () => this.#endLine();
  readonly #lines = new MetricLines(this.#out, this.#ended);
  readonly #parts = new SourceParts();
  readonly #rewriter = new ProtobufRewriter();
  /** What was not read yet of the chunks before. */
  #held: Bytes = new Uint8Array(0);
  #heldStart = 0;
  #heldEnd = 0;
  /** Where in the body what is held begins, and where the family at hand ends. */
  #base = 0;
  #familyEnd = 0;
  #isInFamily = false;
  /** All of the family is there. */
  #isWhole = false;
  /** Its metadata lines are written. */
  #isBegun = false;
  #walker: MetricWalker | undefined;
  /** Of a large family: one metric was lifted that need not be. */
  #isWalking = false;
  /** Where in the body it is worth a try again to walk on. */
  #liftUntil = 0;
  /** Some metrics were walked that are not handed on. */
  #hasWalked = false;
  #headBytes = 0;
  /** Of the lines so far: those of metrics that are complete, and how long they may get. */
  #completeLength = 0;
  #completeLines = 0;
  #mostLength = MAX_METRIC_LINES_BYTES;
  /** Of lines that were handed on. */
  #liftedBytes = 0;

  /** One that has read another body before, if there is one. */
  static take(): ProtobufReader {
    const reader = idle ?? new ProtobufReader();
    idle = undefined;
    return reader;
  }

  constructor() {
    this.#starts.push(0);
  }

  walkWith(walker: MetricWalker): void {
    this.#walker = walker;
  }

  push(chunk: Bytes, take: Take): void {
    if (chunk.length === 0) return;
    if (this.#heldStart === this.#heldEnd) this.#read(chunk, 0, chunk.length, take);
    else {
      this.#hold(chunk, 0, chunk.length);
      this.#read(this.#held, this.#heldStart, this.#heldEnd, take);
    }
  }

  end(_take: Take): void {
    const wire = this.#wire;
    const left = this.#heldEnd - this.#heldStart;
    if (!this.#isInFamily && left === 0) return;
    wire.reset(this.#held, this.#heldEnd, this.#base - this.#heldStart);
    if (!this.#isInFamily) wire.family = NOTHING;
    wire.fail("the body ends within a family");
  }

  rewrite(kept: Uint8Array, output: LiftedOutput): void {
    this.#rewriter.rewrite(this.#parts, this.#wire.bytes, kept, output);
  }

  endRewrite(output: LiftedOutput): void {
    this.#rewriter.end(this.#parts, output);
  }

  /** Keeps its buffers for the next body, unless they are large. */
  release(): void {
    const size = this.#out.bytes.length + this.#held.length + this.#starts.values.byteLength +
      this.#parts.size + this.#rewriter.size;
    if (size > MAX_IDLE_READER_BYTES) return;
    this.#wire.reset(NOTHING, 0, 0);
    this.#wire.family = NOTHING;
    this.#heads.restart();
    this.#heldStart = this.#heldEnd = 0;
    this.#base = this.#familyEnd = this.#liftedBytes = 0;
    this.#isInFamily = false;
    this.#walker = undefined;
    this.#forgetLines();
    this.#rewriter.restart();
    idle = this;
  }

  #hold(bytes: Bytes, start: number, end: number): void {
    const held = this.#heldEnd - this.#heldStart;
    const needed = held + end - start;
    if (this.#heldEnd + end - start > this.#held.length) {
      const room = needed > this.#held.length / 2
        ? new Uint8Array(Math.max(needed * 2, LIFTED_BLOCK_BYTES))
        : this.#held;
      room.set(this.#held.subarray(this.#heldStart, this.#heldEnd));
      this.#held = room;
      this.#heldStart = 0;
    }
    this.#held.set(bytes.subarray(start, end), this.#heldStart + held);
    this.#heldEnd = this.#heldStart + needed;
  }

  /** Reads what is complete of `bytes[start, end)`, and holds the rest. */
  #read(bytes: Bytes, start: number, end: number, take: Take): void {
    const wire = this.#wire;
    const base = this.#base - start;
    wire.reset(bytes, start, base);
    this.#walker?.begin();
    try {
      while (this.#isInFamily ? this.#readFamily(base, end, take) : this.#readLength(base, end));
    } finally {
      // What is right before an error is taken, wherever chunks were cut.
      this.#handOn(take);
    }
    const { at } = wire;
    this.#base = base + at;
    if (bytes === this.#held) {
      this.#heldStart = at;
      if (at === end) this.#heldStart = this.#heldEnd = 0;
    } else if (at < end) this.#hold(bytes, at, end);
  }

  /** Begins a family. False, and nothing is read, where its length or a family to be held is not there. */
  #readLength(base: number, end: number): boolean {
    const wire = this.#wire;
    const start = wire.at;
    let at = start;
    while (at < end && wire.bytes[at] >= 0x80) at++;
    wire.family = NOTHING;
    if (at - start >= MAX_LENGTH_BYTES) {
      wire.fail(`a family's length of more than ${MAX_LENGTH_BYTES} bytes`, start);
    }
    if (at >= end) return false;
    const low = wire.varint(end);
    const length = wire.high * 2 ** 32 + low;
    this.#isWhole = length <= MAX_WHOLE_FAMILY_BYTES;
    if (this.#isWhole && wire.at + length > end) {
      wire.at = start;
      return false;
    }
    this.#familyEnd = base + wire.at + length;
    this.#head = this.#isWhole ? this.#heads.read(wire, wire.at + length) : new FamilyHead();
    if (this.#isWhole && this.#walkFamily(start, wire.at + length)) return true;
    this.#isInFamily = true;
    this.#isBegun = this.#isWalking = false;
    this.#headBytes = this.#liftUntil = 0;
    this.#parts.beginFamily(this.#head);
    return true;
  }

  /** Walks a whole family, whose length begins at `start`. False, and nothing is read, where it has to be lifted. */
  #walkFamily(start: number, end: number): boolean {
    const wire = this.#wire;
    const head = this.#head;
    const walker = this.#walker;
    const { at } = wire;
    // One that is copied has its length as it would be written.
    const isPlain = at === start + 1 || wire.bytes[at - 1] !== 0;
    const fate = isPlain && head.isValid ? walker?.fateOf(head) : undefined;
    if (walker === undefined || fate === undefined) return false;
    walker.forget();
    let hasMetrics = false;
    while (wire.at < end) {
      const field = wire.at;
      if (wire.tag(end) !== METRIC) wire.skip(end);
      else {
        hasMetrics = true;
        wire.at = walker.walk(wire.bytes, field, end, head);
        if (wire.at === field) break;
      }
    }
    if (wire.at < end || !hasMetrics) {
      wire.at = at;
      return false;
    }
    head.complete(wire);
    wire.family = NOTHING;
    this.#hasWalked = true;
    const samples = walker.count(fate, head.lineCount);
    if (fate.isKept) this.#parts.addWalked(WALKED_FAMILIES, start, end, samples);
    return true;
  }

  /**
   * Walks on in a large family from the field that begins at `start`, which is a metric's. False, and nothing
   * is read, where it has to be lifted.
   */
  #walk(start: number, end: number): boolean {
    const wire = this.#wire;
    const walker = this.#walker;
    if (walker === undefined || !this.#isWalking || wire.base + start < this.#liftUntil) {
      return false;
    }
    const fate = walker.fateOf(this.#head);
    if (fate === undefined) return false;
    wire.at = walker.walk(wire.bytes, start, end, this.#head);
    const samples = walker.count(fate, 0);
    if (wire.at === start) {
      this.#liftUntil = wire.base + start + LIFTED_AT_LEAST;
      return false;
    }
    this.#hasWalked = true;
    if (fate.isKept) this.#parts.addWalked(WALKED_METRICS, start, wire.at, samples);
    return true;
  }

  /** A metric of a large family, which is lifted: whether those behind it need not be. */
  #tryWalking(start: number, end: number): void {
    const walker = this.#walker;
    if (walker === undefined || this.#isWhole || this.#isWalking) return;
    if (walker.fateOf(this.#head) === undefined) return;
    this.#isWalking = walker.walk(this.#wire.bytes, start, end, this.#head, 1) === end;
    walker.forget();
  }

  /** Reads up to the family's end. False where it is not there. */
  #readFamily(base: number, end: number, take: Take): boolean {
    const wire = this.#wire;
    const isAll = this.#familyEnd - base <= end;
    const familyEnd = isAll ? this.#familyEnd - base : end;
    while (wire.at < familyEnd) {
      const start = wire.at;
      if (wire.bytes[start] === METRIC_TAG && this.#walk(start, familyEnd)) continue;
      if (!this.#isWhole) {
        const isThere = this.#isFieldThere(familyEnd);
        wire.at = start;
        if (!isThere) return false;
      }
      const field = wire.tag(familyEnd);
      if (field === METRIC) this.#readMetric(start, familyEnd);
      else this.#readField(field, start, familyEnd);
      if (Math.max(this.#out.length, this.#parts.fieldLength) >= LIFTED_BLOCK_BYTES) {
        this.#handOn(take);
      }
    }
    if (!isAll) return false;
    this.#isInFamily = false;
    wire.family = NOTHING;
    this.#parts.endFamily(this.#isBegun);
    return true;
  }

  /**
   * Whether the field that begins here is there up to its end, of a family of which the bytes up to `end`
   * are there. Throws where it is too long to be held.
   */
  #isFieldThere(end: number): boolean {
    const wire = this.#wire;
    const start = wire.at;
    const familyEnd = this.#familyEnd - wire.base;
    if (end < familyEnd && end - start < MAX_TAG_BYTES) return false;
    const field = wire.tag(end);
    if (wire.wireType === GROUP) return end - start >= Math.min(familyEnd - start, GROUP_BYTES);
    if (wire.wireType !== BYTES) return true;
    const fieldEnd = wire.messageEnd(familyEnd);
    const most = field === METRIC ? MAX_METRIC_BYTES : MAX_FAMILY_HEAD_BYTES;
    const length = fieldEnd - wire.at;
    if (length > most) wire.fail(`a field of ${length} bytes, which is more than ${most}`, start);
    return fieldEnd <= end;
  }

  #readMetric(start: number, familyEnd: number): void {
    const wire = this.#wire;
    wire.expect(BYTES, "metric");
    const end = wire.messageEnd(familyEnd);
    if (!this.#isBegun) {
      this.#head.complete(wire);
      this.#head.putLines(this.#out, this.#ended);
      this.#isBegun = true;
    }
    const firstLine = this.#starts.length - 1;
    this.#metric.read(wire, end);
    this.#lines.put(this.#metric, this.#head, wire);
    wire.at = end;
    this.#parts.addMetric(start, end, firstLine, this.#starts.length - 1);
    this.#completed();
    this.#tryWalking(start, end);
  }

  /** A field of the family that is no metric, and was not read ahead of them. */
  #readField(field: number, start: number, familyEnd: number): void {
    const wire = this.#wire;
    if (this.#isWhole) wire.skip(familyEnd);
    else {
      const end = Math.min(familyEnd, start + GROUP_BYTES);
      if (this.#isBegun) this.#readLate(field, end);
      else this.#head.read(wire, field, end);
      this.#headBytes += wire.at - start;
      if (this.#headBytes > MAX_FAMILY_HEAD_BYTES) {
        wire.fail(`more than ${MAX_FAMILY_HEAD_BYTES} bytes beside the family's metrics`, start);
      }
    }
    this.#parts.addField(wire.bytes, start, wire.at, isHeadField(field));
  }

  /** A field that stands behind metrics which have been taken. */
  #readLate(field: number, end: number): void {
    const wire = this.#wire;
    const head = this.#head;
    const { at } = wire;
    const { name, type, help, unit } = head;
    head.read(wire, field, end);
    if (head.type !== type || !isSame(head.name, name)) {
      wire.family = name;
      wire.fail(`a ${field === NAME ? "name" : "type"} after the metrics of a large family`, at);
    }
    if (!isSame(head.help, help)) {
      wire.expectUtf8(wire.at - head.help.length, wire.at, "a help text");
      head.putLine(this.#out, "HELP", this.#ended);
    } else if (!isSame(head.unit, unit)) head.putLine(this.#out, "UNIT", this.#ended);
    this.#completed();
  }

  /** Takes note of a line's end. */
  #endLine(): void {
    const { length } = this.#out;
    this.#starts.push(length);
    if (length > this.#mostLength) {
      this.#wire.fail(`a metric of more than ${MAX_METRIC_LINES_BYTES} bytes as lines`);
    }
  }

  /** All lines so far may be handed on. */
  #completed(): void {
    this.#completeLength = this.#out.length;
    this.#completeLines = this.#starts.length - 1;
    this.#mostLength = this.#completeLength + MAX_METRIC_LINES_BYTES;
    const wire = this.#wire;
    const most = MAX_METRIC_LINES_BYTES + MAX_LINES_PER_BYTE * (wire.base + wire.at);
    if (this.#liftedBytes + this.#completeLength > most) {
      wire.fail(`more than ${MAX_LINES_PER_BYTE} bytes of lines for each byte of the body`);
    }
  }

  #handOn(take: Take): void {
    const count = this.#completeLines;
    if (count === 0 && !this.#hasWalked) return;
    const { bytes } = this.#out;
    this.#liftedBytes += this.#completeLength;
    take({ bytes, length: this.#completeLength, count, starts: this.#starts.values });
    this.#forgetLines();
  }

  #forgetLines(): void {
    this.#hasWalked = false;
    this.#out.reset();
    this.#starts.length = 1;
    this.#completeLength = this.#completeLines = 0;
    this.#mostLength = MAX_METRIC_LINES_BYTES;
    this.#parts.clear();
  }
}

function isHeadField(field: number): boolean {
  return field === NAME || field === HELP || field === TYPE || field === UNIT;
}

function isSame(a: Bytes, b: Bytes): boolean {
  return a === b || equalBytes(a, 0, a.length, b);
}
