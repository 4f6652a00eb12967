import type { Config } from "../../config/config.ts";
import { ConfigError, messageOf } from "../../problems/config_error.ts";
import { mergeEntries, type ProviderEntries } from "../merge_entries.ts";
import { parsePolicyFile } from "./parse_policies.ts";
import { type PolicyEntry, policyErrors } from "../policy_document.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** A policy that does nothing, and why. */
export interface PolicyNotInForce {
  readonly provider: string;
  /** Empty when it has none. */
  readonly id: string;
  readonly errors: readonly string[];
}

export interface OfflinePolicies {
  /** Of all files; of those with the same id the first. */
  readonly entries: readonly PolicyEntry[];
  readonly notInForce: readonly PolicyNotInForce[];
  /** Providers that need the network, and so have no place in an offline run. */
  readonly notLoaded: readonly string[];
}

/** Reads the policy files of a configuration. Throws a ConfigError that names each unreadable one. */
export async function readPolicyFiles(
  config: Pick<Config, "policyProviders">,
  runtime: Pick<Runtime, "readFile">,
): Promise<OfflinePolicies> {
  const sources: ProviderEntries[] = [];
  const notInForce: PolicyNotInForce[] = [];
  const notLoaded: string[] = [];
  const problems: string[] = [];
  for (const provider of config.policyProviders) {
    if (provider.type !== "file") {
      notLoaded.push(provider.id);
      continue;
    }
    try {
      const entries = await parsePolicyFile(
        provider.path,
        await runtime.readFile(provider.path),
      );
      sources.push({ provider: provider.id, entries });
    } catch (error) {
      problems.push(fileProblem(provider.path, error));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  for (const { provider, entries } of sources) {
    for (const entry of entries) {
      if (entry.state !== "invalid") continue;
      notInForce.push({ provider, id: entry.id, errors: policyErrors(entry) });
    }
  }
  const { entries, duplicates } = mergeEntries(sources);
  for (const { policy, provider, inForce } of duplicates) {
    notInForce.push({ provider, id: policy, errors: [`${inForce} has a policy of the same id`] });
  }
  return { entries, notInForce, notLoaded };
}

/** The path comes first, as in every message about a file. */
function fileProblem(path: string, error: unknown): string {
  const reason = messageOf(error);
  const place = reason.includes(path) ? reason : `${path}: ${reason}`;
  return place.replace(/\s*\n\s*/g, " ").trim();
}
