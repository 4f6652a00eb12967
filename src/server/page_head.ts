import type { Context } from "hono";
import { html } from "hono/html";
import { endpointsOf } from "../scrape/settings.ts";
import { mainOf } from "./routes.ts";
import type { Route, ServerState } from "./server_state.ts";

/** The head of the page: what runs here, and where to look further. Its state the page asks for. */
export function pageHead(state: ServerState, context: Context) {
  const shown = shownRoute(state, context);
  const links = state.routes().flatMap(({ context }) => endpointsOf(context.settings()))
    .filter((path) => !path.endsWith("/*"));
  return html`<header class="top">
<div class="brand"><h1>Weir</h1> <span class="version">${state.version}</span></div>
<p class="state wait" id="state" role="status">…</p>
${tabs(state, shown)}
<nav aria-label="Endpoints"><ul>
${[...links, ...OWN].map((path) => html`<li><a href="${path}">${path}</a></li>`)}
</ul></nav>
</header>`;
}

const OWN = ["/source", "/-/status", "/-/config", "/-/metrics", "/-/ready"];

/** What the page shows: that of the query's route, or of the main one where there is none such. */
function shownRoute(state: ServerState, context: Context): Route {
  const wanted = context.req.query("route");
  return state.routes().find(({ path }) => path === wanted) ?? mainOf(state);
}

/** A page for each route, where there are several. */
function tabs(state: ServerState, shown: Route) {
  const paths = state.routes().map(({ path }) => path);
  if (paths.length < 2) return "";
  const link = (path: string) => {
    const address = `/?${new URLSearchParams({ route: path })}`;
    const current = path === shown.path ? "page" : "false";
    return html`<li><a href="${address}" aria-current="${current}">${path}</a></li>`;
  };
  return html`
    <nav aria-label="Routes">
      <ul>
    ${paths.map(link)}
      </ul>
    </nav>
  `;
}
