import { random } from "../random.ts";

/** 32 bits of hash over bytes. */
export type Hash = (bytes: Uint8Array) => number;

/** The most hashes of which the lowest 14 bits are the same. */
export function longestChain(hashes: Iterable<number>): number {
  const chains = new Uint32Array(1 << 14);
  let longest = 0;
  for (const hash of hashes) longest = Math.max(longest, ++chains[hash & (1 << 14) - 1]);
  return longest;
}

/**
 * Of random texts of so many bytes, each bit changed by itself: how far from one half the share of
 * changes is for the bit of the hash that follows, or flees, one bit of the text most; and how far for
 * the bit of the hash that does so most on average.
 */
export function avalanche(
  hash: Hash,
  length: number,
): { readonly worst: number; readonly mean: number } {
  const next = random(length);
  const texts = 256;
  const bits = length * 8;
  const changes = new Uint32Array(bits * 32);
  for (let text = 0; text < texts; text++) {
    const bytes = Uint8Array.from({ length }, () => next(255));
    const before = hash(bytes);
    for (let bit = 0; bit < bits; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      const changed = before ^ hash(bytes);
      for (let at = 0; at < 32; at++) changes[bit * 32 + at] += changed >>> at & 1;
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
  }
  let worst = 0;
  const sums = new Float64Array(32);
  for (const [index, count] of changes.entries()) {
    worst = Math.max(worst, Math.abs(count / texts - 0.5));
    sums[index & 31] += count / texts;
  }
  return { worst, mean: Math.max(...sums.map((sum) => Math.abs(sum / bits - 0.5))) };
}

/** Keys as expositions have them, 16,384 of each kind, and such as differ in next to nothing. */
export const STRUCTURED_KEYS: readonly (readonly [string, (number: number) => string])[] = [
  ["counters", (number) => String(number)],
  ["paths with a number", (number) => `/api/v1/users/${number}/orders`],
  ["a long common beginning", (number) => `${"/static/assets".repeat(20)}${number}`],
  ["a long common end", (number) => `${number}${"-index.html".repeat(20)}`],
  [
    "one character that is another one",
    (number) =>
      "a".repeat(number >> 6) + "b" + "a".repeat(256 - (number >> 6)) +
      String.fromCharCode(48 + (number & 63)),
  ],
  ["bits of two letters", (number) => number.toString(2).padStart(14, "0")],
  [
    "the same character, more and more often",
    (number) => "x".repeat(number & 1023) + (number >> 10),
  ],
  ["series", (number) => `http_requests_total{code="${number & 7}",path="/p/${number >> 3}"}`],
];

/** 16,384 texts of one kind. */
export function structuredKeys(text: (number: number) => string): Uint8Array[] {
  return Array.from({ length: 1 << 14 }, (_, number) => new TextEncoder().encode(text(number)));
}
