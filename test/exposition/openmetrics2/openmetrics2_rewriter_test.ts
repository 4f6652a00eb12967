import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenMetrics2Reader } from "../../../src/exposition/openmetrics2/openmetrics2_reader.ts";
import { chunksOf, rewritten, Written } from "../../support/exposition/openmetrics2.ts";

const X = `# HELP x Text.
# TYPE x histogram
# UNIT x seconds
x{a="1"} {count:2,sum:3,bucket:[0.5:1,+Inf:2]} 7 st@1 # {id="1"} 0.4 1
x{a="2"} {count:5,sum:4,bucket:[0.5:1,+Inf:5]}
# TYPE c counter
c 1
# EOF
`;

const N = `# TYPE n histogram
n {count:3,sum:4,bucket:[1:2,+Inf:3],schema:0,zero_threshold:0,zero_count:2,positive_spans:[2:1],positive_buckets:[1]} # {} 0.5 1 # {} 4 2
# EOF
`;

const G = `# TYPE g gaugehistogram
g {gcount:3,gsum:4,bucket:[1:2,+Inf:3]}
# EOF
`;

const S = `# HELP s Text.
# TYPE s summary
s {count:2,sum:3,quantile:[0.5:1,1:2]} 7 st@1
# EOF
`;

/** What is dropped, of what body, by a pattern of lifted lines; and what is left. */
const CASES: readonly (readonly [what: string, body: string, drops: RegExp, left: string])[] = [
  [
    "nothing of a family",
    X,
    /^c/,
    `# HELP x Text.
# TYPE x histogram
# UNIT x seconds
x{a="1"} {count:2,sum:3,bucket:[0.5:1,+Inf:2]} 7 st@1 # {id="1"} 0.4 1
x{a="2"} {count:5,sum:4,bucket:[0.5:1,+Inf:5]}
# EOF
`,
  ],
  [
    "a bucket",
    X,
    /le="0.5"/,
    `# HELP x Text.
# TYPE x histogram
# UNIT x seconds
x{a="1"} {count:2,sum:3,bucket:[+Inf:2]} 7 st@1
x{a="2"} {count:5,sum:4,bucket:[+Inf:5]}
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "a bucket of one metric, which comes last then",
    X,
    /a="1",le="0.5"/,
    `# HELP x Text.
# TYPE x histogram
# UNIT x seconds
x{a="2"} {count:5,sum:4,bucket:[0.5:1,+Inf:5]}
x{a="1"} {count:2,sum:3,bucket:[+Inf:2]} 7 st@1
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "all buckets",
    X,
    /_bucket/,
    `# HELP x Text.
# TYPE x summary
# UNIT x seconds
x{a="1"} {count:2,sum:3,quantile:[]} 7 st@1
x{a="2"} {count:5,sum:4,quantile:[]}
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "the bucket of +Inf",
    X,
    /Inf/,
    `# TYPE x_bucket counter
x_bucket{a="1",le="0.5"} 1 7 st@1 # {id="1"} 0.4 1
x_bucket{a="2",le="0.5"} 1
# TYPE x_sum counter
x_sum{a="1"} 3 7 st@1
x_sum{a="2"} 4
# TYPE x_count counter
x_count{a="1"} 2 7 st@1
x_count{a="2"} 5
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "sums",
    X,
    /_sum/,
    `# TYPE x_bucket counter
x_bucket{a="1",le="0.5"} 1 7 st@1 # {id="1"} 0.4 1
x_bucket{a="1",le="+Inf"} 2 7 st@1
x_bucket{a="2",le="0.5"} 1
x_bucket{a="2",le="+Inf"} 5
# TYPE x_count counter
x_count{a="1"} 2 7 st@1
x_count{a="2"} 5
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "counts",
    X,
    /_count/,
    `# TYPE x_bucket counter
x_bucket{a="1",le="0.5"} 1 7 st@1 # {id="1"} 0.4 1
x_bucket{a="1",le="+Inf"} 2 7 st@1
x_bucket{a="2",le="0.5"} 1
x_bucket{a="2",le="+Inf"} 5
# TYPE x_sum counter
x_sum{a="1"} 3 7 st@1
x_sum{a="2"} 4
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "a metric",
    X,
    /a="1"/,
    `# HELP x Text.
# TYPE x histogram
# UNIT x seconds
x{a="2"} {count:5,sum:4,bucket:[0.5:1,+Inf:5]}
# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "a family",
    X,
    /^x/,
    `# TYPE c counter
c 1
# EOF
`,
  ],
  [
    "all",
    X,
    /./,
    `# EOF
`,
  ],
  [
    "the native part",
    N,
    /^n /,
    `# TYPE n histogram
n {count:3,sum:4,bucket:[1:2,+Inf:3]} # {} 0.5 1 # {} 4 2
# EOF
`,
  ],
  [
    "buckets beside native ones",
    N,
    /_bucket/,
    `# TYPE n summary
n {count:3,sum:4,quantile:[]}
# EOF
`,
  ],
  [
    "one bucket beside native ones, which have those that every list has",
    N,
    /Inf|_sum|_count/,
    `# TYPE n_bucket counter
n_bucket{le="1.0"} 2 # {} 0.5 1
# EOF
`,
  ],
  [
    "all but the native part",
    N,
    /_/,
    `# EOF
`,
  ],
  [
    "all but buckets",
    N,
    /^n |_sum|_count/,
    `# TYPE n_bucket counter
n_bucket{le="1.0"} 2 # {} 0.5 1
n_bucket{le="+Inf"} 3 # {} 4 2
# EOF
`,
  ],
  [
    "all but sum and count",
    N,
    /^n |_bucket/,
    `# TYPE n summary
n {count:3,sum:4,quantile:[]}
# EOF
`,
  ],
  [
    "a gauge histogram's bucket",
    G,
    /1.0/,
    `# TYPE g gaugehistogram
g {gcount:3,gsum:4,bucket:[+Inf:3]}
# EOF
`,
  ],
  [
    "a gauge histogram's buckets",
    G,
    /_bucket/,
    `g_gsum 4
g_gcount 3
# EOF
`,
  ],
  [
    "a gauge histogram's sum",
    G,
    /_gsum/,
    `g_bucket{le="1.0"} 2
g_bucket{le="+Inf"} 3
g_gcount 3
# EOF
`,
  ],
  [
    "a quantile",
    S,
    /0.5/,
    `# HELP s Text.
# TYPE s summary
s {count:2,sum:3,quantile:[1:2]} 7 st@1
# EOF
`,
  ],
  [
    "all quantiles",
    S,
    /quantile/,
    `# HELP s Text.
# TYPE s summary
s {count:2,sum:3,quantile:[]} 7 st@1
# EOF
`,
  ],
  [
    "a summary's sum",
    S,
    /_sum/,
    `# HELP s Text.
# TYPE s gauge
s{quantile="0.5"} 1 7 st@1
s{quantile="1.0"} 2 7 st@1
# TYPE s_count counter
s_count 2 7 st@1
# EOF
`,
  ],
  [
    "sum and count",
    S,
    /_/,
    `# HELP s Text.
# TYPE s gauge
s{quantile="0.5"} 1 7 st@1
s{quantile="1.0"} 2 7 st@1
# EOF
`,
  ],
];

for (const [what, body, drops, left] of CASES) {
  test(`dropped: ${what}`, () => {
    const bytes = new TextEncoder().encode(body);
    for (const length of [bytes.length, 50, 1]) {
      const written = rewritten(
        chunksOf(bytes, length),
        (line) => line.startsWith("#") || !drops.test(line),
      );
      assert.equal(new TextDecoder().decode(written.bytes), left);
    }
  });
}

test("pieces say of how many samples they are", () => {
  const bytes = new TextEncoder().encode(X);
  assert.equal(rewritten([bytes], () => true).samples, 9);
  assert.equal(rewritten([bytes], (line) => !line.includes("_bucket")).samples, 5);
  assert.equal(rewritten([bytes], (line) => !line.includes("_sum")).samples, 7);
});

test("where nothing more is wanted, nothing more is written", () => {
  const reader = new OpenMetrics2Reader();
  const written = new Written();
  const output = {
    write: (piece: Uint8Array<ArrayBuffer>, samples: number) => {
      written.write(piece, samples);
      return false;
    },
  };
  for (const chunk of chunksOf(new TextEncoder().encode("a 1\nb 2\nc 3\n# EOF\n"), 4)) {
    reader.push(chunk, ({ count }) => reader.rewrite(new Uint8Array(count).fill(1), output));
  }
  reader.end(() => {});
  reader.endRewrite(output);
  assert.equal(new TextDecoder().decode(written.bytes), "a 1\n");
});
