import { isUtf8 } from "../bytes.ts";
import { UnreadableBody } from "../lifted.ts";
import { decodePlain } from "../text.ts";

/** Wire types of protobuf's encoding. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** Bytes of a varint of 64 bits. */
const MAX_VARINT = 10;

/**
 * Reads fields of protobuf messages from `at` on. What Prometheus's parser refuses is an UnreadableBody
 * that says where and in which family.
 */
export class WireReader {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  at = 0;
  /** Where in the body `bytes` begin. */
  base = 0;
  /** The name of the family at hand, for errors; empty outside of families. */
  family: Uint8Array<ArrayBuffer> = this.bytes;
  /** The wire type of the field whose number `tag` gave. */
  wireType = 0;
  /** The upper 32 bits of the varint that was read last, unsigned. */
  high = 0;
  #view = new DataView(this.bytes.buffer);

  /** Reads on at `at` of these bytes, which begin at byte `base` of the body. */
  reset(bytes: Uint8Array<ArrayBuffer>, at: number, base: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.at = at;
    this.base = base;
  }

  /** A field's number; its type is in `wireType`. */
  tag(end: number): number {
    const start = this.at;
    let low = this.bytes[start];
    // Numbers up to 15 take one byte.
    if (low < 0x80 && start < end) {
      this.at = start + 1;
      this.high = 0;
    } else low = this.varint(end);
    this.wireType = low & 7;
    // Of 32 bits, as Prometheus's reader takes it.
    const field = low >>> 3 | this.high << 29;
    if (this.wireType === GROUP_END) this.fail("the end of a group that did not begin", start);
    if (field <= 0) this.fail(`the field number ${field}`, start);
    return field;
  }

  /** The lower 32 bits, unsigned; `high` has the others. */
  varint(end: number): number {
    const bytes = this.bytes;
    const start = this.at;
    let at = start;
    let low = 0;
    let high = 0;
    for (let shift = 0;; shift += 7) {
      if (at >= end) this.fail("a varint that its message ends within", start);
      if (shift >= 7 * MAX_VARINT) this.fail(`a varint of more than ${MAX_VARINT} bytes`, start);
      const byte = bytes[at++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= shift === 63 ? bits << 31 : bits << shift - 32;
      if (byte < 0x80) break;
    }
    this.at = at;
    this.high = high >>> 0;
    return low >>> 0;
  }

  double(end: number): number {
    const at = this.at;
    if (at + 8 > end) this.fail("a double that its message ends within", at);
    this.at = at + 8;
    return this.#view.getFloat64(at, true);
  }

  /** Where the string or message ends whose length comes next. */
  messageEnd(end: number): number {
    const start = this.at;
    const length = this.varint(end);
    if (this.high !== 0 || this.at + length > end) {
      const size = this.high * 2 ** 32 + length;
      this.fail(`a length of ${size} with ${end - this.at} bytes left in its message`, start);
    }
    return this.at + length;
  }

  expect(wireType: number, what: string): void {
    if (this.wireType !== wireType) {
      this.fail(`${what} with wire type ${this.wireType} instead of ${wireType}`, this.at - 1);
    }
  }

  /** Passes over the value of a field that is not known; groups count as one. */
  skip(end: number): void {
    for (let depth = 0;;) {
      switch (this.wireType) {
        case VARINT:
          this.varint(end);
          break;
        case FIXED64:
          this.at += 8;
          break;
        case BYTES:
          this.at = this.messageEnd(end);
          break;
        case GROUP:
          depth++;
          break;
        case GROUP_END:
          depth--;
          break;
        case FIXED32:
          this.at += 4;
          break;
        default:
          this.fail(`the wire type ${this.wireType}`, this.at - 1);
      }
      if (this.at > end) this.fail("a field that its message ends within", end);
      if (depth === 0) return;
      this.wireType = this.varint(end) & 7;
    }
  }

  /** Throws unless the string `[start, end)` is UTF-8. */
  expectUtf8(start: number, end: number, what: string): void {
    if (!isUtf8(this.bytes, start, end)) this.fail(`${what} that is not UTF-8`, start);
  }

  /** Throws an UnreadableBody about what stands at `at`. */
  fail(what: string, at: number = this.at): never {
    const where = `protobuf, byte ${this.base + at}`;
    const { family } = this;
    const name = decodePlain(family, 0, Math.min(family.length, SHOWN_NAME_BYTES));
    throw new UnreadableBody(
      family.length === 0
        ? `${where}: ${what}`
        : `${where}, family ${JSON.stringify(name)}: ${what}`,
    );
  }
}

const SHOWN_NAME_BYTES = 200;
