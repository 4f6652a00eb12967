import { LiteralAutomaton } from "./literal_automaton.ts";
import { type Factor, foldCase } from "./required_literals.ts";

/**
 * Answers, for the value of one field, which of many policies can match at all: those all of whose
 * required literals occur in it. The cost of a look-up depends on the text and on the candidates,
 * not on the number of policies.
 */
export class LiteralIndex {
  readonly #automaton = new LiteralAutomaton();
  /** By literal: the requirements that it helps to meet. */
  readonly #users: { requirement: number; bit: number }[][] = [];
  readonly #policies: number[] = [];
  readonly #wanted: number[] = [];
  #met = new Int32Array(0);

  get size(): number {
    return this.#policies.length;
  }

  /** `factors` must not be empty. */
  add(policy: number, factors: readonly Factor[]): void {
    const requirement = this.#policies.length;
    this.#policies.push(policy);
    this.#wanted.push((1 << factors.length) - 1);
    factors.forEach((factor, index) => {
      for (const literal of factor) {
        const number = this.#automaton.add(literal);
        (this.#users[number] ??= []).push({ requirement, bit: 1 << index });
      }
    });
  }

  build(): void {
    this.#automaton.build();
    this.#met = new Int32Array(this.#policies.length);
  }

  /** The policies that may match `text`, each once, in no order. */
  candidates(text: string): number[] {
    const met = this.#met;
    const touched: number[] = [];
    const found: number[] = [];
    this.#automaton.search(foldCase(text), (literal) => {
      for (const { requirement, bit } of this.#users[literal]) {
        const before = met[requirement];
        if ((before & bit) !== 0) continue;
        if (before === 0) touched.push(requirement);
        met[requirement] = before | bit;
        if (met[requirement] === this.#wanted[requirement]) {
          found.push(this.#policies[requirement]);
        }
      }
    });
    for (const requirement of touched) met[requirement] = 0;
    return found;
  }
}
