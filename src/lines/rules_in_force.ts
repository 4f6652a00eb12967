import type { AggregationRule, AggregationRuleConfig } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import { DEFAULT_AGGREGATION } from "../aggregate/default_rules.ts";
import type { Aggregation } from "../aggregate/series_plan.ts";
import { ConfigError } from "../problems/config_error.ts";
import { placeOf, type Problem } from "../problems/problem.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { compileRuleRegex } from "../relabel/rule_regex.ts";
import { compileRules, type RuleSet } from "../relabel/rule_set.ts";

/** What the relabel rules, functions and limits of one configuration do to the lines of a scrape. */
export interface RulesInForce {
  readonly rules: RuleSet | undefined;
  /** Samples change and may collide: they become series. Undefined where lines pass or do not. */
  readonly aggregation: Aggregation | undefined;
  readonly limits: CardinalityLimits | undefined;
  /** Some sample may come out with another metric name. */
  readonly mayRename: boolean;
  /** Families that were spoken of in the log: once is enough. */
  readonly reported: Set<string>;
}

/** Rules by which samples become series, whatever they are. */
export interface SeriesRules extends RulesInForce {
  readonly aggregation: Aggregation;
}

export function isSeriesRules(rules: RulesInForce | undefined): rules is SeriesRules {
  return rules?.aggregation !== undefined;
}

export interface AggregationConfig {
  readonly aggregationRules: readonly AggregationRuleConfig[];
  /** Whether the built-in rules are in force after those; by default they are. */
  readonly aggregationDefaults?: boolean;
}

export interface RulesConfig extends AggregationConfig {
  readonly relabelConfigs: readonly RelabelConfig[];
  readonly limits: CardinalityLimits | undefined;
}

/**
 * Compiles what is configured; undefined when no rule is in force. Throws a ConfigError that names
 * every pattern that is not RE2 syntax.
 */
export async function buildRules(config: RulesConfig): Promise<RulesInForce | undefined> {
  const { relabelConfigs, limits } = config;
  const aggregation = await compileAggregation(config);
  if (relabelConfigs.length === 0 && limits === undefined) return undefined;
  const rules = relabelConfigs.length === 0 ? undefined : await compileRules(relabelConfigs);
  const inForce = seriesRules(rules, aggregation, limits);
  const isFilter = rules !== undefined && !rules.changesLabels && limits === undefined;
  return isFilter ? { ...inForce, aggregation: undefined } : inForce;
}

/** The same where samples become series whatever the rules are, even without any. */
export async function buildSeriesRules(config: RulesConfig): Promise<SeriesRules> {
  const { relabelConfigs, limits } = config;
  const aggregation = await compileAggregation(config);
  const rules = relabelConfigs.length === 0 ? undefined : await compileRules(relabelConfigs);
  return seriesRules(rules, aggregation, limits);
}

function seriesRules(
  rules: RuleSet | undefined,
  aggregation: readonly AggregationRule[],
  limits: CardinalityLimits | undefined,
): SeriesRules {
  const isLegacy = rules?.rules.some(({ config }) => config.scheme === "legacy") ?? false;
  return {
    rules,
    aggregation: {
      rules: aggregation,
      isLegacy,
      mayCollide: limits !== undefined || (rules?.changesLabels ?? false),
    },
    limits,
    mayRename: rules?.mayRename ?? false,
    reported: new Set(),
  };
}

/** The rules in the order in which they count. Throws a ConfigError as `buildRules` does. */
export async function compileAggregation(
  { aggregationRules: configs, aggregationDefaults = true }: AggregationConfig,
): Promise<AggregationRule[]> {
  const problems: Problem[] = [];
  const compiled: AggregationRule[] = [];
  for (const [index, config] of configs.entries()) {
    try {
      const regex = await compileRuleRegex(config.match);
      compiled.push({ matches: (name) => regex.test(name), function: config.function });
    } catch {
      const found = JSON.stringify(config.match);
      problems.push({
        place: placeOf(undefined, "aggregation", "rules", index, "match"),
        text: `found ${found}, wanted an RE2 pattern`,
      });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return aggregationDefaults ? [...compiled, ...DEFAULT_AGGREGATION] : compiled;
}
