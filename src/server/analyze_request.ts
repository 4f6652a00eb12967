import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { cardinalityReport } from "../analyze/report.ts";
import { reportText } from "../analyze/report_text.ts";
import { analysisFailure, NO_STORE } from "./analysis_failure.ts";
import type { ServerState } from "./server_state.ts";
import { explorerPage } from "./explorer_page.ts";
import { liveCardinality } from "./live_cardinality.ts";

/** Metrics that the text lists. */
const SHOWN_METRICS = 20;

const TEXT = "text/plain";
const JSON_TYPE = "application/json";
const HTML = "text/html";

/** Answers `GET /analyze`: where the series of the upstream's scrape are, or the page that asks so. */
export async function analyzeRequest(state: ServerState, context: Context): Promise<Response> {
  const type = accepts(context, {
    header: "Accept",
    supports: [TEXT, JSON_TYPE, HTML],
    default: TEXT,
  });
  if (type === HTML) return await explorerPage(state, context);
  const headers = { "content-type": `${type}; charset=utf-8`, vary: "Accept", ...NO_STORE };
  if (context.req.method === "HEAD") return new Response(null, { headers });
  try {
    const report = cardinalityReport(await liveCardinality(state, context));
    const text = type === JSON_TYPE
      ? JSON.stringify(report, null, 2)
      : reportText(report, SHOWN_METRICS).join("\n");
    return new Response(`${text}\n`, { headers });
  } catch (error) {
    return analysisFailure(error, type === JSON_TYPE ? "json" : "text");
  }
}
