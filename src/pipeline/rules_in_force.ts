import type { AggregationRule } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import { SeriesPlanner } from "../aggregate/series_planner.ts";
import type { AggregationRuleConfig } from "../config/config.ts";
import { ConfigError } from "../config/config_error.ts";
import { PolicyCounters } from "../policy/policy_counters.ts";
import { PolicyEngine } from "../policy/policy_engine.ts";
import { PolicySet } from "../policy/policy_set.ts";
import { ResourceAttributes } from "../policy/resource_attributes.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { RuleFilter } from "../relabel/rule_filter.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { compileRules, type RuleSet } from "../relabel/rule_set.ts";

/** What the relabel rules, functions and limits of one configuration do to the lines of a scrape. */
export type RulesInForce = OwnRules & {
  /** Samples' families are found through a policy engine's memory of names: here, without policies. */
  readonly noPolicies: PolicyEngine;
};

type OwnRules =
  /** Lines pass as they are, or not at all. */
  | { readonly kind: "filter"; readonly rules: RuleSet; readonly filter: RuleFilter }
  /** Samples change, and may meet: they go through the series table. */
  | {
    readonly kind: "series";
    readonly rules: RuleSet | undefined;
    readonly planner: SeriesPlanner;
    readonly limits: CardinalityLimits | undefined;
    readonly mayRename: boolean;
    /** Families that were spoken of in the log: once is enough. */
    readonly reported: Set<string>;
  };

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
  const set = new PolicySet([], undefined, new PolicyCounters());
  const noPolicies = new PolicyEngine(set, new ResourceAttributes([]));
  const rules = relabelConfigs.length === 0 ? undefined : await compileRules(relabelConfigs);
  if (rules !== undefined && !rules.changesLabels && limits === undefined) {
    return { kind: "filter", rules, filter: new RuleFilter(rules), noPolicies };
  }
  const planner = new SeriesPlanner(rules, aggregation);
  const mayRename = rules?.mayRename ?? false;
  return { kind: "series", rules, planner, limits, mayRename, reported: new Set(), noPolicies };
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
