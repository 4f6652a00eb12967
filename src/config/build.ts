import { DEFAULT_MAX_CONCURRENT_SCRAPES, MAX_HELD_LINE_BYTES } from "../bounds.ts";
import type {
  Config,
  ConfigForm,
  KubernetesAuthConfig,
  PolicyProviderConfig,
  RouteConfig,
  UpstreamConfig,
  WholeConfig,
} from "./config.ts";
import type { ShedStep } from "../lines/shed_steps.ts";
import type { ServiceConfig } from "../policy/resource_attributes.ts";
import { buildGateway, chooseUpstreams } from "./gateway.ts";
import { buildHttpConfig } from "./http_config.ts";
import type { HttpConfigEntry } from "./http_config_schema.ts";
import { ALL_INTERFACES, isLocalOnly } from "./listen.ts";
import type { ConfigFile, ProviderEntry } from "./schema.ts";
import { MAIN_PATH, mainRoute } from "./route_path.ts";
import { fileOfRoute, hasUpstream } from "./routes.ts";
import { joiningPaths } from "./upstream_url.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_TIMEOUT_SECONDS = 15;
const DEFAULT_OFFSET_SECONDS = 0.5;
const DEFAULT_SUBSET_AGE_SECONDS = 300;
/** Edge's. */
const DEFAULT_BODY_BYTES = 1024 * 1024;
/** What is looked at on a laptop is nobody else's business, and may have rules tried on it. */
const DEMO_HOSTNAME = "127.0.0.1";
/** Of file providers; HTTP ones follow what the server recommends. */
const DEFAULT_POLL_SECONDS = 60;

/**
 * Where the systems that Weir replaces differ, the form of the start decides. Only Edge cuts a scrape
 * that nobody asked to be cut, and lets that pass for a whole one.
 */
const FORM_DEFAULTS: Readonly<Record<ConfigForm, FormDefaults>> = {
  edge: {
    hostname: "127.0.0.1",
    maxBytes: 10 * 1024 * 1024,
    onLimit: "truncate",
    service: { name: "tero-edge", namespace: "tero", version: "latest" },
    precedence: "remote",
  },
  file: { hostname: "127.0.0.1", maxBytes: 0, onLimit: "fail" },
  flags: { hostname: ALL_INTERFACES, maxBytes: 0, onLimit: "fail" },
};

interface FormDefaults {
  readonly hostname: string;
  readonly maxBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** Undefined: Weir's own. */
  readonly service?: Readonly<Record<"name" | "namespace" | "version", string>>;
  readonly precedence?: "remote";
}

export type RulesOfFile = Pick<Config, "relabelConfigs" | "relabelSource" | "subsets">;

/** What is known beside the merged file, environment and flags. */
export interface BuildContext extends RulesOfFile {
  readonly form: ConfigForm;
  /** Whether the upstream's URL is what the request's path is put behind. */
  readonly joinsPaths: boolean;
  readonly demo: Config["demo"];
  /** Of `--policies`: becomes the first provider. */
  readonly policiesPath: string | undefined;
  /** Of each route, in their order; undefined: those of all. */
  readonly ofRoutes: readonly (RulesOfFile | undefined)[];
  readonly version: string;
  readonly instanceId: string;
  /** What the environment calls this instance, where the file does not. */
  readonly canaryName: string | undefined;
  readonly shown: object;
  readonly warnings: readonly string[];
}

/** Returns the deep-frozen result: what was configured, and the defaults for the rest. */
export function buildConfig(file: ConfigFile, context: BuildContext): WholeConfig {
  const { routes = [] } = file;
  const built = routes.map((route, index): RouteConfig => {
    const own = hasUpstream(route) ? { joinsPaths: false } : {};
    const all = buildOne(fileOfRoute(file, route), {
      ...context,
      ...own,
      ...context.ofRoutes[index],
    });
    const policyProviders = all.policyProviders
      .filter(({ id }) => route.policies?.includes(id) ?? true);
    return { path: route.path, config: { ...all, policyProviders } };
  });
  const isMainOwn = built.length === 0 || hasUpstream(file);
  const own = buildOne(file, context);
  const config = isMainOwn
    ? own
    : { ...mainRoute(built).config, policyProviders: own.policyProviders };
  if (built.length > 0 && isMainOwn && !built.some(({ path }) => path === MAIN_PATH)) {
    built.push({ path: MAIN_PATH, config });
  }
  return deepFreeze<WholeConfig>({ ...config, routes: built });
}

