/**
 * Counts bytes that parts of an analysis hold together, and asks for some back when they are used up.
 * Arrays that are given back are lent again: garbage of megabytes would stay for long.
 */
export class MemoryBudget {
  #free: number;
  readonly #idle = new Map<number, Int32Array[]>();
  /** Gives bytes back by `give`; false when there is nothing more to be had. */
  relieve: () => boolean = () => false;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** True when `bytes` more may be held. */
  take(bytes: number): boolean {
    while (this.#free < bytes && this.relieve());
    if (this.#free < bytes) return false;
    this.#free -= bytes;
    return true;
  }

  /** Takes what has to be held in any case. */
  force(bytes: number): void {
    this.#free -= bytes;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }

  /** An array of zeros; undefined when it may not be held. */
  lend(length: number): Int32Array | undefined {
    if (!this.take(length * 4)) return undefined;
    const idle = this.#idle.get(length)?.pop();
    return idle === undefined ? new Int32Array(length) : idle.fill(0);
  }

  takeBack(array: Int32Array): void {
    this.give(array.length * 4);
    if (array.length < LEAST_KEPT) return;
    const idle = this.#idle.get(array.length) ?? [];
    if (idle.length < MOST_KEPT) idle.push(array);
    this.#idle.set(array.length, idle);
  }
}

/** Numbers of an array that is worth keeping, and how many of one size are. */
const LEAST_KEPT = 4096;
const MOST_KEPT = 4;
