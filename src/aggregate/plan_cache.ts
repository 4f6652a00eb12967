import { MANY_PLANS, MAX_PLAN_BYTES, MAX_PLANS } from "../bounds.ts";
import { isBoundLabel } from "../exposition/bound_label.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import { equalBytes } from "../exposition/bytes.ts";
import { decodeQuoted } from "../exposition/text.ts";
import type { Family } from "../exposition/families.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { Observations, Places } from "../relabel/observations.ts";
import type { EditPlan } from "./edit_plan.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { NO_TARGET_LABELS, type TargetLabels } from "./target_labels.ts";

/** Why a sample is not in the output: a rule dropped it, or left it without a valid name. */
export type DropReason = "rule" | "no_name" | "bad_name" | "duplicate_label";

export type Planned = EditPlan | DropReason;

/** Remembered plans, and bytes of their signatures, which one signature must not exceed. */
export interface PlanBounds {
  readonly plans: number;
  readonly bytes: number;
}

const DEFAULT_BOUNDS: PlanBounds = { plans: MAX_PLANS, bytes: MAX_PLAN_BYTES };

/** Labels beyond this that rules turn out to read make all labels count as read. */
const MAX_FOUND_READS = 64;

/**
 * Plans by signature. A line's shape is its name, its family's type, and which labels it has; its
 * signature is the shape and the values of those labels that rules read. Neighbouring lines mostly
 * have one shape, which is then only compared. Emptied whole when it is full.
 *
 * When many plans are there (`MANY_PLANS`), a label with many values is read: from then on, what
 * rules find in values takes their place in signatures, where that is enough.
 */
export class PlanCache {
  /** Rises when signatures take in more labels. */
  version = 0;
  readonly #shapes: ByteTable;
  /**
   * By shape: offsets in `spans.labels` of the labels whose values are read, and, as -1 - i,
   * numbers of such labels of the target.
   */
  #readsOf: number[][] = [];
  /** By shape: those of them whose values are part of the signature as they are. */
  #fieldsOf: number[][] = [];
  /** By shape: where what is observed stands; undefined where nothing is. */
  #placesOf: (Places | undefined)[] = [];
  readonly #signatures: ByteTable;
  #plans: Planned[] = [];
  /** The last line's shape, its number, and the signature. */
  readonly #shape = new LineBuffer();
  #shapeLabelsEnd = 0;
  #shapeNumber = -1;
  #shapeType: FamilyType | undefined;
  #shapeTarget = "";
  readonly #key = new LineBuffer();
  /** Labels whose values are part of the signature, as bytes; undefined: all of them. */
  #reads: Uint8Array[] | undefined = [];
  readonly #readNames = new Set<string>();
  readonly #mostReads: number;
  #observations: Observations | undefined;
  #observes = false;
  readonly #manyPlans: number;

  /** `reads`: the labels that rules are known to read. */
  constructor(
    reads: Iterable<string>,
    bounds: PlanBounds = DEFAULT_BOUNDS,
    observations?: Observations,
  ) {
    this.#observations = observations !== undefined && observations.labels.size > 0
      ? observations
      : undefined;
    this.#manyPlans = bounds.plans * MANY_PLANS;
    this.#shapes = new ByteTable(bounds.plans, bounds.bytes);
    this.#signatures = new ByteTable(bounds.plans, bounds.bytes);
    const names = [...reads];
    this.#mostReads = names.length + MAX_FOUND_READS;
    for (const name of names) this.#addRead(name);
  }

  /** What is known of the line that `spans` lie in; `family` is the one that it belongs to. */
  find(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    ofTarget: TargetLabels = NO_TARGET_LABELS,
  ): Planned | undefined {
    this.#putSignature(bytes, spans, family, ofTarget);
    const known = this.#signatures.find(this.#key.bytes, 0, this.#key.length);
    return known < 0 ? undefined : this.#plans[known];
  }

