import { LIFTED_BLOCK_BYTES, MAX_REWRITTEN_FAMILY_BYTES } from "../../bounds.ts";
import type { LiftedOutput } from "../lifted.ts";
import { LineBuffer } from "../line_buffer.ts";
import {
  FAMILY_BEGIN,
  FAMILY_END,
  HEAD_FIELD,
  SOURCE_METRIC,
  type SourceParts,
} from "./source_parts.ts";
import type { WireReader } from "./wire_reader.ts";

/** Room for a message's length of up to 256 MiB. */
const LENGTH_BYTES = 4;

/**
 * Writes again what lines came from, without what was dropped. A family is written when it ends, or is
 * beyond its bound; what lies side by side and is kept is copied at once.
 */
export class ProtobufRewriter {
  /** Whole messages, and behind `#begin` the one of the family at hand, with room for its length. */
  readonly #out = new LineBuffer();
  #begin = 0;
  /** The head's fields of the family at hand, for a message in which it goes on. */
  readonly #headFields = new LineBuffer();
  #samples = 0;
  #familySamples = 0;
  #isWanted = true;

  /** `kept` says of each line of these parts whether it is. */
  rewrite(parts: SourceParts, wire: WireReader, kept: Uint8Array, output: LiftedOutput): void {
    // What is kept of the source and not yet copied.
    let start = 0;
    let end = 0;
    const copy = () => {
      if (end > start) this.#out.put(wire.bytes, start, end);
      start = end = 0;
    };
    for (let part = 0; part < parts.count && this.#isWanted; part++) {
      const kind = parts.kind(part);
      if (kind === SOURCE_METRIC) {
        const from = parts.firstLine(part);
        const to = parts.endLine(part);
        const samples = countKept(kept, from, to);
        this.#familySamples += samples;
        if (samples === to - from) {
          if (parts.start(part) !== end) {
            copy();
            start = parts.start(part);
          }
          end = parts.end(part);
        } else if (samples > 0) {
          copy();
        }
        if (this.#out.length - this.#begin + end - start > MAX_REWRITTEN_FAMILY_BYTES) {
          copy();
          this.#endMessage();
          this.#beginMessage();
          this.#out.put(this.#headFields.bytes, 0, this.#headFields.length);
          this.#flush(output);
        }
        continue;
      }
      copy();
      if (kind === FAMILY_BEGIN) this.#beginFamily();
      else if (kind === FAMILY_END) this.#endMessage();
      else {
        this.#out.put(parts.fieldBytes, parts.start(part), parts.end(part));
        if (kind === HEAD_FIELD) {
          this.#headFields.put(parts.fieldBytes, parts.start(part), parts.end(part));
        }
      }
      if (this.#begin >= LIFTED_BLOCK_BYTES) this.#flush(output);
    }
    copy();
    this.#flush(output);
  }

  /** The body has ended, and what is left of it is in `parts`. */
  end(parts: SourceParts, output: LiftedOutput): void {
    for (let part = 0; part < parts.count; part++) {
      if (parts.kind(part) === FAMILY_END) this.#endMessage();
      else this.#out.put(parts.fieldBytes, parts.start(part), parts.end(part));
    }
    this.#flush(output);
  }

  #beginFamily(): void {
    this.#headFields.reset();
    this.#beginMessage();
  }

  #beginMessage(): void {
    this.#out.length = this.#begin;
    for (let i = 0; i < LENGTH_BYTES; i++) this.#out.putByte(0);
    this.#familySamples = 0;
  }

  /** Ends the message of the family at hand; one without samples is left out. */
  #endMessage(): void {
    const out = this.#out;
    if (this.#familySamples > 0) {
      const content = this.#begin + LENGTH_BYTES;
      const { length } = out;
      out.length = this.#begin;
      putVarint(out, length - content);
      out.bytes.copyWithin(out.length, content, length);
      this.#begin = out.length += length - content;
      this.#samples += this.#familySamples;
    }
    out.length = this.#begin;
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

function putVarint(out: LineBuffer, value: number): void {
  for (; value >= 0x80; value = Math.floor(value / 128)) out.putByte(value & 0x7f | 0x80);
  out.putByte(value);
}
