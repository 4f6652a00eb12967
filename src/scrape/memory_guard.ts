import { MemoryError } from "../lines/aggregation_error.ts";

/** What the process has, and how to make it less. */
export interface Memory {
  /** Memory that the system cannot take back, in bytes; undefined where it does not say. */
  used(): number | undefined;
  collectGarbage(): void;
}

/**
 * Fails the scrape that would take more memory than there is, before the system ends the process: the
 * others go on.
 */
export class MemoryGuard {
  /** Of the configuration in force, in bytes; undefined: none. */
  limit: number | undefined;
  readonly #memory: Memory;
  readonly #onFailed: () => void;

  /** `onFailed` is told of each scrape that fails. */
  constructor(memory: Memory, onFailed: () => void) {
    this.#memory = memory;
    this.#onFailed = onFailed;
  }

  /** Throws a MemoryError where the process has more than its limit, and no garbage. */
  check(): void {
    if (!this.#isBeyond()) return;
    this.#memory.collectGarbage();
    if (!this.#isBeyond()) return;
    this.#onFailed();
    const mib = Math.floor(this.limit! / (1024 * 1024));
    throw new MemoryError(
      `the scrape was given up: Weir holds more memory than limits.memory, ${mib} MiB`,
    );
  }

  #isBeyond(): boolean {
    return this.limit !== undefined && (this.#memory.used() ?? 0) > this.limit;
  }
}
