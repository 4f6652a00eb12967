import { unmapped } from "./ip_address.ts";

/** Completes "found X, wanted …" for what `parseRedirectHost` refuses. */
export const REDIRECT_HOST_WANTED = "HOST or HOST:PORT";

/** Returns the host as a URL spells it, with its port if `input` has one, else undefined. */
export function parseRedirectHost(input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]*]+)(?::(\d{1,5}))?$/i.exec(input) ?? [];
  const url = host === undefined ? null : URL.parse(`http://${host}`);
  if (url === null || Number(port ?? 0) > 65535) return undefined;
  const name = unmapped(url.hostname);
  return port === undefined ? name : `${name}:${Number(port)}`;
}

/** Whether redirects may lead to this URL: `hosts` has its host, or its host with its port. */
export function isRedirectHost(url: URL, hosts: readonly string[]): boolean {
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined) return false;
  const name = unmapped(url.hostname);
  return hosts.includes(name) || hosts.includes(`${name}:${url.port || defaultPort}`);
}

/** Of the protocols that redirects may lead to. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
