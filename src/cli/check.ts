import type { AggregateFunction } from "../aggregate/aggregate_function.ts";
import type { Config } from "../config/config.ts";
import type { LineFormat } from "../exposition/line_format.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { placeOf } from "../problems/problem.ts";
import type { WebConfig } from "../config/web_config.ts";
import { compileAggregation, type RulesInForce } from "../lines/rules_in_force.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { UsedGuard } from "../lines/used_guard.ts";
import { NO_BYTE_LIMITS, ScrapeRun } from "../lines/scrape_run.ts";
import {
  allRuleSets,
  readSettings,
  ruleSetsOf,
  type Settings,
  type SettingsInput,
} from "../scrape/settings.ts";
import { lintRules } from "../lint/lints.ts";
import type { RuleSet } from "../relabel/rule_set.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { checkJson, type CheckReport, checkText } from "./check_report.ts";
import { type OfflinePolicies, readPolicyFiles } from "../policy/providers/policy_files.ts";
import { engineFor } from "../policy/build_engine.ts";
import type { Flags } from "../config/flags.ts";
import { inputFormat } from "./input_format.ts";
import { type OpenedScrape, openLines, type ScrapeInput } from "./open_scrape.ts";
import type { Outcome } from "./outcome.ts";
import { usableMemory } from "./usable_memory.ts";
import { DuplicateSeries } from "../lint/duplicate_series.ts";
import { ScrapeLints } from "../lint/scrape_lints.ts";
import { usesTakenByName } from "../lint/used_names.ts";
import { readUsed } from "./used_file.ts";

type CheckRuntime = Pick<Runtime, "readFile" | "openFile" | "stdin" | "tlsProblems" | "usage">;

/**
 * Validates what `weir` would start with and says what is doubtful about it. The status is 0 when
 * nothing is, 1 with lints or policies that are not in force, 2 when something is invalid.
 */
