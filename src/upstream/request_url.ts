import type { UpstreamConfig } from "../config/config.ts";

/** What of a request's URL comes from the client. */
export interface RequestedPath {
  /** Path of the client's request, for an upstream that was configured without one. */
  readonly path: string;
  /** The client's query with its `?`, or the empty string: exporters select collectors by it. */
  readonly query: string;
  /** Ask for `path` even where the upstream has a path of its own. */
  readonly passthrough?: boolean;
}

/** The URL to ask `upstream` for. The client's query follows the configured one. */
export function requestUrl(
  upstream: UpstreamConfig,
  { path, query, passthrough = false }: RequestedPath,
): string {
  const { basePath = passthrough ? "" : undefined } = upstream;
  if (basePath === undefined && query === "") return wholeUrl(upstream);
  const url = new URL(upstream.url);
  if (basePath !== undefined) url.pathname = basePath + path;
  if (passthrough) url.search = "";
  if (query !== "") url.search = url.search === "" ? query : `${url.search}&${query.slice(1)}`;
  return url.href;
}

/** As it is asked for in nearly every scrape: nothing of it comes from the client. */
function wholeUrl(upstream: UpstreamConfig): string {
  let url = wholeUrls.get(upstream);
  if (url === undefined) wholeUrls.set(upstream, url = new URL(upstream.url).href);
  return url;
}

const wholeUrls = new WeakMap<UpstreamConfig, string>();
