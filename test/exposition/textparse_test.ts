import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";
import { decodePlain } from "../../src/exposition/text.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { TargetLabels } from "../../src/aggregate/target_labels.ts";
import { mergedText } from "../../src/gateway/merged_text.ts";
import { buildSeriesRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { chunksOf, filterChunks, streamOf } from "../support/lines/filtered.ts";
import {
  comparable,
  type Labels,
  readSeries,
  type Series,
} from "../support/exposition/read_series.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

/*
 * What Prometheus reads, rules reach. `blocks.jsonl` has some 2,000 short expositions, hand-written and
 * real lines with a few bytes changed, and what `model/textparse` of Prometheus v0.316.0 read in them:
 * whether it is OpenMetrics, whether the parser refused it, the bytes as characters up to U+00FF, and
 * the series before the end or the error: their labels, the value, and the timestamp in milliseconds.
 * Blanks that the parser takes for the beginning of a name are left out of it there.
 */

interface Block {
  readonly openMetrics: boolean;
  readonly isRefused: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly series: readonly Series[];
}

const file = resolve(import.meta.dirname!, "../cases/textparse/blocks.jsonl");
const blocks = readFileSync(file, "utf8").trimEnd().split("\n").map((line): Block => {
  const [openMetrics, isRefused, text, series] = JSON.parse(line);
  const bytes = Uint8Array.from(text, (character: string) => character.charCodeAt(0));
  return { openMetrics: openMetrics === 1, isRefused: isRefused === 1, bytes, series };
});

test("every series that Prometheus reads is read alike", () => {
  for (const { openMetrics, isRefused, bytes, series } of blocks) {
    const found = readSeries(bytes, openMetrics);
    const shown = decodePlain(bytes, 0, bytes.length);
    const read = isRefused ? found.slice(0, series.length) : found;
    assert.deepEqual(read.map(comparable), series.map(comparable), shown);
  }
});

const rules: readonly (readonly [string, RelabelRules, (labels: Labels) => Labels | undefined])[] =
  [
    [
      "a label is dropped",
      [{ action: "labeldrop", regex: "a" }],
      (labels) => labels.filter(([name]) => name !== "a"),
    ],
    [
      "a label is added",
      [{ target_label: "zz", replacement: "1" }],
      (labels) => [...labels, ["zz", "1"]],
    ],
    [
      "a name is dropped",
      [{ action: "drop", source_labels: ["__name__"], regex: "x" }],
      (labels) =>
        labels.some(([name, value]) => name === "__name__" && value === "x") ? undefined : labels,
    ],
  ];

for (const [what, text, image] of rules) {
  test(`rules reach every series that Prometheus reads: ${what}`, async () => {
    const inForce = await rulesOf({ rules: text });
    const { configs } = readRelabelConfigs(text, placeOf("rules"), "utf8");
    const none = { aggregationRules: [], limits: undefined };
    const gatewayRules = await buildSeriesRules({ ...none, relabelConfigs: configs });
    for (const [index, { openMetrics, isRefused, bytes, series }] of blocks.entries()) {
      if (isRefused) continue;
      const expected = seriesSet(series.map(([labels]) => labels).filter(isOnce).map(image));
      const chunks = chunksOf(bytes, [1, 7, 1000][index % 3]);
      const shown = decodePlain(bytes, 0, bytes.length);
      const sidecar = await filterChunks(chunks, {
        rules: inForce,
        format: lineFormat(openMetrics),
      });
      const left = readSeries(joined(sidecar.chunks), openMetrics).map(([labels]) => labels);
      assert.deepEqual(seriesSet(left), expected, shown);
      assert.equal(sidecar.stats.unparseableLines, 0, shown);
      const merged = await gatewayOutput(chunks, openMetrics, gatewayRules);
      assert.deepEqual(
        seriesSet(readSeries(merged, openMetrics).map(([labels]) => labels)),
        expected,
        shown,
      );
    }
  });
}

/** What a gateway before one target answers. */
async function gatewayOutput(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  openMetrics: boolean,
  rules: Awaited<ReturnType<typeof buildSeriesRules>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const table = new MergedTable({ monotonic: false, targetTtlMs: 1000 });
  const stats = new ScrapeStats();
  table.begin(0, false);
  const scrape = new TargetScrape({
    outputs: [{ rules, table, stats }],
    policies: undefined,
    format: lineFormat(openMetrics),
    labels: new TargetLabels([]),
    rank: 0,
    maxInputBytes: 0,
    onLimit: "fail",
  });
  await scrape.read(streamOf(chunks));
  scrape.fold("t");
  scrape.close();
  table.end();
  const format = lineFormat(openMetrics);
  const options = { format, own: undefined, maxOutputBytes: 0, onLimit: "fail" } as const;
  return joined(await mergedText(table, options, stats));
}

/** No label is there twice: such a sample is dropped. */
function isOnce(labels: Labels): boolean {
  return new Set(labels.map(([name]) => name)).size === labels.length;
}

/** An empty label is an absent one. */
function seriesSet(series: readonly (Labels | undefined)[]): string[] {
  const texts = series.filter((labels) => labels !== undefined).map((labels) =>
    JSON.stringify(
      labels.filter(([, value]) => value !== "").map(([name, value]) => [name, value]).sort(),
    )
  );
  return [...new Set(texts)].sort();
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
