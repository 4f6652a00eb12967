import { runScrape } from "../scrape/scrape.ts";
import { edgeMetrics, ownMetrics } from "./own_metrics.ts";
import type { ServerState } from "./server_state.ts";

/** Answers a GET, and a HEAD as if it were one. */
export type DirectAnswer = (state: ServerState, request: Request) => Response | Promise<Response>;

/** What Prometheus and a kubelet ask for all day: it needs nothing of the router. */
export const directAnswers: ReadonlyMap<string, DirectAnswer> = new Map<string, DirectAnswer>([
  ["/metrics", (state, request) => runScrape(state, request, METRICS)],
  ["/-/ready", (state) => state.ready() ? text("ready\n") : text(NOT_READY, 503)],
  ["/-/healthy", () => text("ok\n")],
  ["/_health", (state) => state.settings().config.form === "edge" ? EDGES_HEALTH() : text("ok\n")],
  ["/-/metrics", ownMetrics],
  ["/_edge/metrics", edgeMetrics],
]);

const METRICS = { path: "/metrics", processed: true } as const;
const EDGES_HEALTH = () =>
  new Response('{"status":"ok"}', { headers: { "content-type": "application/json" } });
const NOT_READY = "not ready: the first policies are still being loaded\n";

function text(body: string, status = 200): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=UTF-8" } });
}
