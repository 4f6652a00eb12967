import { parseSocketUrl, socketOf } from "./socket_url.ts";
import type { DnsFamily, UpstreamConfig } from "./config.ts";

/** Stands where a URL has to, while the built-in sample exporter answers. */
export const DEMO_UPSTREAM: UpstreamConfig = {
  url: "http://demo.invalid/metrics",
  basePath: undefined,
  fansOut: false,
  labels: [],
};

/** metric-gate's default: the metrics port of ingress-nginx. */
export const DEFAULT_UPSTREAM: UpstreamConfig = {
  url: "http://localhost:10254/metrics",
  basePath: undefined,
  fansOut: false,
  labels: [],
};

export const UPSTREAM_WANTED = "an http:// or https:// URL, or unix:PATH";

/**
 * Returns the upstream for an http(s) URL whose scheme may be left out (`localhost:9100/metrics`),
 * with or without `dns+` (`dns4+`, `dns6+`) before it, or for a Unix socket, else undefined. A path of `/` is no path:
 * Edge appends the request's path to both.
 */
export function parseUpstream(input: unknown): UpstreamConfig | undefined {
  if (typeof input !== "string") return undefined;
  const ofSocket = parseSocketUrl(input);
  if (ofSocket !== undefined) return upstreamAt(ofSocket, false);
  const prefix = FAN_OUT.exec(input)?.[0] ?? "";
  const text = input.slice(prefix.length);
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  // `http:/host` would otherwise become a host called "http".
  if (!hasScheme && /^[^/?#]*:(?:[/?#]|$)/.test(text)) return undefined;
  const url = parseHttpUrl(hasScheme ? text : `http://${text}`);
  if (url === undefined) return undefined;
  const family = FAMILIES[prefix.toLowerCase()];
  return { ...upstreamAt(url, prefix !== ""), ...family && { dnsFamily: family } };
}

function upstreamAt(url: URL, fansOut: boolean): UpstreamConfig {
  const basePath = url.pathname === "" || url.pathname === "/" ? "" : undefined;
  return { url: url.href, basePath, fansOut, labels: [] };
}

/**
 * The upstream as Edge reads its URL: the request's path is put behind the URL's own. An endpoint that
 * is named whole, by a path that ends in `/metrics` or by a query, is asked as it stands.
 */
export function joiningPaths(upstream: UpstreamConfig): UpstreamConfig {
  const { pathname, search } = new URL(upstream.url);
  if (search !== "") return upstream;
  return { ...upstream, basePath: pathname.replace(/\/(metrics\/?)?$/, "") };
}

/**
 * The upstream of metric-gate's `-H`: a URL without a path is asked for `/`, whatever the client's own
 * path is. Of a socket, which metric-gate has not, the request's own is used all the same.
 */
export function askedAsGiven(upstream: UpstreamConfig): UpstreamConfig {
  return socketOf(new URL(upstream.url)) === undefined
    ? { ...upstream, basePath: undefined }
    : upstream;
}

/** Returns the absolute http(s) URL, without a fragment, that the whole of `input` is. */
export function parseHttpUrl(input: unknown): URL | undefined {
  if (typeof input !== "string" || /[\s\\]/.test(input)) return undefined;
  const url = URL.canParse(input) ? new URL(input) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(input)) return undefined;
  url.hash = "";
  return url;
}

const FAN_OUT = /^dns[46]?\+/i;

/** Of the prefixes that say which addresses are meant. */
const FAMILIES: Readonly<Record<string, DnsFamily>> = { "dns4+": "ipv4", "dns6+": "ipv6" };
