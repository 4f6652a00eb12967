import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_KNOWN_BYTES, MOST_WHOLE_TABLE_BYTES, WHOLE_TABLE_BYTES } from "../../src/bounds.ts";
import { AggregationError } from "../../src/lines/aggregation_error.ts";
import { isSeriesRules } from "../../src/lines/rules_in_force.ts";
import { SubsetScrape } from "../../src/lines/subset_scrape.ts";
import { chunksOf, encode, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, rulesOf, testSeries } from "../support/lines/series_case.ts";

/* Families whose samples do not stand together. */

testSeries([
  {
    what: "row by row, all TYPE lines first",
    rules: dropPath,
    input: `# TYPE ready gauge
# TYPE acked counter
ready{path="1"} 1
acked{path="1"} 10
ready{path="2"} 2
acked{path="2"} 20
ready{path="3"} 4
acked{path="3"} 40
`,
    expected: "# TYPE ready gauge\nready 7\n# TYPE acked counter\nacked 70\n",
    stats: { mergedSamples: 4, noncontiguousFamilies: 0 },
  },
  {
    what: "without any metadata",
    rules: dropPath,
    input: `a{path="1"} 1\nb{path="1"} 10\na{path="2"} 2\nb{path="2"} 20\n`,
    expected: "a 3\nb 30\n",
  },
  {
    what: "a metric's TYPE each time",
    rules: dropPath,
    input: `# TYPE a counter
a{path="1"} 1
# TYPE b counter
b{path="1"} 10
# TYPE a counter
a{path="2"} 2
# TYPE b counter
b{path="2"} 20
`,
    expected: "# TYPE a counter\na 3\n# TYPE b counter\nb 30\n",
  },
  {
    what: "a gauge of its own inside a summary, as Micrometer writes it",
    rules: dropPath,
    input: `# TYPE s summary
s_count{path="1"} 1
s_sum{path="1"} 0.5
# TYPE s_max gauge
s_max{path="1"} 0.5
s_count{path="2"} 2
s_sum{path="2"} 0.25
s_max{path="2"} 0.25
`,
    aggregation: [{ match: ".*_max", function: "max" }],
    expected: "# TYPE s summary\ns_count 3\ns_sum 0.75\n# TYPE s_max gauge\ns_max 0.5\n",
  },
  {
    what: "a counter beside its time of creation, each a family of text",
    rules: dropPath,
    input: `# TYPE c_total counter
# TYPE c_created gauge
c_total{path="1"} 1
c_created{path="1"} 1700000001
c_total{path="2"} 2
c_created{path="2"} 1700000000
`,
    expected: "# TYPE c_total counter\nc_total 3\n# TYPE c_created gauge\nc_created 1700000000\n",
  },
  {
    what: "a histogram's parts in columns",
    rules: dropPath,
    input: `# TYPE h histogram
h_bucket{path="1",le="1"} 1
h_bucket{path="2",le="1"} 2
c{path="1"} 1
h_bucket{path="1",le="+Inf"} 3
h_bucket{path="2",le="+Inf"} 4
c{path="2"} 1
h_count{path="1"} 3
h_count{path="2"} 4
`,
    expected: `# TYPE h histogram
h_bucket{le="1.0"} 3
h_bucket{le="+Inf"} 7
h_count 7
c 2
`,
  },
  {
    what: "in OpenMetrics",
    rules: dropPath,
    options: { format: "openmetrics" },
    input: `# TYPE a counter
# TYPE b gauge
a_total{path="1"} 1
b{path="1"} 10
a_total{path="2"} 2
b{path="2"} 20
# EOF
`,
    expected: "# TYPE a counter\na_total 3\n# TYPE b gauge\nb 30\n# EOF\n",
  },
  {
    what: "limits hold over all parts",
    limits: { seriesPerFamily: 2 },
    input: `a{x="1"} 1\nb 1\na{x="2"} 2\na{x="3"} 4\na{x="4"} 8\n`,
    expected: `a{x="1"} 1\na{x="2"} 2\na{x="weir_overflow"} 12\nb 1\n`,
  },
]);

const PAD = "x".repeat(300);

/** Series of one family that take so many bytes. */
function filling(bytes: number): string {
  let lines = "# TYPE a counter\n";
  for (let i = 0; i < bytes / PAD.length; i++) lines += `a{i="${i}",pad="${PAD}"} ${i}\n`;
  return lines;
}

const BACK = '# TYPE b counter\nb{path="1"} 1\na{path="/b",i="0"} 2\nb{path="2"} 2\n';

