import { html } from "hono/html";
import { printableUpstream } from "../config/print.ts";
import type { ServerState } from "./server_state.ts";

/** The head of the page: what runs here, whether it is well, and where to look further. */
export function serverState(state: ServerState) {
  const { config, rules, subsets } = state.settings();
  const upstream = config.demo
    ? "the built-in demo exporter"
    : config.upstreams.map(printableUpstream).join(" ");
  const links = ["/metrics", ...[...subsets.keys()].map((name) => `/metrics/${name}`)];
  const failures = [...state.failures(), ...state.shortfalls.of(links)];
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

function policySummary(state: ServerState): string {
  const count = state.metrics.policies.with("active").value;
  const providers = state.settings().config.policyProviders.length;
  return `${count} from ${providers} ${providers === 1 ? "provider" : "providers"}`;
}
