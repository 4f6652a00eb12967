import type { Config } from "../config/config.ts";
import { demoResponse } from "./demo_exporter.ts";
import { getUpstream, type UpstreamResponse } from "./get.ts";

/** What a scrape asks of the upstream, whatever the upstream is. */
export interface UpstreamRequest {
  /** Path of the client's request, for an upstream that was configured without one. */
  readonly path: string;
  /** The client's query with its `?`, or the empty string: exporters select collectors by it. */
  readonly query: string;
  /** Ask for `path` even where the upstream has a path of its own. */
  readonly passthrough: boolean;
  readonly accept: string;
  readonly budgetSeconds: number;
  readonly signal: AbortSignal;
}

export type UpstreamSource = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** Asks the configured upstream; what it throws is an UpstreamError. */
export function upstreamSource(config: Config, version: string): UpstreamSource {
  if (config.demo !== undefined) return demoSource(config.demo.ingresses);
  const userAgent = `Weir/${version}`;
  return ({ accept, budgetSeconds, signal, ...where }) =>
    getUpstream({
      url: urlFor(config, where),
      accept,
      budgetSeconds,
      signal,
      userAgent,
      anyAnswer: where.passthrough,
    });
}

function urlFor(
  config: Config,
  where: Pick<UpstreamRequest, "path" | "query" | "passthrough">,
): string {
  const url = new URL(config.upstream.url);
  if (where.passthrough) {
    url.search = "";
    url.pathname = where.path;
  } else if (config.upstream.usesRequestPath) url.pathname = where.path;
  if (where.query !== "") {
    url.search = url.search === "" ? where.query : `${url.search}&${where.query.slice(1)}`;
  }
  return url.href;
}

/** An hour of pretended life, so that the very first scrape shows counters that have counted. */
const DEMO_AGE_SECONDS = 3600;

function demoSource(ingresses: number): UpstreamSource {
  const startedAt = Math.floor(Date.now() / 1000) - DEMO_AGE_SECONDS;
  return ({ accept }) => {
    const request = new Request("http://demo.invalid/metrics", { headers: { accept } });
    const response = demoResponse(request, { ingresses, now: Date.now() / 1000, startedAt });
    return Promise.resolve({
      status: 200,
      contentType: response.headers.get("content-type"),
      body: response.body!,
    });
  };
}
