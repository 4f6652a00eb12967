import { LIFTED_BLOCK_BYTES, MAX_REWRITTEN_FAMILY_BYTES } from "../../bounds.ts";
import type { LiftedOutput } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";
import { FamilyHead } from "./family_head.ts";
import { PartialMetrics } from "./partial_metrics.ts";
import {
  FAMILY_BEGIN,
  FAMILY_END,
  HEAD_FIELD,
  SOURCE_METRIC,
  type SourceParts,
  WALKED_FAMILIES,
  WALKED_METRICS,
} from "./source_parts.ts";
import { WireReader } from "./wire_reader.ts";
import { putVarint } from "./wire_writer.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Room for a message's length of up to 256 MiB. */
const LENGTH_BYTES = 4;

const NOTHING = new Uint8Array(0);

/**
 * Writes again what lines came from, without what was dropped. A family is written when it ends, or is
 * beyond its bound; what lies side by side and is kept is copied at once.
 */
export class ProtobufRewriter {
  readonly #wire = new WireReader();
  /** Whole messages, and behind `#begin` the one of the family at hand, with room for its length. */
  readonly #out = new LineBuffer();
  #begin = 0;
  /** The head's fields of the family at hand, for a message in which it goes on. */
  readonly #headFields = new LineBuffer();
  #head = new FamilyHead();
  readonly #partial = new PartialMetrics();
  /** What is kept of the reader's bytes and not copied yet. */
  #copyStart = 0;
  #copyEnd = 0;
  #samples = 0;
  #familySamples = 0;
  #isWanted = true;

  /** Bytes of its buffers. */
  get size(): number {
    return this.#out.bytes.length + this.#headFields.bytes.length + this.#partial.size;
  }

  /** Another body is written. */
  restart(): void {
    this.#wire.reset(NOTHING, 0, 0);
    this.#out.reset();
    this.#partial.others.clear();
    this.#begin =
      this.#copyStart =
      this.#copyEnd =
      this.#samples =
      this.#familySamples =
        0;
    this.#isWanted = true;
  }

