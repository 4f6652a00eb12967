import type { UpstreamConfig } from "./config.ts";

/** Stands where a URL has to, while the built-in sample exporter answers. */
export const DEMO_UPSTREAM: UpstreamConfig = {
  url: "http://demo.invalid/metrics",
  usesRequestPath: false,
};

/** metric-gate's default: the metrics port of ingress-nginx. */
export const DEFAULT_UPSTREAM: UpstreamConfig = {
  url: "http://localhost:10254/metrics",
  usesRequestPath: false,
};

/**
 * Returns the upstream for an http(s) URL whose scheme may be left out (`localhost:9100/metrics`),
 * else undefined. A path of `/` is no path: Edge appends the request's path to both.
 */
export function parseUpstream(input: unknown): UpstreamConfig | undefined {
  if (typeof input !== "string" || isFanOut(input)) return undefined;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(input);
  // `http:/host` would otherwise become a host called "http".
  if (!hasScheme && /^[^/?#]*:(?:[/?#]|$)/.test(input)) return undefined;
  const url = parseHttpUrl(hasScheme ? input : `http://${input}`);
  return url === undefined ? undefined : { url: url.href, usesRequestPath: url.pathname === "/" };
}

/** Completes "found X, wanted …" for an input that `parseUpstream` refuses. */
export function upstreamWanted(input: unknown): string {
  return typeof input === "string" && isFanOut(input)
    ? "a URL without dns+: fan-out is not available in this version"
    : "an http:// or https:// URL";
}

/** Returns the absolute http(s) URL, without a fragment, that the whole of `input` is. */
export function parseHttpUrl(input: unknown): URL | undefined {
  if (typeof input !== "string" || /[\s\\]/.test(input)) return undefined;
  const url = URL.canParse(input) ? new URL(input) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(input)) return undefined;
  url.hash = "";
  return url;
}

function isFanOut(text: string): boolean {
  return /^dns\+/i.test(text);
}
