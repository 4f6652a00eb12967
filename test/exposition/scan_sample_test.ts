import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SAMPLE_LABELS } from "../../src/bounds.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import {
  OPEN,
  readableName,
  sampleEnd,
  scanSample,
  UNREADABLE,
} from "../../src/exposition/scan_sample.ts";
import { decodePlain, decodeQuoted } from "../../src/exposition/text.ts";

interface Sample {
  name: string;
  labels: [string, string][];
  value: string;
  timestamp?: string;
  exemplar?: string;
}

/** Scans the line in the midst of other bytes, so that a look beyond its ends shows. */
function scan(
  line: string,
  openMetrics = false,
  spans = new SampleSpans(),
): Sample | undefined {
  const before = encoder.encode(`x{a="b\n`);
  const own = encoder.encode(line);
  const bytes = new Uint8Array([...before, ...own, ...encoder.encode(`"} 7 8 # {`)]);
  const end = before.length + own.length;
  if (!scanSample(bytes, before.length, end, spans, lineFormat(openMetrics))) return undefined;
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
  ["the largest timestamp", "up 1 9223372036854775807", {
    name: "up",
    labels: [],
    value: "1",
    timestamp: "9223372036854775807",
  }],
  ["no comma between labels", `up{a="b" c="d"e="f"} 1`, {
    name: "up",
    labels: [["a", "b"], ["c", "d"], ["e", "f"]],
    value: "1",
  }],
  ["no comma before a quoted name", `{a="b""up"} 1`, {
    name: "up",
    labels: [["a", "b"]],
    value: "1",
  }],
  ["a newline in a value", `up{a="b\nup 2"} 1`, {
    name: "up",
    labels: [["a", "b\nup 2"]],
    value: "1",
  }],
  ["a newline in quoted names", `{"u\np","k\nv"="x"} 1`, {
    name: "u\np",
    labels: [["k\nv", "x"]],
    value: "1",
  }],
  ["no blank between name and value", "up+1 5", {
    name: "up",
    labels: [],
    value: "+1",
    timestamp: "5",
  }],
  ["a NUL and a carriage return in a value", `up{a="\0\r"} 1`, {
    name: "up",
    labels: [["a", "\0\r"]],
    value: "1",
  }],
  ["NaN", "up NaN", { name: "up", labels: [], value: "NaN" }],
  ["infinities", "up -Inf", { name: "up", labels: [], value: "-Inf" }],
];

for (const [what, line, expected] of samples) {
  test(`scanSample reads ${what}`, () => assert.deepEqual(scan(line), expected));
}

const up = { name: "up", labels: [], value: "1" };

const ofOpenMetrics: [string, string, Sample][] = [
  ["a bare name", "up 1", up],
  ["labels", `up{a="b",k="v",} 1`, { ...up, labels: [["a", "b"], ["k", "v"]] }],
  ["a quoted name with labels", `{"up","k.v"="x"} 1`, { ...up, labels: [["k.v", "x"]] }],
  ["a newline in a quoted name", `{"u\np"} 1`, { ...up, name: "u\np" }],
  ["seconds", "up 1 1.7e9", { ...up, timestamp: "1.7e9" }],
  ["a negative timestamp", "up 1 -5", { ...up, timestamp: "-5" }],
  ["an exemplar", `up 1 # {id="x"} 0.5`, { ...up, exemplar: `# {id="x"} 0.5` }],
  ["an exemplar behind a timestamp, with one of its own", `up 1 2 # {a="}",b="\\""} 3 4`, {
    ...up,
    timestamp: "2",
    exemplar: `# {a="}",b="\\""} 3 4`,
  }],
  ["an empty exemplar", "up 1 # {} NaN", { ...up, exemplar: "# {} NaN" }],
];

for (const [what, line, expected] of ofOpenMetrics) {
  test(`scanSample reads ${what} of OpenMetrics`, () => {
    assert.deepEqual(scan(line, true), expected);
  });
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
  ["no comma behind a quoted name", `{"up" a="b"} 1`],
  ["a colon for the equals sign", `up{a:"b"} 1`],
  ["a bad timestamp", "up 1 now"],
  ["three numbers", "up 1 2 3"],
  ["text behind the timestamp", "up 1 2 x"],
  ["a comment behind the value", "up 1 # note"],
  ["a lone hash", "up 1 #"],
  ["an exemplar", `up 1 # {a="b"} 1`],
  ["a negative timestamp", "up 1 -5"],
  ["a timestamp with decimals", "up 1 5.0"],
  ["a timestamp beyond 64 bits", "up 1 9223372036854775808"],
  ["a value beyond a double", "up 1e309"],
  ["a newline between labels", `up{a="b",\nc="d"} 1`],
  ["an escaped newline in a value", `up{a="b\\\nc"} 1`],
  ["a newline behind the braces", `up{a="b"}\n1`],
  ["a NUL in a name", `{"u\0p"} 1`],
  ["a NUL outside of quotes", "up\0 1"],
  ["a form feed for a blank", "up\f1"],
  ["a carriage return at the end", "up 1\r"],
  ["a carriage return behind a timestamp", "up 1 2\r"],
  ["a byte order mark", "\ufeffup 1"],
  ["a carriage return inside", "up\r 1"],
  ["a comment", "# up 1"],
];

for (const [what, line] of malformed) {
  test(`scanSample refuses ${what}`, () => assert.equal(scan(line), undefined));
}

