import { PolicyCounters } from "./policy_counters.ts";
import type { PolicyEntry } from "./policy_document.ts";
import { PolicyEngine } from "./policy_engine.ts";
import { PolicySet } from "./policy_set.ts";
import type { PolicySpec } from "./policy.ts";
import { loadRegexLibrary } from "./regex.ts";
import {
  configuredAttributes,
  ResourceAttributes,
  type ServiceConfig,
} from "./resource_attributes.ts";

/**
 * Compiles the active policies among the entries; undefined when there is none. The regex library is
 * loaded only if one of them has a pattern.
 */
export async function buildEngine(
  entries: readonly PolicyEntry[],
  counters: PolicyCounters,
  resource: ResourceAttributes,
): Promise<PolicyEngine | undefined> {
  const specs = entries.flatMap((entry) => entry.state === "active" ? [entry.spec] : []);
  if (specs.length === 0) return undefined;
  const library = specs.some(hasPattern) ? await loadRegexLibrary() : undefined;
  return new PolicyEngine(new PolicySet(specs, library, counters), resource);
}

function hasPattern(spec: PolicySpec): boolean {
  return spec.matchers.some((matcher) => matcher.match.kind === "regex");
}

/** Returns the engine of the active ones, which counts into `counters`; undefined when there is none. */
export async function engineFor(
  config: { readonly service: ServiceConfig },
  entries: readonly PolicyEntry[],
  counters: PolicyCounters = new PolicyCounters(),
): Promise<PolicyEngine | undefined> {
  const resource = new ResourceAttributes(configuredAttributes(config.service));
  return await buildEngine(entries, counters, resource);
}
