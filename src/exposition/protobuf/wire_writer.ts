import type { LineBuffer } from "../line_buffer.ts";
import { BYTES, FIXED64, VARINT } from "./wire_reader.ts";

/** An integer from 0 to 2^53. */
export function putVarint(out: LineBuffer, value: number): void {
  for (; value >= 0x80; value = Math.floor(value / 128)) out.putByte(value % 128 | 0x80);
  out.putByte(value);
}

/** A signed integer, or an unsigned one of 64 bits. */
export function putLongVarint(out: LineBuffer, value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) out.putByte(Number(rest & 0x7fn) | 0x80);
  out.putByte(Number(rest));
}

/** An integer field, from 0 to 2^53. */
export function putIntegerField(out: LineBuffer, field: number, value: number): void {
  putVarint(out, field * 8 + VARINT);
  putVarint(out, value);
}

/** An integer field of 64 bits. */
export function putLongField(out: LineBuffer, field: number, value: bigint): void {
  putVarint(out, field * 8 + VARINT);
  putLongVarint(out, value);
}

export function putDoubleField(out: LineBuffer, field: number, value: number): void {
  putVarint(out, field * 8 + FIXED64);
  putDouble(out, value);
}

export function putDouble(out: LineBuffer, value: number): void {
  eightBytes.setFloat64(0, value, true);
  out.put(eight, 0, 8);
}

/** A message, a string, or packed numbers. */
export function putBytesField(
  out: LineBuffer,
  field: number,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): void {
  putVarint(out, field * 8 + BYTES);
  putVarint(out, end - start);
  out.put(bytes, start, end);
}

/** The message that was written to `content`. */
export function putMessageField(out: LineBuffer, field: number, content: LineBuffer): void {
  putBytesField(out, field, content.bytes, 0, content.length);
}

/** A string. */
export function putText(out: LineBuffer, field: number, text: string): void {
  putBytesField(out, field, encoder.encode(text));
}

const encoder = new TextEncoder();
const eight = new Uint8Array(8);
const eightBytes = new DataView(eight.buffer);
