import { MAX_ORIGINS } from "../bounds.ts";

const FIRST_SLOTS = 256;

/**
 * Which samples of a target have come into which series. Bounded: what came more than `MAX_ORIGINS`
 * samples before is forgotten.
 */
export class OriginSet {
  /** Series from 1 on, and origins, slot by slot. */
  #slots = new Float64Array(0);
  #count = 0;

  /** False when the sample was there before. */
  add(series: number, origin: number): boolean {
    if ((this.#count + 1) * 4 > this.#slots.length) this.#grow();
    const at = this.#find(series + 1, origin);
    if (this.#slots[at] !== 0) return false;
    this.#slots[at] = series + 1;
    this.#slots[at + 1] = origin;
    this.#count++;
    return true;
  }

  /** Where it lies, or would lie. */
  #find(series: number, origin: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let slot = (origin ^ Math.imul(series, 0x9e3779b1)) & mask;
    while (
      slots[2 * slot] !== 0 && (slots[2 * slot] !== series || slots[2 * slot + 1] !== origin)
    ) slot = (slot + 1) & mask;
    return 2 * slot;
  }

  #grow(): void {
    const before = this.#slots;
    if (this.#count >= MAX_ORIGINS) {
      before.fill(0);
      this.#count = 0;
      return;
    }
    this.#slots = new Float64Array(Math.max(2 * FIRST_SLOTS, before.length * 2));
    for (let at = 0; at < before.length; at += 2) {
      if (before[at] === 0) continue;
      const to = this.#find(before[at], before[at + 1]);
      this.#slots[to] = before[at];
      this.#slots[to + 1] = before[at + 1];
    }
  }
}
