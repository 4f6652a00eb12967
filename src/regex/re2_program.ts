import type { RE2JS } from "re2js";
import { MAX_DFA_INSTRUCTIONS } from "../bounds.ts";

/** Kinds of instructions, as re2js numbers them. The others are lookbehind, which RE2 has not. */
export const ALT = 1;
export const ALT_MATCH = 2;
export const CAPTURE = 3;
export const EMPTY_WIDTH = 4;
export const FAIL = 5;
export const MATCH = 6;
export const NOP = 7;
const FIRST_RUNE = 8;
const LAST_RUNE = 11;

/** The two assertions that automata know, of those that `EMPTY_WIDTH` can state. */
export const BEGIN_TEXT = 4;
export const END_TEXT = 8;

/**
 * A regex as re2js has compiled it. This is no public interface of re2js, whose version is
 * therefore pinned, and nothing else reads it.
 */
export interface Re2Program {
  readonly start: number;
  readonly op: Uint8Array;
  /** Where it goes on. */
  readonly out: Int32Array;
  /** The second way of ALT, the slot of CAPTURE, the assertion of EMPTY_WIDTH. */
  readonly arg: Int32Array;
  /** Slots for groups' starts and ends, the whole match first. */
  readonly slots: number;
  /** The class of each byte; 0 for those that no automaton knows what to do about. */
  readonly classes: Uint8Array;
  readonly classCount: number;
  /** The instructions that take a byte of the class, one or more. */
  readonly takes: readonly ReadonlySet<number>[];
}

interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
}

interface Re2jsProgram {
  readonly inst: readonly Instruction[];
  readonly start: number;
  readonly numCap: number;
}

/** Returns the program, or undefined where it is too large or asserts more than the text's ends. */
export function programOf(regex: RE2JS): Re2Program | undefined {
  // deno-lint-ignore no-explicit-any
  const program = (regex.re2() as any).prog as Re2jsProgram;
  const { inst, start, numCap } = program;
  if (inst.length > MAX_DFA_INSTRUCTIONS || !inst.every(isKnown)) return undefined;
  return {
    start,
    op: Uint8Array.from(inst, ({ op }) => op),
    out: Int32Array.from(inst, ({ out }) => out),
    arg: Int32Array.from(inst, ({ arg }) => arg),
    slots: numCap,
    ...classesOf(inst),
  };
}

export function isRune(op: number): boolean {
  return op >= FIRST_RUNE && op <= LAST_RUNE;
}

function isKnown({ op, arg }: Instruction): boolean {
  if (op === EMPTY_WIDTH) return arg === BEGIN_TEXT || arg === END_TEXT;
  return op >= ALT && op <= LAST_RUNE;
}

const BACKSLASH = 0x5c;

/**
 * Bytes that all instructions treat alike are of one class. A backslash may begin an escape, and
 * what is not ASCII is a part of a letter: these are left to re2js.
 */
function classesOf(inst: readonly Instruction[]) {
  const runes = [...inst.keys()].filter((at) => isRune(inst[at].op));
  const classes = new Uint8Array(256);
  const takes: ReadonlySet<number>[] = [new Set()];
  const known = new Map<string, number>();
  for (let byte = 0; byte < 128; byte++) {
    if (byte === BACKSLASH) continue;
    const takers = runes.filter((at) => inst[at].matchRune(byte));
    const key = takers.join();
    let number = known.get(key);
    if (number === undefined) {
      known.set(key, number = takes.length);
      takes.push(new Set(takers));
    }
    classes[byte] = number;
  }
  return { classes, classCount: takes.length, takes };
}
