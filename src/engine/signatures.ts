import { MANY_PLANS } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { typeNumber } from "../exposition/family_type.ts";
import { memoryBounds, type SignatureBounds } from "../memory_bounds.ts";
import type { SampleLine } from "./sample_line.ts";

/** What a line's signature is made of, for all lines of one shape. */
export interface ShapeReads {
  /** Offsets in `spans.labels` of labels whose values are part of it; -1 - i: of the target. */
  readonly fields: readonly number[];
  /** Puts what is observed of a line, in place of values. */
  readonly observe?: (key: LineBuffer, line: SampleLine) => void;
}

/**
 * What is known of lines by their signature. A line's shape is its name, the family that it belongs
 * to, and which labels it has; its signature is the shape and the values that anything reads. Lines
 * in a row mostly have one shape, which is then only compared. Emptied whole when it is full.
 */
export class Signatures<Shape extends ShapeReads, Known> {
  readonly #bounds: SignatureBounds;
  readonly #shapes: ByteTable;
  #shapeEntries: Shape[] = [];
  readonly #signatures: ByteTable;
  #known: Known[] = [];
  readonly #shapeKey = new LineBuffer();
  readonly #lastKey = new LineBuffer();
  #lastShape = -1;
  readonly #key = new LineBuffer();
  readonly #makeShape: (line: SampleLine) => Shape;

  /** `makeShape` works out what the lines of a new shape read. */
  constructor(
    makeShape: (line: SampleLine) => Shape,
    bounds: SignatureBounds = memoryBounds.signatures,
  ) {
    this.#makeShape = makeShape;
    this.#bounds = bounds;
    this.#shapes = new ByteTable(bounds.signatures, bounds.bytes);
    this.#signatures = new ByteTable(bounds.signatures, bounds.bytes);
  }

  /** True when so many signatures are known that a label with many values must be read. */
  get hasMany(): boolean {
    return this.#signatures.size >= this.#bounds.signatures * MANY_PLANS;
  }

  /** The shape of the line. */
  shapeOf(line: SampleLine): Shape {
    this.#putShape(line);
    const key = this.#shapeKey;
    const last = this.#lastKey;
    if (this.#lastShape >= 0 && isSame(key, last)) return this.#shapeEntries[this.#lastShape];
    let number = this.#shapes.find(key.bytes, 0, key.length);
    if (number < 0) {
      const shape = this.#makeShape(line);
      if (!this.#shapes.hasRoom(key.length)) this.clear();
      number = this.#shapes.add(key.bytes, 0, key.length);
      this.#shapeEntries[number] = shape;
    }
    last.reset();
    last.put(key.bytes, 0, key.length);
    this.#lastShape = number;
    return this.#shapeEntries[number];
  }

  /** What is known of lines with this one's signature; `shape` is its shape, looked up just now. */
  find(shape: Shape, line: SampleLine): Known | undefined {
    this.#putSignature(shape, line);
    const number = this.#signatures.find(this.#key.bytes, 0, this.#key.length);
    return number < 0 ? undefined : this.#known[number];
  }

  /** Remembers it of lines with this one's signature; `shape` is its shape, looked up just now. */
  add(known: Known, shape: Shape, line: SampleLine): void {
    this.#putSignature(shape, line);
    if (!this.#signatures.hasRoom(this.#key.length)) {
      this.clear();
      this.#putSignature(this.shapeOf(line), line);
    }
    this.#known[this.#signatures.add(this.#key.bytes, 0, this.#key.length)] = known;
  }

  clear(): void {
    this.#shapes.clear();
    this.#shapeEntries = [];
    this.#lastShape = -1;
    this.#signatures.clear();
    this.#known = [];
  }

  #putSignature({ fields, observe }: Shape, line: SampleLine): void {
    const key = this.#key;
    key.reset();
    key.putNumber(this.#lastShape);
    observe?.(key, line);
    const { labels } = line.spans;
    for (const at of fields) {
      if (at >= 0) key.putField(line.bytes, labels[at + 2], labels[at + 3]);
      else {
        const value = line.ofTarget.values[-1 - at];
        key.putField(value, 0, value.length);
      }
    }
  }

  #putShape({ bytes, spans, ofTarget, family }: SampleLine): void {
    const { labels, labelCount, nameStart, nameEnd } = spans;
    const key = this.#shapeKey;
    key.reset();
    // A native histogram is planned apart from what else has its name.
    key.putByte(typeNumber(family?.type) << 1 | Number(spans.isComposite));
    // A sample's name and its family's differ by a suffix, whose length tells the family.
    key.putNumber(family === undefined ? 0 : family.name.length + 1);
    key.putByte(labelCount & 255);
    key.putField(bytes, nameStart, nameEnd);
    for (let at = 0; at < labelCount * 4; at += 4) {
      // An empty label is an absent one.
      key.putByte(Number(labels[at + 2] === labels[at + 3]));
      key.putField(bytes, labels[at], labels[at + 1]);
    }
    key.putText(ofTarget.layout);
    if (family?.help !== undefined) key.putText(`\0${family.help}`);
    if (family?.unit !== undefined) key.putText(`\n\0${family.unit}`);
  }
}

function isSame(a: LineBuffer, b: LineBuffer): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a.bytes[at] !== b.bytes[at]) return false;
  return true;
}
