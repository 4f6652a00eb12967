import type { Shard, UpstreamConfig } from "../config/config.ts";
import { isIpv4, unmapped } from "../config/ip_address.ts";
import type { NameLookup } from "./name_lookup.ts";
import { belongsToShard } from "./shard.ts";
import { socketOf } from "../config/socket_url.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { classifyFailure, UpstreamError } from "./upstream_error.ts";

export interface Target {
  /**
   * `10.0.0.7:8080`, `[fd00::7]:8080`; the URL's host and port where it is not resolved here. No two
   * targets have the same: the later one of an address adds its path, and a number where that is
   * taken too.
   */
  readonly address: string;
  readonly upstream: UpstreamConfig;
  /** The IP address to ask, without brackets; undefined: the URL's host. */
  readonly connectTo: string | undefined;
}

export interface ResolvedTargets {
  /** Upstreams as configured; the addresses of one name sorted. */
  readonly targets: readonly Target[];
  /** Names that did not resolve, each with its port. */
  readonly failures: readonly { readonly address: string; readonly error: UpstreamError }[];
}

/**
 * The targets of one scrape, of which `shard` takes its share. All names are resolved at once, each
 * once; those that have not resolved when `signal` is aborted are among the failures. Never throws.
 */
export async function resolveTargets(
  upstreams: readonly UpstreamConfig[],
  shard: Shard | undefined,
  lookUp: NameLookup,
  signal: AbortSignal,
): Promise<ResolvedTargets> {
  const targets = new TargetList();
  const failures = new Map<string, UpstreamError>();
  const lookups = lookUpAll(upstreams, lookUp, signal);
  for (const upstream of upstreams) {
    const url = new URL(upstream.url);
    const lookup = lookups.get(lookupKey(upstream, url));
    if (!upstream.fansOut || lookup === undefined) {
      targets.add(upstream, url, undefined);
      continue;
    }
    const found = await lookup;
    const address = hostAndPort(url);
    if (Array.isArray(found)) { for (const ip of found) targets.add(upstream, url, ip); }
    else if (!failures.has(address)) {
      failures.set(address, unresolved(upstream.url, found.reason, signal));
    }
  }
  // The same name without dns+ is a target, and fails as one.
  for (const { address } of targets.list) failures.delete(address);
  const isOurs = ({ address }: { address: string }) =>
    shard === undefined || belongsToShard(address, shard);
  return {
    targets: targets.list.filter(isOurs),
    failures: [...failures].map(([address, error]) => ({ address, error })).filter(isOurs),
  };
}

/** Collects targets, each once, and names them. */
class TargetList {
  readonly list: Target[] = [];
  readonly #seen = new Set<string>();
  readonly #addresses = new Set<string>();

  add(upstream: UpstreamConfig, url: URL, connectTo: string | undefined): void {
    const address = hostAndPort(url, connectTo);
    const path = url.pathname + url.search;
    const identity = JSON.stringify([address, path, upstream.labels.toSorted()]);
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    this.list.push({ address: this.#free(address, path), upstream, connectTo });
  }

  #free(address: string, path: string): string {
    let name = address;
    for (let number = 1; this.#addresses.has(name); number++) {
      name = `${address}${path}${number === 1 ? "" : `#${number}`}`;
    }
    this.#addresses.add(name);
    return name;
  }
}

type Lookup = Promise<string[] | { readonly reason: unknown }>;

/** Look-ups, of the upstreams that fan out over a name; an IP address is itself. */
function lookUpAll(
  upstreams: readonly UpstreamConfig[],
  lookUp: NameLookup,
  signal: AbortSignal,
): Map<string, Lookup> {
  const lookups = new Map<string, Lookup>();
  for (const upstream of upstreams) {
    const url = new URL(upstream.url);
    const key = lookupKey(upstream, url);
    if (!upstream.fansOut || isIpAddress(url.hostname) || lookups.has(key)) continue;
    // The operating system's resolver cannot be told to stop, only not be waited for.
    const found = unlessAborted(lookUp(url.hostname, upstream.dnsFamily ?? "auto"), signal);
    lookups.set(key, found.catch((reason: unknown) => ({ reason })));
  }
  return lookups;
}

function lookupKey({ dnsFamily }: UpstreamConfig, { hostname }: URL): string {
  return `${dnsFamily} ${hostname}`;
}

function unresolved(url: string, reason: unknown, signal: AbortSignal): UpstreamError {
  if (reason instanceof UpstreamError) return reason;
  if (signal.aborted) {
    return new UpstreamError("timeout", 504, url, "host name did not resolve in time");
  }
  const failure = classifyFailure(url, reason);
  if (failure.reason === "dns") return failure;
  const why = reason instanceof Error ? reason.message : String(reason);
  return new UpstreamError("dns", 502, url, `host name not resolved: ${why}`);
}

/** The default port is written out. `ip`, if given, stands for the URL's host. */
function hostAndPort(url: URL, ip: string = url.hostname): string {
  const socket = socketOf(url);
  if (socket !== undefined) return `unix:${socket}`;
  const address = unmapped(ip);
  const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
  return `${host}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

/** Of a URL's host name: IPv6 has brackets, and IPv4 in whatever spelling has become four numbers. */
function isIpAddress(hostname: string): boolean {
  return hostname.startsWith("[") || isIpv4(hostname);
}
