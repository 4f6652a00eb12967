import assert from "node:assert/strict";
import { test } from "node:test";
import { formatValue } from "../../src/exposition/format_value.ts";
import type { LineFormat } from "../../src/exposition/line_format.ts";
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

const NATIVE = "{count:2,sum:3,schema:3,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:1],positive_buckets:[2]}";

/** What OpenMetrics has no meaning for. */
const LIFTED_ONLY = [
  "1 st@5",
  "1 st@1700000000.123456789",
  "1 2 st@5",
  "1 2.5 st@5 # {} 1",
  "1 st@5 # {} 1 2 # {} 3",
  "1 st@-5",
  "1 # {} 1 # {} 2",
  '1 # {a="} # {"} 1 2 # {b="c"} 2 3 # {} 4',
  NATIVE,
  `${NATIVE} 5`,
  `${NATIVE} 5 st@4`,
  `${NATIVE} st@4 # {} 1`,
  `${NATIVE} # {} 1 # {} 2 3`,
];

const NOT_LIFTED = [
  "1 st@",
  "1 st@x",
  "1 st@NaN",
  "1 st@Inf",
  "1 st@1e309",
  "1 st5",
  "1 s",
  "1  st@5",
  "1 st@ 5",
  "1 st@5 ",
  "1 st@5 6",
  "1 st@5 st@6",
  "1 st@5\t",
  "1 # {} 1 st@5",
  "1 # {} 1 #",
  "1 # {} 1 # {",
  "1 # {} 1 # {}",
  "1 # {} 1 2 3 # {} 1",
  "1 # {} 1  # {} 2",
  "1 # {} 1# {} 2",
  "{",
  "{count:2",
  `${NATIVE}5`,
  `${NATIVE} `,
  `${NATIVE}}`,
];

for (
  const [name, tails, format, isSample] of [
    ["what may follow a sample's labels in the text format is read", TEXT, "text", true],
    ["what may not is no sample", NOT_TEXT, "text", false],
    ["what may follow a sample's labels in OpenMetrics is read", OPEN_METRICS, "openmetrics", true],
    ["what may not there is no sample", NOT_OPEN_METRICS, "openmetrics", false],
    ["what only lifted lines have is none of OpenMetrics", LIFTED_ONLY, "openmetrics", false],
    ["what OpenMetrics has is read in lifted lines, too", OPEN_METRICS, "lifted", true],
    ["what only lifted lines have is read", LIFTED_ONLY, "lifted", true],
    ["what OpenMetrics has not, and they neither, is no sample", NOT_OPEN_METRICS, "lifted", false],
    ["what is like them and is not, is no sample", NOT_LIFTED, "lifted", false],
  ] as const
) {
  test(name, () => {
    const kernel = new BareKernel();
    for (const tail of tails) {
      assert.equal(compare(kernel, tail, format), isSample, JSON.stringify(tail));
    }
  });
}

test("any tail is read as `scanSample` reads it", () => {
  const kernel = new BareKernel();
  const next = random(41);
  let samples = 0;
  const count = 200_000;
  for (let i = 0; i < count; i++) {
    const format = FORMATS[next(FORMATS.length - 1)];
    const tail = randomTail(next, format);
    if (compare(kernel, next(1) === 0 ? tail : mutated(next, tail), format)) samples++;
  }
  assert.ok(samples > count / 3 && samples < count * 2 / 3, `${samples} were samples`);
});

/** Whether the tail is a sample's; throws unless the kernel and TypeScript say the same of it. */
function compare(kernel: BareKernel, tail: string, format: LineFormat): boolean {
  const line = encoder.encode(HEAD + tail);
  const isSample = scanSample(line, 0, line.length, spans, format);
  const expected = isSample ? expectedTail(tail) : undefined;
  const found = kernel.readTail(tail, format);
  // `assert` is slow for so many.
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    assert.deepEqual(found, expected, JSON.stringify(tail));
  }
  return isSample;
}

function expectedTail(tail: string) {
  const { valueEnd, timestampStart, timestampEnd, startTimeStart, exemplarStart } = spans;
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
    startTimeStart: offset(startTimeStart),
    startTimeEnd: offset(spans.startTimeEnd),
    exemplarStart: offset(exemplarStart),
    value: spans.isComposite ? undefined : numberOf(spans.valueStart, valueEnd),
    timestamp: timestampStart < 0 ? undefined : numberOf(timestampStart, timestampEnd),
  };
}

function randomTail(next: Next, format: LineFormat): string {
  const one = (of: readonly string[]) => of[next(of.length - 1)];
  const openMetrics = format !== "text";
  const isLifted = format === "lifted";
  const blanks = () => openMetrics ? " " : one(BLANKS);
  let tail = one(NUMBERS);
  if (next(2) === 0) tail += blanks() + one(openMetrics ? NUMBERS : TIMES);
  if (isLifted && next(2) === 0) tail += ` st@${one(NUMBERS)}`;
  if (openMetrics && next(2) === 0) {
    do {
      tail += ` # ${one(LABELS)} ${one(NUMBERS)}`;
      if (next(1) === 0) tail += ` ${one(NUMBERS)}`;
    } while (isLifted && next(1) === 0);
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

const FORMATS: readonly LineFormat[] = ["text", "openmetrics", "lifted"];

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