test("a family that comes back after it was written ends the scrape; the next holds more", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const first = filling(2 * WHOLE_TABLE_BYTES);
  const chunks = () => chunksOf(encode(first + BACK), 65_536);
  await assert.rejects(
    filterChunks(chunks(), { rules }),
    new AggregationError(
      "samples of family a do not stand together, and the scrape has more series than the 12 MiB " +
        "that are held until all have come; the next scrape holds up to 64 MiB",
    ),
  );
  const { text, stats } = await filterChunks(chunks(), { rules });
  assert.equal(text, `${first}a{i="0"} 2\n# TYPE b counter\nb 3\n`);
  assert.equal(stats.noncontiguousFamilies, 0);
});

test("beyond that, too, it ends the scrape, and says so", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const chunks = () => chunksOf(encode(filling(1.2 * MOST_WHOLE_TABLE_BYTES) + BACK), 1 << 20);
  await assert.rejects(filterChunks(chunks(), { rules }), /up to 64 MiB$/);
  await assert.rejects(
    filterChunks(chunks(), { rules }),
    new AggregationError(
      "samples of family a do not stand together, and the scrape has more series than the 64 MiB " +
        "that are held until all have come",
    ),
  );
});

test("families that stand together are written as they end, however many there are", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const first = filling(2 * WHOLE_TABLE_BYTES);
  const rest = '# TYPE b counter\nb{path="1"} 1\nb{path="2"} 2\n';
  const { text } = await filterChunks(chunksOf(encode(first + rest), 65_536), { rules });
  assert.equal(text, `${first}# TYPE b counter\nb 3\n`);
});

/** So many families that what is known of them is forgotten once at least, each of two samples. */
function manyFamilies(): string[] {
  const help = "h".repeat(400);
  return Array.from(
    { length: 1.3 * MAX_KNOWN_BYTES / help.length },
    (_, i) => `# HELP f${i} ${help}\nf${i}{path="1"} 1\nf${i}{path="2"} 2\n`,
  );
}

test("families that are forgotten in the midst of a scrape are whole", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const families = manyFamilies();
  const { text } = await filterChunks(chunksOf(encode(families.join("")), 65_536), { rules });
  const expected = families.map((lines, i) => `${lines.split("\n")[0]}\nf${i} 3\n`);
  assert.ok(text === expected.join(""), "each family is there once");
});

test("so are names without metadata", async () => {
  const rules = await rulesOf({ rules: dropPath });
  let input = "";
  let expected = "";
  for (let i = 0; i < 120_000; i++) {
    input += `f${i}{path="1"} 1\nf${i}{path="2"} 2\nf${i}{path="3"} 4\n`;
    expected += `f${i} 7\n`;
  }
  const { text } = await filterChunks(chunksOf(encode(input), 65_536), { rules });
  assert.ok(text === expected, "each family is there once");
});

test("a family that was forgotten and comes back ends the scrape, too", async () => {
  const rules = await rulesOf({ rules: dropPath });
  const families = manyFamilies();
  const input = families.join("") + 'f0{path="3"} 4\n';
  const chunks = () => chunksOf(encode(input), 65_536);
  await assert.rejects(
    filterChunks(chunks(), { rules }),
    /^AggregationError: samples of family f0/,
  );
  // The next one remembers more.
  const { text } = await filterChunks(chunks(), { rules });
  assert.ok(text.includes("\nf0 7\n"), text.slice(0, 2_000));
});

test("a subset that fails keeps neither the scrape nor other subsets from ending well", async () => {
  const input = 'c{a="1"} 1\nc{a="2"} 2\n# EOF\n';
  const limited = await rulesOf({ limits: { series: 1, action: "fail" }, rules: dropPath });
  const rules = await rulesOf({ rules: dropPath });
  const subsets = [limited, rules].map((rules, index) => {
    assert.ok(isSeriesRules(rules));
    return new SubsetScrape({
      name: `s${index}`,
      rules,
      policies: undefined,
      format: "openmetrics",
      contentType: null,
      maxLineBytes: 4096,
      maxOutputBytes: 0,
      onLimit: "truncate",
      scrapedAtMs: 0,
      timestamps: false,
    });
  });
  const { text } = await filterChunks([encode(input)], { format: "openmetrics", subsets });
  assert.equal(text, input);
  const [failed, filled] = subsets;
  assert.equal(failed.error?.message, "family c exceeds the limit series");
  assert.equal(failed.snapshot, undefined);
  assert.equal(new TextDecoder().decode(filled.snapshot!.chunks[0]), input);
});
