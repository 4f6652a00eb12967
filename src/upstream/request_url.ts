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
export function requestUrl(upstream: UpstreamConfig, where: RequestedPath): string {
  const url = new URL(upstream.url);
  const { basePath = where.passthrough ? "" : undefined } = upstream;
  if (basePath !== undefined) url.pathname = basePath + where.path;
  if (where.passthrough) url.search = "";
  if (where.query !== "") {
    url.search = url.search === "" ? where.query : `${url.search}&${where.query.slice(1)}`;
  }
  return url.href;
}
