import { MAX_DFA_BYTES, MAX_DFA_RESTARTS } from "../bounds.ts";
import { Closure } from "./closure.ts";
import { BEGIN_TEXT, EMPTY_WIDTH, END_TEXT, MATCH, type Re2Program } from "./re2_program.ts";

/** Entries of the table that are no states. */
const UNKNOWN = -1;
const DEAD = -2;
const MATCHED = -3;
const LEFT = -4;

/**
 * Says whether a regex matches somewhere in a text, by an automaton whose states are made when they
 * are first reached: sets of instructions that wait for the next byte. Forgets all when its memory is
 * used up, and gives up when that happens again and again.
 */
export class LazyDfa {
  readonly #program: Re2Program;
  readonly #memory: DfaMemory;
  readonly #closure: Closure;
  /** Entries a state has: one for each class of bytes, and whether the text may end there. */
  readonly #stride: number;
  readonly #matchesEmpty: boolean;
  /** What a match that begins after the first byte begins with. */
  readonly #later: readonly number[];
  #table = new Int32Array(0);
  #states: (readonly number[])[] = [];
  #numbers = new Map<string, number>();
  #start = LEFT;
  #bytes = 0;
  #restarts = 0;

  constructor(program: Re2Program, memory: DfaMemory) {
    this.#program = program;
    this.#memory = memory;
    const closure = this.#closure = new Closure(program);
    this.#stride = program.classCount + 1;
    this.#matchesEmpty = this.#matches(closure.reached([program.start], BEGIN_TEXT | END_TEXT));
    this.#later = this.#waiting(closure.reached([program.start], 0));
    this.#start = this.#firstState();
  }

  test(bytes: Uint8Array, start: number, end: number): Answer {
    if (start === end) return this.#matchesEmpty ? YES : NO;
    let state = this.#start;
    if (state < 0) return answerOf(state);
    const { classes } = this.#program;
    let table = this.#table;
    for (let at = start; at < end; at++) {
      const next = table[state + classes[bytes[at]]];
      if (next >= 0) {
        state = next;
        continue;
      }
      state = next === UNKNOWN ? this.#step(state, classes[bytes[at]]) : next;
      if (state < 0) return answerOf(state);
      table = this.#table;
    }
    return answerOf(table[state + this.#stride - 1]);
  }

  #firstState(): number {
    return this.#stateOf(this.#closure.reached([this.#program.start], BEGIN_TEXT));
  }

  #step(state: number, byteClass: number): number {
    const takes = this.#program.takes[byteClass];
    const after = this.#states[state / this.#stride].filter((at) => takes.has(at))
      .map((at) => this.#program.out[at]);
    const reached = this.#closure.reached(after, 0);
    const next = this.#stateOf([...reached, ...this.#later]);
    if (next !== LEFT) {
      this.#table[state + byteClass] = next;
      return next;
    }
    this.#restart();
    if (++this.#restarts > MAX_DFA_RESTARTS) return this.#start = LEFT;
    return this.#start < 0 ? LEFT : this.#stateOf([...reached, ...this.#later]);
  }

  /** The number of a state, or LEFT when there is no memory for it. */
  #stateOf(reached: readonly number[]): number {
    if (reached.some((at) => this.#program.op[at] === MATCH)) return MATCHED;
    const waiting = this.#waiting(reached);
    if (waiting.length === 0) return DEAD;
    const key = waiting.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const bytes = 4 * this.#stride + 12 * waiting.length;
    if (!this.#memory.take(bytes)) return LEFT;
    this.#bytes += bytes;
    const state = this.#states.length * this.#stride;
    this.#states.push(waiting);
    this.#numbers.set(key, state);
    this.#reserve(state + this.#stride);
    this.#table.fill(UNKNOWN, state, state + this.#stride);
    this.#table[state] = LEFT;
    const atEnd = this.#closure.reached(waiting.filter((at) => this.#isAssertion(at)), END_TEXT);
    this.#table[state + this.#stride - 1] = this.#matches(atEnd) ? MATCHED : DEAD;
    return state;
  }

  /** In order, without what can never go on: the text's beginning is past. */
  #waiting(reached: readonly number[]): number[] {
    const { arg } = this.#program;
    const waiting = new Set(
      reached.filter((at) => !this.#isAssertion(at) || (arg[at] & BEGIN_TEXT) === 0),
    );
    return [...waiting].sort((a, b) => a - b);
  }

  #isAssertion(at: number): boolean {
    return this.#program.op[at] === EMPTY_WIDTH;
  }

  #matches(reached: readonly number[]): boolean {
    return reached.some((at) => this.#program.op[at] === MATCH);
  }

  #restart(): void {
    this.#memory.give(this.#bytes);
    this.#bytes = 0;
    this.#states = [];
    this.#numbers = new Map();
    this.#start = this.#firstState();
  }

  #reserve(length: number): void {
    if (length <= this.#table.length) return;
    const grown = new Int32Array(Math.max(length, this.#table.length * 2));
    grown.set(this.#table);
    this.#table = grown;
  }
}

function answerOf(entry: number): Answer {
  return entry === MATCHED ? YES : entry === DEAD ? NO : UNSURE;
}

/** What an automaton says of bytes. UNSURE: re2js has to say, on the decoded text. */
export type Answer = typeof NO | typeof YES | typeof UNSURE;
export const NO = 0;
export const YES = 1;
export const UNSURE = -1;

/** What the automata of one set of regexes may take together. */
export class DfaMemory {
  #left: number;

  constructor(bytes = MAX_DFA_BYTES) {
    this.#left = bytes;
  }

  /** Returns false when there is not so much left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}
