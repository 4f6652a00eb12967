import { setTimeout as delay } from "node:timers/promises";

/**
 * Resolves with what `check` returns once that is neither false nor undefined. Rejects when it is
 * not within `withinMs` milliseconds, with `what` was waited for and the last error, if there was one.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const found = await check();
      if (found !== false && found !== undefined) return found as Exclude<T, false | undefined>;
    } catch (error) {
      last = error;
    }
    await delay(20);
  }
  const reason = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`not within ${withinMs} ms: ${what}${reason}`);
}
