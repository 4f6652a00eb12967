import type { PolicyEntry } from "./policy_document.ts";

/** What one provider loaded. */
export interface ProviderEntries {
  readonly provider: string;
  readonly entries: readonly PolicyEntry[];
}

/** A policy that another one of the same id keeps out. */
export interface Duplicate {
  readonly policy: string;
  readonly provider: string;
  /** The provider whose policy is in force. */
  readonly inForce: string;
}

/** Puts providers' entries together: of policies with the same id the first wins. */
export function mergeEntries(
  sources: Iterable<ProviderEntries>,
): { readonly entries: PolicyEntry[]; readonly duplicates: Duplicate[] } {
  const owners = new Map<string, string>();
  const merged: PolicyEntry[] = [];
  const duplicates: Duplicate[] = [];
  for (const { provider, entries } of sources) {
    for (const entry of entries) {
      const id = entry.state === "active" ? entry.spec.id : entry.id;
      const inForce = id === "" ? undefined : owners.get(id);
      if (inForce === undefined) {
        owners.set(id, provider);
        merged.push(entry);
      } else duplicates.push({ policy: id, provider, inForce });
    }
  }
  return { entries: merged, duplicates };
}
