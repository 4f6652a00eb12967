/** Of a signed 64-bit integer, which a time of the text format is. */
export const MAX_TEXT_TIME: bigint = 2n ** 63n - 1n;

/**
 * A time as the text format writes it: milliseconds, digits alone, the last time that it has for a later
 * one. Undefined for one before 1970, which it does not have.
 */
export function textTime(milliseconds: number): string | undefined {
  if (!(milliseconds >= 0)) return undefined;
  if (milliseconds >= Number(MAX_TEXT_TIME)) return String(MAX_TEXT_TIME);
  return String(BigInt(Math.trunc(milliseconds)));
}
