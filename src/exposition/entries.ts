import { isSample, NEWLINE } from "./bytes.ts";
import { commentEnd } from "./metadata_line.ts";
import { OPEN } from "./scan_sample.ts";

/** A comment, metadata among them; a sample; or a line that is none. */
export type EntryKind = "comment" | "sample" | "unreadable";

/**
 * Calls `take` for each line of a block with where it begins and where it ends, before its newline; another
 * one may stand between its quotes. `scan` is `sampleEnd` for what begins at `start`. Returns where what
 * was taken ends, as `LineBlockSink.lines` does.
 */
export function eachEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  isLast: boolean,
  scan: (start: number) => number,
  take: (start: number, end: number, kind: EntryKind) => void,
): number {
  while (start < end) {
    const newline = bytes.indexOf(NEWLINE, start);
    const lineEnd = newline >= 0 && newline < end ? newline : end;
    const isComment = !isSample(bytes, start, lineEnd);
    const read = isComment ? commentEnd(bytes, start, lineEnd, end) : scan(start);
    if (read === OPEN && !isLast) return start;
    // Behind the line where a newline stands between its quotes.
    const next = Math.max(read, lineEnd);
    take(start, next, isComment ? "comment" : read < 0 ? "unreadable" : "sample");
    start = next + 1;
  }
  return end;
}
