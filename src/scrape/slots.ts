/** How a wait for a slot ended. */
export type Slot = GrantedSlot | "full" | "left";

export interface GrantedSlot {
  /** 0 where there was a slot at once. */
  readonly waitedMs: number;
  /** Has to be called once; further calls do nothing. */
  readonly release: () => void;
}

interface Waiting {
  /** With so many taken there is none for it. */
  readonly most: number;
  readonly grant: () => void;
}

/** A number of slots, and a bounded queue of those who wait for one, first come first served. */
export class Slots {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiting>();
  #taken = 0;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with a slot when fewer than `most` are taken. `full`: too many wait, or none came free
   * within `waitMs` milliseconds. `left`: `signal` was aborted.
   */
  take(most: number, waitMs: number, signal?: AbortSignal): Promise<Slot> {
    if (signal?.aborted) return Promise.resolve("left");
    if (this.#taken < most && this.#waiting.size === 0) return Promise.resolve(this.#grant(0));
    if (this.#waiting.size >= this.#maxWaiting) return Promise.resolve("full");
    const since = performance.now();
    return new Promise((resolve) => {
      const end = (slot: Slot) => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
        resolve(slot);
      };
      const leave = () => end("left");
      const waiting = { most, grant: () => end(this.#grant(performance.now() - since)) };
      const timer = setTimeout(() => end("full"), waitMs);
      signal?.addEventListener("abort", leave);
      this.#waiting.add(waiting);
    });
  }

  #grant(waitedMs: number): GrantedSlot {
    this.#taken++;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      this.#taken--;
      const [next] = this.#waiting;
      if (next !== undefined && this.#taken < next.most) next.grant();
    };
    return { waitedMs, release };
  }
}
