import { placeOf } from "../../src/problems/problem.ts";
import type { AggregationRuleConfig } from "../../src/aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../../src/aggregate/cardinality_guard.ts";
import type { RulesConfig } from "../../src/lines/rules_in_force.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { dropPath, NO_LIMITS, type RelabelRules } from "../../test/support/lines/series_case.ts";
import { randomRules } from "../../test/support/lines/series_random.ts";
import { type Next, pick, seldom } from "./fuzz_target.ts";

/** How an input of the series target is scraped. */
export interface Setup {
  readonly isGateway: boolean;
  readonly openMetrics: boolean;
  /** Bytes of series that are gathered whole; 0: the program's bound. */
  readonly wholeTableBytes: number;
  readonly aggregation: readonly AggregationRuleConfig[];
  /** By label, as pairs. */
  readonly labelValues: readonly (readonly [string, number])[];
  readonly limits: Partial<Omit<CardinalityLimits, "labelValues">> | undefined;
}

/** That of an input that has none. */
export const PLAIN_SETUP: Setup = {
  isGateway: false,
  openMetrics: false,
  wholeTableBytes: 0,
  aggregation: [],
  labelValues: [],
  limits: undefined,
};

export function randomSetup(next: Next): Setup {
  const isGateway = seldom(next, 4);
  return {
    ...PLAIN_SETUP,
    isGateway,
    openMetrics: seldom(next, 3),
    wholeTableBytes: isGateway || !seldom(next, 4) ? 0 : pick(next, [1, 1, next(5_000)]),
    aggregation: aggregationRules(next),
    ...(!isGateway && seldom(next, 5) ? randomLimits(next) : {}),
  };
}

/** Rules by which samples collide, seldom such that only keep and drop. */
export function randomSeriesRules(next: Next): RelabelRules {
  if (seldom(next, 8)) return randomRules(next, "filters");
  // What a bucket is whose bound rules have made is nobody's to say.
  const rules = randomRules(next, "changes").filter(({ target_label }) => target_label !== "le");
  const more = seldom(next, 6) ? [pick(next, TOGETHER)] : [];
  return [...rules, ...more, ...pick(next, [dropPath, dropPath, NOTHING, DROP_MOST])];
}

const NOTHING: RelabelRules = [{ action: "labeldrop", regex: "no_such_label" }];
const DROP_MOST: RelabelRules = [{ action: "labeldrop", regex: "a|b|path|k\\.v" }];
/** Families come together under one name. */
const TOGETHER: RelabelRules = [
  { source_labels: ["__name__"], target_label: "__name__", regex: "f[01](.*)", replacement: "u$1" },
  { source_labels: ["__name__"], target_label: "__name__", regex: ".*_total", replacement: "all" },
];

function aggregationRules(next: Next): AggregationRuleConfig[] {
  const rules: AggregationRuleConfig[] = [{ match: ".*_max", function: "max" }];
  if (!seldom(next, 5)) return rules;
  const functions = ["sum", "min", "max", "avg", "count", "last", "drop"] as const;
  return [...rules, {
    match: pick(next, ["f0.*", "f[12]", ".*_sum"]),
    function: pick(next, functions),
  }];
}

function randomLimits(next: Next): Pick<Setup, "limits" | "labelValues"> {
  const action = pick(next, ["overflow", "overflow", "drop", "fail"] as const);
  const labelValues = seldom(next, 2) ? [["path", 1 + next(2)], ["a", 1 + next(3)]] as const : [];
  const some = (most: number) => seldom(next, 2) ? 1 + next(most) : 0;
  const limits = { seriesPerFamily: some(8), series: some(20), labelValueLength: some(3), action };
  return { limits, labelValues };
}

/** What is configured, as `buildRules` takes it. */
export function rulesConfig(
  rules: RelabelRules,
  { aggregation, limits, labelValues }: Setup,
): RulesConfig {
  return {
    relabelConfigs: readRelabelConfigs(rules, placeOf("rules"), "utf8").configs,
    aggregationRules: aggregation,
    limits: limits && { ...NO_LIMITS, ...limits, labelValues: new Map(labelValues) },
  };
}
