import { BRACE_CLOSE, BRACE_OPEN, isDigit, SPACE, TAB } from "./bytes.ts";

/**
 * A look at the end of a line: true when that is a plain number (digits with at most one dot) after
 * the name, which ends at `nameEnd`, or after a label set. False says nothing: `scanSample` has to
 * tell. It reads some twenty bytes where that reads all, for lines of which only the name matters.
 */
export function endsInValue(bytes: Uint8Array, nameEnd: number, end: number): boolean {
  let at = end - 1;
  let dots = 0;
  while (at > nameEnd && (isDigit(bytes[at]) || (bytes[at] === DOT && dots++ === 0))) at--;
  if (at >= end - 1 || !isDigit(bytes[end - 1])) return false;
  if (bytes[at] !== SPACE && bytes[at] !== TAB) return false;
  if (at === nameEnd) return true;
  return bytes[at - 1] === BRACE_CLOSE && bytes[nameEnd] === BRACE_OPEN;
}

const DOT = 0x2e;