  /** Writes what is kept of `parts`, which lie in `bytes`; `kept` says of each line whether it is. */
  rewrite(parts: SourceParts, bytes: Bytes, kept: Uint8Array, output: LiftedOutput): void {
    const wire = this.#wire;
    wire.reset(bytes, 0, 0);
    let families = 0;
    for (let part = 0; part < parts.count && this.#isWanted; part++) {
      const kind = parts.kind(part);
      if (kind === SOURCE_METRIC) this.#metric(parts, part, wire, kept);
      else if (kind === WALKED_METRICS) this.#walked(parts, part, wire);
      else if (kind === WALKED_FAMILIES) this.#families(parts, part, wire);
      else {
        this.#copy(wire);
        if (kind === FAMILY_BEGIN) this.#beginFamily(parts.heads[families++]);
        else this.#endOrField(parts, part, kind);
      }
      this.#splitLarge(wire);
      if (this.#begin >= LIFTED_BLOCK_BYTES) this.#flush(output);
    }
    this.#copy(wire);
    this.#flush(output);
  }

  /** The body has ended, and what is left of it is in `parts`. */
  end(parts: SourceParts, output: LiftedOutput): void {
    for (let part = 0; part < parts.count; part++) this.#endOrField(parts, part, parts.kind(part));
    this.#flush(output);
  }

  #metric(parts: SourceParts, part: number, wire: WireReader, kept: Uint8Array): void {
    const first = parts.firstLine(part);
    const end = parts.endLine(part);
    const samples = countKept(kept, first, end);
    if (samples === 0) return;
    if (samples === end - first) {
      this.#familySamples += samples;
      return this.#keep(parts.start(part), parts.end(part), wire);
    }
    this.#copy(wire);
    wire.at = parts.start(part);
    wire.tag(parts.end(part));
    const metricEnd = wire.messageEnd(parts.end(part));
    this.#familySamples += this.#partial.rewrite(
      this.#head,
      wire,
      wire.at,
      metricEnd,
      kept.subarray(first, end),
      this.#out,
    );
  }

  /** Metrics that lie side by side, all of which are kept. */
  #walked(parts: SourceParts, part: number, wire: WireReader): void {
    const start = parts.start(part);
    const end = parts.end(part);
    this.#familySamples += parts.samples(part);
    if (this.#length + end - start <= MAX_REWRITTEN_FAMILY_BYTES) {
      return this.#keep(start, end, wire);
    }
    for (let at = start; at < end;) {
      wire.at = at;
      wire.tag(end);
      const metricEnd = wire.messageEnd(end);
      this.#keep(at, metricEnd, wire);
      this.#splitLarge(wire);
      at = metricEnd;
    }
  }

  /** Families that lie side by side, all of which are kept. */
  #families(parts: SourceParts, part: number, { bytes }: WireReader): void {
    this.#out.put(bytes, parts.start(part), parts.end(part));
    this.#begin = this.#out.length;
    this.#samples += parts.samples(part);
  }

  #keep(start: number, end: number, wire: WireReader): void {
    if (start !== this.#copyEnd) {
      this.#copy(wire);
      this.#copyStart = start;
    }
    this.#copyEnd = end;
  }

  /** Begins another message of the family at hand where that is beyond its bound. */
  #splitLarge(wire: WireReader): void {
    if (this.#length <= MAX_REWRITTEN_FAMILY_BYTES) return;
    this.#copy(wire);
    this.#endMessage();
    this.#beginMessage();
    this.#out.put(this.#headFields.bytes, 0, this.#headFields.length);
  }

  #endOrField(parts: SourceParts, part: number, kind: number): void {
    if (kind === FAMILY_END) return this.#endMessage();
    const start = parts.start(part);
    const end = parts.end(part);
    this.#out.put(parts.fieldBytes, start, end);
    if (kind === HEAD_FIELD) this.#headFields.put(parts.fieldBytes, start, end);
  }

  /** Bytes that are held for the family at hand. */
  get #length(): number {
    const copied = this.#copyEnd - this.#copyStart;
    return this.#out.length - this.#begin + copied + this.#partial.others.length;
  }

  /** Copies what lies side by side in the source and is kept. */
  #copy(wire: WireReader): void {
    if (this.#copyEnd > this.#copyStart) {
      this.#out.put(wire.bytes, this.#copyStart, this.#copyEnd);
    }
    this.#copyStart = this.#copyEnd = 0;
  }

  #beginFamily(head: FamilyHead): void {
    this.#head = head;
    this.#headFields.reset();
    this.#beginMessage();
  }

  #beginMessage(): void {
    this.#out.length = this.#begin;
    for (let i = 0; i < LENGTH_BYTES; i++) this.#out.putByte(0);
  }

  /** Ends the message of the family at hand; one without samples is left out. */
  #endMessage(): void {
    const out = this.#out;
    const { length } = out;
    out.length = this.#begin;
    if (this.#familySamples > 0) {
      const content = this.#begin + LENGTH_BYTES;
      putVarint(out, length - content);
      out.bytes.copyWithin(out.length, content, length);
      out.length += length - content;
    }
    this.#samples += this.#familySamples + this.#partial.others.put(out);
    this.#begin = out.length;
    this.#familySamples = 0;
  }

  /** Hands on the messages that are whole. */
  #flush(output: LiftedOutput): void {
    const out = this.#out;
    if (this.#begin === 0) return;
    if (this.#isWanted) {
      this.#isWanted = output.write(out.bytes.slice(0, this.#begin), this.#samples);
    }
    out.bytes.copyWithin(0, this.#begin, out.length);
    out.length -= this.#begin;
    this.#begin = this.#samples = 0;
  }
}

function countKept(kept: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let line = from; line < to; line++) if (kept[line] !== 0) count++;
  return count;
}
