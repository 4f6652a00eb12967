import { HASH, isSample, skipBlanks } from "./bytes.ts";
import { eachLine } from "./line_blocks.ts";
import { SampleSpans } from "./sample_spans.ts";
import { isOfAnyFormat } from "./scan_sample.ts";

/** How many of the first bytes are looked at: tar says what it is at byte 257. */
export const HEAD_BYTES = 4096;

/**
 * What the bytes are that something begins with, where that is surely no exposition: HTML, JSON, an
 * archive, text that is not UTF-8. `false` where it may be one, and undefined where more of the bytes
 * have to be seen; with `whole` there are no more.
 */
export function foreignKind(head: Uint8Array, whole: boolean): string | false | undefined {
  if (isDelimitedProtobuf(head)) return "Prometheus's protobuf format";
  const text = String.fromCharCode(...head);
  const magic = MAGIC.find(([, beginning]) => text.startsWith(beginning));
  if (magic !== undefined) return magic[0];
  const line = firstLine(head, whole);
  if (line === "readable") return false;
  if (!whole) return undefined;
  return line === "none" ? false : LIKELY.find(([, pattern]) => pattern.test(text))?.[0] ?? false;
}

// Bytes as Latin-1.

/** What no exposition begins with, whatever comes after it. */
const MAGIC: readonly (readonly [kind: string, beginning: string])[] = [
  ["UTF-8 with a byte order mark", "\xef\xbb\xbf"],
  ["UTF-16", "\xff\xfe"],
  ["UTF-16", "\xfe\xff"],
  ["UTF-16", "#\0"],
  ["UTF-16", "\0#"],
  ["gzip within gzip", "\x1f\x8b"],
  ["zstd", "\x28\xb5\x2f\xfd"],
  ["xz", "\xfd7zXZ\0"],
  ["a zip archive", "PK\x03\x04"],
];

/** What begins with a line that is no sample. */
const LIKELY: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["bzip2", /^BZh[1-9]1AY&SY/],
  ["a tar archive", /^[^]{257}ustar/],
  ["HTML", /^\s*<(?:!doctype\s+html|html|head|body|!--)/i],
  ["XML", /^\s*<[?a-z!]/i],
  ["JSON", /^\s*(?:\[\s*(?:[[{"\d\]-]|$)|\{\s*(?:"(?:[^"\\]|\\[^])*"\s*:|\}|$))/],
  ["UTF-16", /^(?:(?:[^\0]\0){4}|(?:\0[^\0]){4})/],
  ["binary data", /^[^\n]*\0/],
];

/**
 * A length, then a MetricFamily: its name (field 1), and its help (field 2) or its type (field 3), whose
 * tags no text has there.
 */
function isDelimitedProtobuf(head: Uint8Array): boolean {
  let at = 0;
  while (at < 4 && head[at] >= 0x80) at++;
  const [tag, nameLength] = head.subarray(at + 1);
  const afterName = head[at + 3 + nameLength];
  return tag === 0x0a && (afterName === 0x12 || afterName === 0x18);
}

/** Whether the first line that is no blank one can be read; a comment can. */
function firstLine(head: Uint8Array, whole: boolean): "readable" | "unreadable" | "none" {
  const spans = new SampleSpans();
  const end = whole ? head.length : head.lastIndexOf(0x0a) + 1;
  let found: "readable" | "unreadable" | "none" = "none";
  eachLine(head, 0, end, (lineStart, lineEnd) => {
    if (found !== "none") return;
    if (isSample(head, lineStart, lineEnd)) {
      found = isOfAnyFormat(head, lineStart, end, spans) ? "readable" : "unreadable";
    } else if (head[skipBlanks(head, lineStart, lineEnd)] === HASH) found = "readable";
  });
  return found;
}
