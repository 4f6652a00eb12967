import { MAX_DFA_BYTES } from "../bounds.ts";

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
