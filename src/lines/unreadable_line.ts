import { NEWLINE } from "../exposition/bytes.ts";
import { decodePlain } from "../exposition/text.ts";

/** What becomes of a line that cannot be read as a sample. */
export type UnreadableAction = "pass" | "drop" | "fail";

/** So many bytes of an unreadable line are shown. */
const SHOWN = 80;

/** The beginning of a line that cannot be read, quoted, and what is known of the reason. */
export function unreadableText(bytes: Uint8Array, start: number, next: number): string {
  const end = next - Number(bytes[next - 1] === NEWLINE);
  const isLong = end - start > SHOWN;
  const shown = JSON.stringify(decodePlain(bytes, start, isLong ? start + SHOWN : end));
  if (decodePlain(bytes, start, Math.min(start + 3, end)) === "\ufeff") {
    return `${shown} (it begins with a byte order mark)`;
  }
  if (bytes[end - 1] === 0x0d) return `${shown} (it ends in a carriage return)`;
  return isLong ? `${shown}…` : shown;
}
