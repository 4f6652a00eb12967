import { NO_STORE } from "./analysis_failure.ts";
import { type Health, healthOf } from "./health.ts";
import type { ServerState } from "./server_state.ts";
import { type Facts, factsOf } from "./status_facts.ts";

/** What Weir does now, and whether all is well. */
export interface Status extends Health, Facts {}

/** Answers `GET /-/status`, as JSON. */
export function statusRequest(state: ServerState): Response {
  const facts = factsOf(state, Date.now());
  const status: Status = { ...healthOf(facts), ...facts };
  const body = `${JSON.stringify(status, null, 2)}\n`;
  return new Response(body, { headers: { "content-type": "application/json", ...NO_STORE } });
}
