import { HASH, NEWLINE } from "../exposition/bytes.ts";

/** The line that ends an OpenMetrics exposition. */
export const EOF_LINE: Uint8Array<ArrayBuffer> = new TextEncoder().encode("# EOF\n");

/** Whether the line is that one; `next` is after its newline, if it has one. */
export function isEof(bytes: Uint8Array, start: number, next: number): boolean {
  const length = next - start - Number(bytes[next - 1] === NEWLINE);
  if (length !== EOF_LINE.length - 1 || bytes[start] !== HASH) return false;
  for (let i = 1; i < length; i++) if (bytes[start + i] !== EOF_LINE[i]) return false;
  return true;
}
