import {
  FINAL_SYNC_MS,
  LOCAL_POLICIES_WAIT_MS,
  MAX_USED_BODY_BYTES,
  MAX_WAITING_SCRAPES,
  SAME_SIGNAL_MS,
  SHUTDOWN_GRACE_MS,
} from "../bounds.ts";
import { fitBounds } from "../memory_bounds.ts";
import { FLAG_PROVIDER_ID } from "../config/build.ts";
import type { Config, WholeConfig } from "../config/config.ts";
import { isLocalOnly, printableListen } from "../config/listen.ts";
import { printableConfig, printableUpstream } from "../config/print.ts";
import { MemoryGuard } from "../scrape/memory_guard.ts";
import { LineTap } from "../scrape/line_tap.ts";
import { RuleChanges } from "../scrape/rule_changes.ts";
import { allRuleSets, type RouteSettings, type Settings } from "../scrape/settings.ts";
import { Slots } from "../scrape/slots.ts";
import { ConfigError } from "../problems/config_error.ts";
import { placeText } from "../problems/problem.ts";
import { readPolicies } from "../policy/providers/parse_policies.ts";
import { type ConfiguredProvider, PolicyStore } from "../policy/providers/policy_store.ts";
import { FileProvider } from "../policy/providers/file_provider.ts";
import type { PolicyCache } from "../policy/providers/policy_cache.ts";
import type { PolicyProvider } from "../policy/providers/policy_provider.ts";
import type { HttpServer, Runtime, ServeOptions } from "../runtime/runtime.ts";
import { frontOf } from "../server/front.ts";
import { LiveFiles } from "../server/live_files.ts";
import { configureLog, log, logOutput } from "../telemetry/log.ts";
import { isTerminal } from "../telemetry/standard_streams.ts";
import { WeirMetrics } from "../telemetry/weir_metrics.ts";
import { revision } from "../version.ts";
import { addressLine, serveAt } from "./listening.ts";
import { modeFields } from "../telemetry/mode_metrics.ts";
import { namelessCanary, placedParts } from "./rollout_notes.ts";
import { RouteParts } from "./route_parts.ts";
import { usableMemory } from "./usable_memory.ts";
import type { WebParts } from "./web_parts.ts";

/**
 * Serves until a signal ends it. `read` reads the settings anew, for reloads. Throws when the
 * address cannot be bound, and a ConfigError for files that are not there.
 */
export async function serve(
  first: Settings,
  read: () => Promise<Settings>,
  runtime: Runtime,
  version: string,
): Promise<void> {
  const { config } = first;
  const metrics = new WeirMetrics(version, runtime, config.web.telemetryPath);
  const tap = new LineTap();
  const usable = usableMemory(config, runtime);
  fitBounds(usable.containerBytes);
  const memory = new MemoryGuard(
    { used: runtime.usedMemory, collectGarbage: runtime.collectGarbage },
    () => metrics.memoryFailures.inc(),
  );
  memory.limit = usable.limitBytes;
  const changes = new RuleChanges(runtime.sha256);
  let inForce = first;
  /** In the log, and at `/-/status`. */
  const noteChanges = (provider?: string) => {
    for (const { context, policyEntries } of parts.routes) {
      const settings = context.settings();
      const source = sourceOf(settings, inForce);
      changes.note({ settings, entries: policyEntries(), source, provider });
    }
  };
  const policies = new PolicyStore(metrics, noteChanges);
  const missingPolicies = ({ requirePolicies }: Config) => requirePolicies ? policies.missing : [];
  const shared = {
    memory,
    slots: new Slots(MAX_WAITING_SCRAPES),
    collectGarbage: runtime.collectGarbage,
    gzip: runtime.gzip,
    settle: () => policies.settle(),
    tap,
    missingPolicies,
    changes,
  };
  const parts: RouteParts = new RouteParts({ runtime, metrics, version, policies, shared });
  const use = async (settings: Settings) => {
    inForce = settings;
    await parts.use(settings, () => useProviders(settings.config, runtime, policies, cache));
    noteChanges();
  };
  const cache = await policyCache(config, runtime, metrics);
  const web = await webParts(config, runtime, metrics, version);
  const live = new LiveFiles(first, {
    name: "configuration",
    read,
    noted: (successful) => metrics.configReloaded(successful),
    runtime,
    apply: async (settings) => {
      configureLog(settings.config.log, logOutput(settings.config));
      memory.limit = usableMemory(settings.config, runtime).limitBytes;
      warnOfFixed(config, settings.config);
      await use(settings);
      announceRollout(settings);
    },
  });
  const reload = async () => {
    const failures = [await live.reload(), await web?.live?.reload()];
    await policies.reload();
    return failures.find((failure) => failure !== undefined);
  };
  const fetch = frontOf({
    version,
    metrics,
    ...shared,
    routes: () => parts.routes,
    settings: () => parts.main.context.settings(),
    get lastScrapes() {
      return parts.main.context.lastScrapes;
    },
    policies: () => parts.main.context.policies(),
    policyEntries: () => policies.entries,
    policyVersion: () => policies.version,
    ready: () =>
      policies.ready && missingPolicies(parts.main.context.settings().config).length === 0,
    process: {
      revision,
      runtime: `${runtime.name} ${runtime.version}`,
      startedAtMs: runtime.usage().startTimeSeconds * 1000,
    },
    files: () => [live.state, web?.live?.state].filter((state) => state !== undefined),
    providers: () => policies.providers,
    reload,
  });
  const counted = async (fetch: ServeOptions["fetch"]) => {
    if (config.form !== "edge") return fetch;
    const { EdgeMetrics } = await import("../telemetry/edge_metrics.ts");
    const { countedForEdge } = await import("../server/edge_counts.ts");
    metrics.edge = new EdgeMetrics(version);
    return countedForEdge(fetch, metrics.edge, () => parts.main.context.policies() !== undefined);
  };
  await use(first);
  const missing = requiredProviders(config).flatMap((id) => policies.startFailure(id) ?? []);
  if (missing.length > 0) throw new ConfigError(missing);
  // Whoever reads that it listens may send a signal at once.
  runtime.onSignal("SIGHUP", () => void reload());
  const stopping = stopSignal(runtime);
  const server = await serveAt(runtime, {
    listen: config.listen,
    maxBodyBytes: config.passthrough && config.form === "edge"
      ? Math.max(config.maxBodyBytes, MAX_USED_BODY_BYTES)
      : undefined,
    fetch: await counted(
      web?.guard(fetch, () => parts.main.context.settings().config.web.authExempt) ?? fetch,
    ),
    tls: web?.live?.current.tls,
  });
  web?.attach(server);
  if (config.web.kubernetesAuth !== undefined && server.useTls === undefined) {
    warnOfPlainTokens(config);
  }
  for (const warning of first.warnings) log.warn(warning);
  announce(config, server, memory, runtime, version);
  await showAddress(config, server, runtime);
  announceRollout(first);
  await announceLints(first);
  live.start();
  web?.live?.start();
  await stopping;
  live.stop();
  web?.live?.stop();
  await server.stop(SHUTDOWN_GRACE_MS);
  await policies.finish(FINAL_SYNC_MS);
  policies.stop();
  await parts.stop();
  log.info("stopped");
}

