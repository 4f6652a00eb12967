import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SAMPLE_LABELS } from "../../src/bounds.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { scanSample } from "../../src/exposition/scan_sample.ts";
import { decodePlain, decodeQuoted } from "../../src/exposition/text.ts";

interface Sample {
  name: string;
  labels: [string, string][];
  value: string;
  timestamp?: string;
  exemplar?: string;
}

/** Scans the line in the midst of other bytes, so that a look beyond its ends shows. */
function scan(line: string, spans = new SampleSpans()): Sample | undefined {
  const before = encoder.encode(`x{a="b\n`);
  const own = encoder.encode(line);
  const bytes = new Uint8Array([...before, ...own, ...encoder.encode(`"} 7 8 # {`)]);
  const end = before.length + own.length;
  if (!scanSample(bytes, before.length, end, spans)) return undefined;
  const labels: [string, string][] = [];
  for (let at = 0; at < spans.labelCount * 4; at += 4) {
    const [nameStart, nameEnd, valueStart, valueEnd] = spans.labels.subarray(at, at + 4);
    labels.push([
      decodeQuoted(bytes, nameStart, nameEnd),
      decodeQuoted(bytes, valueStart, valueEnd),
    ]);
  }
  return {
    name: decodeQuoted(bytes, spans.nameStart, spans.nameEnd),
    labels,
    value: decodePlain(bytes, spans.valueStart, spans.valueEnd),
    ...spans.timestampStart < 0
      ? {}
      : { timestamp: decodePlain(bytes, spans.timestampStart, spans.timestampEnd) },
    ...spans.exemplarStart < 0 ? {} : { exemplar: decodePlain(bytes, spans.exemplarStart, end) },
  };
}

const encoder = new TextEncoder();

const samples: [string, string, Sample][] = [
  ["a bare name", "up 1", { name: "up", labels: [], value: "1" }],
  ["a colon in the name", "a:b:c 1", { name: "a:b:c", labels: [], value: "1" }],
  ["a leading colon and underscore", ":_ 1", { name: ":_", labels: [], value: "1" }],
  ["empty braces", "up{} 1", { name: "up", labels: [], value: "1" }],
  ["one label", `up{a="b"} 1`, { name: "up", labels: [["a", "b"]], value: "1" }],
  ["an empty label", `up{a=""} 1`, { name: "up", labels: [["a", ""]], value: "1" }],
  ["a comma after the last label", `up{a="b",c="d",} 1`, {
    name: "up",
    labels: [["a", "b"], ["c", "d"]],
    value: "1",
  }],
  ["blanks and tabs everywhere", ` \tup \t{ \ta\t=  "b" ,\t} \t 1  \t5\t`, {
    name: "up",
    labels: [["a", "b"]],
    value: "1",
    timestamp: "5",
  }],
  ["no blank behind the braces", `up{a="b"}1`, { name: "up", labels: [["a", "b"]], value: "1" }],
  ["a blank before the braces", `up {a="b"} 1`, { name: "up", labels: [["a", "b"]], value: "1" }],
  ["braces, commas and blanks in a value", `up{a="},{ =#"} 1`, {
    name: "up",
    labels: [["a", "},{ =#"]],
    value: "1",
  }],
  ["escapes in a value", String.raw`up{a="q\"s\\n\nt\x"} 1`, {
    name: "up",
    labels: [["a", 'q"s\\n\nt\\x']],
    value: "1",
  }],
  ["a value that ends in a backslash", String.raw`up{a="\\"} 1`, {
    name: "up",
    labels: [["a", "\\"]],
    value: "1",
  }],
  ["UTF-8 in a value", `up{a="größe 🚀"} 1`, {
    name: "up",
    labels: [["a", "größe 🚀"]],
    value: "1",
  }],
  ["a quoted name", `{"http.requests"} 1`, { name: "http.requests", labels: [], value: "1" }],
  ["a quoted name with labels", `{"http.requests","k.v"="x",b="y"} 1`, {
    name: "http.requests",
    labels: [["k.v", "x"], ["b", "y"]],
    value: "1",
  }],
  ["a quoted name and a trailing comma", `{"ä b",} 1`, { name: "ä b", labels: [], value: "1" }],
  ["a quoted name with escapes", String.raw`{"a\"b\\c"} 1`, {
    name: 'a"b\\c',
    labels: [],
    value: "1",
  }],
  ["quoted label names behind a bare name", `up{"k v"="x"} 1`, {
    name: "up",
    labels: [["k v", "x"]],
    value: "1",
  }],
  ["a timestamp", "up 1 1700000000000", {
    name: "up",
    labels: [],
    value: "1",
    timestamp: "1700000000000",
  }],
  ["a negative timestamp", "up 1 -5", { name: "up", labels: [], value: "1", timestamp: "-5" }],
  ["a timestamp of OpenMetrics", "up 1 1.7e9", {
    name: "up",
    labels: [],
    value: "1",
    timestamp: "1.7e9",
  }],
  ["an exemplar", `up_total 1 # {id="x"} 0.5`, {
    name: "up_total",
    labels: [],
    value: "1",
    exemplar: `# {id="x"} 0.5`,
  }],
  ["an exemplar behind a timestamp, with one of its own", `up{a="#"} 1 2 # {a="}",b="\\""} 3 4`, {
    name: "up",
    labels: [["a", "#"]],
    value: "1",
    timestamp: "2",
    exemplar: `# {a="}",b="\\""} 3 4`,
  }],
  ["an empty exemplar", "up 1 # {} 3", { name: "up", labels: [], value: "1", exemplar: "# {} 3" }],
  ["a carriage return", "up 1\r", { name: "up", labels: [], value: "1" }],
  ["a carriage return behind a timestamp", "up 1 2\r", {
    name: "up",
    labels: [],
    value: "1",
    timestamp: "2",
  }],
  ["NaN", "up NaN", { name: "up", labels: [], value: "NaN" }],
  ["infinities", "up -Inf", { name: "up", labels: [], value: "-Inf" }],
];

