import assert from "node:assert/strict";
import { test } from "node:test";
import { readReference } from "../../scripts/fuzz/reference_reader.ts";
import { expositions } from "../../scripts/fuzz/corpus.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const problemsOf = (text: string, openMetrics: boolean) =>
  readReference(encode(text), openMetrics).problems.map(({ kind, text }) => `${kind}: ${text}`);

const RIGHT: readonly (readonly [string, string, openMetrics: boolean])[] = [
  ["nothing", "", false],
  ["comments and blank lines", "# a comment\n\n#\na 1\n", false],
  ["odd blanks and a comma at the end", 'a { x = "1" , y="2", }\t1 \n', false],
  ["a timestamp", 'a{x="\\\\\\"\\n"} -1e3 -5\n', false],
  ["a histogram", '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n', false],
  ["quoted names", '# TYPE "a.b" gauge\n{"a.b","c.d"="1"} 1\n{"a.b"} NaN\n', false],
  ["OpenMetrics", "# TYPE a_s counter\n# UNIT a_s s\na_s_total 1 1.5 # {} 1 2\n# EOF\n", true],
];

for (const [what, text, openMetrics] of RIGHT) {
  test(`takes ${what}`, () => assert.deepEqual(problemsOf(text, openMetrics), []));
}

const WRONG: readonly (readonly [string, string, openMetrics: boolean, problem: string])[] = [
  ["no newline at the end", "a 1", false, "syntax"],
  ["an unknown escape", 'a{x="\\q"} 1\n', false, "syntax"],
  ["a hexadecimal number", "a 0x1p-2\n", false, "syntax"],
  ["no blank before the value", "a-1\n", false, "syntax"],
  ["a label twice", 'a{x="1",x="2"} 1\n', false, "syntax"],
  ["an exemplar in text", "a_total 1 # {} 1\n", false, "syntax"],
  ["a TYPE that is repeated", "# TYPE a gauge\n# TYPE a gauge\na 1\n", false, "metadata"],
  ["a TYPE behind samples", "a 1\n# TYPE a gauge\n", false, "metadata"],
  ["a family in two pieces", 'a{x="1"} 1\nb 1\na 1\n', false, "order"],
  ["a series twice", 'a{x="1",y=""} 1\na{x="1"} 2\n', false, "twice"],
  [
    "a bound twice in two spellings",
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\n',
    false,
    "twice",
  ],
  ["no EOF", "a 1\n", true, "syntax"],
  ["two blanks", "a  1\n# EOF\n", true, "syntax"],
  ["a comment", "# a\n# EOF\n", true, "syntax"],
  ["a counter without _total", "# TYPE a counter\na 1\n# EOF\n", true, "metadata"],
  ["a name without its unit", "# UNIT a s\na 1\n# EOF\n", true, "metadata"],
];

for (const [what, text, openMetrics, problem] of WRONG) {
  test(`refuses ${what}`, () => {
    const [first = "nothing"] = problemsOf(text, openMetrics);
    assert.equal(first.split(":")[0], problem, first);
  });
}

test("takes the real scrapes", () => {
  const real = expositions.filter((text) => text.length > 10_000);
  assert.equal(real.length, 3);
  for (const text of real) assert.deepEqual(problemsOf(text, false), []);
});