/** For whoever looks on, beside the log. */
async function showAddress(config: WholeConfig, server: HttpServer, runtime: Runtime) {
  if (config.demo === undefined && !isTerminal(1)) return;
  const line = addressLine(server, config.web.telemetryPath);
  await runtime.writeStdout(new TextEncoder().encode(`${line}\n`));
}

/** Where a route's rules and limits come from. */
function sourceOf({ config }: RouteSettings, { configPath = "flags" }: Settings): string {
  const { relabelSource: source } = config;
  if (source === undefined) return configPath;
  return source.kind === "file" ? source.path : "--relabel";
}

/** What a reload cannot change. */
function warnOfFixed(first: Config, now: Config): void {
  const fixed = ({ listen, service, web, policyCache }: Config) =>
    Object.entries({
      listen,
      service,
      "web.config_file": web.configFile ?? null,
      "web.kubernetes_auth": web.kubernetesAuth ?? null,
      policy_cache: policyCache ?? null,
    });
  for (const [index, [key, value]] of fixed(now).entries()) {
    if (JSON.stringify(value) === JSON.stringify(fixed(first)[index][1])) continue;
    log.warn("a change of this key needs a restart", { key });
  }
}

function warnOfPlainTokens({ listen }: Config): void {
  if (isLocalOnly(listen)) return;
  log.warn("clients' tokens travel unencrypted: serve TLS with web.config_file", {
    key: "web.kubernetes_auth",
  });
}

/** Undefined where nobody has to log in: what that needs is not even loaded then. */
async function webParts(
  { web }: Config,
  runtime: Runtime,
  metrics: WeirMetrics,
  version: string,
): Promise<WebParts | undefined> {
  if (web.configFile === undefined && web.kubernetesAuth === undefined) return undefined;
  const { readWebParts } = await import("./web_parts.ts");
  return await readWebParts(web, runtime, metrics, version);
}

/**
 * The providers without whose policies Weir does not start: those whose file is named. A file in
 * Edge's form has them as Edge has: scrapes pass without them.
 */
function requiredProviders({ form, policyProviders }: Config): string[] {
  const isRequired = ({ id, type }: Config["policyProviders"][number]) =>
    id === FLAG_PROVIDER_ID || (type === "file" && form !== "edge");
  return policyProviders.filter(isRequired).map(({ id }) => id);
}

/**
 * Puts the configured providers in force and waits, for a bounded time, for those that need no
 * network. Scrapes that come before a remote provider's first policies pass unfiltered, and
 * `/-/ready` says so.
 */
async function useProviders(
  config: Config,
  runtime: Runtime,
  policies: PolicyStore,
  cache: PolicyCache | undefined,
) {
  const loads = policies.use(
    await providers(config, runtime, policies, cache),
    config.rollout.name,
  );
  let timer;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOCAL_POLICIES_WAIT_MS);
  });
  await Promise.race([loads, bound]);
  clearTimeout(timer);
}

