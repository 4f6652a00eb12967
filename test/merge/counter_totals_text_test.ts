import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CounterTable,
  counterTotalsText,
  readCounterTotals,
} from "../../src/merge/counter_totals_text.ts";
import type { NativeHistogram } from "../../src/exposition/native_histogram.ts";
import { STATE_CHUNK_BYTES } from "../../src/bounds.ts";
import { random } from "../support/random.ts";

type Totals = Record<
  string,
  [key: string, value: number | NativeHistogram, begunAt?: number][]
>;

const encoder = new TextEncoder();

/** As tables hand them over: keys side by side in one array, one object for all of them. */
function* tablesOf(totals: Totals): Generator<CounterTable> {
  for (const [name, series] of Object.entries(totals)) yield { name, series: seriesOf(series) };
}

function* seriesOf(series: Totals[string]) {
  const bytes = encoder.encode(series.map(([key]) => key).join(""));
  const total = { bytes, start: 0, end: 0, value: 0 as number | NativeHistogram, begunAt: NaN };
  for (const [key, value, begunAt = NaN] of series) {
    total.start = total.end;
    total.end += encoder.encode(key).length;
    total.value = value;
    total.begunAt = begunAt;
    yield total;
  }
}

function written(totals: Totals): string {
  return new TextDecoder().decode(bytesOf([...counterTotalsText(tablesOf(totals))]));
}

