import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { TargetLabels } from "../../src/aggregate/target_labels.ts";
import { gatewayProgramOf, programOf } from "../../src/engine/program.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import { isSeriesRules, type SeriesRules } from "../../src/lines/rules_in_force.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { type Calls, countedCalls } from "../support/engine/counted_calls.ts";
import {
  chunksOf,
  dropName,
  engineOf,
  filterChunks,
  type PolicyText,
  streamOf,
} from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

/* A scrape of an exposition that is known calls TypeScript per chunk, not per line or family. */

const NODE = new Uint8Array(
  readFileSync(join(import.meta.dirname!, "../expositions/node_exporter.prom")),
);
const CHUNKS = chunksOf(NODE, 16_384);
/** Each chunk's whole lines are a block, and so is a line that lies across two of them. */
const BLOCKS = CHUNKS.length * 2 - 1;

const labeldropAndDrop: RelabelRules = [
  { action: "labeldrop", regex: "device" },
  { action: "drop", source_labels: ["__name__"], regex: "go_.*" },
];

const namePolicy: PolicyText = dropName("^node_cpu_.*");

const manyPolicies: readonly PolicyText[] = [
  namePolicy,
  ...Array.from({ length: 99 }, (_, i): PolicyText => ({
    match: [
      { metric_field: "name", regex: `^service_${i}_.*` },
      { datapoint_attribute: "device", equals: `none${i}` },
    ],
    keep: i % 2 === 0,
  })),
];

/** `enters`: families that rules bring together, of which the kernel tells. */
const PROGRAMS:
  readonly (readonly [string, RelabelRules, readonly PolicyText[], enters: number])[] = [
    ["labeldrop and a drop by name", labeldropAndDrop, [], 0],
    ["a policy on the name", [], [namePolicy], 0],
    ["100 policies", [], manyPolicies, 0],
    ["100 policies and rules", labeldropAndDrop, manyPolicies, 0],
    [
      "a family that rules bring together with another",
      [
        {
          source_labels: ["__name__"],
          regex: "node_load(5|15)",
          target_label: "__name__",
          replacement: "node_load1",
        },
      ],
      [],
      2,
    ],
  ];

for (const [what, rules, policies, enters] of PROGRAMS) {
  test(`a scrape of a known exposition calls TypeScript per chunk only: ${what}`, async () => {
    const options = {
      rules: await rulesOf({ rules }),
      policies: policies.length === 0 ? undefined : await engineOf(policies),
    };
    const program = programOf(options.rules, options.policies);
    const callsSince = countedCalls(() => {
      const engine = program.take();
      program.release(engine);
      return engine;
    });
    const first = await filterChunks(CHUNKS, options);
    assert.ok(callsSince().planned > 0);
    for (const scrape of [2, 3]) {
      const { text, stats } = await filterChunks(CHUNKS, options);
      const calls = callsSince();
      assert.equal(text, first.text, `scrape ${scrape}`);
      assert.deepEqual(stats, first.stats);
      assertPerChunk(calls, BLOCKS, enters);
    }
  });
}

function assertPerChunk({ take, ...others }: Calls, blocks: number, enters: number): void {
  assert.deepEqual(others, { planned: 0, number: 0, format: 0, enter: enters });
  assert.ok(take <= blocks + 2, `${take} calls of take for ${blocks} blocks`);
}

/** Takes an exposition of a target into the table. */
async function scrapeTarget(
  rules: SeriesRules,
  table: MergedTable,
  labels: readonly [string, string][],
  rank: number,
  chunks: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  const target = new TargetScrape({
    outputs: [{ rules, table, stats: new ScrapeStats() }],
    policies: undefined,
    format: "text",
    labels: new TargetLabels(labels),
    rank,
    maxInputBytes: 0,
    onLimit: "fail",
  });
  await target.read(streamOf(chunks));
  target.fold(`target ${rank}`);
  target.close();
}

test("targets of a gateway that are known call TypeScript per chunk and family", async () => {
  const rules = await rulesOf({ rules: labeldropAndDrop });
  assert.ok(isSeriesRules(rules));
  const callsSince = countedCalls(() => gatewayProgramOf(rules, undefined, true).engine);
  const table = new MergedTable({ monotonic: true, targetTtlMs: 300_000 });
  const text = new TextDecoder().decode(NODE);
  const families = text.match(/^# TYPE (?!go_)/gm)!.length;
  // It says when the target began to count: TypeScript reads it in every scrape.
  const startTimes = text.match(/^process_start_time_seconds /gm)!.length;
  for (const scrape of [1, 2, 3]) {
    table.begin(1_700_000_000_000 + scrape * 10_000, false);
    for (const rank of [0, 1]) {
      await scrapeTarget(rules, table, [["zone", `z${rank}`]], rank, CHUNKS);
      const { planned, number, format, enter, take } = callsSince();
      if (scrape === 1) continue;
      assert.deepEqual({ planned, number, format }, { planned: startTimes, number: 0, format: 0 });
      assert.ok(enter <= families, `${enter} families for ${families}`);
      assert.ok(take <= BLOCKS + startTimes, `${take} calls of take for ${BLOCKS} blocks`);
    }
    table.end();
  }
});

test("series that are new to a gateway teach nothing when lines like theirs are known", async () => {
  const rules = await rulesOf({ rules: labeldropAndDrop });
  assert.ok(isSeriesRules(rules));
  const { engine } = gatewayProgramOf(rules, undefined, true);
  const table = new MergedTable({ monotonic: true, targetTtlMs: 300_000 });
  const { planner } = engine;
  const { planOnce } = planner;
  let lessons = 0;
  planner.planOnce = (...args) => {
    lessons++;
    return planOnce.apply(planner, args);
  };
  for (const scrape of [1, 2, 3]) {
    table.begin(1_700_000_000_000 + scrape * 10_000, false);
    const lines = Array.from({ length: 40 }, (_, n) => `new_total{path="/${scrape}/${n}"} 1\n`);
    await scrapeTarget(rules, table, [], 0, [new TextEncoder().encode(lines.join(""))]);
    table.end();
  }
  assert.equal(lessons, 1);
});
