import type { EditPlan } from "../aggregate/edit_plan.ts";
import { BACKSLASH, equalBytes, isEscaped, NEWLINE } from "../exposition/bytes.ts";
import type { LineBuffer } from "../exposition/line_buffer.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import type { SampleLine } from "./sample_line.ts";

/**
 * A literal (where it lies among all of them), and after it the line from value `from` (-1: from its
 * start) to value `to`; -2: none. A `to` below -2 is a value of the target's labels: -3 is the first.
 */
export interface Step {
  readonly start: number;
  readonly end: number;
  readonly from: number;
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

/**
 * False when an escape in a value is none, or a newline is no escape: the value is then written another
 * way than it came.
 */
export function hasCanonicalValues({ bytes, spans: { labels, labelCount } }: SampleLine): boolean {
  for (let label = 0; label < labelCount * 4; label += 4) {
    for (let at = labels[label + 2]; at < labels[label + 3]; at++) {
      if (bytes[at] === NEWLINE) return false;
      if (bytes[at] === BACKSLASH && !isEscaped(bytes[++at])) return false;
    }
  }
  return true;
}

/**
 * Where the pieces lie that stand before each value, and between the last one and the number, as
 * offsets from the line's start.
 */
export function piecesOf(
  { spans, start }: SampleLine,
  values: readonly number[],
): [number, number][] {
  const pieces: [number, number][] = [];
  let from = start;
  for (const at of values) {
    pieces.push([from - start, spans.labels[at + 2] - start]);
    from = spans.labels[at + 3];
  }
  pieces.push([from - start, spans.valueStart - start]);
  return pieces;
}

/**
 * The plan's key as steps: where it goes along with the line, one run takes many labels. Literals lie
 * in `literals`, one after the other.
 */
export function stepsOf(
  line: SampleLine,
  plan: EditPlan,
  values: readonly number[],
  reads: readonly number[],
  literals: LineBuffer,
): Step[] {
  const { start, spans } = line;
  const steps: Step[] = [];
  literals.reset();
  let from = 0;
  const step = (begin: number, to: number) => {
    steps.push({ start: from, end: literals.length, from: begin, to });
    from = literals.length;
  };
  literals.put(plan.head, 0, plan.head.length);
  for (const label of plan.labels) {
    literals.put(label.prefix, 0, label.prefix.length);
    if (label.ofTarget >= 0) {
      step(-2, -3 - label.ofTarget);
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
      literals.put(label.literal!, 0, label.literal!.length);
      continue;
    }
    const before = value === 0 ? start : spans.labels[values[value - 1] + 3];
    const isSame = value === next && (last === undefined || last.to >= 0) &&
      isWritten(line, before, spans.labels[values[value] + 2], literals, from);
    if (!isSame) step(value, value);
    else {
      // What the line has there itself.
      literals.length = from;
      if (last === undefined) step(-1, value);
      else last.to = value;
    }
  }
  literals.put(plan.tail, 0, plan.tail.length);
  if (literals.length > from) step(-2, -2);
  return steps;
}

/** Whether the literal from `from` on is what the line has in `[start, end)`. */
function isWritten(
  { bytes }: SampleLine,
  start: number,
  end: number,
  literals: LineBuffer,
  from: number,
): boolean {
  if (end - start !== literals.length - from) return false;
  for (let i = 0; i < end - start; i++) {
    if (bytes[start + i] !== literals.bytes[from + i]) return false;
  }
  return true;
}

/** Whether the label at `at` has this value in all lines of the signature. */
function isRead(
  { bytes, spans: { labels } }: SampleLine,
  at: number | undefined,
  value: Uint8Array,
  reads: readonly number[],
): boolean {
  if (at === undefined || !reads.includes(at)) return false;
  return equalBytes(bytes, labels[at + 2], labels[at + 3], value);
}
