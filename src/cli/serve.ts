import { LOCAL_POLICIES_WAIT_MS, SHUTDOWN_GRACE_MS } from "../bounds.ts";
import type { Config } from "../config/config.ts";
import { printableConfig } from "../config/print.ts";
import { readPolicies } from "../policy/parse_policies.ts";
import { PolicyStore } from "../policy/policy_store.ts";
import { FileProvider } from "../policy/providers/file_provider.ts";
import type { PolicyProvider } from "../policy/providers/policy_provider.ts";
import { configuredAttributes, ResourceAttributes } from "../policy/resource_attributes.ts";
import type { HttpServer, Runtime } from "../runtime/runtime.ts";
import { createApp } from "../server/app.ts";
import { log } from "../telemetry/log.ts";
import { WeirMetrics } from "../telemetry/weir_metrics.ts";
import { demoPolicies } from "../upstream/demo_exporter.ts";
import { printableUrl } from "../upstream/printable_url.ts";
import { upstreamSource } from "../upstream/upstream_source.ts";

/** Serves until a signal ends it. Throws when the address cannot be bound. */
export async function serve(config: Config, runtime: Runtime, version: string): Promise<void> {
  const metrics = new WeirMetrics(version, runtime);
  const resource = new ResourceAttributes(configuredAttributes(config.service));
  const policies = new PolicyStore(resource, metrics);
  const app = createApp({
    config,
    version,
    metrics,
    upstream: upstreamSource(config, version),
    policies: () => policies.current(),
    ready: () => policies.ready,
    failures: () => policies.failures,
    settle: () => policies.settle(),
  });
  await startPolicies(await providers(config, runtime, policies), policies);
  const server = await runtime.serve({
    listen: config.listen,
    fetch: (request) => app.fetch(request),
  });
  announce(config, server, runtime, version);

  runtime.onSignal("SIGHUP", () => {
    log.info("reloading policies");
    void policies.reload();
  });
  await stopSignal(runtime);
  policies.stop();
  await server.stop(SHUTDOWN_GRACE_MS);
  log.info("stopped");
}

/**
 * Starts the providers and waits, for a bounded time, for those that need no network. Scrapes that
 * come before a remote provider's first policies pass unfiltered, and `/-/ready` says so.
 */
async function startPolicies(providers: readonly PolicyProvider[], policies: PolicyStore) {
  const local: Promise<void>[] = [];
  for (const provider of providers) {
    const firstLoad = policies.add(provider);
    if (provider.isLocal) local.push(firstLoad);
  }
  let timer;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOCAL_POLICIES_WAIT_MS);
  });
  await Promise.race([Promise.all(local), bound]);
  clearTimeout(timer);
}

function announce(config: Config, server: HttpServer, runtime: Runtime, version: string): void {
  for (const warning of config.warnings) log.warn(warning);
  const listen = config.listen;
  log.info("listening", {
    version,
    runtime: `${runtime.name} ${runtime.version}`,
    listen: "unix" in listen ? `unix:${listen.unix}` : `${listen.hostname}:${server.port}`,
    upstream: config.demo ? "demo" : printableUrl(config.upstream.url),
    max_input_bytes: config.scrape.maxInputBytes,
    max_output_bytes: config.scrape.maxOutputBytes,
    on_limit: config.scrape.onLimit,
    scrape_timeout_seconds: config.scrape.timeoutSeconds,
    policy_providers: config.policyProviders.length,
  });
  log.debug("configuration", { config: JSON.stringify(printableConfig(config)) });
}

function providers(
  config: Config,
  runtime: Runtime,
  policies: PolicyStore,
): Promise<PolicyProvider[]> {
  if (config.demo !== undefined && config.policyProviders.length === 0) {
    return Promise.resolve([demoProvider()]);
  }
  return Promise.all(config.policyProviders.map(async (provider) => {
    if (provider.type === "file") return new FileProvider(provider, runtime);
    const { HttpProvider } = await import("../policy/providers/http_provider.ts");
    return new HttpProvider({
      ...provider,
      service: config.service,
      counters: policies.counters,
      settle: () => policies.settle(),
    });
  }));
}

/** Shows on the first command what filtering does. */
function demoProvider(): PolicyProvider {
  return {
    id: "demo",
    isLocal: true,
    start: (sink) => void readPolicies(demoPolicies).then((entries) => sink.loaded(entries)),
    reload: () => Promise.resolve(),
    stop: () => {},
  };
}

/** Resolves on the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      runtime.onSignal(signal, () => {
        if (signalled) runtime.exit(1);
        signalled = true;
        log.info("stopping: running scrapes are finished first", { signal });
        resolve();
      });
    }
  });
}
