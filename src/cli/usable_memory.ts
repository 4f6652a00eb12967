import { USABLE_MEMORY } from "../bounds.ts";
import type { Config } from "../config/config.ts";
import type { Runtime } from "../runtime/runtime.ts";

export interface UsableMemory {
  /** What bounds are chosen for; undefined: there is no limit. */
  readonly containerBytes: number | undefined;
  /** What the process may hold before scrapes fail; undefined: no limit. */
  readonly limitBytes: number | undefined;
}

/** The memory that there is: `limits.memory`, else what is usable of the container's. */
export function usableMemory(
  { maxMemoryBytes }: Pick<Config, "maxMemoryBytes">,
  runtime: Pick<Runtime, "usage">,
): UsableMemory {
  const ofGroup = runtime.usage().memoryLimitBytes;
  if (maxMemoryBytes === undefined) {
    const limitBytes = ofGroup && Math.floor(ofGroup * USABLE_MEMORY);
    return { containerBytes: ofGroup, limitBytes };
  }
  if (maxMemoryBytes === 0) return { containerBytes: ofGroup, limitBytes: undefined };
  const container = Math.min(ofGroup ?? Infinity, maxMemoryBytes / USABLE_MEMORY);
  return { containerBytes: container, limitBytes: maxMemoryBytes };
}
