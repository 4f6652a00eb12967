import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { dropName, encode, engineOf, filterChunks } from "../support/lines/filtered.ts";
import { dropNothing, dropPath, rulesOf } from "../support/lines/series_case.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

/*
 * Two families of one name, of which one has samples of the very name, and the other one only such with
 * a suffix: Go programs have a gauge and a counter so in OpenMetrics. Both keep their metadata.
 */

interface TwinCase {
  readonly what: string;
  readonly openMetrics: boolean;
  readonly input: string;
  /** By default as the input. */
  readonly expected?: string;
}

const memory = `# HELP go_memstats_alloc_bytes Bytes in use.
# TYPE go_memstats_alloc_bytes gauge
go_memstats_alloc_bytes 5
# HELP go_memstats_alloc_bytes Bytes allocated.
# TYPE go_memstats_alloc_bytes counter
go_memstats_alloc_bytes_total 7
`;

const cases: readonly TwinCase[] = [
  { what: "a gauge, then a counter", openMetrics: true, input: memory },
  {
    what: "a counter, then a gauge",
    openMetrics: true,
    input: `# HELP a C.\n# TYPE a counter\na_total{m="1"} 1\na_created{m="1"} 2\n` +
      `# HELP a G.\n# TYPE a gauge\na 3\n`,
  },
  {
    what: "with units, and TYPE before HELP",
    openMetrics: true,
    input: "# TYPE a_s gauge\n# UNIT a_s s\n# HELP a_s G.\na_s 1\n" +
      "# TYPE a_s counter\n# UNIT a_s s\n# HELP a_s C.\na_s_total 2\n",
  },
  {
    what: "the same HELP",
    openMetrics: true,
    input: "# HELP a A.\n# TYPE a gauge\na 1\n# HELP a A.\n# TYPE a counter\na_total 2\n",
  },
  {
    what: "a gauge and an info",
    openMetrics: true,
    input: '# TYPE a gauge\na 1\n# TYPE a info\na_info{v="1"} 1\n',
  },
  {
    what: "a gauge and a histogram, in text too",
    openMetrics: false,
    input:
      '# HELP a G.\n# TYPE a gauge\na 1\n# HELP a H.\n# TYPE a histogram\na_bucket{le="1.0"} 1\n' +
      'a_bucket{le="+Inf"} 2\na_sum 3\na_count 2\n',
  },
  {
    what: "all metadata first",
    openMetrics: true,
    input: "# TYPE a gauge\n# TYPE a counter\na 1\na_total 2\n",
    expected: "# TYPE a gauge\na 1\n# TYPE a counter\na_total 2\n",
  },
  {
    what: "a quoted name",
    openMetrics: true,
    input: '# TYPE "a b" gauge\n{"a b"} 1\n# TYPE "a b" counter\n{"a b_total"} 2\n',
  },
  {
    what: "in text a counter `a` is no other family than a gauge `a`",
    openMetrics: false,
    input: "# TYPE a gauge\na 1\n# TYPE a counter\nb 2\n",
    expected: "# TYPE a gauge\na 1\nb 2\n",
  },
  {
    what: "of a third type nothing is said",
    openMetrics: true,
    input: "# TYPE a gauge\na 1\n# TYPE a counter\na_total 2\n# TYPE a info\nb 3\n",
    expected: "# TYPE a gauge\na 1\n# TYPE a counter\na_total 2\nb 3\n",
  },
];

for (const { what, openMetrics, input, expected = input } of cases) {
  test(`two families of one name: ${what}`, async () => {
    const end = openMetrics ? "# EOF\n" : "";
    const policies = await engineOf([dropName("nothing")]);
    const everywhere = [
      { policies },
      { rules: await rulesOf({ rules: [{ action: "drop", source_labels: ["q"], regex: "q" }] }) },
      { rules: await rulesOf({ rules: dropNothing }) },
      { rules: await rulesOf({ rules: dropPath }), policies },
    ];
    for (const options of everywhere) {
      for (const learns of [true, true, false, true]) {
        const run = await filterChunks([encode(input + end)], {
          ...options,
          learns,
          format: lineFormat(openMetrics),
        });
        assert.equal(run.text, expected + end);
        assert.equal(run.stats.typeConflicts.size, 0);
      }
    }
  });
}

test("the part of two families of one name that rules leave has its own metadata", async () => {
  const drop = async (regex: string) => ({
    rules: await rulesOf({
      rules: [{ action: "drop", source_labels: ["__name__"], regex }, ...dropPath],
    }),
    format: "openmetrics" as const,
  });
  const [gauge, counter] = [memory.split("\n").slice(0, 3), memory.split("\n").slice(3, 6)]
    .map((lines) => `${lines.join("\n")}\n# EOF\n`);
  const input = [encode(`${memory}# EOF\n`)];
  assert.equal((await filterChunks(input, await drop(".*_total"))).text, gauge);
  assert.equal((await filterChunks(input, await drop(".*_bytes"))).text, counter);
});

test("a gateway keeps a gauge and a counter of one name", async () => {
  const run = await MergedRun.of({ rules: dropNothing, counters: "raw" });
  const { text } = await run.scrape({ answers: { t: `${memory}# EOF\n` } });
  assert.equal(text, `${memory}# EOF\n`);
});
