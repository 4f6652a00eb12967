import assert from "node:assert/strict";
import { test } from "node:test";
import { formatValue } from "../../src/exposition/format_value.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";
import { parseNumber } from "../../src/exposition/number_text.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { scanSample } from "../../src/exposition/scan_sample.ts";
import { random } from "../support/random.ts";
import { BareKernel } from "../support/engine/bare_kernel.ts";

type Next = (largest: number) => number;

const TEXT = [
  "1",
  "1 2",
  "1\t2 ",
  "1  \t 1700000000000 \t",
  "1 9223372036854775807",
  "1 0009223372036854775807",
  "1 \t",
  "NaN 1",
  "-inf 00",
  "1.7976931348623157e308",
  "1e-999",
];

const NOT_TEXT = [
  "",
  "x",
  "1#",
  "1 #",
  "1 # {} 2",
  "1 2 3",
  "1 2x",
  "1 -2",
  "1 2.0",
  "1 9223372036854775808",
  "1 18446744073709551617",
  "1 Inf",
  "1 +nan",
  "1e309",
  "-1e309 2",
  "1\v2",
  "1\r",
  "1 2\r",
  "1\r 2",
];

const OPEN_METRICS = [
  "1",
  "1 2",
  "1 -2.5",
  "1 1.7e9",
  "NaN 1",
  "1 # {} 2",
  '1 2 # {a="b"} 3 4',
  '1 # {a="}\\"}"} 0.30000000000000004 12345678901234567890123',
  '1 # {a="\r",} 1',
  '1 # {a="größe","k v"="",""="x"} NaN',
];

const NOT_OPEN_METRICS = [
  "",
  "1 ",
  "1  2",
  "1\t2",
  "1 NaN",
  "1 Infinity",
  "1 1e309",
  "1e309",
  "1 #",
  "1 # ",
  "1 # {",
  "1 # {}",
  "1 # {} ",
  "1 # {}2",
  "1 # {}  2",
  "1 #  {} 2",
  "1 # {} x",
  "1 # {} 1e309",
  "1 # {} 1 Inf",
  "1 # {} 1 2 3",
  "1 # {} 1 2 ",
  "1 # {whatever} 1",
  '1 # {a="b" } 1',
  '1 # { a="b"} 1',
  '1 # {,a="b"} 1',
  '1 # {a="b"c="d"} 1',
  '1 # {a="b",,} 1',
  '1 # {1a="b"} 1',
  '1 # {a="\0"} 1',
  '1 # {a="\\\0"} 1',
  '1 # {"a\0"="b"} 1',
  '1 # {"a"} 1',
  '1 # {"} 1',
  '1 # {"\\',
  '1 # {"\\"} 1',
  "1 2 3",
  "1\r",
  "1 2\r",
  "1 # {} 2\r",
];

for (
  const [name, tails, openMetrics, isSample] of [
    ["what may follow a sample's labels in the text format is read", TEXT, false, true],
    ["what may not is no sample", NOT_TEXT, false, false],
    ["what may follow a sample's labels in OpenMetrics is read", OPEN_METRICS, true, true],
    ["what may not there is no sample", NOT_OPEN_METRICS, true, false],
  ] as const
) {
  test(name, () => {
    const kernel = new BareKernel();
    for (const tail of tails) {
      assert.equal(compare(kernel, tail, openMetrics), isSample, JSON.stringify(tail));
    }
  });
}

test("any tail is read as `scanSample` reads it", () => {
  const kernel = new BareKernel();
  const next = random(41);
  let samples = 0;
  const count = 200_000;
  for (let i = 0; i < count; i++) {
    const openMetrics = next(1) === 0;
    const tail = randomTail(next, openMetrics);
    if (compare(kernel, next(1) === 0 ? tail : mutated(next, tail), openMetrics)) samples++;
  }
  assert.ok(samples > count / 3 && samples < count * 2 / 3, `${samples} were samples`);
});

/** Whether the tail is a sample's; throws unless the kernel and TypeScript say the same of it. */
function compare(kernel: BareKernel, tail: string, openMetrics: boolean): boolean {
  const line = encoder.encode(HEAD + tail);
  const isSample = scanSample(line, 0, line.length, spans, lineFormat(openMetrics));
  const expected = isSample ? expectedTail(tail) : undefined;
  const found = kernel.readTail(tail, openMetrics);
  // `assert` is slow for so many.
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    assert.deepEqual(found, expected, JSON.stringify(tail));
  }
  return isSample;
}

function expectedTail(tail: string) {
  const { valueEnd, timestampStart, timestampEnd, exemplarStart } = spans;
  const offset = (at: number) => at < 0 ? undefined : at - HEAD.length;
  const bytes = encoder.encode(tail);
  const numberOf = (start: number, end: number) =>
    formatValue(
      parseNumber(decoder.decode(bytes.subarray(start - HEAD.length, end - HEAD.length))),
    );
  return {
    valueEnd: offset(valueEnd),
    timestampStart: offset(timestampStart),
    timestampEnd: offset(timestampEnd),
    exemplarStart: offset(exemplarStart),
    value: numberOf(spans.valueStart, valueEnd),
    timestamp: timestampStart < 0 ? undefined : numberOf(timestampStart, timestampEnd),
  };
}

function randomTail(next: Next, openMetrics: boolean): string {
  const one = (of: readonly string[]) => of[next(of.length - 1)];
  const blanks = () => openMetrics ? " " : one(BLANKS);
  let tail = one(NUMBERS);
  if (next(2) === 0) tail += blanks() + one(openMetrics ? NUMBERS : TIMES);
  if (openMetrics && next(2) === 0) {
    tail += ` # ${one(LABELS)} ${one(NUMBERS)}`;
    if (next(1) === 0) tail += ` ${one(NUMBERS)}`;
  }
  return !openMetrics && next(4) === 0 ? tail + blanks() : tail;
}

/** One to three bytes are removed, doubled or others; a blank in front is no part of a tail. */
function mutated(next: Next, tail: string): string {
  for (let times = next(2); times >= 0; times--) {
    const at = next(tail.length);
    const byte = MUTATIONS[next(MUTATIONS.length - 1)];
    tail = tail.slice(0, at) + byte + tail.slice(at + next(1));
  }
  return tail.replace(/^[ \t]+/, "");
}

const NUMBERS = [
  ...["0", "1", "-0", "+5", "12.5", ".5", "5.", "1e5", "1E-7", "-1.5e+300", "1700000000.123"],
  ...["1700000000000", "0.30000000000000004", "9007199254740993", "123456789012345678901234567890"],
  ...["NaN", "nan", "Inf", "-inf", "+INF", "Infinity", "-infinity", "5e-324", "1e23", "00012"],
];
const TIMES = ["0", "1700000000000", "9223372036854775807", "9223372036854775808", "00012"];
const BLANKS = [" ", " ", " ", "  ", "\t", " \t "];
const LABELS = [
  ...["{}", '{a="b"}', '{trace_id="0123456789abcdef",span_id="fedc"}', '{a="}"}', '{a="\\""}'],
  ...['{a="\\\\"}', '{a="#"}', '{"a"="\u00e9",}', '{a="\r"}'],
];
const MUTATIONS = [...' \t\r#{}"\\0123456789.eE+-nNaAiIfFtTyYxX_\v\0\u00a0', ""];

const HEAD = "m{} ";
const spans = new SampleSpans();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
