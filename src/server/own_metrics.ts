import { OPEN_METRICS_TYPE, prefersOpenMetrics, TEXT_TYPE } from "../upstream/negotiate.ts";
import type { MetricsRegistry } from "../telemetry/metrics.ts";
import type { ServerState } from "./server_state.ts";

/** Weir's own metrics, in the format that the client likes best. */
export function ownMetrics(state: ServerState, request: Request): Response {
  return rendered(state, request);
}

/** The same, with Edge's metrics where they are counted. */
export function edgeMetrics(state: ServerState, request: Request): Response {
  const { edge } = state.metrics;
  const loaded = { log: 0, metric: 0, trace: 0 };
  for (const entry of edge === undefined ? [] : state.policyEntries()) {
    if (entry.state === "active") loaded.metric++;
    else if (entry.state === "other_signal" && entry.signal !== "metric") {
      loaded[entry.signal as "log" | "trace"]++;
    }
  }
  edge?.policiesLoaded(loaded);
  return rendered(state, request, edge?.registry);
}

function rendered(state: ServerState, request: Request, beside?: MetricsRegistry): Response {
  state.settle();
  const openMetrics = prefersOpenMetrics(request.headers.get("accept"));
  return new Response(state.metrics.render(openMetrics ? "openmetrics" : "text", beside), {
    headers: {
      "content-type": openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE,
      vary: "Accept",
    },
  });
}
