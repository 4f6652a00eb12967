/** The path of a scrape where no routes are configured. */
export const MAIN_PATH = "/metrics" as const;

export const ROUTE_PATH_WANTED =
  "a path like /metrics/cadvisor, or with all below it like /metrics/*, that is not one of Weir's own";

/** Returns the path of a route: with `/*` at its end it stands for all that is below it. */
export function parseRoutePath(input: unknown): `/${string}` | undefined {
  if (typeof input !== "string" || !ROUTE_PATH.test(input) || /\/\.{1,2}(?:\/|$)/.test(input)) {
    return undefined;
  }
  return OWN_PATH.test(input) ? undefined : input as `/${string}`;
}

/** Of RFC 3986, without what would have to be written in another way to match. */
const ROUTE_PATH = /^(?:\/[\w~!$&'()+,;=:@.-]+)+(?:\/\*)?$/;
/** What Weir answers itself. */
const OWN_PATH = /^\/(?:source|analyze|-|_health|_edge|debug\/pprof)(?:\/|$)/;

export const TELEMETRY_PATH_WANTED = "a path like /metrics that is not one of Weir's own";

/** Returns the path that all scrapes are answered at where there are no routes. */
export function parseTelemetryPath(input: unknown): `/${string}` | undefined {
  const path = parseRoutePath(input);
  return path?.endsWith("/*") ? undefined : path;
}

/** What the upstream calls that path: it does not know where Weir answers. */
export function upstreamPath(path: string, telemetryPath: string): string {
  return path === telemetryPath ? MAIN_PATH : path;
}

/** Whether requests for `path` are the route's; those for its subsets are not asked for here. */
export function takesPath(route: string, path: string): boolean {
  return route.endsWith("/*") ? path.startsWith(route.slice(0, -1)) : path === route;
}

/** The route whose settings stand for all where one is asked for: that of `/metrics`, else the first. */
export function mainRoute<Route extends { readonly path: string }>(
  routes: readonly Route[],
): Route {
  return routes.find(({ path }) => path === MAIN_PATH) ?? routes[0];
}

/** What the upstream is asked for where the route stands for many paths and none is named. */
export function ownPath(route: string): string {
  return route.replace(/\/\*$/, "");
}
