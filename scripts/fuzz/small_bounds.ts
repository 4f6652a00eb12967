import { type MemoryBounds, setBounds } from "../../src/memory_bounds.ts";
import { type FuzzInput, jsonOf, type Next, pick, seldom } from "./fuzz_target.ts";

/** What is forgotten whole when so much of it is known; usual bounds where none is named. */
export type SmallBounds = Partial<MemoryBounds>;

/** The file of an input that says which bounds its run has. */
export const BOUNDS_FILE = "bounds.json";

/** What may be forgotten in the midst of a scrape though it may be seen. */
export interface Forgetting {
  /** Metadata and families: what is said twice is written twice. */
  readonly families: boolean;
  /**
   * Plans, of which so few make values be observed: a sample that repeats one from before that is not
   * known as a repeated one in that scrape.
   */
  readonly plans: boolean;
}

/** Bounds that a few dozen lines reach, so that tables begin anew in the midst of a scrape. */
export function randomBounds(next: Next, { families, plans }: Forgetting): SmallBounds {
  const signatures = { signatures: pick(next, [1, 4, 16, 100]), bytes: 1 << 20 };
  const knownBytes = pick(next, [500, 2_000, 8_000]);
  return {
    learntBytes: pick(next, [0, 500, 2_000, 10_000]),
    rememberedBytes: pick(next, [0, 300, 3_000]),
    ...(plans && seldom(next, 2) ? { signatures } : {}),
    ...(families && seldom(next, 2) ? { knownBytes } : {}),
  };
}

/** Whether nothing is forgotten that may be seen. */
export function isUnseen({ knownBytes, signatures }: SmallBounds): boolean {
  return knownBytes === undefined && signatures === undefined;
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
