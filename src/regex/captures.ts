import { MAX_CAPTURE_ACTIONS, MAX_DFA_RESTARTS } from "../bounds.ts";
import { type Answer, type DfaMemory, NO, UNSURE, YES } from "./lazy_dfa.ts";
import { Closure } from "./closure.ts";
import {
  ALT,
  ALT_MATCH,
  BEGIN_TEXT,
  EMPTY_WIDTH,
  END_TEXT,
  isRune,
  MATCH,
  type Re2Program,
} from "./re2_program.ts";

const UNKNOWN = -1;
const NONE = -2;

/** Instructions from which the rest of the text can be matched, the next byte first. */
type Live = ReadonlySet<number>;

/*
 *   text:       / u s e r s / 4 2 / b a s k e t
 *   backward   ◀── which instructions can still lead to a match, at each byte
 *   forward    ──▶ of these, the first by priority; groups begin and end on the way
 */

/**
 * Finds the groups of a regex that matches whole texts only: those that a backtracking search finds
 * first, in linear time. Both walks go by tables that are filled as they are needed; see `LazyDfa`
 * for what happens when memory is used up.
 */
export class Captures {
  /** Where groups begin and end in the bytes that matched last; -1 for one that took no part. */
  readonly groups: Int32Array;
  readonly #program: Re2Program;
  readonly #memory: DfaMemory;
  readonly #closure: Closure;
  /** Where the forward walk can be: at the start, or after an instruction that takes a byte. */
  readonly #places: readonly number[];
  readonly #placeOf: ReadonlyMap<number, number>;
  readonly #runes: readonly number[];
  /** By state and class of bytes: the state one byte before. State 0 is that of the text's end. */
  #before = new Int32Array(0);
  /** By state and place: the next place and, above PLACE_BITS, what groups begin or end. */
  #actions = new Int32Array(0);
  #states: Live[] = [];
  #numbers = new Map<string, number>();
  #slots: (readonly number[])[] = [];
  #trail = new Int32Array(256);
  #bytes = 0;
  #restarts = 0;

