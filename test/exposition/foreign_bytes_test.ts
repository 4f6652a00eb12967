import { equal } from "node:assert/strict";
import { test } from "node:test";
import { foreignKind, HEAD_BYTES } from "../../src/exposition/foreign_bytes.ts";

/** Bytes as Latin-1. */
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** As tar writes it: a file's name, zeros, `ustar`, and the file from byte 512 on. */
const TAR = `a.prom\0${"0000644\0".repeat(3)}`.padEnd(257, "\0") + "ustar\0" +
  "00".padEnd(248, "\0") +
  "a 1\nb 2\n";
const MESSAGE = '\n\x05ready\x12\x05Ready\x18\x01"\x0b\x12\x09\x09\0\0\0\0\0\0\xf0?';

const FOREIGN: readonly (readonly [text: string, kind: string])[] = [
  ["<!DOCTYPE html>\n<html>\n", "HTML"],
  ["\n  <html lang=en><body>404\n", "HTML"],
  ["<!-- a -->\n<p>1</p>", "HTML"],
  ['<?xml version="1.0"?>\n<a/>\n', "XML"],
  ["<Error><Code>NoSuchKey</Code></Error>", "XML"],
  ['{"status":"success","data":{}}', "JSON"],
  ['{\n  "status": "success"\n}\n', "JSON"],
  ["{}", "JSON"],
  ["[]\n", "JSON"],
  ['[{"a": 1}]', "JSON"],
  ["[\n  1\n]", "JSON"],
  ["\xef\xbb\xbf# TYPE a gauge\na 1\n", "UTF-8 with a byte order mark"],
  ["\xff\xfea\0 \x001\0\n\0", "UTF-16"],
  ["\xfe\xff\0a\0 \x001\0\n", "UTF-16"],
  ["#\0 \0H\0", "UTF-16"],
  ["\0#\0 \0H", "UTF-16"],
  ["a\0b\0c\0 \x001\0\n\0", "UTF-16"],
  ["\0a\0b\0c\0 \x001\0\n", "UTF-16"],
  [TAR, "a tar archive"],
  [String.fromCharCode(MESSAGE.length) + MESSAGE, "Prometheus's protobuf format"],
  // 35 is a hash, which begins a comment.
  ["#\n\x05ready\x18\x01" + "x".repeat(26), "Prometheus's protobuf format"],
  ["\x81\x02" + MESSAGE, "Prometheus's protobuf format"],
  // Without HELP and TYPE: what is zero is not written by all; a unit; a name with a dot.
  ['\x0a\n\x04a.b/"\0', "Prometheus's protobuf format"],
  ["\x09\n\x02ab*\x01s", "Prometheus's protobuf format"],
  ["PK\x03\x04\x14\0", "a zip archive"],
  ["(\xb5/\xfd\x04", "zstd"],
  ["\xfd7zXZ\0\0", "xz"],
  ["BZh51AY&SY\x01", "bzip2"],
  ["\x1f\x8b\x08", "gzip within gzip"],
  ["\x7fELF\x02\x01\x01\0\0\0\0\0", "binary data"],
  ["\0".repeat(HEAD_BYTES), "binary data"],
];

for (const [text, kind] of FOREIGN) {
  test(`begins as ${kind}: ${JSON.stringify(text.slice(0, 30))}`, () => {
    equal(foreignKind(bytesOf(text), true), kind);
  });
}

/** What may be one, though the first line may be none that can be read. */
const POSSIBLE: readonly string[] = [
  "",
  "\n\n",
  " \t\r\n",
  "# HELP a A.\n",
  "# EOF\n",
  "#\n",
  "a 1",
  "a 1\n<html>\n",
  '{"my.metric"} 1\n',
  '{"my.metric",a="b"} 1\n',
  '{"a":"b"} is no label\n'.replace(":", "="),
  '{a="b"} 1\nb 2\n',
  "{a 1\n",
  "[a] 1\n",
  "< 1\n",
  "404 page not found\n",
  "time,value\n1,2\n",
  '# HELP a A\0B\na{b="\0"} 1\n',
  "\x01 1\n",
  "BZh 1\n",
  // Bytes of text that protobuf could have there.
  '#\n\nfoo{label="x"} 1\n',
  "\n\n# HELP a A.\n",
  " \n\t",
  "#\n\x05a b c\x18\x01\n",
  // The name is longer than its family.
  "#\n!" + "x".repeat(33) + "*\n",
  '\n\n\x09abcdefghi"',
  // A family without a name.
  "\x02\n\0",
];

for (const text of POSSIBLE) {
  test(`may be an exposition: ${JSON.stringify(text)}`, () => {
    equal(foreignKind(bytesOf(text), true), false);
  });
}

test("the first line that can be read is enough, what cannot is looked at whole", () => {
  equal(foreignKind(bytesOf("a 1\nb"), false), false);
  equal(foreignKind(bytesOf("a 1"), false), undefined);
  equal(foreignKind(bytesOf("\n \n"), false), undefined);
  equal(foreignKind(bytesOf("<html>\n"), false), undefined);
  equal(foreignKind(bytesOf(TAR.slice(0, 200)), false), undefined);
  equal(foreignKind(bytesOf("\xef\xbb\xbf"), false), "UTF-8 with a byte order mark");
  // A comment, or the length of a family.
  const family = "#\n\x05ready\x18";
  for (let seen = 1; seen < family.length; seen++) {
    equal(foreignKind(bytesOf(family.slice(0, seen)), false), undefined, String(seen));
  }
  equal(foreignKind(bytesOf(family), false), "Prometheus's protobuf format");
  equal(foreignKind(bytesOf("#\n\n#\n"), false), false);
});
