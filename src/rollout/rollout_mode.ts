import { isMap, valueOf } from "../yaml/plain_scalar.ts";

/**
 * How far a part of the configuration (rules, policies, limits) has come on its way into force. `shadow`:
 * what it would do is worked out and counted, and nothing of it done. `canary`: in force in this share of
 * all instances, above 0 and at most 1, and in shadow in the others.
 */
export type RolloutMode = "enforce" | "shadow" | { readonly canary: number };

/** Completes "found X, wanted …" for what `parseRolloutMode` refuses. */
export const ROLLOUT_WANTED =
  "enforce, shadow or {canary: 10%}, with a share above 0% and at most 100%";

/** Undefined for what is no mode. */
export function parseRolloutMode(input: unknown): RolloutMode | undefined {
  const value = valueOf(input);
  if (value === "enforce" || value === "shadow") return value;
  if (!isMap(value) || Object.keys(value).join() !== "canary") return undefined;
  const share = SHARE.exec(String(valueOf(value.canary)));
  const canary = Number(share?.[1]) / 100;
  return canary > 0 && canary <= 1 ? { canary } : undefined;
}

/** As messages call it: `canary 10%`. */
export function rolloutText(mode: RolloutMode): string {
  return typeof mode === "string" ? mode : `canary ${shareText(mode)}`;
}

/** The share of a canary as it is configured; "" where there is none. */
export function shareText(mode: RolloutMode): string {
  return typeof mode === "string" ? "" : `${Number((mode.canary * 100).toFixed(6))}%`;
}

/**
 * Whether what has this mode is in force in the instance of this name. The same name is always decided
 * alike, and one that a small share takes in is in every larger one. One without a name is in none.
 */
export function isEnforced(mode: RolloutMode, name: string | undefined): boolean {
  if (typeof mode === "string") return mode === "enforce";
  return mode.canary === 1 || (name !== undefined && placeOf(name) < mode.canary);
}

/** A place from 0 up to 1 for each name: FNV-1a, and MurmurHash3's last steps to spread it. */
function placeOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

const SHARE = /^(\d{1,3}(?:\.\d{1,6})?)\s*%$/;
