import { AGGREGATE_FUNCTIONS } from "../aggregate/aggregate_function.ts";
import type { EditPlan } from "../aggregate/edit_plan.ts";
import type { Planned } from "../aggregate/plan_cache.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { Decision } from "../policy/policy_set.ts";
import type { Kernel } from "./kernel.ts";

/** What the kernel does with a signature's lines: beside what rules say, keep or drop them as they are. */
export type Outcome = Planned | "keep" | "policy";

/** One line that TypeScript has taken, and what became of it. */
export interface LearntLine {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly spans: SampleSpans;
  /** Offsets in `spans.labels` of the labels whose values are part of the signature. */
  readonly reads: readonly number[];
  readonly outcome: Outcome;
  /** Counts the lines. */
  readonly decision: Decision | undefined;
}

/** Shapes are tried one after another. */
const MAX_SHAPES = 16;
/** Of one plan; more would not fit where the kernel puts keys. */
const MAX_STEPS = 64;
const MAX_LITERAL_BYTES = 65_536;

const SHAPE_BYTES = 32;
const SIGNATURE_BYTES = 20;
const PLAN_BYTES = 28;
const GATHER = 0;
/** Numbers of the other kinds of plans in `assembly/templates.ts`. */
const KINDS: Readonly<Record<Exclude<Outcome, EditPlan>, number>> = {
  rule: 1,
  no_name: 2,
  bad_name: 2,
  duplicate_label: 2,
  policy: 3,
  keep: 4,
};

interface Shape {
  readonly at: number;
  readonly pieces: readonly Uint8Array[];
  /** Numbers of the values that are read. */
  readonly reads: readonly number[];
}

/** A literal, and behind it the line from value `from` (-1: from its start) to value `to`. */
interface Step {
  literal: Uint8Array;
  from: number;
  to: number;
}

/**
 * Teaches the kernel the lines of a scrape. A line is a row of values, one for each label that has
 * one, between pieces of text. Another line with the same pieces, and without escapes in its values,
 * is read by `scanSample` just alike, however it is spelt: so the kernel needs no grammar of its own.
 */
export class LineTemplates {
  readonly #kernel: Kernel;
  #shapes: Shape[] = [];
  readonly #decisions = new Map<number, Decision>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.clear();
  }

  /** Adds the lines that the kernel took to the decisions that they got. */
  countDecisions(): void {
    this.#kernel.eachTouchedPlan((plan, lines) => {
      const decision = this.#decisions.get(plan);
      if (decision !== undefined) decision.samples += lines;
    });
  }

  /** Forgets everything. What the kernel has counted has to be taken away before. */
  clear(): void {
    this.#shapes = [];
    this.#decisions.clear();
    this.#kernel.exports.clearTemplates();
  }

  /**
   * Lets the kernel take lines with this one's signature. Returns false when there is no room for
   * another template: then all are to be cleared.
   */
  learn(line: LearntLine): boolean {
    const values = valuesOf(line);
    const plan = this.#putPlan(line, values);
    if (plan === 0) return false;
    if (line.decision !== undefined) this.#decisions.set(plan, line.decision);
    const shape = this.#shapeOf(line, values);
    return shape !== undefined && this.#putSignature(line, shape, values, plan);
  }

  #shapeOf(line: LearntLine, values: readonly number[]): Shape | undefined {
    const pieces = piecesOf(line, values);
    const reads = line.reads.map((label) => values.indexOf(label)).sort((a, b) => a - b);
    const known = this.#shapes.find((shape) =>
      isSameList(shape.reads, reads) && shape.pieces.length === pieces.length &&
      shape.pieces.every((piece, index) => isSameList(piece, pieces[index]))
    );
    if (known !== undefined) return known;
    if (this.#shapes.length >= MAX_SHAPES) return undefined;
    const at = this.#putShape(pieces, reads);
    if (at === 0) return undefined;
    const shape = { at, pieces, reads };
    this.#shapes.push(shape);
    return shape;
  }

  #putShape(pieces: readonly Uint8Array[], reads: readonly number[]): number {
    const values = pieces.length - 1;
    const spansAt = SHAPE_BYTES;
    const piecesAt = spansAt + values * 8;
    const readsAt = piecesAt + pieces.length * 8;
    const at = this.#kernel.exports.allocateTemplate(readsAt + reads.length * 4);
    const places = pieces.map((piece) => this.#putBytes(piece));
    if (at === 0 || places.includes(0)) return 0;
    const { view } = this.#kernel;
    [0, values, 0, 0, reads.length, at + spansAt, at + piecesAt, at + readsAt]
      .forEach((field, index) => view.setUint32(at + index * 4, field, true));
    pieces.forEach((piece, index) => {
      view.setUint32(at + piecesAt + index * 8, places[index], true);
      view.setUint32(at + piecesAt + index * 8 + 4, piece.length, true);
    });
    reads.forEach((value, index) => view.setUint32(at + readsAt + index * 4, value, true));
    this.#kernel.exports.addShape(at);
    return at;
  }

  #putSignature(
    line: LearntLine,
    shape: Shape,
    values: readonly number[],
    plan: number,
  ): boolean {
    const { labels } = line.spans;
    const texts = shape.reads.map((value) =>
      line.bytes.subarray(labels[values[value] + 2], labels[values[value] + 3])
    );
    const length = texts.reduce((sum, text) => sum + 4 + text.length, 0);
    const at = this.#kernel.exports.allocateTemplate(SIGNATURE_BYTES + length);
    if (at === 0) return false;
    const { view, bytes } = this.#kernel;
    [0, shape.at, 0, plan, at + SIGNATURE_BYTES]
      .forEach((field, index) => view.setUint32(at + index * 4, field, true));
    let to = at + SIGNATURE_BYTES;
    for (const text of texts) {
      view.setUint32(to, text.length, true);
      bytes.set(text, to + 4);
      to += 4 + text.length;
    }
    this.#kernel.exports.addSignature(at);
    return true;
  }

  /** Returns where the plan lies; 0 when it cannot be had. */
  #putPlan(line: LearntLine, values: readonly number[]): number {
    const { outcome } = line;
    if (typeof outcome === "string") return this.#putFields([KINDS[outcome], 0, 0, 0, 0, 0, 0]);
    const steps = stepsOf(line, outcome, values);
    const literalBytes = steps.reduce((sum, { literal }) => sum + literal.length, 0);
    if (steps.length > MAX_STEPS || literalBytes > MAX_LITERAL_BYTES) return 0;
    const places = steps.map(({ literal }) => this.#putBytes(literal));
    const fields = steps.flatMap(({ literal, from, to }, index) => [
      places[index],
      literal.length,
      from,
      to,
    ]);
    const fn = AGGREGATE_FUNCTIONS.indexOf(outcome.fn);
    const plan = this.#putFields(
      [GATHER, fn, Number(outcome.isGaugeSum), steps.length, 0, 0, 0, ...fields],
    );
    if (plan === 0 || places.includes(0)) return 0;
    this.#kernel.view.setUint32(plan + 16, plan + PLAN_BYTES, true);
    return plan;
  }

  #putFields(fields: readonly number[]): number {
    const at = this.#kernel.exports.allocateTemplate(fields.length * 4);
    if (at === 0) return 0;
    const { view } = this.#kernel;
    fields.forEach((field, index) => view.setInt32(at + index * 4, field, true));
    return at;
  }

  #putBytes(bytes: Uint8Array): number {
    const at = this.#kernel.exports.allocateTemplate(bytes.length);
    if (at !== 0) this.#kernel.bytes.set(bytes, at);
    return at;
  }
}