/** The same as if there were no routes. */
function buildOne(file: ConfigFile, context: BuildContext): Config {
  const defaults = FORM_DEFAULTS[context.form];
  const { scrape = {}, prometheus = {} } = file;
  const isDemo = context.demo !== undefined;
  const named = chooseUpstreams(file, isDemo);
  const upstreams = context.joinsPaths && !isDemo ? named.map(joiningPaths) : named;
  const gateway = buildGateway(file, upstreams);
  // What several targets answer is one exposition: there is no one to pass anything else on to.
  const isEdges = context.form === "edge" && !isDemo && gateway === undefined;
  const passthrough = file.passthrough ?? isEdges;
  const listen = file.listen ?? {
    hostname: file.listen_address ?? (isDemo ? DEMO_HOSTNAME : defaults.hostname),
    port: file.listen_port ?? DEFAULT_PORT,
  };
  return {
    form: context.form,
    listen,
    upstreams,
    gateway,
    scrape: {
      timeoutSeconds: scrape.timeout ?? DEFAULT_TIMEOUT_SECONDS,
      offsetSeconds: scrape.offset ?? DEFAULT_OFFSET_SECONDS,
      maxInputBytes: prometheus.max_input_bytes_per_scrape ?? defaults.maxBytes,
      maxOutputBytes: prometheus.max_output_bytes_per_scrape ?? defaults.maxBytes,
      onLimit: scrape.on_limit ?? defaults.onLimit,
      onUnreadable: scrape.on_unreadable ?? "pass",
      fallbackProtocol: scrape.fallback_protocol,
      maxLineBytes: scrape.max_line_bytes ?? MAX_HELD_LINE_BYTES,
      maxConcurrent: scrape.max_concurrent ?? DEFAULT_MAX_CONCURRENT_SCRAPES,
      ...scrape.protocols && { protocols: scrape.protocols },
    },
    compression: file.compression ?? "auto",
    log: { level: file.log_level ?? "info", format: file.log_format ?? "logfmt" },
    service: buildService(file.service ?? {}, context),
    policyCache: file.policy_cache,
    requirePolicies: file.require_policies ?? false,
    policyProviders: buildProviders(
      inOrder(file.policy_providers ?? [], file.provider_precedence ?? defaults.precedence),
      context.policiesPath,
    ),
    relabelConfigs: context.relabelConfigs,
    relabelSource: context.relabelSource,
    subsets: context.subsets,
    subsetTimestamps: file.subset_timestamps ?? true,
    subsetMaxAgeSeconds: file.subset_max_age ?? DEFAULT_SUBSET_AGE_SECONDS,
    selfMetrics: file.self_metrics ?? "off",
    coalesce: file.coalesce ?? gateway?.hasManyTargets ?? false,
    minScrapeIntervalSeconds: file.min_scrape_interval ?? 0,
    aggregationRules: file.aggregation?.rules ?? [],
    aggregationDefaults: file.aggregation?.defaults ?? true,
    limits: buildLimits(file.limits),
    maxMemoryBytes: file.limits?.memory,
    rollout: {
      relabel: file.relabel_mode,
      limits: file.limits?.mode,
      name: file.canary_name ?? context.canaryName,
    },
    ...file.limits?.shed?.length ? { shed: file.limits.shed.map(shedStep) } : {},
    web: {
      reload: file.web?.reload ?? false,
      telemetryPath: file.web?.telemetry_path ?? MAIN_PATH,
      configFile: file.web?.config_file,
      authExempt: file.web?.auth_exempt ?? [],
      kubernetesAuth: file.web?.kubernetes_auth && buildKubernetesAuth(file.web.kubernetes_auth),
      preview: file.web?.preview ?? isLocalOnly(listen),
      tap: file.web?.tap ?? isLocalOnly(listen),
      profiling: file.web?.profiling ?? (isLocalOnly(listen) && !passthrough),
    },
    passthrough,
    ...passthroughUpstream(file, upstreams[0], context.joinsPaths),
    maxBodyBytes: file.max_body_size || DEFAULT_BODY_BYTES,
    forwardHeaders: file.forward_headers ?? (isEdges ? "all" : "none"),
    tapEnabled: file.tap_enabled ?? false,
    demo: context.demo,
    shown: context.shown,
    warnings: [...context.warnings],
  };
}

type KubernetesAuthEntry = NonNullable<NonNullable<ConfigFile["web"]>["kubernetes_auth"]>;