  /** Remembers what becomes of the lines with this one's signature. */
  add(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    planned: Planned,
    ofTarget: TargetLabels = NO_TARGET_LABELS,
  ): void {
    this.#putSignature(bytes, spans, family, ofTarget);
    if (this.#mayObserve && this.#signatures.size >= this.#manyPlans) return this.#observe();
    if (!this.#signatures.hasRoom(this.#key.length)) {
      this.#clear();
      this.#putSignature(bytes, spans, family, ofTarget);
    }
    this.#plans[this.#signatures.add(this.#key.bytes, 0, this.#key.length)] = planned;
  }

  /** Offsets in `spans.labels` of the labels whose values are part of the line's signature. */
  readsOf(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): readonly number[] {
    this.#putSignature(bytes, spans, family, NO_TARGET_LABELS);
    return this.#readsOf[this.#shapeNumber];
  }

  /** What is observed of the lines of the last one's shape; undefined where nothing is. */
  get observed(): Observations | undefined {
    return this.#placesOf[this.#shapeNumber] === undefined ? undefined : this.#observations;
  }

  /** Whether the values of the label whose name lies at `[start, end)` are part of signatures. */
  isRead(bytes: Uint8Array, start: number, end: number, type: FamilyType | undefined): boolean {
    if (this.#reads === undefined) return true;
    if (this.#reads.some((name) => equalBytes(bytes, start, end, name))) return true;
    return (equalBytes(bytes, start, end, LE) && isBoundLabel("le", type)) ||
      (equalBytes(bytes, start, end, QUANTILE) && isBoundLabel("quantile", type));
  }

  /** The same for a name that is no part of the line. */
  isNameRead(name: string, type: FamilyType | undefined): boolean {
    const bytes = encoder.encode(name);
    return this.isRead(bytes, 0, bytes.length, type);
  }

  /** Takes labels that were read unforeseen into all signatures. */
  learn(names: readonly string[]): void {
    for (const name of names) this.#addRead(name);
    // A value that was to be observed only was read in another way.
    if (names.some((name) => this.#observations?.labels.has(name))) this.#observations = undefined;
    this.version++;
    this.#clear();
  }

  get #mayObserve(): boolean {
    return !this.#observes && this.#observations !== undefined;
  }

  #observe(): void {
    this.#observes = true;
    this.version++;
    this.#clear();
  }

  #putSignature(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    ofTarget: TargetLabels,
  ): void {
    if (ofTarget.layout !== this.#shapeTarget || !this.#isLastShape(bytes, spans, family)) {
      this.#enterShape(bytes, spans, family, ofTarget);
    }
    const key = this.#key;
    key.reset();
    key.putNumber(this.#shapeNumber);
    const places = this.#placesOf[this.#shapeNumber];
    if (places !== undefined) this.#observations!.put(key, bytes, spans, places);
    for (const at of this.#fieldsOf[this.#shapeNumber]) {
      if (at >= 0) key.putField(bytes, spans.labels[at + 2], spans.labels[at + 3]);
      else key.putField(ofTarget.values[-1 - at], 0, ofTarget.values[-1 - at].length);
    }
  }

  #isLastShape(bytes: Uint8Array, spans: SampleSpans, family: Family | undefined): boolean {
    const { labels, labelCount, nameStart, nameEnd } = spans;
    const shape = this.#shape.bytes;
    if (this.#shapeNumber < 0 || this.#shapeType !== family?.type) return false;
    if (shape[1] !== suffixByte(spans, family) || shape[2] !== (labelCount & 255)) return false;
    let at = matchField(shape, 3, bytes, nameStart, nameEnd);
    for (let label = 0; label < labelCount * 4 && at >= 0; label += 4) {
      if (shape[at] !== Number(labels[label + 2] === labels[label + 3])) return false;
      at = matchField(shape, at + 1, bytes, labels[label], labels[label + 1]);
    }
    return at === this.#shapeLabelsEnd;
  }

  #enterShape(
    bytes: Uint8Array,
    spans: SampleSpans,
    family: Family | undefined,
    ofTarget: TargetLabels,
  ): void {
    const { labels, labelCount } = spans;
    const shape = this.#shape;
    this.#shapeType = family?.type;
    this.#shapeTarget = ofTarget.layout;
    shape.reset();
    shape.putByte(TYPES.indexOf(family?.type));
    shape.putByte(suffixByte(spans, family));
    shape.putByte(labelCount & 255);
    shape.putField(bytes, spans.nameStart, spans.nameEnd);
    for (let at = 0; at < labelCount * 4; at += 4) {
      shape.putByte(Number(labels[at + 2] === labels[at + 3]));
      shape.putField(bytes, labels[at], labels[at + 1]);
    }
    this.#shapeLabelsEnd = shape.length;
    shape.putText(ofTarget.layout);
    this.#shapeNumber = this.#shapes.find(shape.bytes, 0, shape.length);
    if (this.#shapeNumber >= 0) return;
    if (!this.#shapes.hasRoom(shape.length)) this.#clear();
    this.#shapeNumber = this.#shapes.add(shape.bytes, 0, shape.length);
    const reads: number[] = [];
    for (let at = 0; at < labelCount * 4; at += 4) {
      // An empty label is an absent one.
      if (labels[at + 2] === labels[at + 3]) continue;
      if (this.isRead(bytes, labels[at], labels[at + 1], family?.type)) reads.push(at);
    }
    for (const [index, name] of ofTarget.names.entries()) {
      if (this.isNameRead(name, family?.type)) reads.push(-1 - index);
    }
    this.#readsOf[this.#shapeNumber] = reads;
    this.#enterPlaces(bytes, spans, family?.type, ofTarget);
  }

  /** Observes the shape's lines, unless its values are not read as they stand there. */
  #enterPlaces(
    bytes: Uint8Array,
    spans: SampleSpans,
    type: FamilyType | undefined,
    ofTarget: TargetLabels,
  ): void {
    const shape = this.#shapeNumber;
    const observations = this.#observes ? this.#observations : undefined;
    const isObserved = observations !== undefined && this.#reads !== undefined &&
      ofTarget.names.length === 0 &&
      ![...observations.labels].some((name) => isBoundLabel(name, type));
    this.#placesOf[shape] = isObserved ? observations.placesIn(bytes, spans) : undefined;
    this.#fieldsOf[shape] = !isObserved
      ? this.#readsOf[shape]
      : this.#readsOf[shape].filter((at) =>
        !observations.labels.has(decodeQuoted(bytes, spans.labels[at], spans.labels[at + 1]))
      );
  }

  #addRead(name: string): void {
    if (name === "__name__" || this.#reads === undefined || this.#readNames.has(name)) return;
    this.#readNames.add(name);
    // A name that a line may write in more than one way is not told by its bytes.
    const isEscapable = /[\\"\n\ufffd]/.test(name);
    if (this.#readNames.size > this.#mostReads || isEscapable) this.#reads = undefined;
    else this.#reads.push(encoder.encode(name));
  }

  #clear(): void {
    this.#shapes.clear();
    this.#readsOf = [];
    this.#fieldsOf = [];
    this.#placesOf = [];
    this.#shapeNumber = -1;
    this.#signatures.clear();
    this.#plans = [];
  }
}

const TYPES: readonly (FamilyType | undefined)[] = [
  undefined,
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
  "untyped",
];

const encoder = new TextEncoder();
const LE = encoder.encode("le");
const QUANTILE = encoder.encode("quantile");

/** A sample's name and its family's differ by a suffix, whose length tells the family. */
function suffixByte(spans: SampleSpans, family: Family | undefined): number {
  if (family === undefined) return 255;
  return Math.max(0, spans.nameEnd - spans.nameStart - family.name.length) & 127;
}

/**
 * The offset behind a field that `LineBuffer.putField` wrote at `at` if it is this one, else -1.
 */
function matchField(
  key: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const length = key[at] | key[at + 1] << 8 | key[at + 2] << 16;
  if (length !== end - start) return -1;
  for (let i = start, k = at + 3; i < end; i++, k++) {
    if (bytes[i] !== key[k]) return -1;
  }
  return at + 3 + length;
}
