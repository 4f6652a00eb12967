import type { Context } from "hono";
import { Cardinality } from "../analyze/cardinality.ts";
import { openLiveScrape } from "../scrape/live_scrape.ts";
import { analysisQueue } from "./analysis_turns.ts";
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
  const target = context.req.query("target") || undefined;
  const { timeoutSeconds } = settings.config.scrape;
  return await analysisQueue(state).analyses.run(signal, timeoutSeconds, async () => {
    const { body, format } = await openLiveScrape(settings, {
      target,
      signal,
      collectGarbage: state.collectGarbage,
    });
    const cardinality = new Cardinality({ followsLabels, format });
    for await (const chunk of body) cardinality.push(chunk);
    cardinality.end();
    return cardinality;
  });
}
