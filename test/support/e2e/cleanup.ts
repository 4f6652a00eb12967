import type { TestContext } from "node:test";

/** What the harness of the tests registers to be undone, for programs that are no tests. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  /** As a test's context, of which the harness needs `after` alone. */
  get context(): TestContext {
    return this as unknown as TestContext;
  }

  after(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step();
  }
}
