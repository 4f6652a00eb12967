import {
  GARBAGE_BYTES,
  GARBAGE_LINES,
  MAX_ANALYSIS_BYTES,
  MAX_IDLE_ENGINE_BYTES,
  MAX_KNOWN_BYTES,
  MAX_LEARNT_BYTES,
  MAX_PLAN_BYTES,
  MAX_PLANS,
  MAX_REMEMBERED_BYTES,
  WHOLE_TABLE_BYTES,
} from "./bounds.ts";

const MIB = 1024 * 1024;

/** Remembered signatures, and bytes of their keys, which one key must not exceed. */
export interface SignatureBounds {
  readonly signatures: number;
  readonly bytes: number;
}

/** Bounds that are less where there is little memory, in bytes but for `garbageLines`. */
export interface MemoryBounds {
  /** Of names, shapes, signatures and plans, in the kernel. */
  readonly learntBytes: number;
  /** Of metadata lines and families. */
  readonly knownBytes: number;
  /** Of the keys of a gateway's series. */
  readonly rememberedBytes: number;
  /** Of plans, in TypeScript. */
  readonly signatures: SignatureBounds;
  readonly wholeTableBytes: number;
  readonly idleEngineBytes: number;
  readonly garbageLines: number;
  readonly garbageBytes: number;
  readonly analysisBytes: number;
}

/**
 * Those of a process that may have so much memory: half of all below 192 MiB, and a quarter below 96. A
 * scrape of 200,000 names, of whose samples a label is dropped, peaks at 135 MiB resident with all of
 * them, and at 110 with a half.
 */
export function boundsWithin(bytes: number | undefined): MemoryBounds {
  const divisor = bytes === undefined || bytes >= 192 * MIB ? 1 : bytes >= 96 * MIB ? 2 : 4;
  return {
    learntBytes: MAX_LEARNT_BYTES / divisor,
    knownBytes: MAX_KNOWN_BYTES / divisor,
    rememberedBytes: MAX_REMEMBERED_BYTES / divisor,
    signatures: { signatures: MAX_PLANS / divisor, bytes: MAX_PLAN_BYTES / divisor },
    wholeTableBytes: WHOLE_TABLE_BYTES / divisor,
    idleEngineBytes: MAX_IDLE_ENGINE_BYTES / divisor,
    garbageLines: GARBAGE_LINES / divisor,
    garbageBytes: GARBAGE_BYTES / divisor,
    analysisBytes: MAX_ANALYSIS_BYTES / divisor,
  };
}

/** Those in force. */
export let memoryBounds: MemoryBounds = boundsWithin(undefined);

/** To be called once, at the start, before anything is read. */
export function fitBounds(bytes: number | undefined): void {
  memoryBounds = boundsWithin(bytes);
}

/**
 * For tests: what is made from now on has these, so that a few lines are enough to fill what otherwise
 * takes some MiB. Those that are not named are the usual ones.
 */
export function setBounds(bounds: Partial<MemoryBounds>): void {
  memoryBounds = { ...boundsWithin(undefined), ...bounds };
}
