import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_COMPOSED_FAMILY_BYTES } from "../../../src/bounds.ts";
import { Composer } from "../../../src/exposition/compose/composer.ts";
import {
  OpenMetrics2Encoder,
  TERMINATOR,
} from "../../../src/exposition/openmetrics2/openmetrics2_encoder.ts";
import { type Bytes, chunksOf, lifted, Written } from "../../support/exposition/openmetrics2.ts";

/** Lines, and what is composed of them. Prometheus's parser takes each. */
const CASES: readonly (readonly [what: string, lines: string, written: string])[] = [
  [
    "what text formats say of a histogram",
    `# TYPE x histogram
x_bucket{le="1"} 1
x_bucket{le="1e6"} 2
x_bucket{le="+Inf"} 3
x_count 3
x_sum 4
x_created 1.5e9
`,
    `# TYPE x histogram
x {count:3,sum:4,bucket:[1:1,1000000:2,+Inf:3]} st@1500000000
# EOF
`,
  ],
  [
    "metrics whose lines do not stand together, and labels in another order",
    `# TYPE x histogram
x_bucket{a="1",b="2",le="+Inf"} 1
x_bucket{a="2",b="2",le="+Inf"} 2
x_bucket{b="2",a="1",le="0.5"} 0
x_sum{b="2",a="1"} 3
x_sum{a="2",b="2"} 4
x_count{a="1",b="2"} 1
x_count{a="2",b="2"} 2
`,
    `# TYPE x histogram
x{b="2",a="1"} {count:1,sum:3,bucket:[0.5:0,+Inf:1]}
x{a="2",b="2"} {count:2,sum:4,bucket:[+Inf:2]}
# EOF
`,
  ],
  [
    "the same metric at two times",
    `# TYPE x summary
x_sum 1 5
x_count 1 5
x_sum 2 6
x_count 2 6
`,
    `# TYPE x summary
x {count:1,sum:1,quantile:[]} 5
x {count:2,sum:2,quantile:[]} 6
# EOF
`,
  ],
  [
    "a counter's _created",
    `# HELP x_total Text.
# TYPE x_total counter
x_total{a="1"} 1 # {} 1 2
x_created{a="1"} 5
x_total{a="2"} 1
x_created{a="3"} 6
`,
    `# HELP x_total Text.
# TYPE x_total counter
x_total{a="1"} 1 st@5 # {} 1 2
x_total{a="2"} 1
x_created{a="3"} 6
# EOF
`,
  ],
  [
    "start times beside _created",
    `# TYPE x counter
x 1 st@3
x_created 5
`,
    `# TYPE x counter
x 1 st@3
# EOF
`,
  ],
  [
    "bounds that are none",
    `# TYPE x histogram
x_bucket{le="a"} 1
x_bucket{le="NaN"} 1
x_bucket 2
x_bucket{le="0.5"} -1
x_bucket{le="+Inf"} 3
x_sum 1
x_count 3
`,
    `# TYPE x histogram
x {count:3,sum:1,bucket:[+Inf:3]}
# TYPE x_bucket counter
x_bucket{le="a"} 1
x_bucket{le="NaN"} 1
x_bucket 2
x_bucket{le="0.5"} -1
# EOF
`,
  ],
  [
    "a bound twice",
    `# TYPE x histogram
x_bucket{le="1"} 1
x_bucket{le="1.0"} 2
x_bucket{le="+Inf"} 3
x_sum 1
x_sum 2
x_count 3
`,
    `# TYPE x histogram
x {count:3,sum:1,bucket:[1:1,+Inf:3]}
# TYPE x_bucket counter
x_bucket{le="1.0"} 2
# TYPE x_sum counter
x_sum 2
# EOF
`,
  ],
  [
    "no bucket of +Inf, with a start time",
    `# TYPE x histogram
x_bucket{le="1"} 1
x_sum 1
x_count 3
x_created 4
`,
    `# TYPE x_bucket counter
x_bucket{le="1"} 1 st@4
# TYPE x_sum counter
x_sum 1 st@4
# TYPE x_count counter
x_count 3 st@4
# EOF
`,
  ],
  [
    "a _created alone",
    `# TYPE x histogram
x_created 4
# TYPE s summary
s{quantile="0.5"} 1
s_created 4
`,
    `x_created 4
# TYPE s gauge
s{quantile="0.5"} 1
s_created 4
# EOF
`,
  ],
  [
    "quantiles that are none",
    `# TYPE x summary
x{quantile="2"} 1
x{quantile="a"} 2
x 3
x_sum 4
x_count 5
`,
    `# TYPE x summary
x {count:5,sum:4,quantile:[]}
# TYPE x gauge
x{quantile="2"} 1
x{quantile="a"} 2
x 3
# EOF
`,
  ],
  [
    "a gauge histogram in both spellings",
    `# TYPE x gaugehistogram
x_bucket{le="+Inf"} 3
x_gsum 1
x_gcount 3
# TYPE y gaugehistogram
y_bucket{le="+Inf"} 3
y_sum 1
y_count 3
`,
    `# TYPE x gaugehistogram
x {gcount:3,gsum:1,bucket:[+Inf:3]}
# TYPE y gaugehistogram
y {gcount:3,gsum:1,bucket:[+Inf:3]}
# EOF
`,
  ],
  [
    "custom buckets",
    `# TYPE x histogram
x {count:6,sum:5,schema:-53,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[1:1,1:1],positive_buckets:[2,4],custom_values:[1,2.5,5]} # {} 2 3
`,
    `# TYPE x histogram
x {count:6,sum:5,bucket:[1:0,2.5:2,5:2,+Inf:6]} # {} 2 3
# EOF
`,
  ],
  [
    "a native histogram of whole floats",
    `# TYPE x histogram
x {count:3.0,sum:5,schema:0,zero_threshold:0,zero_count:1,negative_spans:[],negative_buckets:[],positive_spans:[1:1],positive_buckets:[2]}
`,
    `# TYPE x histogram
x {count:3,sum:5,schema:0,zero_threshold:0,zero_count:1.0,negative_spans:[],negative_buckets:[],positive_spans:[1:1],positive_buckets:[2.0]}
# EOF
`,
  ],
  [
    "a native histogram that no TYPE speaks of",
    `x {count:0,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[],positive_buckets:[]}
x 1
`,
    `# TYPE x histogram
x {count:0,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[],positive_buckets:[]}
# TYPE x unknown
x 1
# EOF
`,
  ],
  [
    "native histograms that are none",
    `# TYPE x histogram
x{a="1"} {count:9,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],negative_buckets:[],positive_spans:[],positive_buckets:[]}
x{a="2"} {count:1}
# TYPE y gauge
y 1
`,
    `# TYPE y gauge
y 1
# EOF
`,
  ],
  [
    "exemplars of a histogram's native part and of its buckets",
    `# TYPE x histogram
x_bucket{le="1"} 1 # {} 0.5 1
x_bucket{le="+Inf"} 1 # {a="b"} 7
x_sum 1
x_count 1
x {count:1,sum:1,schema:0,zero_threshold:0,zero_count:1,negative_spans:[],negative_buckets:[],positive_spans:[],positive_buckets:[]} # {} 3 1 # {} 0.5 1
`,
    `# TYPE x histogram
x {count:1,sum:1,schema:0,zero_threshold:0,zero_count:1,negative_spans:[],negative_buckets:[],positive_spans:[],positive_buckets:[],bucket:[1:1,+Inf:1]} # {} 3 1 # {} 0.5 1
# EOF
`,
  ],
  [
    "exemplars without a time, or with a label without a name",
    `# TYPE x counter
x 1 # {} 1 # {a="b"} 2 3 # {""="b"} 2 3
`,
    `# TYPE x counter
x 1 # {a="b"} 2 3
# EOF
`,
  ],
  [
    "values that a type does not allow",
    `# TYPE c counter
c{a="1"} 1
c{a="2"} NaN
c{a="3"} 2
# TYPE i info
i 1
# TYPE j_info info
# UNIT j_info seconds
j_info 1
# TYPE s stateset
s 1
s{s="a"} 1
s{s="b"} 2
# TYPE u untyped
u 1
`,
    `# TYPE c counter
c{a="1"} 1
# TYPE c unknown
c{a="2"} NaN
# TYPE c counter
c{a="3"} 2
# TYPE i unknown
i 1
# TYPE j_info info
j_info 1
# TYPE s unknown
s 1
# TYPE s stateset
s{s="a"} 1
# TYPE s unknown
s{s="b"} 2
# TYPE u unknown
u 1
# EOF
`,
  ],
  [
    "families without metadata, and metadata without samples",
    `# HELP a Text.
# TYPE a counter
b{a="1"} 1
b{a="2"} 2
# TYPE c gauge
`,
    `b{a="1"} 1
b{a="2"} 2
# EOF
`,
  ],
  [
    "samples of a name that comes behind a family of the same name",
    `# TYPE x summary
x{quantile="0.5"} 1
x_sum 1
x_count 2
x 5
y 1
x 1
`,
    `# TYPE x summary
x {count:2,sum:1,quantile:[0.5:1]}
# TYPE x gauge
x 5
y 1
x 1
# EOF
`,
  ],
  [
    "names and texts",
    `# HELP "x y" a\\\\b\\n\\"c\r
# TYPE "x y" gauge
{"x y","l.l"="\\"\\\\\\n"} 1
{a="1","x y"} 2
{"x_y"} 3
`,
    `# HELP "x y" a\\\\b\\n\\"c
# TYPE "x y" gauge
{"x y","l.l"="\\"\\\\\\n"} 1
{"x y",a="1"} 2
x_y 3
# EOF
`,
  ],
  [
    "names with escapes that they do not need",
    `# TYPE "a\\.b" histogram
{"a\\.b_bucket",le="+Inf"} 1
{"a\\\\.b_sum"} 1
{"a\\.b_count"} 1
{"\\{"} 5
`,
    `# TYPE "a\\\\.b" histogram
{"a\\\\.b"} {count:1,sum:1,bucket:[+Inf:1]}
{"\\\\{"} 5
# EOF
`,
  ],
  [
    "a newline in quotes",
    `# TYPE x histogram
x_bucket{a="b
c",le="+Inf"} 1
x_sum{a="b
c"} 1
x_count{a="b
c"} 1
`,
    `# TYPE x histogram
x{a="b\\nc"} {count:1,sum:1,bucket:[+Inf:1]}
# EOF
`,
  ],
  [
    "times",
    `# TYPE x counter
x{a="1"} 1 1e9 st@-1.5
x{a="2"} 1 -0.5 st@1.5e-1
x{a="3"} 1 5. st@.25
`,
    `# TYPE x counter
x{a="1"} 1 1000000000 st@-1.5
x{a="2"} 1 -0.5 st@0.15
x{a="3"} 1 5 st@0.25
# EOF
`,
  ],
  [
    "what is no sample",
    `x 1
x{

# a comment
{} 1
x 1 2 3
x{a="1"} 2
`,
    `x 1
x{a="1"} 2
# EOF
`,
  ],
];

