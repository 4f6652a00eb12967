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
  readonly #load: () => Promise<void>;
  #unwatch: (() => void)[] = [];
  #poll: ReturnType<typeof setInterval> | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;
  /** The load that runs or ran last: loads never overtake each other. */
  #loading: Promise<void> = Promise.resolve();
  /** The load that waits for it; whoever asks meanwhile is served by it. */
  #next: Promise<void> | undefined;

  constructor(runtime: Pick<Runtime, "watch">, load: () => Promise<void>) {
    this.#runtime = runtime;
    this.#load = load;
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

  /** Loads now, or once more after the load that runs. Resolves when that has ended. */
  check(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#loading.then(() => {
        this.#next = undefined;
        return this.#load();
      });
      this.#loading = this.#next;
    }
    return this.#next;
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
  }
}
