import type { Context } from "hono";
import { html } from "hono/html";
import { mainOf } from "./routes.ts";
import { PROFILES } from "./profile_request.ts";
import type { ServerState } from "./server_state.ts";

/**
 * Answers any path that there is not where Weir has no config file, as metric-gate does: probes of
 * deployments may ask for one. A page of links, which costs next to nothing.
 */
export async function linkIndex(state: ServerState, context: Context): Promise<Response> {
  const main = mainOf(state).path;
  const paths = [
    "/",
    main,
    ...[...state.settings().subsets.keys()].map((name) => `${main}/${name}`),
    "/source",
    "/analyze",
    "/-/metrics",
    "/-/status",
    "/-/config",
    PROFILES,
  ];
  return await context.html(html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>Weir</title>
      </head>
      <body>
        <h1>Weir ${state.version}</h1>
        <ul>${paths.map((path) => html`<li><a href="${path}">${path}</a></li>`)}</ul>
      </body>
    </html>
  `);
}