function buildKubernetesAuth(entry: KubernetesAuthEntry): KubernetesAuthConfig {
  return {
    apiServer: entry.api_server,
    audiences: entry.audiences ?? [],
    http: buildHttpConfig(entry.http_config ?? POD_SERVICE_ACCOUNT),
  };
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where a Pod has its service account's token, and the API server's authority. */
const POD_SERVICE_ACCOUNT: HttpConfigEntry = {
  authorization: { credentials_file: `${SERVICE_ACCOUNT}/token` },
  tls_config: { ca_file: `${SERVICE_ACCOUNT}/ca.crt` },
};

function buildService(
  service: NonNullable<ConfigFile["service"]>,
  context: BuildContext,
): ServiceConfig {
  const { name, namespace, version } = FORM_DEFAULTS[context.form].service ??
    { name: "weir", namespace: "default", version: context.version };
  return {
    name: service.name ?? name,
    namespace: service.namespace ?? namespace,
    version: service.version ?? version,
    instanceId: service.instance_id ?? context.instanceId,
    resourceAttributes: service.resource_attributes ?? [],
    labels: service.labels ?? [],
  };
}

/** Edge's logs and everything else go to `upstream_url`, metrics to `metrics_url`. */
function passthroughUpstream(
  { metrics_url, upstream_url }: ConfigFile,
  first: UpstreamConfig,
  joinsPaths: boolean,
): Pick<Config, "passthroughUpstream"> {
  if (!joinsPaths || upstream_url === undefined || !metrics_url) return {};
  return { passthroughUpstream: { ...first, ...joiningPaths(upstream_url) } };
}

/**
 * The providers, those first whose policies go before others of the same id. `remote`: those of
 * servers before those of files, and of the same kind the later before the earlier.
 */
function inOrder(
  entries: readonly ProviderEntry[],
  precedence: "listed" | "remote" = "listed",
): readonly ProviderEntry[] {
  if (precedence === "listed") return entries;
  const rank = ({ type }: ProviderEntry) => type === "http" ? 0 : 1;
  return entries.toReversed().toSorted((a, b) => rank(a) - rank(b));
}

/** Undefined when nothing is limited: then samples need not go through a table for it. */
function buildLimits(limits: ConfigFile["limits"]): Config["limits"] {
  // What is said of memory only limits no series.
  if (limits === undefined || Object.keys(limits).every((key) => key === "memory")) {
    return undefined;
  }
  const built = {
    seriesPerFamily: limits.series_per_family ?? 0,
    series: limits.series ?? 0,
    labelValues: new Map(Object.entries(limits.label_values ?? {}).filter(([, most]) => most > 0)),
    labelValueLength: limits.label_value_length ?? 0,
    action: limits.action ?? "overflow",
  };
  const some = built.seriesPerFamily + built.series + built.labelValueLength > 0;
  return some || built.labelValues.size > 0 ? built : undefined;
}

function shedStep(
  { label, of, metric }: NonNullable<NonNullable<ConfigFile["limits"]>["shed"]>[number],
): ShedStep {
  if (metric !== undefined) return { metric };
  return of === undefined ? { label: label! } : { label: label!, of };
}

function buildProviders(
  entries: readonly ProviderEntry[],
  policiesPath: string | undefined,
): PolicyProviderConfig[] {
  const providers = entries.flatMap((entry) => entry.type === "off" ? [] : buildProvider(entry));
  if (policiesPath === undefined) return providers;
  const ofFlag = buildProvider({ id: FLAG_PROVIDER_ID, type: "file", path: policiesPath });
  return [ofFlag, ...providers];
}

/** The id of the provider that `--policies` adds. */
export const FLAG_PROVIDER_ID = "flag";

function buildProvider(entry: Exclude<ProviderEntry, { type: "off" }>): PolicyProviderConfig {
  const interval = entry.poll_interval_secs ?? entry.poll_interval ?? undefined;
  const mode = entry.mode && { mode: entry.mode };
  if (entry.type === "http") {
    const { type, id, url, headers = [], http_config } = entry;
    const http = http_config && { http: buildHttpConfig(http_config) };
    return { type, id, url, headers, pollIntervalSeconds: interval, ...mode, ...http };
  }
  const { type, id, path } = entry;
  return { type, id, path, pollIntervalSeconds: interval ?? DEFAULT_POLL_SECONDS, ...mode };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    const children = value instanceof Map ? value.values() : Object.values(value);
    for (const child of children) deepFreeze(child);
  }
  return value;
}
