import { mainRoute } from "../config/route_path.ts";
import { LastScrapes } from "../scrape/last_scrapes.ts";
import type { ScrapeContext } from "../scrape/scrape_context.ts";
import { endpointsOf, type Settings } from "../scrape/settings.ts";
import type { ChosenPolicies, PolicyStore } from "../policy/providers/policy_store.ts";
import { configuredAttributes, ResourceAttributes } from "../policy/resource_attributes.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Route } from "../server/server_state.ts";
import type { ScrapeMetrics, WeirMetrics } from "../telemetry/weir_metrics.ts";
import { ScrapeParts } from "./scrape_parts.ts";

export interface RoutePartsOptions {
  readonly runtime: Runtime;
  readonly metrics: WeirMetrics;
  readonly version: string;
  readonly policies: PolicyStore;
  /** What the scrapes of all routes share. */
  readonly shared: Pick<
    ScrapeContext,
    | "changes"
    | "collectGarbage"
    | "gzip"
    | "memory"
    | "missingPolicies"
    | "settle"
    | "slots"
    | "tap"
  >;
}

interface RoutePart {
  readonly parts: ScrapeParts;
  readonly policies: ChosenPolicies;
  readonly route: Route;
}

/** The routes in force, each with its state. A reload keeps that of the paths that stay. */
export class RouteParts {
  readonly #options: RoutePartsOptions;
  #byPath = new Map<string, RoutePart>();
  #isLabelled = false;

  constructor(options: RoutePartsOptions) {
    this.#options = options;
  }

  /** In the order in which they are tried. */
  routes: readonly Route[] = [];

  /** That of `/metrics`, else the first: it answers where no route is asked for. */
  get main(): Route {
    return mainRoute(this.routes);
  }

  /**
   * Puts settings in force for the scrapes that begin from now on. `loaded` puts their policy providers
   * in force, which the scrapes of new routes wait for.
   */
  async use({ config, routes }: Settings, loaded: () => Promise<void>): Promise<void> {
    const { metrics } = this.#options;
    const isLabelled = config.routes.length > 0;
    const paths = isLabelled ? routes.map(({ path }) => path) : [];
    const ofRoutes = metrics.useRoutes(paths, isLabelled ? mainRoute(routes).path : undefined);
    // With the label, or without it, they are other metrics.
    const before = isLabelled === this.#isLabelled ? this.#byPath : new Map<string, RoutePart>();
    const next = new Map<string, RoutePart>();
    for (const [index, settings] of routes.entries()) {
      const part = before.get(settings.path) ??
        this.#start(settings.path, ofRoutes[index] ?? metrics, config);
      part.policies.providers = isLabelled
        ? settings.config.policyProviders.map(({ id }) => id)
        : undefined;
      await part.parts.use(settings);
      part.route.context.lastScrapes.retain(new Set(endpointsOf(settings)));
      next.set(settings.path, part);
    }
    const gone = [...this.#byPath.values()].filter((part) => ![...next.values()].includes(part));
    this.#byPath = next;
    this.#isLabelled = isLabelled;
    metrics.modes.ofRoutes(routes);
    this.#options.policies.retain([...next.values()].map(({ policies }) => policies));
    await loaded();
    this.routes = [...next.values()].map(({ route }) => route);
    this.#options.shared.changes.retain(new Set(next.keys()));
    await Promise.all(gone.map(({ parts }) => parts.stop()));
  }

  /** Resolves when nothing is left to be saved. */
  async stop(): Promise<void> {
    await Promise.all([...this.#byPath.values()].map(({ parts }) => parts.stop()));
  }

  #start(path: Route["path"], metrics: ScrapeMetrics, config: Settings["config"]): RoutePart {
    const { runtime, version, policies, shared } = this.#options;
    const parts = new ScrapeParts({ runtime, version, metrics, memory: shared.memory });
    // Each upstream tells of its own resource.
    const resource = new ResourceAttributes(configuredAttributes(config.service));
    const ofRoute = policies.choice(resource);
    const context = {
      ...shared,
      metrics,
      settings: () => parts.current,
      lastScrapes: new LastScrapes(),
      policies: () => ofRoute.engine,
      shadowPolicies: () => ofRoute.shadow,
    };
    const route = { path, context, policyEntries: () => ofRoute.entries };
    return { parts, policies: ofRoute, route };
  }
}
