import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../../src/problems/problem.ts";
import type { CardinalityLimits } from "../../../src/aggregate/cardinality_guard.ts";
import type { AggregationRuleConfig } from "../../../src/aggregate/aggregate_function.ts";
import { buildRules, type RulesInForce } from "../../../src/lines/rules_in_force.ts";
import type { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { readRelabelConfigs } from "../../../src/relabel/read_relabel_configs.ts";
import {
  chunksOf,
  encode,
  engineOf,
  filterChunks,
  type Options,
  type PolicyText,
} from "./filtered.ts";

/** Rules as they stand in a config. */
export type RelabelRules = readonly Record<string, unknown>[];

export interface RulesText {
  readonly rules?: RelabelRules;
  readonly aggregation?: readonly AggregationRuleConfig[];
  readonly limits?: Partial<CardinalityLimits>;
}

/** One exposition through one set of rules: what comes out, and what was counted. */
export interface SeriesCase extends RulesText {
  readonly what: string;
  readonly policies?: readonly PolicyText[];
  readonly input: string;
  readonly expected: string;
  readonly stats?: Partial<ScrapeStats>;
  readonly options?: Options;
}

export const dropPath: RelabelRules = [{ action: "labeldrop", regex: "path" }];

/** What is sent through the series table with its labels as they are. */
export const dropNothing: RelabelRules = [{ action: "labeldrop", regex: "no_such_label" }];

export const NO_LIMITS: CardinalityLimits = {
  seriesPerFamily: 0,
  series: 0,
  labelValues: new Map(),
  labelValueLength: 0,
  action: "overflow",
};

/** The rules in force. Throws when one is invalid. */
export async function rulesOf(text: RulesText): Promise<RulesInForce | undefined> {
  const { configs, problems } = readRelabelConfigs(text.rules ?? [], placeOf("rules"), "utf8");
  assert.deepEqual(problems, []);
  return await buildRules({
    relabelConfigs: configs,
    aggregationRules: text.aggregation ?? [],
    limits: text.limits && { ...NO_LIMITS, ...text.limits },
  });
}

/** Runs each case in one chunk and in chunks of seven bytes: where the input is cut is no matter. */
export function testSeries(cases: readonly SeriesCase[]): void {
  for (const { what, policies = [], input, expected, stats = {}, options, ...text } of cases) {
    test(what, async () => {
      for (const size of [Infinity, 7]) {
        const run = await filterChunks(chunksOf(encode(input), Math.min(size, input.length + 1)), {
          policies: policies.length === 0 ? undefined : await engineOf(policies),
          rules: await rulesOf(text),
          ...options,
        });
        assert.equal(run.text, expected);
        for (const [name, wanted] of Object.entries(stats)) {
          assert.deepEqual(run.stats[name as keyof ScrapeStats], wanted, name);
        }
      }
    });
  }
}
