import { dirname, isAbsolute, join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/env.ts";
import { withPositions } from "../config/parse_text.ts";
import { engineFor } from "../policy/build_engine.ts";
import type { RulesInForce } from "../lines/rules_in_force.ts";
import { NO_BYTE_LIMITS } from "../lines/scrape_run.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { scrapedText } from "../lines/scrape_transform.ts";
import { PolicyDocumentError, type PolicyEntry, policyErrors } from "../policy/policy_document.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { readPolicies } from "../policy/providers/parse_policies.ts";
import { readPolicyFiles } from "../policy/providers/policy_files.ts";
import { ConfigError } from "../problems/config_error.ts";
import { within } from "../problems/problem.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readSettings, type Settings } from "../scrape/settings.ts";
import type { TestCase } from "./read_cases.ts";

/** A test that is valid: all that it needs is compiled. */
export interface TestPlan {
  readonly test: TestCase;
  readonly policies: PolicyEngine | undefined;
  readonly rules: RulesInForce | undefined;
  readonly maxLineBytes: number;
  /** Policy providers of the configuration that need the network, and are not asked. */
  readonly notLoaded: readonly string[];
}

export interface PlanOptions {
  /** Of the file that the test is in. */
  readonly bytes: Uint8Array;
  readonly runtime: Pick<Runtime, "readFile">;
  readonly version: string;
  /** For the variables of a config file. */
  readonly env: Environment;
}

/**
 * Reads and compiles what a test is about: the files that it names, from its own folder on, and what it
 * says itself, as a configuration with these keys would be. Throws a ConfigError with the problems that
 * the configuration would have, and those of policies not in force.
 */
export async function planTest(test: TestCase, options: PlanOptions): Promise<TestPlan> {
  const file = test.place.name!;
  const texts = new Map([[file, options.bytes]]);
  return await withPositions(texts, () => plan(test, file, options), test.place);
}

async function plan(test: TestCase, file: string, options: PlanOptions): Promise<TestPlan> {
  const settings = routeOf(await settingsOf(test, file, options), test);
  const { config } = settings;
  const { entries, notLoaded } = test.policies === undefined
    ? await policyFiles(settings, test, options)
    : { entries: await inlinePolicies(test), notLoaded: [] };
  return {
    test,
    policies: await engineFor(config, entries),
    rules: rulesOf(settings, test),
    maxLineBytes: config.scrape.maxLineBytes,
    notLoaded,
  };
}

async function settingsOf(test: TestCase, file: string, options: PlanOptions): Promise<Settings> {
  const { metric_relabel_configs, aggregation, limits, config } = test;
  const beside = (path: string) => besides(file, path);
  const common = { version: options.version, instanceId: "test", needsUpstream: false };
  if (config !== undefined) {
    const path = beside(config);
    const input = { ...common, path, flags: {}, env: options.env, isFileRequired: true };
    return await readSettings(input, besideConfig(path, options.runtime));
  }
  const relabel_file = test.relabel_file === undefined ? undefined : beside(test.relabel_file);
  const document = { metric_relabel_configs, relabel_file, aggregation, limits };
  return await readSettings({
    ...common,
    path: file,
    at: test.place.path,
    document,
    flags: {},
    env: {},
  }, options.runtime);
}

/** The path of a file that another one names. */
function besides(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

/** Reads what a config file names from its folder on, wherever the test is run. */
function besideConfig(
  config: string,
  { readFile }: PlanOptions["runtime"],
): PlanOptions["runtime"] {
  return { readFile: (path) => readFile(path === config ? path : besides(config, path)) };
}

type PathSettings = Pick<Settings, "rules" | "subsets"> & { readonly config: Config };

/** What stands for all paths, or for the one that the test names. */
function routeOf(settings: Settings, { route, place }: TestCase): PathSettings {
  if (route === undefined) return settings;
  const found = settings.routes.find(({ path }) => path === route);
  if (found !== undefined) return found;
  const paths = settings.routes.map(({ path }) => path).join(", ");
  const text = `found ${JSON.stringify(route)}, wanted one of ${paths}`;
  throw new ConfigError([{ place: within(place, "route"), text }]);
}

function rulesOf({ rules, subsets }: PathSettings, { subset, place }: TestCase) {
  if (subset === undefined) return rules;
  const found = subsets.get(subset);
  if (found !== undefined) return found;
  const names = [...subsets.keys()].join(", ");
  const wanted = names === "" ? "subsets in the rules" : `one of ${names}`;
  const text = `found ${JSON.stringify(subset)}, wanted ${wanted}`;
  throw new ConfigError([{ place: within(place, "subset"), text }]);
}

async function policyFiles({ config }: PathSettings, test: TestCase, { runtime }: PlanOptions) {
  const path = test.config === undefined ? undefined : besides(test.place.name!, test.config);
  const policies = await readPolicyFiles(
    config,
    path === undefined ? runtime : besideConfig(path, runtime),
  );
  const problems = policies.notInForce.flatMap(({ id, errors }) =>
    errors.map((error) => `policy ${JSON.stringify(id)}: ${error}`)
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return policies;
}

async function inlinePolicies({ policies, place }: TestCase): Promise<readonly PolicyEntry[]> {
  if (policies === null) return [];
  const at = within(place, "policies");
  let entries;
  try {
    entries = await readPolicies(policies);
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    throw new ConfigError([{ place: at, text: error.message }]);
  }
  const problems = entries.flatMap((entry) =>
    entry.state !== "invalid" ? [] : policyErrors(entry).map((error, index) => ({
      place: within(at, ...entry.paths[index]),
      text: `policy ${JSON.stringify(entry.id)}: ${error}`,
    }))
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return entries;
}

/** Returns what the pipeline that serves scrapes makes of the test's input. Throws as it does. */
export function runTest(plan: TestPlan): string {
  return scrapedText(plan.test.input, {
    policies: plan.policies,
    rules: plan.rules,
    format: plan.test.format,
    maxLineBytes: plan.maxLineBytes,
    ...NO_BYTE_LIMITS,
    onLimit: "truncate",
  }, new ScrapeStats());
}
