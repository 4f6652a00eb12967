import type { PolicyEntry } from "../policy/policy_document.ts";
import { type RolloutMode, rolloutText } from "../rollout/rollout_mode.ts";
import { type RolloutPart, rolloutParts } from "../rollout/rollout_part.ts";
import type { Settings } from "../scrape/settings.ts";

/** A part, and the path whose rules or limits it is; none for policies. */
export interface PlacedPart extends RolloutPart {
  readonly path: string | undefined;
}

/** All that is in shadow, or a canary's. `entries`: policies, of which some may say so themselves. */
export function placedParts(
  { config, routes }: Settings,
  entries: readonly PolicyEntry[] = [],
): PlacedPart[] {
  const isLabelled = config.routes.length > 0;
  const ofRoutes = routes.flatMap(({ path, rollout }) =>
    rollout.map((part) => ({ ...part, path: isLabelled ? path : undefined }))
  );
  const modes = [
    ...config.policyProviders.map(({ id, mode }) => [`policies:${id}`, mode] as const),
    ...entries.flatMap((entry): (readonly [string, RolloutMode | undefined])[] =>
      entry.state === "active" ? [[`policy:${entry.spec.id}`, entry.mode]] : []
    ),
  ];
  const ofPolicies = rolloutParts(modes, config.rollout.name);
  return [...ofRoutes, ...ofPolicies.map((part) => ({ ...part, path: undefined }))];
}

/** What a canary has decided, and for whom: `canary 10%: in shadow in weir-0`. */
export function decisionText({ mode, isEnforced }: RolloutPart, name: string | undefined): string {
  if (typeof mode === "string") return mode;
  const where = name === undefined ? "where nothing names this instance" : `in ${name}`;
  return `${rolloutText(mode)}: ${isEnforced ? "enforced" : "in shadow"} ${where}`;
}

/** A sentence where a canary cannot choose. */
export function namelessCanary(
  parts: readonly RolloutPart[],
  name: string | undefined,
): string | undefined {
  const isAsked = parts.some(({ mode }) => typeof mode !== "string" && mode.canary < 1);
  if (name !== undefined || !isAsked) return undefined;
  return "canary: found neither canary_name nor POD_NAME nor HOSTNAME, so this instance is in none";
}
