import { type MemoryBounds, setBounds } from "../../src/memory_bounds.ts";
import { type FuzzInput, jsonOf, type Next, pick, seldom } from "./fuzz_target.ts";

/** What is forgotten whole when so much of it is known; usual bounds where none is named. */
export type SmallBounds = Partial<MemoryBounds>;

/** The file of an input that says which bounds its run has. */
export const BOUNDS_FILE = "bounds.json";

/**
 * Bounds that a few dozen lines reach, so that tables begin anew in the midst of a scrape. `forgetsFamilies`:
 * also that of metadata and families, which may be seen, unlike the others.
 */
export function randomBounds(next: Next, forgetsFamilies: boolean): SmallBounds {
  return {
    learntBytes: pick(next, [0, 500, 2_000, 10_000]),
    rememberedBytes: pick(next, [0, 300, 3_000]),
    signatures: { signatures: pick(next, [1, 4, 16, 100]), bytes: 1 << 20 },
    ...(forgetsFamilies && seldom(next, 2) ? { knownBytes: pick(next, [500, 2_000, 8_000]) } : {}),
  };
}

export function boundsOf(input: FuzzInput): SmallBounds {
  return jsonOf<SmallBounds>(input, BOUNDS_FILE, {});
}

/** Checks an input under its bounds. */
export async function underBounds(input: FuzzInput, check: () => Promise<void>): Promise<void> {
  setBounds(boundsOf(input));
  try {
    await check();
  } finally {
    setBounds({});
  }
}
