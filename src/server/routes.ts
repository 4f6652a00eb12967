import type { Context } from "hono";
import { mainRoute, takesPath } from "../config/route_path.ts";
import { endpointsOf } from "../scrape/settings.ts";
import { runScrape } from "../scrape/scrape.ts";
import type { Route, ServerState } from "./server_state.ts";

/** The first route that takes `path`, and which of its subsets that is, if it is one. */
export function routeAt(
  routes: readonly Route[],
  path: string,
): { readonly route: Route; readonly subset?: string } | undefined {
  for (const route of routes) {
    if (takesPath(route.path, path)) return { route };
    if (!path.startsWith(`${route.path}/`)) continue;
    const subset = path.slice(route.path.length + 1);
    if (route.context.settings().subsets.has(subset)) return { route, subset };
  }
  return undefined;
}

/** Scrapes for a route's own path. */
export function routeRequest({ path, context }: Route, request: Request): Promise<Response> {
  return runScrape(context, request, { path, processed: true });
}

/** What is asked for where no route is named: that of `/metrics`, else the first. */
export function mainOf(state: Pick<ServerState, "routes">): Route {
  return mainRoute(state.routes());
}

/** The route that the query's `route` names by its path. Throws a RouteChoiceError where it has none. */
export function chosenRoute(state: Pick<ServerState, "routes">, context: Context): Route {
  const wanted = context.req.query("route") || undefined;
  if (wanted === undefined) return mainOf(state);
  const found = state.routes().find(({ path }) => path === wanted);
  if (found !== undefined) return found;
  throw new RouteChoiceError(wanted, state.routes().map(({ path }) => path));
}

/** The same where a subset may be named, too: returns the path. */
export function tappedPath(
  state: Pick<ServerState, "routes">,
  wanted: string | undefined,
): string {
  if (wanted === undefined) return mainOf(state).path;
  const routes = state.routes();
  if (routes.some(({ path }) => path === wanted)) return wanted;
  if (routeAt(routes, wanted)?.subset !== undefined) return wanted;
  throw new RouteChoiceError(
    wanted,
    routes.flatMap(({ path, context }) => endpointsOf({ ...context.settings(), path })),
  );
}

export class RouteChoiceError extends Error {
  override readonly name = "RouteChoiceError";

  constructor(wanted: string, paths: readonly string[]) {
    super(`no route ${JSON.stringify(wanted.slice(0, 100))}: there are ${paths.join(", ")}`);
  }
}
