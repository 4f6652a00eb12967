import type { UpstreamGet } from "./ask.ts";
import { getUpstream, type UpstreamResponse } from "./get.ts";
import { type RequestedPath, requestUrl } from "./request_url.ts";
import type { Target } from "./targets.ts";

/** What a scrape asks of each of its targets. */
export interface TargetRequest
  extends
    Pick<RequestedPath, "path" | "query">,
    Pick<UpstreamGet, "accept" | "anyStatus" | "budgetSeconds" | "fallbackProtocol">,
    Pick<UpstreamGet, "signal" | "userAgent"> {}

/** Asks one target; throws what `getUpstream` throws. */
export function askTarget(target: Target, request: TargetRequest): Promise<UpstreamResponse> {
  const { path, query, ...how } = request;
  const url = requestUrl(target.upstream, { path, query });
  return getUpstream({ ...how, url, connectTo: target.connectTo, http: target.upstream.http });
}
