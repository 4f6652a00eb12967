import assert from "node:assert/strict";
import { test } from "node:test";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { sampleEnd, scanSample, UNREADABLE } from "../../src/exposition/scan_sample.ts";
import { decodePlain } from "../../src/exposition/text.ts";

const NATIVE = "{count:2,sum:3,schema:3,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:1],positive_buckets:[2]}";

interface Parts {
  readonly value: string;
  readonly timestamp?: string;
  readonly start?: string;
  readonly exemplars?: string;
  readonly isComposite?: boolean;
}

const read: readonly [what: string, tail: string, parts: Parts][] = [
  ["a value", "1", { value: "1" }],
  ["a start time", "1 st@5.25", { value: "1", start: "st@5.25" }],
  ["both times", "1 2 st@5", { value: "1", timestamp: "2", start: "st@5" }],
  [
    "both times and an exemplar",
    '1 2 st@5 # {a="b"} 1 3',
    { value: "1", timestamp: "2", start: "st@5", exemplars: '# {a="b"} 1 3' },
  ],
  [
    "several exemplars",
    '1 # {a="} # {"} 1 3 # {} 4',
    { value: "1", exemplars: '# {a="} # {"} 1 3 # {} 4' },
  ],
  ["a native histogram", NATIVE, { value: NATIVE, isComposite: true }],
  [
    "a native histogram with all of it",
    `${NATIVE} 2 st@5 # {} 1 # {} 2 3`,
    {
      value: NATIVE,
      timestamp: "2",
      start: "st@5",
      exemplars: "# {} 1 # {} 2 3",
      isComposite: true,
    },
  ],
];

const spans = new SampleSpans();
const encoder = new TextEncoder();

for (const [what, tail, parts] of read) {
  for (const head of ["h ", 'h{a="b"} ', '{"h.h",a="b"} ']) {
    test(`a lifted sample with ${what}: ${head.trim()}`, () => {
      const line = encoder.encode(head + tail);
      assert.ok(scanSample(line, 0, line.length, spans, "lifted"));
      const textOf = (start: number, end: number) =>
        start < 0 ? undefined : decodePlain(line, start, end);
      const found = {
        value: textOf(spans.valueStart, spans.valueEnd),
        timestamp: textOf(spans.timestampStart, spans.timestampEnd),
        start: textOf(spans.startTimeStart, spans.startTimeEnd),
        exemplars: textOf(spans.exemplarStart, line.length),
        isComposite: spans.isComposite,
      };
      const none = { timestamp: undefined, start: undefined, exemplars: undefined };
      assert.deepEqual(found, { ...none, isComposite: false, ...parts });
      // What the next line has not is not that of the one before.
      assert.ok(scanSample(encoder.encode("a 1"), 0, 3, spans, "lifted"));
      assert.deepEqual([spans.isComposite, spans.startTimeStart], [false, -1]);
    });
  }
}

const unreadable: readonly [what: string, tail: string][] = [
  ["a start time before the timestamp", "1 st@5 2"],
  ["a start time behind an exemplar", "1 # {} 1 st@5"],
  ["a start time that is none", "1 st@x"],
  ["two start times", "1 st@5 st@6"],
  ["a word for a start time", "1 st@Inf"],
  ["an exemplar that is none behind another", "1 # {} 1 # {a}"],
  ["two blanks between exemplars", "1 # {} 1  # {} 1"],
  ["a composite value that does not end", "{count:2"],
  ["a composite value of other fields", "{count:2,sum:3}"],
  ["a composite value with blanks", NATIVE.replace(",sum", ", sum")],
  ["fields in another order", NATIVE.replace("count:2,sum:3", "sum:3,count:2")],
  ["a field that is missing", NATIVE.replace(",zero_count:0", "")],
  ["fewer buckets than spans have", NATIVE.replace("[0:1]", "[0:2]")],
  ["a count that its buckets have not", NATIVE.replace("count:2,", "count:3,")],
  ["a negative count", NATIVE.replaceAll("2", "-2")],
  ["what stands behind it", `${NATIVE}x`],
  ["a carriage return behind it", `${NATIVE}\r`],
];

for (const [what, tail] of unreadable) {
  test(`no lifted sample has ${what}`, () => {
    const line = encoder.encode(`h{a="b"} ${tail}\n`);
    assert.equal(sampleEnd(line, 0, line.length, spans, "lifted"), UNREADABLE);
  });
}
