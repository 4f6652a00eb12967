import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { Composer } from "../../../src/exposition/compose/composer.ts";
import { ProtobufEncoder } from "../../../src/exposition/protobuf/protobuf_encoder.ts";
import { ProtobufReader } from "../../../src/exposition/protobuf/protobuf_reader.ts";
import { lift } from "../../support/exposition/lift.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The body that lifted lines are composed to, and its samples as told to the output. */
function encode(lines: string): { readonly body: Bytes; readonly samples: number } {
  const pieces: Bytes[] = [];
  let samples = 0;
  const composer = new Composer(
    new ProtobufEncoder({
      write(piece, count) {
        pieces.push(piece);
        samples += count;
        return true;
      },
    }),
  );
  composer.push(new TextEncoder().encode(lines));
  composer.end();
  return { body: new Uint8Array(Buffer.concat(pieces)), samples };
}

/** The lines of what lifted lines are composed to. */
function encodedAgain(lines: string): string {
  const { body, samples } = encode(lines);
  const lifted = lift(new ProtobufReader(), [body]);
  assert.equal(lifted.error, undefined);
  assert.equal(samples, lines.split("\n").filter((line) => /^[^#]/.test(line)).length);
  return text(lifted.lines);
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

test("client_golang: the same lines after composing and encoding them", () => {
  const body = new Uint8Array(
    readFileSync(resolve(import.meta.dirname!, "data", "client_golang.pb")),
  );
  const lines = text(lift(new ProtobufReader(), [body]).lines);
  assert.equal(encodedAgain(lines), lines);
});

test("client_model: the same lines, but for counts that no double holds", () => {
  const body = new Uint8Array(
    readFileSync(resolve(import.meta.dirname!, "data", "client_model.pb")),
  );
  const lines = text(lift(new ProtobufReader(), [body]).lines);
  // A native histogram of 2^53 observations or more is one of doubles.
  const wanted = lines.replace("count:9223372036854775810", "count:9.223372036854776e+18")
    .replace("[9007199254740993,", "[9007199254740992,");
  assert.notEqual(wanted, lines);
  assert.equal(encodedAgain(lines), wanted);
});

interface Case {
  readonly name: string;
  readonly lines: string;
  /** The lines of what was encoded, where they are others. */
  readonly again?: string;
}

const NHCB = "{count:9,sum:5,schema:-53,zero_threshold:0,zero_count:0,negative_spans:[]," +
  "negative_buckets:[],positive_spans:[0:1,1:2],positive_buckets:[2,3,4],custom_values:[0.5,1,2]}";

const ONE_NATIVE = native("count:1,sum:1,schema:0,zero_threshold:1,zero_count:1", "", "");

const cases: readonly Case[] = [
  {
    name: "types that protobuf has not",
    lines: `# TYPE i_info info
i_info{a="b"} 1
# TYPE st stateset
st{st="x"} 0
# TYPE u unknown
u 1
untold 2
`,
    again: `# TYPE i_info gauge
i_info{a="b"} 1
# TYPE st gauge
st{st="x"} 0
# TYPE u unknown
u 1
# TYPE untold unknown
untold 2
`,
  },
  {
    name: "integers and doubles among the counts of one histogram",
    lines: `# TYPE h histogram
h_bucket{le="1.0"} 0.5
h_bucket{le="2.0"} 3
h_bucket{le="+Inf"} 18446744073709551615
h_sum NaN
h_count 18446744073709551615
`,
  },
  {
    name: "counts beyond 64 bits are doubles",
    lines: `# TYPE h histogram
h_bucket{le="+Inf"} 1e+30
h_sum 1
h_count 1e+30
`,
  },
  {
    name: "custom buckets become classic ones",
    lines: `# TYPE h histogram
h{a="b"} ${NHCB} 5 st@1.5
`,
    again: `# TYPE h histogram
h_bucket{a="b",le="0.5"} 2 5 st@1.5
h_bucket{a="b",le="1.0"} 2 5 st@1.5
h_bucket{a="b",le="2.0"} 5 5 st@1.5
h_bucket{a="b",le="+Inf"} 9 5 st@1.5
h_sum{a="b"} 5 5 st@1.5
h_count{a="b"} 9 5 st@1.5
`,
  },
  {
    name: "custom buckets of doubles",
    lines: `# TYPE h histogram
h ${NHCB.replace("count:9", "count:9.5").replace("4]", "4.5]")}
`,
    again: `# TYPE h histogram
h_bucket{le="0.5"} 2
h_bucket{le="1.0"} 2
h_bucket{le="2.0"} 5
h_bucket{le="+Inf"} 9.5
h_sum 5
h_count 9.5
`,
  },
  {
    name: "native histograms that would be taken for classic ones get a span",
    lines: `# TYPE h histogram
h ${native("count:0,sum:0,schema:0,zero_threshold:0,zero_count:0", "", "")}
h{a="float"} ${native("count:2.0,sum:0,schema:0,zero_threshold:0,zero_count:2", "", "")}
`,
    again: `# TYPE h histogram
h ${native("count:0,sum:0,schema:0,zero_threshold:0,zero_count:0", "0:0", "")}
h{a="float"} ${native("count:2.0,sum:0,schema:0,zero_threshold:0,zero_count:2", "0:0", "")}
`,
  },
  {
    name: "large differences of counts",
    lines: `# TYPE h histogram
h ${
      native(
        "count:9007199254740990,sum:0,schema:0,zero_threshold:0,zero_count:0",
        "-5:3",
        "0,9007199254740990,0",
      )
    }
`,
  },
  {
    name: "a summary that does not count in integers",
    lines: `# HELP s Text.
# TYPE s summary
s{quantile="0.5"} 1
s{quantile="1.0"} 2
s_sum 3 st@4
s_count 2.5 st@4
s{a="b",quantile="0.5"} 1
s_sum{a="b"} 3
s_count{a="b"} 1e+06
`,
    again: `# HELP s Text.
# TYPE s summary
s{a="b",quantile="0.5"} 1
s_sum{a="b"} 3
s_count{a="b"} 1000000
# HELP s Text.
# TYPE s gauge
s{quantile="0.5"} 1
s{quantile="1.0"} 2
# TYPE s_sum counter
s_sum 3 st@4
# TYPE s_count counter
s_count 2.5 st@4
`,
  },
  {
    name: "times: negative, exact, with an exponent, and 0, which is none",
    lines: `# TYPE c counter
c{a="1"} 1 -0.001 st@-1.5
c{a="2"} 1 9223372036854775.807 st@9007199254740991.999999999
c{a="3"} 1 1.5e9
c{a="4"} 1 0 st@0
c{a="5"} 1 0.0019
`,
    again: `# TYPE c counter
c{a="1"} 1 -0.001 st@-1.5
c{a="2"} 1 9223372036854775.807 st@9007199254740991.999999999
c{a="3"} 1 1500000000
c{a="4"} 1
c{a="5"} 1 0.001
`,
  },
  {
    name: "exemplars: one of each counter and bucket, the last; all of a native histogram",
    lines: String.raw`# TYPE c counter
c 1 # {} 1 2 # {a="\\\"\n"} 3
# TYPE g gauge
g 1 # {} 1 2
# TYPE h histogram
h_bucket{le="1.0"} 1 # {} 0.5 # {x="y"} 0.75 3.000000001
h_bucket{le="+Inf"} 1 # {} 9
h_sum 1
h_count 1
h ${ONE_NATIVE} # {} 1 2 # {} 3 4
`,
    again: String.raw`# TYPE c counter
c 1 # {a="\\\"\n"} 3
# TYPE g gauge
g 1
# TYPE h histogram
h_bucket{le="1.0"} 1 # {x="y"} 0.75 3.000000001
h_bucket{le="+Inf"} 1 # {} 9
h_sum 1
h_count 1
h ${ONE_NATIVE} # {} 1 2 # {} 3 4
`,
  },
  {
    name: "names and labels with escapes",
    lines: String.raw`# HELP "a\"\\b" Text\nmore \\.
# TYPE "a\"\\b" counter
# UNIT "a\"\\b" b
{"a\"\\b","l\\x"="v\n\"\\n"} 1
`,
  },
];

function native(head: string, spans: string, counts: string): string {
  return `{${head},negative_spans:[],negative_buckets:[],positive_spans:[${spans}],` +
    `positive_buckets:[${counts}]}`;
}

for (const { name, lines, again = lines } of cases) {
  test(name, () => assert.equal(encodedAgain(lines), again));
}

test("a family beyond the bound is written as several of the same head", () => {
  const line = (i: number) => `g{i="${i}",text="${"x".repeat(1_000)}"} ${i}\n`;
  const lines = Array.from({ length: 10_000 }, (_, i) => line(i)).join("");
  const again = encodedAgain(`# HELP g Text.\n# TYPE g gauge\n# UNIT g u\n${lines}`);
  const head = "# HELP g Text.\n# TYPE g gauge\n# UNIT g u\n";
  const parts = again.split(head);
  assert.equal(parts.length, 4);
  assert.equal(parts.join(""), lines);
});
