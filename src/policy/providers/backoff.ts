import { MAX_SYNC_BACKOFF_MS, MIN_SYNC_BACKOFF_MS } from "../../bounds.ts";

/**
 * How long to wait, in milliseconds, after the `failures`-th failure in a row (1 or more). The range
 * doubles with each: 1 to 2 s, 2 to 4 s, … and at last 2.5 to 5 min; `random`, from 0 to 1, chooses
 * within it, so that clients that failed together do not come back together.
 */
export function backoffMs(failures: number, random: number): number {
  // The exponent is kept finite: a server may be away for months.
  const range = Math.min(MAX_SYNC_BACKOFF_MS, MIN_SYNC_BACKOFF_MS * 2 ** Math.min(failures, 30));
  return range / 2 + random * range / 2;
}

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted; never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
