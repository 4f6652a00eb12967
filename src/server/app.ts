import { type Context, Hono } from "hono";
import { requestTarget } from "../scrape/request_target.ts";
import { runScrape } from "../scrape/scrape.ts";
import { mainOf, routeAt, routeRequest } from "./routes.ts";
import { MAIN_PATH } from "../config/route_path.ts";
import { directAnswers } from "./direct_answers.ts";
import { reloadRequest } from "./reload_request.ts";
import type { Route, ServerState } from "./server_state.ts";
import { subsetRequest, unknownSubset } from "./subset_request.ts";

const RELOAD = "/-/reload";
const PREVIEW = "/analyze/preview";
const FILES = "/analyze/files";
/** Paths that tell themselves which methods they take. */
const POSTED: ReadonlySet<string> = new Set([RELOAD, PREVIEW, FILES]);
/** A tunnel is no request, and an upstream that echoes one shows the credentials that Weir adds. */
const NEVER_PASSED = /^(?:connect|trace|track)$/i;

/** Weir's HTTP interface. GET and HEAD only; everything else is 404, or 405 by method. */
export function createApp(state: ServerState): Hono {
  const app = new Hono({ getPath: (request) => requestTarget(request)?.path ?? "" });
  const passOn = (context: Context) =>
    runScrape(mainOf(state).context, context.req.raw, { path: "passthrough", processed: false });
  app.use(async (context, next) => {
    const { method, path } = context.req;
    if (POSTED.has(path)) return await next();
    if (method === "GET" || method === "HEAD") return await next();
    // To Edge, what is no scrape is no business of its own.
    const { form, passthrough } = state.settings().config;
    if (form === "edge" && passthrough && !NEVER_PASSED.test(method)) return await passOn(context);
    return context.text("method not allowed\n", 405, { allow: "GET, HEAD" });
  });

  app.use(async (context, next) => {
    const { method, path } = context.req;
    const found = method === "GET" || method === "HEAD" ? routeAt(state.routes(), path) : undefined;
    if (found === undefined) return await next();
    return found.subset === undefined
      ? await routeRequest(found.route, context.req.raw)
      : await subsetRequest(found.route, found.subset, context);
  });

  // What analyses need is loaded by the first one: a sidecar that nobody looks at has no use for it.
  app.get("/", async (context) => {
    const { explorerPage } = await import("./explorer_page.ts");
    return await explorerPage(state, context);
  });
  app.get("/analyze", async (context) => {
    const { analyzeRequest } = await import("./analyze_request.ts");
    return await analyzeRequest(state, context);
  });
  app.get("/analyze/rules", async (context) => {
    const { rulesRequest } = await import("./rules_request.ts");
    return rulesRequest(state, context);
  });
  app.get("/analyze/churn", async (context) => {
    const { churnRequest } = await import("./churn_request.ts");
    return await churnRequest(state, context);
  });
  app.get("/analyze/tap", async (context) => {
    const { tapRequest } = await import("./tap_request.ts");
    return await tapRequest(state, context);
  });
  app.post(PREVIEW, async (context) => {
    const { previewRequest } = await import("./preview_request.ts");
    return await previewRequest(state, context);
  });
  app.post(FILES, async (context) => {
    const { filesRequest } = await import("./preview_request.ts");
    return await filesRequest(state, context);
  });
  for (const path of [PREVIEW, FILES]) {
    app.all(path, (context) => context.text("method not allowed\n", 405, { allow: "POST" }));
  }
  app.get("/-/status", async () => {
    const { statusRequest } = await import("./status_request.ts");
    return statusRequest(state);
  });
  for (const [path, answer] of directAnswers) {
    app.get(path, (context) => answer(state, context.req.raw));
  }
  app.get("/-/config", async (context) => {
    const { configRequest } = await import("./config_request.ts");
    return await configRequest(state, context);
  });
  app.get("/_edge/policies", async (context) => {
    const { policiesRequest } = await import("./edge_debug.ts");
    return policiesRequest(state, context);
  });
  app.get("/_edge/tap/:stage", async (context) => {
    const { tapRequest } = await import("./edge_debug.ts");
    return await tapRequest(state, context);
  });
  app.get("/metrics/:name{.*}", (context) => belowMetrics(state, context));
  app.get("/source", (context) => sourceRequest(mainOf(state), context));
  // Of a route, by its path.
  app.get("/source/*", (context) => {
    const found = routeAt(state.routes(), context.req.path.slice("/source".length));
    return found === undefined || found.subset !== undefined
      ? context.notFound()
      : sourceRequest(found.route, context);
  });

  app.get("/debug/pprof", async (context, next) => {
    return isHandedOn(state) ? await next() : context.redirect("/debug/pprof/", 307);
  });
  app.get("/debug/pprof/*", async (context, next) => {
    if (isHandedOn(state)) return await next();
    const { profileRequest } = await import("./profile_request.ts");
    return await profileRequest(state, context);
  });

  app.post(RELOAD, (context) => reloadRequest(state, context));
  app.put(RELOAD, (context) => reloadRequest(state, context));
  app.all(RELOAD, (context) => context.text("method not allowed\n", 405, { allow: "POST, PUT" }));

  app.notFound(async (context) => {
    const { form, passthrough } = state.settings().config;
    if (passthrough) return await passOn(context);
    if (form !== "flags") return context.text("not found\n", 404);
    const { linkIndex } = await import("./link_index.ts");
    return await linkIndex(state, context);
  });
  app.onError((_error, context) => context.text("internal error\n", 500));
  return app;
}

function sourceRequest({ context: scrape }: Route, context: Context): Promise<Response> {
  return runScrape(scrape, context.req.raw, { path: "/source", processed: false });
}

/** Answers below `/metrics` where there is no such subset, and no route. */
async function belowMetrics(state: ServerState, context: Context): Promise<Response> {
  const main = mainOf(state);
  const { config: { form, passthrough }, subsets } = main.context.settings();
  const name = context.req.param("name") ?? "";
  const isName = /^[^/]+$/.test(name);
  if (form === "edge" && passthrough) {
    return await runScrape(main.context, context.req.raw, { path: "/metrics/*", processed: true });
  }
  // To metric-gate, which has no other paths below it, that is `/metrics` as well.
  if (main.path !== MAIN_PATH) return await context.notFound();
  if (form === "flags" && !isName) return await routeRequest(main, context.req.raw);
  if (passthrough || !isName) return await context.notFound();
  return context.text(`${unknownSubset(name, [...subsets.keys()])}\n`, 404);
}

/** Whether profiles are the upstream's, which may have some of its own. */
function isHandedOn(state: ServerState): boolean {
  const { passthrough, web } = state.settings().config;
  return passthrough && !web.profiling;
}
