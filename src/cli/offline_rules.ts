import type { Settings } from "../scrape/settings.ts";
import type { ReadFormat } from "../exposition/line_format.ts";
import type { ScrapeRules } from "../lines/scrape_run.ts";
import { engineFor } from "../policy/build_engine.ts";
import { PolicyCounters } from "../policy/policy_counters.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type OfflinePolicies, readPolicyFiles } from "../policy/providers/policy_files.ts";

export interface OfflineRules {
  readonly rules: ScrapeRules;
  readonly policies: OfflinePolicies;
  /** What the policies of `rules` count into. */
  readonly counters: PolicyCounters;
}

/** Returns what a scrape of these settings is processed by. Throws a ConfigError for policy files. */
export async function offlineRules(
  { config, rules }: Settings,
  format: ReadFormat,
  runtime: Pick<Runtime, "readFile">,
): Promise<OfflineRules> {
  const policies = await readPolicyFiles(config, runtime);
  const counters = new PolicyCounters();
  const engine = await engineFor(config, policies.entries, counters);
  const inForce = { ...config.scrape, policies: engine, rules, format, holdsMost: true };
  return { rules: inForce, policies, counters };
}

/** Returns what an offline run should say of policies that do nothing. */
export function policyNotes({ notLoaded, notInForce }: OfflinePolicies): string[] {
  return [
    ...notLoaded.map((provider) =>
      `policy provider ${provider} is not loaded: it needs the network`
    ),
    ...notInForce.map(({ id, errors }) => `policy ${JSON.stringify(id)}: ${errors.join("; ")}`),
  ];
}
