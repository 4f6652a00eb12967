import { HASH, isSample, skipBlanks } from "./bytes.ts";
import { eachLine } from "./line_blocks.ts";
import { SampleSpans } from "./sample_spans.ts";
import { isOfAnyFormat } from "./scan_sample.ts";

/** How many of the first bytes are looked at: tar says what it is at byte 257. */
export const HEAD_BYTES = 4096;

/** What `foreignKind` calls it. */
export const PROTOBUF_KIND = "Prometheus's protobuf format";

/**
 * What the bytes are that something begins with, where that is surely no exposition: HTML, JSON, an
 * archive, text that is not UTF-8. `false` where it may be one, and undefined where more of the bytes
 * have to be seen; with `whole` there are no more.
 */
export function foreignKind(head: Uint8Array, whole: boolean): string | false | undefined {
  const isProtobuf = isDelimitedProtobuf(head);
  if (isProtobuf === true) return PROTOBUF_KIND;
  const text = String.fromCharCode(...head);
  const magic = MAGIC.find(([, beginning]) => text.startsWith(beginning));
  if (magic !== undefined) return magic[0];
  if (isProtobuf === undefined && !whole) return undefined;
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
 * Whether it begins with a length and a MetricFamily: its name (field 1), and its help, type, unit or
 * first metric (fields 2 to 5). No exposition that is text begins so: its first line would be one byte,
 * and what comes next a byte, so many of a name, and one that no name has behind it. Undefined where
 * more has to be seen.
 */
function isDelimitedProtobuf(head: Uint8Array): boolean | undefined {
  let at = 0;
  while (at < 4 && head[at] >= 0x80) at++;
  const length = varintAt(head, 0, at);
  const nameStart = at + 3;
  if (head.length < nameStart) {
    return head.length <= at + 1 || head[at + 1] === NAME_TAG ? undefined : false;
  }
  const nameLength = head[at + 2];
  const isPlain = head[at + 1] === NAME_TAG && nameLength > 0 && nameLength < 0x80;
  // Behind the name there are a tag and a byte at least.
  if (!isPlain || nameLength + 4 > length) return false;
  const nameEnd = nameStart + nameLength;
  const name = head.subarray(nameStart, nameEnd);
  if (!name.every(isOfPlainName)) return false;
  return head.length <= nameEnd ? undefined : FAMILY_TAGS.has(head[nameEnd]);
}

const NAME_TAG = 0x0a;

/** HELP, TYPE, a metric and UNIT. */
const FAMILY_TAGS = new Set([0x12, 0x18, 0x22, 0x2a]);

function varintAt(bytes: Uint8Array, start: number, last: number): number {
  let value = 0;
  for (let at = last; at >= start; at--) value = value * 128 + (bytes[at] & 0x7f);
  return value;
}

/** Letters, digits, `_`, `:`, and what UTF-8 names mostly have besides: `.`, `-`, `/`, other letters. */
function isOfPlainName(byte: number): boolean {
  return byte >= 0x80 || /[\w:.\/-]/.test(String.fromCharCode(byte));
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
