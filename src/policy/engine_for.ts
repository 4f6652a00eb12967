import { buildEngine } from "./build_engine.ts";
import { PolicyCounters } from "./policy_counters.ts";
import type { PolicyEntry } from "./policy_document.ts";
import type { PolicyEngine } from "./policy_engine.ts";
import {
  configuredAttributes,
  ResourceAttributes,
  type ServiceConfig,
} from "./resource_attributes.ts";

/** Returns the engine of the active ones, which counts into `counters`; undefined when there is none. */
export async function engineFor(
  config: { readonly service: ServiceConfig },
  entries: readonly PolicyEntry[],
  counters: PolicyCounters = new PolicyCounters(),
): Promise<PolicyEngine | undefined> {
  const resource = new ResourceAttributes(configuredAttributes(config.service));
  return await buildEngine(entries, counters, resource);
}
