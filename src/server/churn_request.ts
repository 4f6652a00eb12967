import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "hono";
import { type ChurnReport, churnReport } from "../analyze/churn.ts";
import { MAX_CHURN_SECONDS } from "../bounds.ts";
import { analysisQueue } from "./analysis_queue.ts";
import { analysisFailure, NO_STORE, problemsResponse } from "./analysis_failure.ts";
import type { ServerState } from "./server_state.ts";
import { liveCardinality } from "./live_cardinality.ts";

const DEFAULT_SECONDS = "10";

/** Answers `GET /analyze/churn?seconds=N`: the series that came and went between two scrapes. */
export async function churnRequest(state: ServerState, context: Context): Promise<Response> {
  const given = context.req.query("seconds") ?? DEFAULT_SECONDS;
  const seconds = /^[0-9]{1,9}$/.test(given) ? Number(given) : 0;
  if (seconds < 1 || seconds > MAX_CHURN_SECONDS) {
    const wanted = `a whole number from 1 to ${MAX_CHURN_SECONDS}`;
    const message = `seconds: found ${JSON.stringify(given.slice(0, 100))}, wanted ${wanted}`;
    return problemsResponse(400, [{ message }]);
  }
  const headers = { "content-type": "application/json; charset=utf-8", ...NO_STORE };
  if (context.req.method === "HEAD") return new Response(null, { headers });
  try {
    const report = await measuredChurn(state, context, seconds);
    return new Response(`${JSON.stringify(report, null, 2)}\n`, { headers });
  } catch (error) {
    return analysisFailure(error, "json");
  }
}

async function measuredChurn(
  state: ServerState,
  context: Context,
  seconds: number,
): Promise<ChurnReport> {
  const { signal } = context.req.raw;
  return await analysisQueue(state).churns.run(signal, seconds, async () => {
    const startedAt = performance.now();
    const first = await liveCardinality(state, context, false);
    const elapsedMs = performance.now() - startedAt;
    await delay(Math.max(0, seconds * 1000 - elapsedMs), undefined, { signal });
    return churnReport(first, await liveCardinality(state, context, false), seconds);
  });
}
