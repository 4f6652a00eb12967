import { CHAIN_COUNT, CHAINS, TEMPLATES, TEMPLATES_END } from "./layout";

/** Behind the last template. */
let used: usize = TEMPLATES;

/** The first and the last shape. */
export let firstShape: usize = 0;
let lastShape: usize = 0;

/** What a line of a shape looks like between the values of its labels. */
@unmanaged
export class Shape {
  next: usize;
  /** Labels that have a value. */
  values: u32;
  /** The line of this shape that was met last, as long as the input block lies there; else 0. */
  line: usize;
  /** What became of that one. */
  plan: usize;
  /** Behind these come, for each value, where it began and ended in that line (`SPAN_BYTES`),
   * for each piece its place and length (`PIECE_BYTES`), and the numbers of the values that are
   * read. */
  reads: u32;
  spans: usize;
  pieces: usize;
  readNumbers: usize;
}

export const SPAN_BYTES: u32 = 8;
export const PIECE_BYTES: u32 = 8;

/** A shape and the values that are read in its lines. */
@unmanaged
export class Signature {
  next: usize;
  shape: usize;
  hash: u32;
  plan: usize;
  /** Where the values lie, each behind its length in four bytes. */
  values: usize;
}

export const enum PlanKind {
  Gather,
  DroppedByRules,
  DroppedAsInvalid,
  DroppedByPolicy,
  Keep,
}

/** What becomes of the lines of a signature. */
@unmanaged
export class Plan {
  kind: u32;
  /** Number of the aggregate function. */
  fn: u32;
  isGaugeSum: u32;
  steps: u32;
  firstStep: usize;
  /** Lines that were taken so since TypeScript last asked, and the next plan with such lines. */
  taken: u32;
  nextTouched: usize;
}

/** A part of a series' key: a literal, and behind it a run of the line. */
@unmanaged
export class Step {
  literal: usize;
  literalLength: u32;
  /** The run begins with this value, or with the line (-1), and ends with the value `to`; -2: none. */
  from: i32;
  to: i32;
}

export function clearTemplates(): void {
  used = TEMPLATES;
  firstShape = lastShape = 0;
  memory.fill(CHAINS, 0, CHAIN_COUNT << 2);
}

/** Room for one template, or 0. 16 bytes more lie behind it. */
export function allocateTemplate(length: u32): usize {
  const at = used;
  const end = (at + length + 31) & ~15;
  if (end > TEMPLATES_END) return 0;
  used = end;
  return at;
}

/** Takes in a shape that TypeScript has put into memory. */
export function addShape(at: usize): void {
  const shape = changetype<Shape>(at);
  shape.next = 0;
  shape.line = 0;
  if (lastShape == 0) firstShape = at;
  else changetype<Shape>(lastShape).next = at;
  lastShape = at;
}

/** The input block is another one. */
export function forgetLines(): void {
  for (let at = firstShape; at != 0;) {
    const shape = changetype<Shape>(at);
    shape.line = 0;
    at = shape.next;
  }
}
