import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { MAX_HELD_LINE_BYTES } from "../../../src/bounds.ts";
import { UnreadableBody } from "../../../src/exposition/lifted.ts";
import { OpenMetrics2Reader } from "../../../src/exposition/openmetrics2/openmetrics2_reader.ts";
import { type Entry, entryOf, entryOfGo } from "../../support/exposition/lifted_entries.ts";
import {
  type Bytes,
  chunksOf,
  composed,
  lifted,
  rewritten,
} from "../../support/exposition/openmetrics2.ts";

/*
 * Each line of the data is a body and what the OpenMetrics 2.0 parser of Prometheus v0.316.0
 * (`textparse.NewOpenMetrics2Parser`, classic histograms kept beside native ones) makes of it: a name,
 * the bytes as characters up to U+00FF, the error, "" for none, and the entries before it. The random
 * bodies are those of the fuzz target `openmetrics2`; those of a client are what
 * `expfmt.MetricFamilyToOpenMetrics20` of prometheus/common v0.72.1 writes of random metrics.
 */
interface Body {
  readonly name: string;
  readonly bytes: Bytes;
  readonly error: string;
  readonly entries: readonly Entry[];
}

const bodies = ["named", "random", "client"].flatMap((file) => {
  const path = resolve(import.meta.dirname!, `../data/openmetrics2_${file}.jsonl`);
  return readFileSync(path, "utf8").trimEnd().split("\n").map((line): Body => {
    const [name, text, error, entries] = JSON.parse(line);
    const bytes = Uint8Array.from(text, (character: string) => character.charCodeAt(0));
    return { name, bytes, error, entries };
  });
});
const accepted = bodies.filter(({ error }) => error === "");
const refused = bodies.filter(({ error }) => error !== "");

test("what Prometheus reads is lifted alike", () => {
  assert.ok(accepted.length > 100);
  for (const { name, bytes, entries } of accepted) {
    const { lines, terminated } = lifted([bytes]);
    assert.deepEqual(sorted(entriesOf(lines)), sorted(entries.map(entryOfGo)), name);
    assert.ok(terminated, name);
  }
});

test("up to what Prometheus refuses, all is lifted alike, and that is handed on as it is", () => {
  assert.ok(refused.length > 50);
  for (const { name, bytes, entries } of refused) {
    const { lines } = lifted([bytes]);
    const read = entriesOf(lines).slice(0, entries.length);
    assert.deepEqual(sorted(read), sorted(entries.map(entryOfGo)), name);
    const behind = lines.slice(read.length).map(shown)[0] ?? "";
    assert.ok(`${shown(bytes)}\n`.includes(behind), `${name}: ${behind}`);
  }
});

test("where nothing is dropped the same bytes come again, wherever the body is cut", () => {
  for (const { name, bytes } of bodies) {
    for (const length of [1, 7, bytes.length + 1]) {
      const chunks = chunksOf(bytes, length);
      assert.equal(shown(rewritten(chunks, () => true).bytes), shown(bytes), name);
      assert.deepEqual(lifted(chunks).lines.map(shown), lifted([bytes]).lines.map(shown), name);
    }
  }
});

test("what is composed of the lines says the same", () => {
  for (const { name, bytes } of accepted) {
    const { lines } = lifted([bytes]);
    const again = lifted([composed(lines)]);
    assert.deepEqual(samplesOf(again.lines), samplesOf(lines), name);
  }
});

const LINES: readonly (readonly [what: string, body: string, lines: string])[] = [
  [
    "a classic histogram",
    `# TYPE x histogram
x{a="b"} {count:2,sum:3.50,bucket:[0.5:1,+Inf:2]} 1.5 st@1 # {id="1"} 0.4 1 # {} NaN 3
# EOF
`,
    `# TYPE x histogram
x_bucket{a="b",le="0.5"} 1 1.5 st@1 # {id="1"} 0.4 1
x_bucket{a="b",le="+Inf"} 2 1.5 st@1 # {} NaN 3
x_sum{a="b"} 3.50 1.5 st@1
x_count{a="b"} 2 1.5 st@1
`,
  ],
  [
    "a native histogram",
    `# TYPE x histogram
x {count:3.0,sum:4,positive_buckets:[1],positive_spans:[+2:1],schema:0,zero_count:2,zero_threshold:1e-3} # {} 1 2
`,
    `# TYPE x histogram
x {count:3,sum:4,schema:0,zero_threshold:0.001,zero_count:2,negative_spans:[],negative_buckets:[],positive_spans:[2:1],positive_buckets:[1]} # {} 1 2
`,
  ],
  [
    "a native histogram of floats, and buckets",
    `# TYPE x gaugehistogram
x {gcount:3,gsum:4,schema:0,zero_threshold:0,zero_count:2,positive_spans:[2:1],positive_buckets:[1.0],bucket:[+Inf:3]}
`,
    `# TYPE x gaugehistogram
x_bucket{le="+Inf"} 3
x_gsum 4
x_gcount 3
x {count:3.0,sum:4,schema:0,zero_threshold:0,zero_count:2,negative_spans:[],negative_buckets:[],positive_spans:[2:1],positive_buckets:[1]}
`,
  ],
  [
    "a summary in quotes",
    `# TYPE "x.y" summary
{"x.y","l.l"="",} {count:2,sum:3,quantile:[0.50:1,1:2]}
`,
    `# TYPE "x.y" summary
{"x.y","l.l"="",quantile="0.5"} 1
{"x.y","l.l"="",quantile="1.0"} 2
{"x.y_sum","l.l"=""} 3
{"x.y_count","l.l"=""} 2
`,
  ],
  [
    "what is no sample",
    `# TYPE x histogram
# a comment

x {count:1}
x 1
# EOF
y 1`,
    `# TYPE x histogram
# a comment

x {count:1}
x 1
# EOF
y 1
`,
  ],
];

for (const [what, body, lines] of LINES) {
  test(`lifted: ${what}`, () => {
    assert.equal(lifted([encode(body)]).lines.map(shown).join(""), lines);
  });
}

test("the terminator is none where it is not last, or not there", () => {
  for (
    const body of ["x 1\n", "# EOF\nx 1\n", "# EOF\n\n", "# EOF \n", "#EOF\n", ""]
  ) {
    assert.equal(lifted([encode(body)]).terminated, false, body);
  }
  for (const body of ["x 1\n# EOF", "# EOF\n"]) {
    assert.equal(lifted([encode(body)]).terminated, true, body);
  }
});

test("a line that is longer than can be held is not read, and what is before it is", () => {
  const reader = new OpenMetrics2Reader();
  let count = 0;
  const push = () =>
    reader.push(encode(`x 1\n${"y".repeat(MAX_HELD_LINE_BYTES)} 1\n`), (lines) => {
      count += lines.count;
    });
  assert.throws(push, UnreadableBody);
  assert.equal(count, 1);
});

function entriesOf(lines: readonly Bytes[]): Entry[] {
  return lines.map(entryOf).filter((entry) => entry !== undefined);
}

function samplesOf(lines: readonly Bytes[]): string[] {
  return sorted(entriesOf(lines).filter(({ labels }) => labels !== undefined));
}

function sorted(entries: readonly Entry[]): string[] {
  return entries.map((
    { labels, value, native, time, start, exemplars, type, help, unit },
  ) => JSON.stringify({ labels, value, native, time, start, exemplars, type, help, unit }))
    .toSorted();
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function shown(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
