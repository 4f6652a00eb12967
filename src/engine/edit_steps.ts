import type { EditPlan } from "../aggregate/edit_plan.ts";
import { BACKSLASH, isEscaped } from "../exposition/bytes.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { SampleLine } from "./sample_line.ts";

/**
 * A literal, and after it the line from value `from` (-1: from its start) to value `to`; -2: none. A
 * `to` below -2 is a value of the target's labels: -3 is the first.
 */
export interface Step {
  literal: Uint8Array;
  from: number;
  to: number;
}

/** Offsets in `spans.labels` of the labels that have a value, in the line's order. */
export function valuesOf({ labels, labelCount }: SampleSpans): number[] {
  const values: number[] = [];
  for (let at = 0; at < labelCount * 4; at += 4) {
    if (labels[at + 3] > labels[at + 2]) values.push(at);
  }
  return values;
}

/** False when an escape in a value is none: the value is then written another way than it came. */
export function hasCanonicalValues({ bytes, spans: { labels, labelCount } }: SampleLine): boolean {
  for (let label = 0; label < labelCount * 4; label += 4) {
    for (let at = labels[label + 2]; at < labels[label + 3]; at++) {
      if (bytes[at] === BACKSLASH && !isEscaped(bytes[++at])) return false;
    }
  }
  return true;
}

/**
 * Where the pieces lie that stand before each value, and between the last one and the number, as
 * offsets from the line's start.
 */
export function piecesOf({ spans, start }: SampleLine, values: readonly number[]): [number, number][] {
  const ends = [start, ...values.map((at) => spans.labels[at + 3])];
  const starts = [...values.map((at) => spans.labels[at + 2]), spans.valueStart];
  return starts.map((to, index) => [ends[index] - start, to - start]);
}

/** The plan's key as steps: where it goes along with the line, one run takes many labels. */
export function stepsOf(
  line: SampleLine,
  plan: EditPlan,
  values: readonly number[],
  reads: readonly number[],
): Step[] {
  const { bytes, start, spans } = line;
  const steps: Step[] = [];
  let literal = plan.head;
  for (const label of plan.labels) {
    literal = joined(literal, label.prefix);
    if (label.ofTarget >= 0) {
      steps.push({ literal, from: -2, to: -3 - label.ofTarget });
      literal = EMPTY;
      continue;
    }
    const last = steps.at(-1);
    const next = last === undefined ? 0 : Math.max(last.to, -1) + 1;
    const value = label.literal === undefined
      ? values.indexOf(label.from * 4)
      : isRead(line, values[next], label.literal, reads)
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
    else if (last.to < 0) steps.push({ literal, from: value, to: value });
    else last.to = value;
    literal = EMPTY;
  }
  literal = joined(literal, plan.tail);
  if (literal.length > 0) steps.push({ literal, from: -2, to: -2 });
  return steps;
}

/** Whether the label at `at` has this value in all lines of the signature. */
function isRead(
  { bytes, spans: { labels } }: SampleLine,
  at: number | undefined,
  value: Uint8Array,
  reads: readonly number[],
): boolean {
  if (at === undefined || !reads.includes(at)) return false;
  return isSameList(bytes.subarray(labels[at + 2], labels[at + 3]), value);
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
