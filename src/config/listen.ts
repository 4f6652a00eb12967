import { unmapped } from "./ip_address.ts";
import type { ListenAddress } from "../runtime/runtime.ts";

/** Completes "found X, wanted …" for what `parseListen` refuses. */
export const LISTEN_WANTED = "ADDR:PORT, [IPV6]:PORT, :PORT or unix:PATH";

/** All interfaces, IPv6 and IPv4; `0.0.0.0` is IPv4 alone. */
export const ALL_INTERFACES = "::";

/** True where nobody but this machine can connect. */
export function isLocalOnly(listen: ListenAddress): boolean {
  return "unix" in listen || isLoopback(listen.hostname);
}

/** Returns the address of `host:8080`, `[::1]:8080`, `:8080` or `unix:/path`, else undefined. */
export function parseListen(input: unknown): ListenAddress | undefined {
  if (typeof input !== "string") return undefined;
  if (input.startsWith("unix:")) {
    const path = input.slice("unix:".length);
    return path === "" ? undefined : { unix: path };
  }
  const match = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(input);
  if (match === null || Number(match[2]) > 65535) return undefined;
  const hostname = match[1] === "" ? ALL_INTERFACES : parseHost(match[1]);
  return hostname === undefined ? undefined : { hostname, port: Number(match[2]) };
}

/** Returns the address as `parseListen` reads it. */
export function printableListen(listen: ListenAddress): string {
  if ("unix" in listen) return `unix:${listen.unix}`;
  const { hostname, port } = listen;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Returns a host name or IP address, an IPv6 one without its brackets, else undefined. */
export function parseHost(input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  const bracketed = /^\[(.*)\]$/.exec(input);
  const host = bracketed === null ? input : bracketed[1];
  const ipv6 = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[\w.-]+)?$/i.test(host);
  if (bracketed !== null) return ipv6 ? host : undefined;
  return ipv6 || /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?$/i.test(host) ? host : undefined;
}

/** True for the names and addresses of this machine, an IPv6 one with or without brackets. */
export function isLoopback(hostname: string): boolean {
  const host = unmapped(hostname);
  return host === "[::1]" || host === "::1" || /^127(\.\d+){3}$/.test(host) ||
    host === "localhost" || host.endsWith(".localhost");
}
