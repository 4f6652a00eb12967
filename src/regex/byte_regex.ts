import type { RE2JS } from "re2js";
import { type Answer, type DfaMemory, LazyDfa, UNSURE, YES } from "./lazy_dfa.ts";
import { Captures, matchesWhole } from "./captures.ts";
import { programOf } from "./re2_program.ts";

/**
 * A regex on the bytes of a label's value as they stand in a line, as far as that needs no
 * decoding: elsewhere it is unsure. What it says is what re2js says.
 */
export interface ByteRegex {
  /** Whether the regex matches somewhere in the bytes. */
  test(bytes: Uint8Array, start: number, end: number): Answer;
  /** The same, and where its groups begin and end then stands in `groups`. */
  match(bytes: Uint8Array, start: number, end: number): Answer;
  /** Starts and ends in the bytes of `match`, the whole match first; -1 for no part in it. */
  readonly groups: Int32Array;
}

/** Returns undefined for what automata here do not know. */
export function compileByteRegex(regex: RE2JS, memory: DfaMemory): ByteRegex | undefined {
  const program = programOf(regex);
  if (program === undefined) return undefined;
  // Made when they are first needed: most regexes never see a value that was not seen before.
  let dfa: LazyDfa | undefined;
  let captures: Captures | undefined;
  const isWhole = matchesWhole(program);
  const test = (bytes: Uint8Array, start: number, end: number) =>
    (dfa ??= new LazyDfa(program, memory)).test(bytes, start, end);
  return {
    test,
    match(bytes, start, end) {
      if (!isWhole) return UNSURE;
      // Most texts that do not match are told by their first bytes.
      const answer = test(bytes, start, end);
      if (answer !== YES) return answer;
      return (captures ??= new Captures(program, memory)).match(bytes, start, end);
    },
    get groups() {
      return captures?.groups ?? NO_GROUPS;
    },
  };
}

const NO_GROUPS = new Int32Array(2);
