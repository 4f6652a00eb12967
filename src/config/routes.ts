import { type Place, type Problem, within } from "../problems/problem.ts";
import { MAIN_PATH, mainRoute, takesPath } from "./route_path.ts";
import type { ConfigFile, RouteEntry } from "./schema.ts";

/** Returns a problem for each route that an earlier one leaves nothing. */
export function routeConflicts({ routes = [] }: ConfigFile, file: Place): Problem[] {
  return routes.flatMap(({ path }, index) => {
    const taker = routes.slice(0, index).findIndex((other) => takesPath(other.path, path));
    if (taker < 0) return [];
    const wanted = routes[taker].path === path ? "another path" : "it before that";
    const found = `found ${JSON.stringify(path)}, which routes[${taker}] takes`;
    return [{ place: within(file, "routes", index, "path"), text: `${found}, wanted ${wanted}` }];
  });
}

/** Returns a problem where routes name their paths, and the one of all scrapes is named as well. */
export function telemetryPathConflicts({ routes, web }: ConfigFile, place: Place): Problem[] {
  if (routes === undefined || web?.telemetry_path === undefined) return [];
  return [{ place, text: "found a path beside routes, wanted none: routes name their own" }];
}

/** Returns a problem for each name in a route's `policies` that no policy provider has. */
export function routePolicyConflicts(
  { routes = [] }: ConfigFile,
  known: readonly string[],
  file: Place,
): Problem[] {
  return routes.flatMap(({ policies = [] }, index) =>
    policies.flatMap((id, at) => {
      if (known.includes(id)) return [];
      const wanted = known.length === 0
        ? "a policy provider to be configured"
        : `the id of a policy provider: ${known.join(", ")}`;
      const place = within(file, "routes", index, "policies", at);
      return [{ place, text: `found ${JSON.stringify(id)}, wanted ${wanted}` }];
    })
  );
}

/**
 * The file as if it had this route alone: what the route says stands in the place of what all have. A
 * state file is one route's.
 */
export function fileOfRoute(file: ConfigFile, route: RouteEntry): ConfigFile {
  const { routes: _, upstream_url, metrics_url, upstreams, state_file, ...common } = file;
  const { path, policies: __, ...own } = route;
  const ofAll = hasUpstream(route) ? {} : { upstream_url, metrics_url, upstreams };
  const ofMain = path === MAIN_PATH ? { state_file } : {};
  return { ...common, ...withoutAbsent(ofAll), ...withoutAbsent(ofMain), ...withoutAbsent(own) };
}

/** Returns a warning where there is no route that the file's state file is for. */
export function idleStateFile(file: ConfigFile): string[] {
  const { routes = [], state_file } = file;
  if (routes.length === 0 || state_file === undefined || hasUpstream(file)) return [];
  return routes.some(({ path }) => path === MAIN_PATH)
    ? []
    : ["has no effect without a route /metrics: state_file"];
}

export function hasUpstream(keys: Readonly<Record<string, unknown>>): boolean {
  return ["upstream_url", "metrics_url", "upstreams"].some((key) => (keys[key] ?? "") !== "");
}

function withoutAbsent<Keys extends object>(keys: Keys): Keys {
  return Object.fromEntries(
    Object.entries(keys).filter(([, value]) => value !== undefined),
  ) as Keys;
}

/** What each route's file says, and last what stands for all: the file's own, or of it the main route's. */
export function filesOfAll(file: ConfigFile): ConfigFile[] {
  const { routes = [] } = file;
  const ofRoutes = routes.map((route) => fileOfRoute(file, route));
  if (routes.length === 0 || hasUpstream(file)) return [...ofRoutes, file];
  return [...ofRoutes, ofRoutes[routes.indexOf(mainRoute(routes))]];
}
