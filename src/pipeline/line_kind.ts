import { CARRIAGE_RETURN, HASH, skipBlanks } from "../exposition/bytes.ts";

/** True for a line that is neither blank nor a comment, even if it turns out to be no sample. */
export function isSample(bytes: Uint8Array, start: number, end: number): boolean {
  const first = skipBlanks(bytes, start, end);
  if (first === end || bytes[first] === HASH) return false;
  return first < end - 1 || bytes[first] !== CARRIAGE_RETURN;
}
