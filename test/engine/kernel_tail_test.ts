import assert from "node:assert/strict";
import { test } from "node:test";
import { formatValue } from "../../src/exposition/format_value.ts";
import { parseNumber } from "../../src/exposition/number_text.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { scanSample } from "../../src/exposition/scan_sample.ts";
import { random } from "../support/random.ts";
import { BareKernel } from "../support/engine/bare_kernel.ts";

type Next = (largest: number) => number;

const SAMPLES = [
  "1",
  "1 2",
  "1\t2 ",
  "1  \t 1700000000000 \t",
  "NaN 1",
  "-inf +Infinity",
  "1 # {} 2",
  "1 #{}2",
  '1 2 # {a="b"} 3 4\t',
  '1 # {a="}\\"}"} 0.30000000000000004 12345678901234567890123',
  '1 # {a="\r"} 1',
  "1 # {whatever} 1",
];

const NO_SAMPLES = [
  "",
  "x",
  "1#",
  "1 #",
  "1 # ",
  "1 # {",
  "1 # {}",
  "1 # {} ",
  "1 # {} x",
  "1 # {} 1 2 3",
  '1 # {"} 1',
  '1 # {"\\',
  '1 # {"\\"} 1',
  "1 2 3",
  "1 2x",
  "1 +nan",
  "1\v2",
  "1\r",
  "1 2\r",
  "1 # {} 2\r",
  "1\r 2",
];

for (
  const [name, tails, isSample] of [
    ["what may follow a sample's labels is read", SAMPLES, true],
    ["what may not is no sample", NO_SAMPLES, false],
  ] as const
) {
  test(name, () => {
    const kernel = new BareKernel();
    for (const tail of tails) assert.equal(compare(kernel, tail), isSample, JSON.stringify(tail));
  });
}

test("any tail is read as `scanSample` reads it", () => {
  const kernel = new BareKernel();
  const next = random(41);
  let samples = 0;
  const count = 200_000;
  for (let i = 0; i < count; i++) {
    const tail = randomTail(next);
    if (compare(kernel, next(1) === 0 ? tail : mutated(next, tail))) samples++;
  }
  assert.ok(samples > count / 3 && samples < count * 2 / 3, `${samples} were samples`);
});

/** Whether the tail is a sample's; throws unless the kernel and TypeScript say the same of it. */
function compare(kernel: BareKernel, tail: string): boolean {
  const line = encoder.encode(HEAD + tail);
  // The kernel leaves lines with a carriage return at their end alone.
  const isSample = !tail.endsWith("\r") && scanSample(line, 0, line.length, spans);
  const expected = isSample ? expectedTail(tail) : undefined;
  const found = kernel.readTail(tail);
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

function randomTail(next: Next): string {
  const one = (of: readonly string[]) => of[next(of.length - 1)];
  const number = () => one(NUMBERS);
  const blanks = () => one(BLANKS);
  let tail = number();
  if (next(2) === 0) tail += blanks() + number();
  if (next(2) === 0) {
    tail += `${blanks()}#${one(["", " ", "\t "])}${one(LABELS)}${one(["", " ", " \t"])}${number()}`;
    if (next(1) === 0) tail += blanks() + number();
  }
  return next(4) === 0 ? tail + blanks() : tail;
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
const BLANKS = [" ", " ", " ", "  ", "\t", " \t "];
const LABELS = [
  ...["{}", '{a="b"}', '{trace_id="0123456789abcdef",span_id="fedc"}', '{a="}"}', '{a="\\""}'],
  ...['{a="\\\\"}', '{a="#"}', '{ a = "\u00e9" , }', '{a="\r"}'],
];
const MUTATIONS = [...' \t\r#{}"\\0123456789.eE+-nNaAiIfFtTyYxX_\v\0\u00a0', ""];

const HEAD = "m{} ";
const spans = new SampleSpans();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
