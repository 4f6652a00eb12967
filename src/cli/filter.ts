import type { Config } from "../config/config.ts";
import { mergeEntries, type ProviderEntries } from "../policy/merge_entries.ts";
import { parsePolicies } from "../policy/parse_policies.ts";
import { PolicyCounters } from "../policy/policy_counters.ts";
import type { PolicyEntry } from "../policy/policy_document.ts";
import { PolicyEngine } from "../policy/policy_engine.ts";
import { PolicySet } from "../policy/policy_set.ts";
import { loadRegexLibrary } from "../policy/regex.ts";
import { configuredAttributes, ResourceAttributes } from "../policy/resource_attributes.ts";
import type { Settings } from "../pipeline/settings.ts";
import { ScrapeStats } from "../pipeline/scrape_stats.ts";
import { scrapeTransform } from "../pipeline/scrape_transform.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Runs an exposition from a file (or standard input) through the pipeline that serves scrapes, to
 * standard output, with a summary on standard error. Returns the exit status: 0, or 1 when a budget
 * ended the output early or a policy is broken. Throws an Error when something cannot be read.
 */
export async function filter(
  { config, rules }: Settings,
  runtime: Runtime,
  file: string | undefined,
): Promise<number> {
  const entries = await loadEntries(config, runtime);
  const input = file === undefined || file === "-" ? runtime.stdin() : await runtime.openFile(file);
  const stats = new ScrapeStats();
  const output = input.pipeThrough(scrapeTransform({
    policies: await engineFor(config, entries),
    rules,
    openMetrics: false,
    maxLineBytes: config.scrape.maxLineBytes,
    maxInputBytes: config.scrape.maxInputBytes,
    maxOutputBytes: config.scrape.maxOutputBytes,
    onLimit: config.scrape.onLimit,
  }, stats));
  for await (const bytes of output) await runtime.writeStdout(bytes);

  const invalid = entries.filter((entry) => entry.state === "invalid");
  for (const entry of invalid) {
    console.error(`policy ${JSON.stringify(entry.id)}: ${entry.errors.join("; ")}`);
  }
  console.error(summary(stats));
  return stats.truncatedBy !== undefined || invalid.length > 0 ? 1 : 0;
}

/** The policies of all files. Providers that need a network have no place in an offline run. */
async function loadEntries(config: Config, runtime: Runtime): Promise<PolicyEntry[]> {
  const sources: ProviderEntries[] = [];
  for (const provider of config.policyProviders) {
    if (provider.type === "file") {
      const entries = await parsePolicies(await runtime.readFile(provider.path));
      sources.push({ provider: provider.id, entries });
    } else console.error(`policy provider ${provider.id} is not asked: it needs the network`);
  }
  const { entries, duplicates } = mergeEntries(sources);
  for (const { policy, provider, inForce } of duplicates) {
    console.error(`policy ${JSON.stringify(policy)} of ${provider}: ${inForce} has the same id`);
  }
  return entries;
}

async function engineFor(
  config: Config,
  entries: readonly PolicyEntry[],
): Promise<PolicyEngine | undefined> {
  const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
  if (specs.length === 0) return undefined;
  const set = new PolicySet(specs, await loadRegexLibrary(), new PolicyCounters());
  return new PolicyEngine(set, new ResourceAttributes(configuredAttributes(config.service)));
}

function summary(stats: ScrapeStats): string {
  const lines = [
    `samples  ${stats.inputSamples} in, ${stats.outputSamples} out, ` +
    `${stats.droppedByPolicy} dropped by policies, ${stats.droppedByRules} by rules, ` +
    `${stats.mergedSamples} merged`,
    `bytes    ${stats.inputBytes} in, ${stats.outputBytes} out`,
  ];
  const passed = stats.overlongLines + stats.unparseableLines + stats.failedEvaluations;
  if (passed > 0) {
    lines.push(
      `unfiltered lines  ${stats.overlongLines} over-long, ` +
        `${stats.unparseableLines} unparseable, ${stats.failedEvaluations} failed`,
    );
  }
  if (stats.truncatedBy !== undefined) {
    lines.push(`truncated: the ${stats.truncatedBy} budget is exceeded`);
  }
  return lines.join("\n");
}
