import type { Config } from "../config/config.ts";
import { sourceOfStream } from "./chunk_source.ts";
import type { UpstreamGet } from "./ask.ts";
import { getUpstream, type UpstreamResponse } from "./get.ts";
import { type RequestedPath, requestUrl } from "./request_url.ts";

/** What a scrape asks of the upstream, whatever the upstream is. */
export interface UpstreamRequest
  extends
    RequestedPath,
    Pick<UpstreamGet, "accept" | "anyStatus" | "body" | "budgetSeconds" | "forwarded" | "method">,
    Pick<UpstreamGet, "signal"> {
  readonly passthrough: boolean;
}

export type UpstreamSource = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** Asks the first configured upstream; what it throws is an UpstreamError. */
export function upstreamSource(config: Config, version: string): UpstreamSource {
  if (config.demo !== undefined) return demoSource(config.demo.ingresses);
  const userAgent = `Weir/${version}`;
  const [metrics] = config.upstreams;
  const { passthroughUpstream = metrics } = config;
  return (request) => {
    const upstream = request.passthrough ? passthroughUpstream : metrics;
    return getUpstream({
      ...request,
      url: requestUrl(upstream, request),
      http: upstream.http,
      userAgent,
      fallbackProtocol: config.scrape.fallbackProtocol,
      anyAnswer: request.passthrough,
      isHandedOn: request.passthrough && config.form === "edge",
    });
  };
}

/** An hour of pretended life, so that the very first scrape shows counters that have counted. */
const DEMO_AGE_SECONDS = 3600;

function demoSource(ingresses: number): UpstreamSource {
  const startedAt = Math.floor(Date.now() / 1000) - DEMO_AGE_SECONDS;
  return async ({ accept }) => {
    const { demoResponse } = await import("./demo_exporter.ts");
    const request = new Request("http://demo.invalid/metrics", { headers: { accept } });
    const response = demoResponse(request, { ingresses, now: Date.now() / 1000, startedAt });
    return {
      status: 200,
      contentType: response.headers.get("content-type"),
      body: sourceOfStream(response.body!),
    };
  };
}
