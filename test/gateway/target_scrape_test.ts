import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { type BodyFormat, lineFormat } from "../../src/exposition/line_format.ts";
import { NO_TARGET_LABELS } from "../../src/aggregate/target_labels.ts";
import { buildSeriesRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import { protobufOf } from "../support/gateway/merged_case.ts";
import { encode, streamOf } from "../support/lines/filtered.ts";

const cases: readonly {
  readonly what: string;
  readonly openMetrics: boolean;
  readonly maxInputBytes?: number;
  readonly input: string;
  readonly error: RegExp;
}[] = [
  {
    what: "a line that is no sample",
    openMetrics: false,
    input: "a 1\n<html>\n",
    error: /^UnreadableTarget: a line is no sample: "<html>"$/,
  },
  {
    what: "a line that ends in a carriage return",
    openMetrics: false,
    input: "a 1\r\n",
    error: /^UnreadableTarget: a line is no sample: "a 1\\r" \(it ends in a carriage return\)$/,
  },
  {
    what: "a byte order mark",
    openMetrics: false,
    input: "\ufeffa 1\n",
    error: /^UnreadableTarget: a line is no sample: .* \(it begins with a byte order mark\)$/,
  },
  {
    what: "a value that is no UTF-8 (cut by the reader)",
    openMetrics: false,
    input: 'a{b="\udc00} 1\n',
    error: /^UnreadableTarget: a line is no sample: /,
  },
  {
    what: "OpenMetrics that is cut",
    openMetrics: true,
    input: "# TYPE a gauge\na 1\n",
    error: /^UnreadableTarget: OpenMetrics without # EOF at its end$/,
  },
  {
    what: "OpenMetrics that goes on behind its end",
    openMetrics: true,
    input: "a 1\n# EOF\nb 1\n",
    error: /^UnreadableTarget: OpenMetrics that goes on behind # EOF$/,
  },
  {
    what: "a line that cannot be held",
    openMetrics: false,
    input: `a{b="${"x".repeat(1_100_000)}"} 1\n`,
    error: /^UnreadableTarget: a line is longer than can be held$/,
  },
  {
    what: "more than the input limit",
    openMetrics: false,
    maxInputBytes: 5,
    input: "a 1\nb 1\n",
    error: /^UnreadableTarget: more than 5 bytes, which is the input limit$/,
  },
];

/** One target of a scrape without rules. */
async function scrapeOf(
  format: BodyFormat,
  maxInputBytes: number,
  onUnreadable?: "drop",
  onLimit: "fail" | "truncate" = "fail",
): Promise<TargetScrape> {
  const table = new MergedTable({ monotonic: true, targetTtlMs: 1000 });
  const rules = await buildSeriesRules({
    relabelConfigs: [],
    aggregationRules: [],
    limits: undefined,
  });
  table.begin(1000, false);
  return new TargetScrape({
    outputs: [{ rules, table, stats: new ScrapeStats() }],
    policies: undefined,
    format,
    labels: NO_TARGET_LABELS,
    rank: 0,
    maxInputBytes,
    onLimit,
    onUnreadable,
  });
}

for (const { what, openMetrics, maxInputBytes = 0, input, error } of cases) {
  test(`${what} makes a target one that was not read`, async () => {
    const scrape = await scrapeOf(lineFormat(openMetrics), maxInputBytes);
    await assert.rejects(scrape.read(streamOf([encode(input)])), error);
  });
}

test("lines that cannot be read are dropped where that is asked for", async () => {
  const long = `a{b="${"x".repeat(1_100_000)}"} 1\n`;
  const scrape = await scrapeOf("text", 0, "drop");
  await scrape.read(streamOf([encode(`a 1\n<html>\n${long}# c\na{ 2\nb 1\n`)]));
  assert.equal(scrape.samples, 5);
  scrape.count(true);
  scrape.close();
});

test("a comment of the text format that looks like an end is none", async () => {
  const scrape = await scrapeOf("text", 0);
  await scrape.read(streamOf([encode("a 1\n# EOF\nb 1\n")]));
  assert.equal(scrape.samples, 2);
});

for (
  const [what, format, body, error] of [
    [
      "protobuf that is cut",
      "protobuf",
      protobufOf("# TYPE a gauge\na 1\n").subarray(0, -2),
      /^UnreadableTarget: .*protobuf/i,
    ],
    ["a page that is no protobuf", "protobuf", encode("<html></html>"), /^UnreadableTarget: /],
    [
      "OpenMetrics 2.0 that is cut",
      "openmetrics2",
      encode("# TYPE a gauge\na 1\n"),
      /^UnreadableTarget: .*# EOF/,
    ],
    [
      "OpenMetrics 2.0 that goes on behind its end",
      "openmetrics2",
      encode("a 1\n# EOF\nb 1\n"),
      /^UnreadableTarget: /,
    ],
    [
      "OpenMetrics 2.0 that is none",
      "openmetrics2",
      encode("a{ 1\n# EOF\n"),
      /^UnreadableTarget: /,
    ],
  ] as const
) {
  test(`${what} makes a target one that was not read`, async () => {
    const scrape = await scrapeOf(format, 0);
    await assert.rejects(scrape.read(streamOf([body])), error);
    scrape.close();
  });
}

for (const format of ["protobuf", "openmetrics2"] as const) {
  test(`${format} beyond the input limit counts as far as its metrics are whole`, async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `# TYPE a${i} gauge\na${i} 1\n`).join("");
    const body = format === "protobuf" ? protobufOf(lines) : encode(`${lines}# EOF\n`);
    const scrape = await scrapeOf(format, Math.floor(body.length / 2), undefined, "truncate");
    await scrape.read(streamOf([body]));
    assert.equal(scrape.truncated, true);
    assert.ok(scrape.samples > 40 && scrape.samples <= 50, `${scrape.samples} samples`);
    scrape.close();
  });
}