function announce(
  config: WholeConfig,
  server: HttpServer,
  memory: MemoryGuard,
  runtime: Runtime,
  version: string,
): void {
  log.info("listening", {
    version,
    runtime: `${runtime.name} ${runtime.version}`,
    ...server.useTls === undefined ? {} : { tls: true },
    listen: printableListen(server.listen),
    upstream: config.demo ? "demo" : config.upstreams.map(printableUpstream).join(" "),
    ...config.routes.length === 0
      ? {}
      : { routes: config.routes.map(({ path }) => path).join(" ") },
    max_input_bytes: config.scrape.maxInputBytes,
    max_output_bytes: config.scrape.maxOutputBytes,
    on_limit: limitWord(config),
    scrape_timeout_seconds: config.scrape.timeoutSeconds,
    policy_providers: config.policyProviders.length,
    ...memory.limit === undefined ? {} : { memory_limit_bytes: memory.limit },
  });
  const gateways = [config, ...config.routes.map((route) => route.config)];
  if (gateways.some(({ gateway: one }) => one?.hasManyTargets && one.counters === "monotonic")) {
    log.info(MONOTONIC, { counters: "monotonic" });
  }
  if (config.log.level !== "debug") return;
  const scrape = { ...config.scrape, onLimit: limitWord(config) };
  log.debug("configuration", { config: JSON.stringify(printableConfig({ ...config, scrape })) });
}

/** Nobody is to take what is in shadow for what is in force. */
function announceRollout(settings: Settings): void {
  const { name } = settings.config.rollout;
  const parts = placedParts(settings);
  for (const { path, ...part } of parts) {
    log.info("rollout mode", {
      ...path === undefined ? {} : { path },
      ...modeFields(part),
      ...typeof part.mode === "string" || name === undefined ? {} : { canary_name: name },
    });
  }
  const nameless = namelessCanary(parts, name);
  if (nameless !== undefined) log.warn(nameless);
}

/** Whoever looks for what was truncated, as Edge's guide says, is to find nothing else. */
function limitWord({ form, scrape }: Config): string {
  return form === "edge" && scrape.onLimit === "truncate" ? "cut" : scrape.onLimit;
}

/** For those who come from plain sums, and see others. */
const MONOTONIC =
  "sums of counters count up from Weir's start, and go on where a target restarts, is " +
  "missed or leaves; --counters raw adds what the targets show, and falls with them";

/** What `weir check` says of the rules, for those who do not run it. */
async function announceLints(settings: Settings): Promise<void> {
  const ruleSets = allRuleSets(settings);
  if (ruleSets.length === 0) return;
  const { lintRules } = await import("../lint/lints.ts");
  for (const { place, code, message } of ruleSets.flatMap((rules) => lintRules(rules))) {
    log.warn("doubtful relabel rule", { place: placeText(place), code, lint: message });
  }
}

async function providers(
  config: Config,
  runtime: Runtime,
  policies: PolicyStore,
  cache: PolicyCache | undefined,
): Promise<ConfiguredProvider[]> {
  if (config.demo?.isFiltered) {
    return [{ key: "demo", create: demoProvider }];
  }
  const anyHttp = config.policyProviders.some((provider) => provider.type === "http");
  const http = anyHttp ? await import("../policy/providers/http_provider.ts") : undefined;
  return config.policyProviders.map(({ mode, ...provider }) => ({
    key: JSON.stringify(provider),
    mode,
    create: () =>
      provider.type === "file" ? new FileProvider(provider, runtime) : new http!.HttpProvider({
        ...provider,
        service: config.service,
        counters: policies.counters,
        cache,
        settle: () => policies.settle(),
      }),
  }));
}

/** Undefined unless policies of servers are to be kept over a restart. */
async function policyCache(
  { policyCache: path, policyProviders }: Config,
  runtime: Runtime,
  metrics: WeirMetrics,
): Promise<PolicyCache | undefined> {
  if (path === undefined || !policyProviders.some(({ type }) => type === "http")) return undefined;
  const { PolicyCache } = await import("../policy/providers/policy_cache.ts");
  return await PolicyCache.open(path, {
    runtime,
    saved: (successful) => metrics.policyCacheSaved(successful),
  });
}

/** Shows on the first command what filtering does. */
function demoProvider(): PolicyProvider {
  return {
    id: "demo",
    isLocal: true,
    start: async (sink) => {
      const { demoPolicies } = await import("../config/demo_rules.ts");
      sink.loaded(await readPolicies(demoPolicies));
    },
    reload: () => Promise.resolve(),
    stop: () => {},
  };
}

/** Resolves on the first SIGTERM or SIGINT; one that is sent again later ends the process at once. */
function stopSignal(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      runtime.onSignal(signal, () => {
        if (first !== undefined) {
          if (performance.now() - first >= SAME_SIGNAL_MS) runtime.exit(1);
          return;
        }
        first = performance.now();
        log.info("stopping: running scrapes are finished first", { signal });
        resolve();
      });
    }
  });
}
