import { LineBuffer } from "../line_buffer.ts";
import type { FamilyHead } from "./family_head.ts";
import { IntList } from "./number_lists.ts";

/** What a part is. */
export const FAMILY_BEGIN = 0;
/** A field of the family that is no metric; a head field is one that FamilyHead knows. */
export const FIELD = 1;
export const HEAD_FIELD = 2;
export const SOURCE_METRIC = 3;
export const FAMILY_END = 4;
/** What was walked and is all kept: metrics, and families with their lengths; how many samples they are. */
export const WALKED_METRICS = 5;
export const WALKED_FAMILIES = 6;

/** Integers of one part: what it is, where it begins and ends, its first line and the line behind it. */
const STRIDE = 5;

/** What the lines that are to be taken came from, in the order of the body. */
export class SourceParts {
  readonly #parts = new IntList();
  /** The bytes of fields, since they may be gone when their family's lines are taken. */
  readonly #fields = new LineBuffer();
  /** The heads of the families that begin, in their order. */
  readonly heads: FamilyHead[] = [];
  /** Where the family at hand begins, as long as that is among these parts. */
  #begin = -1;
  #beginFields = 0;

  get count(): number {
    return this.#parts.length / STRIDE;
  }

  get fieldLength(): number {
    return this.#fields.length;
  }

  get fieldBytes(): Uint8Array {
    return this.#fields.bytes;
  }

  /** Bytes of its buffers. */
  get size(): number {
    return this.#parts.values.byteLength + this.#fields.bytes.length;
  }

  clear(): void {
    this.#parts.length = this.heads.length = 0;
    this.#fields.reset();
    this.#begin = -1;
  }

  beginFamily(head: FamilyHead): void {
    this.#begin = this.#parts.length;
    this.#beginFields = this.#fields.length;
    this.heads.push(head);
    this.#add(FAMILY_BEGIN, 0, 0, 0, 0);
  }

  addField(bytes: Uint8Array, start: number, end: number, isHead: boolean): void {
    const fields = this.#fields;
    const kind = isHead ? HEAD_FIELD : FIELD;
    const { values, length } = this.#parts;
    const before = fields.length;
    fields.put(bytes, start, end);
    if (length > 0 && values[length - STRIDE] === kind) values[length - STRIDE + 2] = fields.length;
    else this.#add(kind, before, fields.length, 0, 0);
  }

  /** The field `[start, end)` of the reader's bytes, which came to the lines `[firstLine, endLine)`. */
  addMetric(start: number, end: number, firstLine: number, endLine: number): void {
    this.#add(SOURCE_METRIC, start, end, firstLine, endLine);
  }

  /** Metrics or families that lie side by side. */
  addWalked(kind: number, start: number, end: number, samples: number): void {
    const { values, length } = this.#parts;
    const last = length - STRIDE;
    if (length > 0 && values[last] === kind && values[last + 2] === start) {
      values[last + 2] = end;
      values[last + 3] += samples;
    } else this.#add(kind, start, end, samples, 0);
  }

  endFamily(hasMetrics: boolean): void {
    if (hasMetrics || this.#begin < 0) return this.#add(FAMILY_END, 0, 0, 0, 0);
    this.#parts.length = this.#begin;
    this.#fields.length = this.#beginFields;
    this.heads.pop();
  }

  samples(part: number): number {
    return this.#parts.values[part * STRIDE + 3];
  }

  kind(part: number): number {
    return this.#parts.values[part * STRIDE];
  }

  start(part: number): number {
    return this.#parts.values[part * STRIDE + 1];
  }

  end(part: number): number {
    return this.#parts.values[part * STRIDE + 2];
  }

  firstLine(part: number): number {
    return this.#parts.values[part * STRIDE + 3];
  }

  endLine(part: number): number {
    return this.#parts.values[part * STRIDE + 4];
  }

  #add(kind: number, start: number, end: number, firstLine: number, endLine: number): void {
    const parts = this.#parts;
    parts.push(kind);
    parts.push(start);
    parts.push(end);
    parts.push(firstLine);
    parts.push(endLine);
  }
}