  constructor(program: Re2Program, memory: DfaMemory) {
    this.#program = program;
    this.#memory = memory;
    this.#closure = new Closure(program);
    this.groups = new Int32Array(program.slots);
    this.#runes = [...program.op.keys()].filter((at) => isRune(program.op[at]));
    const after = new Set(this.#runes.map((at) => program.out[at]));
    this.#places = [program.start, ...after];
    this.#placeOf = new Map([...after].map((at, index) => [at, index + 1]));
    this.#restart();
  }

  match(bytes: Uint8Array, start: number, end: number): Answer {
    if (this.#restarts > MAX_DFA_RESTARTS || this.#states.length === 0) return UNSURE;
    const { classes, classCount } = this.#program;
    if (this.#trail.length <= end - start) this.#trail = new Int32Array((end - start) * 2);
    const trail = this.#trail;
    let before = this.#before;
    let state = trail[end - start] = 0;
    for (let at = end - 1; at >= start; at--) {
      const byteClass = classes[bytes[at]];
      if (byteClass === 0) return UNSURE;
      let next = before[state * classCount + byteClass];
      if (next < 0) {
        if (next === UNKNOWN) next = this.#stepBack(state, byteClass);
        if (next < 0) return this.#states.length === 0 ? this.#giveUp() : NO;
        before = this.#before;
      }
      trail[at - start] = state = next;
    }
    return this.#walk(trail, start, end);
  }

  #walk(trail: Int32Array, start: number, end: number): Answer {
    const { groups } = this;
    groups.fill(-1);
    const places = this.#places.length;
    let place = 0;
    for (let at = start; at <= end; at++) {
      const state = trail[at - start];
      let action = this.#actions[state * places + place];
      if (action === UNKNOWN) action = this.#act(state, place);
      if (action < 0) return action === NONE ? NO : UNSURE;
      const slots = action >>> PLACE_BITS;
      if (slots !== 0) { for (const slot of this.#slots[slots]) groups[slot] = at; }
      place = action & PLACE_MASK;
    }
    groups[0] = start;
    groups[1] = end;
    return YES;
  }

  /** NONE when no match can be; no state is left when there was no memory for another. */
  #stepBack(state: number, byteClass: number): number {
    const { takes, out, classCount } = this.#program;
    const flags = state === 0 ? END_TEXT : 0;
    const after = this.#states[state];
    const live = this.#runes.filter((at) =>
      takes[byteClass].has(at) &&
      this.#closure.reached([out[at]], flags).some((reached) => after.has(reached))
    );
    const next = live.length === 0 ? NONE : this.#stateOf(live);
    if (this.#states.length > 0) this.#before[state * classCount + byteClass] = next;
    return next;
  }

  #stateOf(live: readonly number[]): number {
    const key = live.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const bytes = 4 * (this.#program.classCount + this.#places.length) + 48 * live.length;
    if (!this.#memory.take(bytes)) {
      this.#states = [];
      return NONE;
    }
    this.#bytes += bytes;
    const state = this.#states.length;
    this.#states.push(new Set(live));
    this.#numbers.set(key, state);
    this.#before = reserved(this.#before, (state + 1) * this.#program.classCount);
    this.#actions = reserved(this.#actions, (state + 1) * this.#places.length);
    return state;
  }

  #act(state: number, place: number): number {
    const flags = (state === 0 ? END_TEXT : 0) | (place === 0 ? BEGIN_TEXT : 0);
    const slots: number[] = [];
    const found = this.#closure.first(this.#places[place], flags, this.#states[state], slots);
    let action = NONE;
    if (found >= 0) {
      const number = slots.length === 0 ? 0 : this.#numberOfSlots(slots);
      const next = this.#program.op[found] === MATCH
        ? 0
        : this.#placeOf.get(this.#program.out[found])!;
      if (number > MAX_CAPTURE_ACTIONS) return UNKNOWN;
      action = number << PLACE_BITS | next;
    }
    return this.#actions[state * this.#places.length + place] = action;
  }

  #numberOfSlots(slots: readonly number[]): number {
    const key = slots.join();
    const known = this.#slots.findIndex((other) => other.join() === key);
    return known >= 0 ? known : this.#slots.push(slots) - 1;
  }

  #giveUp(): Answer {
    this.#restarts++;
    this.#restart();
    return UNSURE;
  }

  #restart(): void {
    this.#memory.give(this.#bytes);
    this.#bytes = 0;
    this.#states = [];
    this.#numbers = new Map();
    this.#slots = [[]];
    this.#before.fill(UNKNOWN);
    this.#actions.fill(UNKNOWN);
    const { op } = this.#program;
    // A text's end has a state of its own, even where the same is live as elsewhere.
    this.#stateOf([...op.keys()].filter((at) => op[at] === MATCH));
  }
}

const PLACE_BITS = 12;
const PLACE_MASK = (1 << PLACE_BITS) - 1;

function reserved(table: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= table.length) return table;
  const grown = new Int32Array(Math.max(length, table.length * 2)).fill(UNKNOWN);
  grown.set(table);
  return grown;
}

/** True when each match of the program begins and ends where the text does. */
export function matchesWhole(program: Re2Program): boolean {
  const { op, out, arg, start } = program;
  const isStep = (at: number) => isRune(op[at]) || op[at] === MATCH;
  if (new Closure(program).reached([start], END_TEXT).some(isStep)) return false;
  // No way to a match without the assertion that the text ends.
  const seen = new Set<number>();
  const open = [start];
  while (open.length > 0) {
    const at = open.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    if (op[at] === MATCH) return false;
    if (op[at] === EMPTY_WIDTH && arg[at] === END_TEXT) continue;
    if (op[at] === ALT || op[at] === ALT_MATCH) open.push(arg[at]);
    open.push(out[at]);
  }
  return true;
}
