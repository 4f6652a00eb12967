import assert from "node:assert/strict";
import { test } from "node:test";
import { textFromOpenMetrics } from "../../src/lines/text_from_openmetrics.ts";
import { chunksOf, encode } from "../support/lines/filtered.ts";

const cases: [string, string, string][] = [
  [
    "a counter under its samples' name, without exemplars",
    '# HELP c Requests.\n# TYPE c counter\nc_total{a="1"} 1 # {id="x"} 0.5\nc_created{a="1"} 2\n# EOF\n',
    '# HELP c_total Requests.\n# TYPE c_total counter\nc_total{a="1"} 1\nc_created{a="1"} 2\n',
  ],
  [
    "a gauge and a counter of one name",
    "# TYPE c gauge\nc 1\n# TYPE c counter\nc_total 2\n# EOF\n",
    "# TYPE c gauge\nc 1\n# TYPE c_total counter\nc_total 2\n",
  ],
  [
    "types that the text format lacks",
    "# TYPE i info\ni_info 1\n# TYPE s stateset\ns 1\n# TYPE u unknown\nu 1\n" +
    '# TYPE h gaugehistogram\nh_bucket{le="+Inf"} 1\n# EOF\n',
    "# TYPE i_info gauge\ni_info 1\n# TYPE s gauge\ns 1\n# TYPE u untyped\nu 1\n" +
    '# TYPE h untyped\nh_bucket{le="+Inf"} 1\n',
  ],
  ["no units", "# TYPE a_s gauge\n# UNIT a_s s\na_s 1\n# EOF\n", "# TYPE a_s gauge\na_s 1\n"],
  [
    "times in milliseconds",
    "a 1 1700000000.5\nb 1 1.7e9\nc 1 0\nd 1 -5\n# EOF\n",
    "a 1 1700000000500\nb 1 1700000000000\nc 1 0\nd 1\n",
  ],
  [
    "times beyond the last one of the text format",
    "a 1 1e16\nb 1 1e300\nc 1 1.5e308\nd 1 -1.5e308\n# EOF\n",
    "a 1 9223372036854775807\nb 1 9223372036854775807\nc 1 9223372036854775807\nd 1\n",
  ],
  [
    "escapes of HELP",
    String.raw`# HELP a say \"x\" \\ \n.` + "\na 1\n# EOF\n",
    String.raw`# HELP a say "x" \\ \n.` + "\na 1\n",
  ],
  [
    "quoted names",
    `# TYPE "c d" counter\n{"c d_total","k v"="x"} 1\n# EOF\n`,
    `# TYPE "c d_total" counter\n{"c d_total","k v"="x"} 1\n`,
  ],
  ["a line that is no sample", "a one\nb 1\n# EOF\n", "a one\nb 1\n"],
  ["nothing", "# EOF\n", ""],
];

for (const [what, openMetrics, expected] of cases) {
  test(`OpenMetrics as text: ${what}`, () => {
    for (const size of [1, 7, 1000]) {
      const chunks = textFromOpenMetrics(chunksOf(encode(openMetrics), size));
      const text = chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
      assert.equal(text, expected);
    }
  });
}
