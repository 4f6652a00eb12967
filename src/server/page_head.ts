import type { Context } from "hono";
import { html } from "hono/html";
import { printableUpstream } from "../config/print.ts";
import { mainOf } from "./routes.ts";
import type { Route, ServerState } from "./server_state.ts";

/** The head of the page: what runs here, whether it is well, and where to look further. */
export function serverState(state: ServerState, context: Context) {
  const shown = shownRoute(state, context);
  const { config, rules } = shown.context.settings();
  const upstream = config.demo
    ? "the built-in demo exporter"
    : config.upstreams.map(printableUpstream).join(" ");
  const routes = state.routes().map(({ path, context }) => {
    const { subsets } = context.settings();
    const paths = [path, ...[...subsets.keys()].map((name) => `${path}/${name}`)];
    return { paths, shortfalls: context.shortfalls.of(paths) };
  });
  const links = routes.flatMap(({ paths }) => paths).filter((path) => !path.endsWith("/*"));
  const failures = [...state.failures(), ...routes.flatMap(({ shortfalls }) => shortfalls)];
  const [tone, word] = failures.length > 0
    ? ["bad", "has problems"]
    : state.ready()
    ? ["good", "ready"]
    : ["wait", "loading the first policies"];
  return html`<header class="top">
<div class="brand"><h1>Weir</h1> <span class="version">${state.version}</span>
<span class="state ${tone}">${word}</span></div>
<dl class="facts">
<div><dt>Upstream</dt><dd><code>${upstream}</code></dd></div>
<div><dt>Policies in force</dt><dd>${policySummary(state)}</dd></div>
<div><dt>Relabel rules</dt><dd>${rules?.rules?.rules.length ?? 0}</dd></div>
</dl>
${tabs(state, shown)}
<nav aria-label="Endpoints"><ul>
${links.map((path) => html`<li><a href="${path}">${path}</a></li>`)}
<li><a href="/source">/source</a></li>
<li><a href="/-/metrics">/-/metrics</a></li>
<li><a href="/-/ready">/-/ready</a></li>
<li><a href="/-/healthy">/-/healthy</a></li>
</ul></nav>
${
    failures.length === 0 ? "" : html`<ul class="failures" aria-label="Problems">
${failures.map((failure) => html`<li>${failure}</li>`)}
</ul>`
  }
</header>`;
}

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

function policySummary(state: ServerState): string {
  const count = state.metrics.policies.with("active").value;
  const providers = state.settings().config.policyProviders.length;
  return `${count} from ${providers} ${providers === 1 ? "provider" : "providers"}`;
}
