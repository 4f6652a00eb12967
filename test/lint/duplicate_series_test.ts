import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { runCheck } from "../support/cli/memory_files.ts";

const CASES: readonly (readonly [what: string, scrape: string, said: string[]])[] = [
  ["none", 'c{a="1"} 1\nc{a="2"} 1\nc 1\nd{a="1"} 1\n', []],
  ["the same line", "c 1\nc 1\nc 2\n", ["c (2)"]],
  ["labels in another order", 'c{a="1",b="2"} 1\nc{b="2",a="1"} 2\n', ["c (1)"]],
  ["an empty label", 'c{a="1",b=""} 1\nc{a="1"} 2\n', ["c (1)"]],
  [
    "bounds spelt in two ways, in a histogram alone",
    `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 1
u{le="1"} 1
u{le="1.0"} 1
`,
    ["h (1)"],
  ],
  ["values that would run together", 'c{a="1b"} 1\nc{a="1",b="b"} 1\n', []],
  [
    "the most first, and no more than five",
    "a 1\na 1\nb 1\nb 1\nb 1\nc 1\nc 1\nd 1\nd 1\ne 1\ne 1\nf 1\nf 1\ng 1\ng 1\n",
    ["b (2)", "a (1)", "c (1)", "d (1)", "e (1)", "2 more families"],
  ],
];

for (const [what, scrape, named] of CASES) {
  for (const rules of ["", "metric_relabel_configs: [{action: labeldrop, regex: x}]\n"]) {
    test(`series that a scrape has twice: ${what}, ${rules === "" ? "no" : "with a"} rule`, async () => {
      const files = { "weir.yaml": `upstream_url: a:1\n${rules}`, "s.prom": scrape };
      const { stdout } = await runCheck("weir.yaml --scrape s.prom", files);
      const said = "--scrape: series are there twice, of which Prometheus takes the first sample " +
        "only: ";
      const found = stdout.filter((line) => line.endsWith("(duplicate-series)"));
      const expected = named.length === 0 ? [] : [`${said}${named.join(", ")} (duplicate-series)`];
      deepEqual(found, expected);
    });
  }
}