for (const [what, line, expected] of samples) {
  test(`scanSample reads ${what}`, () => assert.deepEqual(scan(line), expected));
}

const malformed: [string, string][] = [
  ["an empty line", ""],
  ["blanks", " \t"],
  ["a carriage return alone", "\r"],
  ["a name alone", "up"],
  ["a name and blanks", "up "],
  ["no name", "1"],
  ["a name that begins with a digit", "1up 1"],
  ["a dot in an unquoted name", "a.b 1"],
  ["UTF-8 in an unquoted name", "größe 1"],
  ["a value that is no number", "up one"],
  ["a comma in the value", "up 1,5"],
  ["a hexadecimal value", "up 0x10"],
  ["a hexadecimal float", "up 0x1p-3"],
  ["digit separators", "up 1_000"],
  ["a signed NaN", "up +NaN"],
  ["braces without a name", `{a="b"} 1`],
  ["empty braces without a name", "{} 1"],
  ["an empty quoted name", `{""} 1`],
  ["a second quoted name behind a label", `{"up",a="b","down"} 1`],
  ["a bare name and a quoted one behind a label", `up{a="b","down"} 1`],
  ["two quoted names", `{"up","down"} 1`],
  ["a bare and a quoted name", `up{"down"} 1`],
  ["no value behind the braces", `up{a="b"}`],
  ["an open brace", `up{a="b" 1`],
  ["an open brace at the end", "up{"],
  ["an open string", `up{a="b} 1`],
  ["an open string that ends in a backslash", `up{a="b\\`],
  ["a string whose quote is escaped", `up{a="b\\"} 1`],
  ["a label without a value", "up{a} 1"],
  ["a label without quotes", "up{a=b} 1"],
  ["single quotes", "up{a='b'} 1"],
  ["an equals sign and nothing", "up{a="],
  ["a label without a name", `up{="b"} 1`],
  ["an empty quoted label name", `up{""="b"} 1`],
  ["a label name that begins with a digit", `up{1a="b"} 1`],
  ["a colon in an unquoted label name", `up{a:b="c"} 1`],
  ["a dot in an unquoted label name", `up{a.b="c"} 1`],
  ["a comma alone", "up{,} 1"],
  ["a leading comma", `up{,a="b"} 1`],
  ["two commas", `up{a="b",,c="d"} 1`],
  ["no comma between labels", `up{a="b" c="d"} 1`],
  ["a colon for the equals sign", `up{a:"b"} 1`],
  ["a bad timestamp", "up 1 now"],
  ["three numbers", "up 1 2 3"],
  ["text behind the timestamp", "up 1 2 x"],
  ["a comment behind the value", "up 1 # note"],
  ["a lone hash", "up 1 #"],
  ["an exemplar without a value", `up 1 # {a="b"}`],
  ["an exemplar with a bad value", `up 1 # {a="b"} x`],
  ["an exemplar with a bad timestamp", `up 1 # {a="b"} 1 x`],
  ["an exemplar with three numbers", `up 1 # {a="b"} 1 2 3`],
  ["an exemplar with an open brace", `up 1 # {a="b" 1`],
  ["an exemplar with an open string", `up 1 # {a="b} 1`],
  ["a carriage return inside", "up\r 1"],
  ["a comment", "# up 1"],
];

for (const [what, line] of malformed) {
  test(`scanSample refuses ${what}`, () => assert.equal(scan(line), undefined));
}

test("scanSample has room for hundreds of labels and forgets them with the next line", () => {
  const spans = new SampleSpans();
  const labels = Array.from({ length: 300 }, (_, i): [string, string] => [`l${i}`, `v${i}`]);
  const line = `many{${labels.map(([name, value]) => `${name}="${value}"`).join()}} 3 4 # {} 5`;
  assert.deepEqual(scan(line, spans)?.labels, labels);
  assert.deepEqual(scan("up 1", spans), { name: "up", labels: [], value: "1" });
});

test("a sample may have so many labels and no more", () => {
  const labelled = (count: number) =>
    scan(`a{${Array.from({ length: count }, (_, n) => `l${n}="x"`).join(",")}} 1`);
  assert.equal(labelled(MAX_SAMPLE_LABELS)?.labels.length, MAX_SAMPLE_LABELS);
  assert.equal(labelled(MAX_SAMPLE_LABELS + 1), undefined);
});
