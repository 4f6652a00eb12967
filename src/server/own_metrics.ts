import { OPEN_METRICS_TYPE, prefersOpenMetrics, TEXT_TYPE } from "../upstream/negotiate.ts";
import type { ServerState } from "./server_state.ts";

/** Weir's own metrics, in the format that the client likes best. */
export function ownMetrics(state: ServerState, request: Request): Response {
  state.settle();
  const openMetrics = prefersOpenMetrics(request.headers.get("accept"));
  return new Response(state.metrics.render(openMetrics ? "openmetrics" : "text"), {
    headers: {
      "content-type": openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE,
      vary: "Accept",
    },
  });
}
