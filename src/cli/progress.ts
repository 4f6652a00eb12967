import process from "node:process";
import { bytesText } from "../analyze/figure_text.ts";

/** Nothing is shown of what takes less than the first; then the line changes every so often. */
const FIRST_MS = 1000;
const EVERY_MS = 200;

export interface Progress {
  /** `bytes` were read so far. */
  at(bytes: number): void;
  /** Takes the line away. */
  end(): void;
}

/** Shows on a terminal how far a long input is read; elsewhere nothing. */
export function progress(): Progress {
  if (!process.stderr.isTTY) return { at() {}, end() {} };
  const start = performance.now();
  let shownAt = -Infinity;
  return {
    at(bytes) {
      const now = performance.now();
      if (now - start < FIRST_MS || now - shownAt < EVERY_MS) return;
      shownAt = now;
      process.stderr.write(`\r${bytesText(bytes)} read\x1b[K`);
    },
    end() {
      if (shownAt > 0) process.stderr.write("\r\x1b[K");
    },
  };
}
