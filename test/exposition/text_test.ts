import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePlain, decodeQuoted } from "../../src/exposition/text.ts";

const encoder = new TextEncoder();

/** Decodes in the midst of other bytes, backslashes among them. */
function decode(text: string): string {
  const own = encoder.encode(text);
  const bytes = new Uint8Array([0x5c, ...own, 0x5c, 0x6e]);
  return decodeQuoted(bytes, 1, 1 + own.length);
}

const texts: [string, string, string][] = [
  ["nothing", "", ""],
  ["plain text", "a b", "a b"],
  ["a quote", String.raw`a\"b`, 'a"b'],
  ["a newline", String.raw`a\nb`, "a\nb"],
  ["a backslash", String.raw`a\\b`, "a\\b"],
  ["a backslash before an n", String.raw`a\\nb`, "a\\nb"],
  ["a backslash and a newline", String.raw`a\\\nb`, "a\\\nb"],
  ["other escapes, as they are", String.raw`\t\x41\u00e4\'`, String.raw`\t\x41\u00e4\'`],
  ["a backslash at the end, as it is", "a\\", "a\\"],
  ["UTF-8", "ä🚀\\n", "ä🚀\n"],
  ["a byte order mark, as it is", "\ufeffa", "\ufeffa"],
];

for (const [what, text, expected] of texts) {
  test(`decodeQuoted reads ${what}`, () => assert.equal(decode(text), expected));
}

test("invalid UTF-8 becomes U+FFFD", () => {
  assert.equal(
    decodeQuoted(new Uint8Array([0x61, 0xff, 0x5c, 0x6e, 0xc3]), 0, 5),
    "a\ufffd\n\ufffd",
  );
});

test("decodePlain leaves escapes alone", () => {
  assert.equal(decodePlain(encoder.encode("xa\\nby"), 1, 5), "a\\nb");
});