export async function check(input: SettingsInput, runtime: CheckRuntime): Promise<Outcome> {
  const asJson = input.flags.json === true;
  try {
    const report = await checked(input, runtime);
    const isClean = report.lints.length === 0 && report.policies.notInForce.length === 0;
    const status = isClean ? 0 : 1;
    return { status, stdout: asJson ? checkJson(report) : checkText(report), stderr: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return invalid(error.problems, asJson);
  }
}

function invalid(problems: readonly string[], asJson: boolean): Outcome {
  const stdout = asJson ? [JSON.stringify({ status: "invalid", problems }, null, 2)] : [];
  return { status: 2, stdout, stderr: asJson ? [] : problems };
}

async function checked(input: SettingsInput, runtime: CheckRuntime): Promise<CheckReport> {
  const settings = await allProblems(input, runtime);
  const { config } = settings;
  const web = await webConfigOf(config, runtime);
  const policies = await policiesOf(settings, runtime);
  const memory = usableMemory(config, runtime);
  const { scrape, used: usedPath } = input.flags;
  const used = typeof usedPath === "string" ? await readUsed(usedPath, runtime) : undefined;
  const format = inputFormat(input.flags);
  const ruleSets = typeof scrape === "string" ? ruleSetsOf(settings) : allRuleSets(settings);
  if (typeof scrape !== "string") {
    const lints = ruleSets.flatMap((rules) => lintRules(rules));
    if (used === undefined) return { settings, web, policies, memory, lints };
    const engine = await engineFor(config, policies.entries);
    const taken = usesTakenByName(used.uses, settings.rules?.rules, engine);
    const report = { taken: taken.reports(), unread: used.unread };
    return {
      settings,
      web,
      policies,
      memory,
      lints: [...lints, ...taken.lints()],
      used: report,
    };
  }
  const opened = await openSample({
    where: scrape,
    format,
    config,
    version: input.version,
    runtime,
  });
  const guard = used && new UsedGuard(used, {
    ...config.scrape,
    policies: await engineFor(config, policies.entries),
    // A subset leaves things out on purpose: who reads them has the path itself.
    rules: settings.rules,
    format: opened.format,
  });
  const ran = await runScrape(opened, config, ruleSets, policies, guard);
  const asked = input.flags["list-missing"] === true;
  return { settings, web, policies, memory, ...ran, used: guard?.report(asked) };
}

/** Of all routes. Policies of the same id are in each other's way only where a route has both. */
async function policiesOf(
  { config, routes }: Settings,
  runtime: CheckRuntime,
): Promise<OfflinePolicies> {
  const whole = await readPolicyFiles(config, runtime);
  if (config.routes.length === 0) return whole;
  const notInForce = new Map<string, OfflinePolicies["notInForce"][number]>();
  for (const route of routes) {
    const ofRoute = await readPolicyFiles(route.config, runtime);
    for (const one of ofRoute.notInForce) notInForce.set(JSON.stringify(one), one);
  }
  return { ...whole, notInForce: [...notInForce.values()] };
}

async function webConfigOf(
  { web: { configFile } }: Config,
  runtime: CheckRuntime,
): Promise<WebConfig | undefined> {
  if (configFile === undefined) return undefined;
  const { readWebConfig } = await import("../config/web_config.ts");
  return await readWebConfig(configFile, runtime);
}

/** Reads the settings. What is wrong with files that flags name is told along with the rest. */
async function allProblems(input: SettingsInput, runtime: CheckRuntime): Promise<Settings> {
  try {
    return await readSettings(input, runtime);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = new Set(error.problems);
    const { relabel, policies, "relabel-file": file } = input.flags;
    const ofRules = file === undefined ? { relabel } : { "relabel-file": file };
    for (const flags of [ofRules, { policies }]) {
      for (const problem of await problemsOfFlags(input, flags, runtime)) problems.add(problem);
    }
    throw new ConfigError([...problems]);
  }
}

async function problemsOfFlags(
  input: SettingsInput,
  flags: Flags,
  runtime: CheckRuntime,
): Promise<readonly string[]> {
  try {
    const { config } = await readSettings({ ...input, path: undefined, env: {}, flags }, runtime);
    await readPolicyFiles(config, runtime);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Opens a sample scrape. Throws a ConfigError when it cannot be had. */
async function openSample(input: ScrapeInput): Promise<OpenedScrape<LineFormat>> {
  try {
    return await openLines(input);
  } catch (error) {
    throw new ConfigError([`--scrape: ${messageOf(error)}`]);
  }
}

/** Runs policies and each of the rule sets over the scrape, and looks on. */
async function runScrape(
  { body, format }: OpenedScrape<LineFormat>,
  config: Config,
  ruleSets: readonly RuleSet[],
  policies: OfflinePolicies,
  guard: UsedGuard | undefined,
): Promise<Pick<CheckReport, "lints" | "scrape">> {
  const engine = await engineFor(config, policies.entries);
  const aggregation = await compileAggregation(config);
  const unlimited = { ...config.scrape, ...NO_BYTE_LIMITS };
  const start = (rules: RuleSet | undefined) => {
    const watcher = rules && new ScrapeLints(rules, aggregation, format);
    const stats = new ScrapeStats();
    const options = {
      ...unlimited,
      policies: engine,
      rules: rules && justRules(rules),
      format,
    };
    return { watcher, stats, run: new ScrapeRun({ ...options, watcher }, stats, () => {}) };
  };
  const runs = (ruleSets.length === 0 ? [undefined] : ruleSets).map(start);
  const duplicates = new DuplicateSeries();
  const asItComes = new ScrapeRun(
    { ...unlimited, policies: undefined, rules: undefined, format, watcher: duplicates },
    new ScrapeStats(),
    () => {},
  );
  try {
    for await (const chunk of body) {
      for (const { run } of runs) run.push(chunk);
      guard?.push(chunk);
      asItComes.push(chunk);
    }
    for (const { run } of [...runs, { run: asItComes }]) run.end();
    guard?.end();
  } catch (error) {
    throw new ConfigError([`--scrape: ${messageOf(error)}`]);
  }
  const lints = [
    ...duplicates.lints(placeOf("--scrape")),
    ...runs.flatMap(({ watcher }) => watcher?.lints() ?? []),
    ...guard?.lints() ?? [],
  ];
  const byDefault = new Map<AggregateFunction, Set<string>>();
  for (const [fn, names] of runs.flatMap(({ watcher }) => [...watcher?.byDefault ?? []])) {
    byDefault.set(fn, new Set([...byDefault.get(fn) ?? [], ...names]));
  }
  const [{ stats: { inputSamples, droppedByPolicy } }] = runs;
  return { lints, scrape: { samples: inputSamples, droppedByPolicy, byDefault } };
}

/** What the rules do to samples is the question, not what the samples become. */
function justRules(rules: RuleSet): RulesInForce {
  return {
    rules,
    aggregation: undefined,
    limits: undefined,
    mayRename: false,
    reported: new Set(),
  };
}