const notOpenMetrics: [string, string][] = [
  ["a blank before the name", " up 1"],
  ["a blank before the braces", `up {a="b"} 1`],
  ["a blank in the braces", `up{a="b", c="d"} 1`],
  ["a blank around the equals sign", `up{a ="b"} 1`],
  ["no comma between labels", `up{a="b"c="d"} 1`],
  ["no blank behind the braces", `up{a="b"}1`],
  ["two blanks before the value", "up  1"],
  ["a tab", "up\t1"],
  ["a blank at the end", "up 1 "],
  ["a newline in a value", `up{a="b\nc"} 1`],
  ["a timestamp that is not finite", "up 1 Inf"],
  ["a value beyond a double", "up 1e309"],
  ["a carriage return at the end", "up 1\r"],
  ["an exemplar without a value", `up 1 # {a="b"}`],
  ["an exemplar with a bad value", `up 1 # {a="b"} x`],
  ["an exemplar with a bad timestamp", `up 1 # {a="b"} 1 x`],
  ["an exemplar with three numbers", `up 1 # {a="b"} 1 2 3`],
  ["an exemplar with an open brace", `up 1 # {a="b" 1`],
  ["an exemplar with an open string", `up 1 # {a="b} 1`],
  ["an exemplar with a name alone", `up 1 # {"a"} 1`],
];

for (const [what, line] of notOpenMetrics) {
  test(`scanSample refuses ${what} in OpenMetrics`, () => {
    assert.equal(scan(line, true), undefined);
  });
}

const bytesOf = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...encoder.encode(part)] : part),
  );

const notUtf8: [string, Uint8Array][] = [
  ["a byte that begins nothing", bytesOf(`up{a="`, 0xff, `"} 1`)],
  ["a sequence that is cut", bytesOf(`up{a="`, 0xc3, `"} 1`)],
  ["a surrogate", bytesOf(`up{a="`, 0xed, 0xa0, 0x80, `"} 1`)],
  ["a longer form than needed", bytesOf(`up{a="`, 0xc0, 0xaf, `"} 1`)],
  ["more than there are code points", bytesOf(`up{a="`, 0xf4, 0x90, 0x80, 0x80, `"} 1`)],
  ["a name", bytesOf(`{"u`, 0xff, `"} 1`)],
  ["a label's name", bytesOf(`up{"`, 0xff, `"="b"} 1`)],
];

for (const [what, line] of notUtf8) {
  test(`scanSample refuses what is no UTF-8: ${what}`, () => {
    for (const openMetrics of [false, true]) {
      assert.equal(
        scanSample(line, 0, line.length, new SampleSpans(), lineFormat(openMetrics)),
        false,
      );
    }
  });
}

/** A block, and where the sample at its beginning ends: where its newline stands, or why not. */
const ends: [string, string, number][] = [
  ["its newline", "up 1\nb 2\n", 4],
  ["the end of the block", "up 1", 4],
  ["its newline behind blanks", "up 1 \t\n", 6],
  ["a newline behind one in quotes", `up{a="\n"} 1\nb 2\n`, 11],
  ["quotes that stay open", `up{a="b} 1\nc 2\n`, OPEN],
  ["quotes of a name that stay open", `{"up} 1\nc 2\n`, OPEN],
  ["quotes of a label's name that stay open", `up{"a\n`, OPEN],
  ["quotes that another line closes", `up{a="b} 1\nc{d="e"} 2\n`, UNREADABLE],
  ["no sample", "up one\nb 2\n", UNREADABLE],
];

for (const [what, block, expected] of ends) {
  test(`a sample ends at ${what}`, () => {
    const bytes = encoder.encode(block);
    assert.equal(sampleEnd(bytes, 0, bytes.length, new SampleSpans(), "text"), expected);
  });
}

const names: [string, string, string | undefined][] = [
  ["labels that cannot be read", `x{name="a 14" b"} 3`, "x"],
  ["a value that cannot", "x one", "x"],
  ["nothing else", "x", "x"],
  ["blanks before it", " \tx one", "x"],
  ["dots in it", "http.requests 1", "http.requests"],
  ["quotes", `{"http.requests",a="b} 1`, "http.requests"],
  ["quotes and a blank", `{ "x" , a=1} 1`, "x"],
  ["quotes that are closed at once", `{"x"} one`, "x"],
];

for (const [what, line, expected] of names) {
  test(`the name of a line with ${what}`, () => {
    const bytes = encoder.encode(`${line}\ny 1\n`);
    assert.equal(readableName(bytes, 0, line.length + 1), expected);
  });
}

for (const line of ["", `{a="b"} 1`, `{"a"="b"} 1`, `{"x`, `{"x"`, "{", "{}", `{""} 1`]) {
  test(`no name can be read in ${JSON.stringify(line)}`, () => {
    const bytes = encoder.encode(`${line}\n`);
    assert.equal(readableName(bytes, 0, bytes.length), undefined);
  });
}

test("scanSample has room for hundreds of labels and forgets them with the next line", () => {
  const spans = new SampleSpans();
  const labels = Array.from({ length: 300 }, (_, i): [string, string] => [`l${i}`, `v${i}`]);
  const line = `many{${labels.map(([name, value]) => `${name}="${value}"`).join()}} 3 4 # {} 5`;
  assert.deepEqual(scan(line, true, spans)?.labels, labels);
  assert.deepEqual(scan("up 1", true, spans), { name: "up", labels: [], value: "1" });
});

test("a sample may have so many labels and no more", () => {
  const labelled = (count: number) =>
    scan(`a{${Array.from({ length: count }, (_, n) => `l${n}="x"`).join(",")}} 1`);
  assert.equal(labelled(MAX_SAMPLE_LABELS)?.labels.length, MAX_SAMPLE_LABELS);
  assert.equal(labelled(MAX_SAMPLE_LABELS + 1), undefined);
});
