import type { DnsFamily } from "../config/config.ts";
import { isIpv4, unmapped } from "../config/ip_address.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * The addresses of a name that are its targets, each once and sorted, so that their order stays from
 * scrape to scrape. Rejects when there are none.
 */
export type NameLookup = (host: string, family: DnsFamily) => Promise<string[]>;

/**
 * Looks names up with the runtime's resolver. Of a name that had IPv4 addresses it is remembered: a
 * resolver that fails for them alone tells of the others as if they were all, and pods under other
 * addresses would count as new ones.
 */
export function nameLookup({ resolve }: Pick<Runtime, "resolve">): NameLookup {
  const hadIpv4 = new Set<string>();
  return async (host, family) => {
    const found = plain(await resolve(host));
    const four = found.filter(isIpv4);
    const six = found.filter((address) => !isIpv4(address));
    switch (family) {
      case "both":
        return someOf(found, "address", found);
      case "ipv4":
        return someOf(four, "IPv4 address", found);
      case "ipv6":
        return someOf(six, "IPv6 address", found);
      case "auto":
        if (four.length > 0) hadIpv4.add(host);
        else if (hadIpv4.has(host)) {
          const again = await ipv4Of(host, resolve);
          if (again.length > 0) return again;
          hadIpv4.delete(host);
        }
        return someOf(four.length > 0 ? four : six, "address", found);
    }
  };
}

/** Empty where the resolver is sure that there are none; rejects where it is not. */
async function ipv4Of(host: string, resolve: Runtime["resolve"]): Promise<string[]> {
  try {
    return plain(await resolve(host, 4));
  } catch (error) {
    if (NONE.has((error as { code?: unknown }).code)) return [];
    throw error;
  }
}

const NONE: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA"]);

function plain(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map(unmapped))].sort();
}

function someOf(chosen: string[], wanted: string, found: readonly string[]): string[] {
  if (chosen.length > 0) return chosen;
  throw new Error(found.length === 0 ? "ENODATA" : `found ${found[0]}, wanted an ${wanted}`);
}
