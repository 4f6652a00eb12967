import { Buffer } from "node:buffer";
import { bytesOf, type Next, pick, seldom, times } from "./fuzz_target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes that mean something to one of the formats, and some that mean nothing to any. */
const SPLICES: readonly Bytes[] = [
  ...['"', "\\", "\n", "\r\n", "\0", "{", "}", "[", "]", ",", ":", "=", "#", " ", "\t", "'", "-"],
  ...["# EOF\n", "# TYPE ", "# HELP ", "NaN", "+Inf", "1e999", "0x1p-2", "null", "${HOME}", "$1"],
  ...["\ufeff", "\u2028", "ö", "😀", '\\"', "\\n", "&a *a", "__proto__", "constructor", "1_000"],
].map(bytesOf).concat(
  [[0xff], [0xc3], [0xf0, 0x9f], [0xed, 0xa0, 0x80]].map((b) => new Uint8Array(b)),
);

/** The same bytes with one to `most` things done to them: taken out, put in, doubled, moved. */
export function mutated(next: Next, bytes: Bytes, most = 4): Bytes {
  return times(1 + next(most - 1), () => 0).reduce((current) => mutatedOnce(next, current), bytes);
}

function mutatedOnce(next: Next, bytes: Bytes): Bytes {
  const at = next(bytes.length);
  const length = seldom(next, 3) ? next(Math.min(200, bytes.length - at)) : next(3);
  const end = Math.min(bytes.length, at + length);
  switch (next(6)) {
    case 0:
      return concat(bytes.subarray(0, at), bytes.subarray(end));
    case 1:
    case 2:
      return concat(bytes.subarray(0, at), pick(next, SPLICES), bytes.subarray(at));
    case 3:
      return concat(bytes.subarray(0, end), bytes.subarray(at));
    case 4: {
      const to = next(bytes.length);
      return concat(bytes.subarray(0, to), bytes.subarray(at, end), bytes.subarray(to));
    }
    case 5:
      return bytes.slice(0, at);
    default: {
      const changed = bytes.slice();
      if (changed.length > 0) changed[at % changed.length] ^= 1 << next(7);
      return changed;
    }
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
