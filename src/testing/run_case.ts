import { engineFor } from "../policy/build_engine.ts";
import { ConfigError } from "../problems/config_error.ts";
import { loadConfig } from "../config/load.ts";
import { buildRules, type RulesInForce } from "../lines/rules_in_force.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { scrapedText } from "../lines/scrape_transform.ts";
import { readPolicies } from "../policy/providers/parse_policies.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { TestCase } from "./read_cases.ts";

/** A test that is valid: all that it needs is compiled. */
export interface TestPlan {
  readonly test: TestCase;
  readonly policies: PolicyEngine | undefined;
  readonly rules: RulesInForce | undefined;
  readonly maxLineBytes: number;
}

/**
 * Compiles what a test is about, as a configuration with these keys would be. Throws a ConfigError
 * with the problems that the configuration would have, and those of policies not in force.
 */
export async function planTest(test: TestCase, version: string): Promise<TestPlan> {
  const { metric_relabel_configs, aggregation, limits, place } = test;
  const keys = { metric_relabel_configs, aggregation, limits };
  const config = await loadConfig({
    path: place,
    document: keys,
    flags: {},
    env: {},
    version,
    instanceId: "test",
    needsUpstream: false,
  });
  const policies = await engineFor(config, await policiesOf(test));
  return {
    test,
    policies,
    rules: await rulesOf(place, config),
    maxLineBytes: config.scrape.maxLineBytes,
  };
}

async function policiesOf({ policies, place }: TestCase): Promise<readonly PolicyEntry[]> {
  if (policies === undefined || policies === null) return [];
  let entries;
  try {
    entries = await readPolicies(policies);
  } catch (error) {
    throw new ConfigError([`${place}: policies: ${(error as Error).message}`]);
  }
  const problems = entries.flatMap((entry) =>
    entry.state === "invalid"
      ? [`${place}: policies: policy ${JSON.stringify(entry.id)}: ${entry.errors.join("; ")}`]
      : []
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return entries;
}

async function rulesOf(
  place: string,
  config: Parameters<typeof buildRules>[0],
): Promise<RulesInForce | undefined> {
  try {
    return await buildRules(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const placed = error.problems.map((problem) =>
      problem.startsWith(place) ? problem : `${place}: ${problem}`
    );
    throw new ConfigError(placed);
  }
}

/** Returns what the pipeline that serves scrapes makes of the test's input. Throws as it does. */
export function runTest(plan: TestPlan): string {
  return scrapedText(plan.test.input, {
    policies: plan.policies,
    rules: plan.rules,
    format: plan.test.format,
    maxLineBytes: plan.maxLineBytes,
    maxInputBytes: 0,
    maxOutputBytes: 0,
    onLimit: "truncate",
  }, new ScrapeStats());
}
