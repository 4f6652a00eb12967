import type { AggregationRule } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import { SeriesPlanner } from "../aggregate/series_planner.ts";
import type { AggregationRuleConfig } from "../config/config.ts";
import { ConfigError } from "../problems/config_error.ts";
import { PolicyCounters } from "../policy/policy_counters.ts";
import { PolicyEngine } from "../policy/policy_engine.ts";
import { PolicySet } from "../policy/policy_set.ts";
import { ResourceAttributes } from "../policy/resource_attributes.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { RuleFilter } from "../relabel/rule_filter.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { compileRules, type RuleSet } from "../relabel/rule_set.ts";

/** What the relabel rules, functions and limits of one configuration do to the lines of a scrape. */
export type RulesInForce = FilterRules | SeriesRules;

interface AnyRules {
  /** Samples' families are found through a policy engine's memory of names: here, without policies. */
  readonly noPolicies: PolicyEngine;
}

/** Lines pass as they are, or not at all. */
export interface FilterRules extends AnyRules {
  readonly kind: "filter";
  readonly rules: RuleSet;
  readonly filter: RuleFilter;
}

/** Samples change, and may meet: they go through the series table. */
export interface SeriesRules extends AnyRules {
  readonly kind: "series";
  readonly rules: RuleSet | undefined;
  readonly planner: SeriesPlanner;
  readonly limits: CardinalityLimits | undefined;
  readonly mayRename: boolean;
  /** Families that were spoken of in the log: once is enough. */
  readonly reported: Set<string>;
}

export interface RulesConfig {
  readonly relabelConfigs: readonly RelabelConfig[];
  readonly aggregationRules: readonly AggregationRuleConfig[];
  readonly limits: CardinalityLimits | undefined;
}

/**
 * Compiles what is configured; undefined when no rule is in force. Throws a ConfigError that names
 * every pattern that is not RE2 syntax.
 */
export async function buildRules(config: RulesConfig): Promise<RulesInForce | undefined> {
  const { relabelConfigs, limits } = config;
  const aggregation = await compileAggregation(config.aggregationRules);
  if (relabelConfigs.length === 0 && limits === undefined) return undefined;
  const rules = relabelConfigs.length === 0 ? undefined : await compileRules(relabelConfigs);
  if (rules !== undefined && !rules.changesLabels && limits === undefined) {
    return { kind: "filter", rules, filter: new RuleFilter(rules), noPolicies: noPolicies() };
  }
  return seriesRules(rules, aggregation, limits);
}

/** The same where samples go through the series table whatever the rules are, even without any. */
export async function buildSeriesRules(config: RulesConfig): Promise<SeriesRules> {
  const { relabelConfigs, limits } = config;
  const aggregation = await compileAggregation(config.aggregationRules);
  const rules = relabelConfigs.length === 0 ? undefined : await compileRules(relabelConfigs);
  return seriesRules(rules, aggregation, limits);
}

function seriesRules(
  rules: RuleSet | undefined,
  aggregation: readonly AggregationRule[],
  limits: CardinalityLimits | undefined,
): SeriesRules {
  return {
    kind: "series",
    rules,
    planner: new SeriesPlanner(rules, aggregation),
    limits,
    mayRename: rules?.mayRename ?? false,
    reported: new Set(),
    noPolicies: noPolicies(),
  };
}

function noPolicies(): PolicyEngine {
  const set = new PolicySet([], undefined, new PolicyCounters());
  return new PolicyEngine(set, new ResourceAttributes([]));
}

/** Throws a ConfigError that names every pattern that is not RE2 syntax. */
export async function compileAggregation(
  configs: readonly AggregationRuleConfig[],
): Promise<AggregationRule[]> {
  const problems: string[] = [];
  const compiled: AggregationRule[] = [];
  for (const [index, config] of configs.entries()) {
    try {
      const regex = await compileRuleRegex(config.match);
      compiled.push({ matches: (name) => regex.test(name), function: config.function });
    } catch {
      const found = JSON.stringify(config.match);
      problems.push(`aggregation.rules[${index}].match: found ${found}, wanted an RE2 pattern`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return compiled;
}
