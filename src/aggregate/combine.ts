/*
 * What aggregate functions do to values, written once: TypeScript and AssemblyScript both compile
 * this file, so it knows numbers and truth values only. aggregate_function.ts gives them names.
 */

export const SUM = 0;
export const MIN = 1;
export const MAX = 2;
export const AVG = 3;
export const COUNT = 4;
export const LAST = 5;
export const DROP = 6;

/**
 * Takes one more value into a series' running value: that of a sample, or of all samples that
 * another target has of the series. AVG runs as a sum.
 */
export function combine(fn: number, running: number, value: number): number {
  switch (fn) {
    case SUM:
    case AVG:
      return running + value;
    case MIN:
      return isNaN(running) || value < running ? value : running;
    case MAX:
      return isNaN(running) || value > running ? value : running;
    case LAST:
      return value;
    default:
      return running;
  }
}

/** What a series of `members` samples is worth at the end. */
export function finished(fn: number, running: number, members: number): number {
  switch (fn) {
    case AVG:
      return running / members;
    case COUNT:
      return members;
    default:
      return running;
  }
}

/** Whether a series of one sample is worth what that says: then its value is not written anew. */
export function keepsOnly(fn: number): boolean {
  return fn !== COUNT;
}