/** Offsets in `spans.labels` of the labels that have a value, in the line's order. */
function valuesOf({ spans: { labels, labelCount } }: LearntLine): number[] {
  const values: number[] = [];
  for (let at = 0; at < labelCount * 4; at += 4) {
    if (labels[at + 3] > labels[at + 2]) values.push(at);
  }
  return values;
}

/** What stands before each value, and between the last one and the number. */
function piecesOf({ bytes, start, spans }: LearntLine, values: readonly number[]): Uint8Array[] {
  const ends = [start, ...values.map((at) => spans.labels[at + 3])];
  const starts = [...values.map((at) => spans.labels[at + 2]), spans.valueStart];
  return starts.map((to, index) => bytes.slice(ends[index], to));
}

/** The plan's key as steps: where it goes along with the line, one run takes many labels. */
function stepsOf(line: LearntLine, plan: EditPlan, values: readonly number[]): Step[] {
  const { bytes, start, spans } = line;
  const steps: Step[] = [];
  let literal = plan.head;
  for (const label of plan.labels) {
    literal = joined(literal, label.prefix);
    const last = steps.at(-1);
    const next = last === undefined ? 0 : last.to + 1;
    const value = label.literal === undefined
      ? values.indexOf(label.from * 4)
      : isRead(line, values[next], label.literal)
      ? next
      : -1;
    if (value < 0) {
      literal = joined(literal, label.literal!);
      continue;
    }
    const before = value === 0 ? start : spans.labels[values[value - 1] + 3];
    const between = bytes.subarray(before, spans.labels[values[value] + 2]);
    if (value !== next || !isSameList(between, literal)) {
      steps.push({ literal, from: value, to: value });
    } else if (last === undefined) steps.push({ literal: EMPTY, from: -1, to: value });
    else last.to = value;
    literal = EMPTY;
  }
  literal = joined(literal, plan.tail);
  if (literal.length > 0) steps.push({ literal, from: -2, to: -2 });
  return steps;
}

/** Whether the label at `at` has this value in all lines of the signature. */
function isRead(line: LearntLine, at: number | undefined, value: Uint8Array): boolean {
  if (at === undefined || !line.reads.includes(at)) return false;
  const { labels } = line.spans;
  return isSameList(line.bytes.subarray(labels[at + 2], labels[at + 3]), value);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function isSameList(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const EMPTY = new Uint8Array(0);
