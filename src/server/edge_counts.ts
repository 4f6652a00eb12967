import type { ServeOptions } from "../runtime/runtime.ts";
import type { EdgeMetrics, KnownPath } from "../telemetry/edge_metrics.ts";
import { requestTarget } from "../scrape/request_target.ts";

type Fetch = ServeOptions["fetch"];

/** `fetch`, and Edge's metrics of what comes and goes. */
export function countedForEdge(
  fetch: Fetch,
  metrics: EdgeMetrics,
  hasPolicies: () => boolean,
): Fetch {
  return async (request) => {
    const startedAt = performance.now();
    const path = knownPath(request);
    metrics.request(request.method, path, hasPolicies());
    try {
      const response = await fetch(request);
      metrics.response(path, response.status, (performance.now() - startedAt) / 1000);
      return response;
    } catch (error) {
      metrics.failed(path);
      throw error;
    }
  };
}

/** By Edge's rules: only what is got is known. */
function knownPath(request: Request): KnownPath {
  if (request.method !== "GET") return "other";
  const path = requestTarget(request)?.path ?? "";
  if (path === "/metrics" || path.startsWith("/metrics/")) return "metrics";
  if (path === "/_health") return "health";
  return path === "/_edge/metrics" ? "edge_metrics" : "other";
}
