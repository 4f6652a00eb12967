import { html } from "hono/html";
import { printableUpstream } from "../config/print.ts";
import type { ServerState } from "./app.ts";

/** The page at `/`: what runs here, whether it is well, and where to look further. */
export function indexPage(state: ServerState) {
  const { config, rules, subsets } = state.settings();
  const upstream = config.demo
    ? "the built-in demo exporter"
    : config.upstreams.map(printableUpstream).join(" ");
  const failures = state.failures();
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Weir</title>
        <style>
    body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem }
    dt { font-weight: 600; margin-top: .5rem } dd { margin: 0 }
    code { overflow-wrap: anywhere }
    </style>
      </head>
      <body>
        <h1>Weir</h1>
        <p>A scrape proxy between Prometheus and a metrics endpoint. Version ${state.version}.</p>
        <dl>
    <dt>Upstream</dt><dd><code>${upstream}</code></dd>
    <dt>State</dt><dd>${state.ready() ? "ready" : "loading the first policies"}</dd>
    <dt>Policies in force</dt><dd>${policySummary(state)}</dd>
    <dt>Relabel rules</dt><dd>${rules?.rules?.rules.length ?? 0}</dd>
    ${failures.map((failure) =>
      html`
        <dt>Problem</dt>
        <dd>${failure}</dd>
      `
    )}
        </dl>
        <ul>
          <li><a href="/metrics">/metrics</a>: the filtered scrape</li>
          ${[...subsets.keys()].map((name) =>
            html`
              <li><a href="/metrics/${name}">/metrics/${name}</a>: a subset of the last scrape</li>
            `
          )}
          <li><a href="/source">/source</a>: the upstream's response, untouched</li>
          <li><a href="/-/metrics">/-/metrics</a>: Weir's own metrics</li>
          <li><a href="/-/ready">/-/ready</a>, <a href="/-/healthy">/-/healthy</a>: probes</li>
        </ul>
      </body>
    </html>
  `;
}

function policySummary(state: ServerState): string {
  const count = state.metrics.policies.with("active").value;
  const providers = state.settings().config.policyProviders.length;
  return `${count} from ${providers} ${providers === 1 ? "provider" : "providers"}`;
}
