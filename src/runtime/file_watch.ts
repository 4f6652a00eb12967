import { oneAtATime } from "./one_at_a_time.ts";
import type { Runtime } from "./runtime.ts";

/** A change is often several events; they are waited out. */
const SETTLE_MS = 50;

/**
 * Calls `load` when files may have changed: when something happens in their folders and, because a
 * watch misses some changes (network file systems), at every poll interval too. Loads never overlap;
 * `load` compares contents itself and must not throw.
 */
export class FileWatch {
  readonly #runtime: Pick<Runtime, "watch">;
  #unwatch: (() => void)[] = [];
  #poll: ReturnType<typeof setInterval> | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;
  /** Loads now, or once more after the load that runs. Resolves when that has ended. */
  readonly check: () => Promise<void>;

  constructor(runtime: Pick<Runtime, "watch">, load: () => Promise<void>) {
    this.#runtime = runtime;
    this.check = oneAtATime(load);
  }

  start(paths: readonly string[], pollIntervalSeconds: number): void {
    this.#unwatch = paths.map((path) =>
      this.#runtime.watch(path, () => {
        clearTimeout(this.#settle);
        this.#settle = setTimeout(() => this.check(), SETTLE_MS);
      })
    );
    this.#poll = setInterval(() => this.check(), pollIntervalSeconds * 1000);
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
  }
}