for (const [what, lines, written] of CASES) {
  test(`composed: ${what}`, () => {
    const bytes = encode(lines);
    for (const length of [bytes.length, 5, 1]) {
      assert.equal(shown(compose(chunksOf(bytes, length)).bytes), written);
    }
  });
}

test("lines and native histograms that are left out are counted", () => {
  const none = `x {count:9,sum:0,schema:0,zero_threshold:0,zero_count:0,negative_spans:[],` +
    `negative_buckets:[],positive_spans:[],positive_buckets:[]}\n`;
  const classic = `x_bucket{le="+Inf"} 9\nx_sum 1\nx_count 9\n`;
  const text = `# TYPE x histogram\n${none}${classic}y 1 2 3\n${"z".repeat(2 ** 21)} 1\n`;
  const { bytes, unreadable, leftOut } = compose([encode(text)]);
  assert.deepEqual([unreadable, leftOut], [2, 1]);
  assert.equal(shown(bytes), "# TYPE x histogram\nx {count:9,sum:1,bucket:[+Inf:9]}\n# EOF\n");
});

test("of a family beyond the bound no sample is lost", () => {
  const metrics = 3_000;
  const padding = "p".repeat(Math.ceil(MAX_COMPOSED_FAMILY_BYTES / 2 / metrics));
  const lines = ["# TYPE x histogram\n"];
  const add = (i: number, line: string) =>
    lines.push(line.replace("{", `{i="${i}",p="${padding}"`) + "\n");
  for (let i = 0; i < metrics; i++) {
    add(i, `x_bucket{,le="+Inf"} ${i}`);
    add(i, `x_sum{} ${i}`);
    add(i, `x_count{} ${i}`);
  }
  // It comes long after its metric is written.
  add(1, `x_bucket{,le="1.0"} 1`);
  const { bytes, samples } = compose([encode(lines.join(""))]);
  assert.equal(samples, lines.length - 1);
  assert.ok(shown(bytes).includes("# TYPE x_bucket counter\n"));
  const again = lifted([bytes]).lines.map(shown).filter((line) => !line.startsWith("#"));
  assert.deepEqual(again.toSorted(), lines.slice(1).toSorted());
});

function compose(chunks: readonly Bytes[]) {
  const output = new Written();
  const encoder = new OpenMetrics2Encoder(output);
  const composer = new Composer(encoder);
  for (const chunk of chunks) composer.push(chunk);
  composer.end();
  output.write(TERMINATOR, 0);
  const { bytes, samples } = output;
  return { bytes, samples, unreadable: composer.unreadable, leftOut: encoder.leftOut };
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function shown(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
