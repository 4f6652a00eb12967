import { readdirSync } from "node:fs";
import { memory } from "../bench/process_figures.ts";
import type { Counts, Outcome } from "../faults/outcome.ts";

/** One second of one Weir. */
export interface SoakSample {
  /** Since the start. */
  readonly seconds: number;
  readonly residentMebibytes: number;
  /** Without what is mapped from files. */
  readonly anonymousMebibytes: number;
  readonly descriptors: number;
  /** Milliseconds of the scrapes that ended in this second; 0 where none did. */
  readonly p50: number;
  readonly p99: number;
  readonly counts: Counts;
}

/** Collects how scrapes end, and samples a process together with it. */
export class SoakSampler {
  readonly #pid: number;
  #milliseconds: number[] = [];
  #counts: Counts = {};

  constructor(pid: number) {
    this.#pid = pid;
  }

  ended(outcome: Outcome, milliseconds: number): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    this.#milliseconds.push(milliseconds);
  }

  /** What was since the last sample. Throws where the process has ended. */
  sample(seconds: number): SoakSample {
    const { residentMebibytes, anonymousMebibytes } = memory(this.#pid);
    const descriptors = readdirSync(`/proc/${this.#pid}/fd`).length;
    const sorted = this.#milliseconds.toSorted((a, b) => a - b);
    const counts = this.#counts;
    this.#milliseconds = [];
    this.#counts = {};
    return {
      seconds,
      residentMebibytes,
      anonymousMebibytes,
      descriptors,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      counts,
    };
  }
}

/** Of numbers in order: the smallest that so large a part of them does not exceed; 0 of none. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
