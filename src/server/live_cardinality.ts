import type { Context } from "hono";
import { Cardinality } from "../analyze/cardinality.ts";
import { analysisQueue } from "./analysis_turns.ts";
import { scrapeOfRequest } from "./preview_draft.ts";
import { chosenRoute } from "./routes.ts";
import type { ServerState } from "./server_state.ts";

/** Counts one scrape of the upstream for a request, when its turn has come. */
export async function liveCardinality(
  state: ServerState,
  context: Context,
  followsLabels: boolean = true,
): Promise<Cardinality> {
  const settings = chosenRoute(state, context).context.settings();
  const { signal } = context.req.raw;
  const { timeoutSeconds } = settings.config.scrape;
  return await analysisQueue(state).analyses.run(signal, timeoutSeconds, async () => {
    const { body, format } = await scrapeOfRequest(state, settings, context);
    const cardinality = new Cardinality({ followsLabels, format });
    for await (const chunk of body) cardinality.push(chunk);
    cardinality.end();
    return cardinality;
  });
}
