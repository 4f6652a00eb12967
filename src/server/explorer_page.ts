import type { Context } from "hono";
import { html, raw } from "hono/html";
import { EXPLORER_SCRIPT, EXPLORER_STYLE } from "./explorer_bundle.ts";
import type { ServerState } from "./server_state.ts";
import { pageHead } from "./page_head.ts";

/**
 * Answers with the page at `/` and `/analyze`: what Weir does now, and the explorer. Both request their
 * figures themselves. All of it is in this one response; the policy lets nothing else be loaded.
 */
export async function explorerPage(state: ServerState, context: Context): Promise<Response> {
  for (const [name, value] of Object.entries(await securityHeaders())) context.header(name, value);
  return await context.html(html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Weir</title>
        <link rel="icon" href="data:,">
        <style>${raw(EXPLORER_STYLE)}</style>
      </head>
      <body>
    <a class="skip" href="#explorer">Skip to the explorer</a>
    ${pageHead(state, context)}
    <main>
    <section class="now" id="now" aria-label="What Weir does now"></section>
    <div id="explorer" tabindex="-1"><noscript><p class="notice">This page needs JavaScript. The same as
    text: <code>curl ${"<this address>"}/-/status</code>, <code>curl ${"<this address>"}/analyze</code></p></noscript></div>
    </main>
    <script>${raw(EXPLORER_SCRIPT)}</script>
      </body>
    </html>
  `);
}

let headers: Promise<Readonly<Record<string, string>>> | undefined;

/** Made once: the hashes are those of the embedded texts. */
function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  return headers ??= makeHeaders();
}

async function makeHeaders() {
  const policy = [
    "default-src 'none'",
    `script-src '${await hashSource(EXPLORER_SCRIPT)}'`,
    `style-src '${await hashSource(EXPLORER_STYLE)}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text may become markup, whatever the script does.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    vary: "Accept",
  };
}

/** `sha256-…`: the source of CSP level 2 that allows one inline text. */
async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
