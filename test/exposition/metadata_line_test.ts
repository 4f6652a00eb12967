import assert from "node:assert/strict";
import { test } from "node:test";
import { readMetadataLine } from "../../src/exposition/metadata_line.ts";

/** `kind|family|text`, or undefined. */
function read(line: string): string | undefined {
  const own = new TextEncoder().encode(line);
  const bytes = new Uint8Array([0x23, 0x20, ...own, 0x20, 0x78, 0x22]);
  const metadata = readMetadataLine(bytes, 2, 2 + own.length);
  if (metadata === undefined) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(metadata.textStart, metadata.textEnd));
  return `${metadata.kind}|${metadata.family}|${text}`;
}

const lines: [string, string, string][] = [
  ["HELP", "# HELP foo Some text.", "HELP|foo|Some text."],
  ["TYPE", "# TYPE foo counter", "TYPE|foo|counter"],
  ["UNIT", "# UNIT foo_seconds seconds", "UNIT|foo_seconds|seconds"],
  ["blanks and tabs", " \t#\tHELP \t foo\t  a  b ", "HELP|foo|  a  b "],
  ["an empty text", "# HELP foo", "HELP|foo|"],
  ["an empty text behind a blank", "# HELP foo ", "HELP|foo|"],
  ["a carriage return at the end", "# TYPE foo gauge\r", "TYPE|foo|gauge\r"],
  ["a name that ends before a dot", "# HELP foo.bar x", "HELP|foo|bar x"],
  ["a newline in a quoted name", `# HELP "a\nb" x`, "HELP|a\nb|x"],
  ["a hash in the text", "# HELP foo # TYPE bar", "HELP|foo|# TYPE bar"],
  ["escapes as they are", String.raw`# HELP foo a\nb\\`, String.raw`HELP|foo|a\nb\\`],
  ["a colon in the name", "# TYPE a:b gauge", "TYPE|a:b|gauge"],
  ["a quoted name", `# TYPE "http.requests" counter`, "TYPE|http.requests|counter"],
  ["a quoted name with escapes", String.raw`# HELP "a\"b\\c d" x`, `HELP|a"b\\c d|x`],
  ["a quoted name without text", `# HELP "a b"`, "HELP|a b|"],
];

for (const [what, line, expected] of lines) {
  test(`metadata line: ${what}`, () => assert.equal(read(line), expected));
}

const comments: [string, string][] = [
  ["nothing", ""],
  ["no blank behind the hash", "#HELP foo x"],
  ["a name that begins with a digit", "# HELP 1a x"],
  ["a name of another alphabet", "# HELP ö x"],
  ["a hash alone", "#"],
  ["a carriage return", "#\r"],
  ["another word", "# NOTE foo bar"],
  ["lower case", "# help foo bar"],
  ["a longer word", "# HELPS foo bar"],
  ["a longer word of its beginning", "# TYPEfoo bar"],
  ["the end of OpenMetrics", "# EOF"],
  ["HELP alone", "# HELP"],
  ["TYPE and blanks", "# TYPE \t"],
  ["a name whose quote stays open", `# TYPE "foo counter`],
  ["an inherited property", "# __proto__ foo bar"],
  ["no hash", "HELP foo bar"],
];

for (const [what, line] of comments) {
  test(`no metadata line: ${what}`, () => assert.equal(read(line), undefined));
}