function bytesOf(chunks: Uint8Array<ArrayBuffer>[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function read(bytes: Uint8Array | string): Totals {
  const totals: Totals = {};
  let series: Totals[string] = [];
  readCounterTotals(typeof bytes === "string" ? encoder.encode(bytes) : bytes, {
    table: (name) => totals[name] = series = [],
    series: (bytes, start, end, value, begunAt) => {
      const key = new TextDecoder().decode(bytes.subarray(start, end));
      series.push(Number.isNaN(begunAt) ? [key, value] : [key, value, begunAt]);
    },
  });
  return totals;
}

const TOTALS: Totals = {
  metrics: [
    ["requests_total", 12],
    ['requests_total{code="200",path="/a b"}', 12.5, 1735700000123],
    ['size_bucket{le="+Inf"}', 9007199254740992],
    ['{"http.requests",path="# end \\"x\\"\\n"}', 1e-7],
  ],
  "edge totals": [['up{"ü"="ö"}', 0]],
  empty: [],
};

const TEXT = `# weir counters 2
# table metrics
requests_total 12
requests_total{code="200",path="/a b"} 12.5 1735700000123
size_bucket{le="+Inf"} 9007199254740992
{"http.requests",path="# end \\"x\\"\\n"} 1e-07
# table edge totals
up{"ü"="ö"} 0
# table empty
# end
`;

test("totals are written as lines", () => assert.equal(written(TOTALS), TEXT));

test("the lines are read as the same totals", () => assert.deepEqual(read(TEXT), TOTALS));

test("a text without times, as it was written before, is read as totals", () => {
  assert.deepEqual(read("# weir counters 1\n# table metrics\na_total 12.5\n# end\n"), {
    metrics: [["a_total", 12.5]],
  });
});

test("no tables are a text too", () => {
  assert.equal(written({}), "# weir counters 2\n# end\n");
  assert.deepEqual(read(written({})), {});
});

test("bytes of a key come back as they are", () => {
  const key = encoder.encode('a{b="\r\0ö\ufeff"}');
  const total = { bytes: key, start: 0, end: key.length, value: 1, begunAt: NaN };
  const bytes = bytesOf([...counterTotalsText([{ name: "metrics", series: [total] }])]);
  let found = new Uint8Array(0);
  readCounterTotals(bytes, {
    table: () => {},
    series: (bytes, start, end) => found = bytes.slice(start, end),
  });
  assert.deepEqual(found, key);
});

test("values read back as the same doubles", () => {
  const next = random(3);
  const bits = new DataView(new ArrayBuffer(8));
  const values = [
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    1.7976931348623157e308,
    2 ** 53 + 2,
    0.1,
  ];
  for (let i = 0; i < 20_000; i++) {
    bits.setUint32(0, next(0xffffffff));
    bits.setUint32(4, next(0xffffffff));
    values.push(bits.getFloat64(0), next(1e9) / 1000, next(1e9));
  }
  const totals: Totals = { metrics: values.map((value, i) => [`s${i}_total`, value]) };
  read(written(totals)).metrics.forEach(([key, value], i) => {
    assert.ok(Object.is(value, values[i]), `${key}: ${value}, not ${values[i]}`);
  });
});

test("chunks have about the bound's size, and none overwrites another", () => {
  const label = "x".repeat(200);
  const totals: Totals = {
    metrics: Array.from({ length: 2000 }, (_, i) => [`requests_total{n="${i}",x="${label}"}`, i]),
  };
  const chunks = [...counterTotalsText(tablesOf(totals))];
  assert.ok(chunks.length > 5);
  for (const chunk of chunks.slice(0, -1)) {
    assert.ok(chunk.length >= STATE_CHUNK_BYTES && chunk.length < STATE_CHUNK_BYTES + 300);
  }
  assert.deepEqual(read(bytesOf(chunks)), totals);
});

const HEADER = "# weir counters 2\n";
const CUT = 'wanted a line that ends, and "# end" as the last: the text is cut';
const SERIES = "wanted a series and its value";
const DAMAGED: [name: string, text: string, message: string][] = [
  ["empty", "", 'line 1: found nothing, wanted "# weir counters 2"'],
  [
    "another version",
    "# weir counters 3\n# end\n",
    'line 1: found "# weir counters 3", wanted "# weir counters 2"',
  ],
  ["something else", "a 1\n", 'line 1: found "a 1", wanted "# weir counters 2"'],
  ["only a header", "# weir counters 2", `line 2: found nothing, ${CUT}`],
  ["cut behind a line", `${HEADER}# table metrics\na 1\n`, `line 4: found nothing, ${CUT}`],
  ["cut in a value", `${HEADER}# table metrics\na 12`, `line 3: found "a 12", ${CUT}`],
  ["cut in the last line", `${HEADER}# end`, `line 2: found "# end", ${CUT}`],
  [
    "goes on behind the end",
    `${HEADER}# end\na 1\n`,
    'line 3: found "a 1", wanted nothing after "# end"',
  ],
  [
    "a series before a table",
    `${HEADER}a 1\n# end\n`,
    'line 2: found "a 1", wanted "# table " and a name before any series',
  ],
  [
    "a table twice",
    `${HEADER}# table a\n# table a\n# end\n`,
    'line 3: found "# table a", wanted "# table " and a new name, or "# end"',
  ],
  [
    "a table without name",
    `${HEADER}# table \n# end\n`,
    'line 2: found "# table ", wanted "# table " and a new name, or "# end"',
  ],
  ["an empty line", `${HEADER}# table a\n\n# end\n`, `line 3: found "", ${SERIES}`],
  ["no value", `${HEADER}# table a\na{b="c"}\n# end\n`, `line 3: found "a{b=\\"c\\"}", ${SERIES}`],
  ["no number", `${HEADER}# table a\na x\n# end\n`, `line 3: found "a x", ${SERIES}`],
  ["no name", `${HEADER}# table a\n 1\n# end\n`, `line 3: found " 1", ${SERIES}`],
  ["a time that is none", `${HEADER}# table a\na 1 x\n# end\n`, `line 3: found "a 1 x", ${SERIES}`],
  ["two times", `${HEADER}# table a\na 1 2 3\n# end\n`, `line 3: found "a 1 2 3", ${SERIES}`],
  ["a time apart", `${HEADER}# table a\na 1  2\n# end\n`, `line 3: found "a 1  2", ${SERIES}`],
  ["a blank behind", `${HEADER}# table a\na 1 2 \n# end\n`, `line 3: found "a 1 2 ", ${SERIES}`],
  ["a carriage return", `${HEADER}# table a\na 1\r\n# end\n`, `line 3: found "a 1\\r", ${SERIES}`],
  [
    "a long line",
    `${HEADER}# table a\n${"x".repeat(500)}\n# end\n`,
    `line 3: found "${"x".repeat(80)}…", ${SERIES}`,
  ],
];

for (const [name, text, message] of DAMAGED) {
  test(`damaged, ${name}: an error that names the line`, () => {
    assert.throws(() => read(text), { message });
  });
}

test("of a text that is cut anywhere nothing is told", () => {
  const bytes = encoder.encode(TEXT);
  const told = () => assert.fail("told");
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    assert.throws(
      () => readCounterTotals(cut, { table: told, series: told }),
      /^Error: line \d+: /,
    );
  }
});
