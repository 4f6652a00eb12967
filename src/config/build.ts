import { DEFAULT_MAX_CONCURRENT_SCRAPES, MAX_HELD_LINE_BYTES } from "../bounds.ts";
import type { Config, ConfigForm, PolicyProviderConfig } from "./config.ts";
import type { ServiceConfig } from "../policy/resource_attributes.ts";
import { buildGateway, chooseUpstreams } from "./gateway.ts";
import { buildHttpConfig } from "./http_config.ts";
import { ALL_INTERFACES, isLocalOnly } from "./listen.ts";
import type { ConfigFile, ProviderEntry } from "./schema.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_TIMEOUT_SECONDS = 15;
const DEFAULT_OFFSET_SECONDS = 0.5;
const DEFAULT_SUBSET_AGE_SECONDS = 300;
/** Of file providers; HTTP ones follow what the server recommends. */
const DEFAULT_POLL_SECONDS = 60;

/**
 * Where the systems that Weir replaces differ, the form of the start decides. Only Edge cuts a scrape
 * that nobody asked to be cut, and lets that pass for a whole one.
 */
const FORM_DEFAULTS: Readonly<Record<ConfigForm, FormDefaults>> = {
  edge: { hostname: "127.0.0.1", maxBytes: 10 * 1024 * 1024, onLimit: "truncate" },
  file: { hostname: "127.0.0.1", maxBytes: 0, onLimit: "fail" },
  flags: { hostname: ALL_INTERFACES, maxBytes: 0, onLimit: "fail" },
};

interface FormDefaults {
  readonly hostname: string;
  readonly maxBytes: number;
  readonly onLimit: "truncate" | "fail";
}

/** What is known beside the merged file, environment and flags. */
export interface BuildContext {
  readonly form: ConfigForm;
  readonly demo: Config["demo"];
  /** Of `--policies`: becomes the first provider. */
  readonly policiesPath: string | undefined;
  readonly relabelConfigs: Config["relabelConfigs"];
  readonly relabelSource: Config["relabelSource"];
  readonly subsets: Config["subsets"];
  readonly version: string;
  readonly instanceId: string;
  readonly warnings: readonly string[];
}

/** Returns the deep-frozen result: what was configured, and the defaults for the rest. */
export function buildConfig(file: ConfigFile, context: BuildContext): Config {
  const defaults = FORM_DEFAULTS[context.form];
  const { scrape = {}, prometheus = {} } = file;
  const upstreams = chooseUpstreams(file, context.demo !== undefined);
  const gateway = buildGateway(file, upstreams);
  const listen = file.listen ?? {
    hostname: file.listen_address ?? defaults.hostname,
    port: file.listen_port ?? DEFAULT_PORT,
  };
  return deepFreeze<Config>({
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
    },
    compression: file.compression ?? "auto",
    log: { level: file.log_level ?? "info", format: file.log_format ?? "logfmt" },
    service: buildService(file.service ?? {}, context),
    policyProviders: buildProviders(file.policy_providers ?? [], context.policiesPath),
    relabelConfigs: context.relabelConfigs,
    relabelSource: context.relabelSource,
    subsets: context.subsets,
    subsetTimestamps: file.subset_timestamps ?? true,
    subsetMaxAgeSeconds: file.subset_max_age ?? DEFAULT_SUBSET_AGE_SECONDS,
    coalesce: file.coalesce ?? gateway?.hasManyTargets ?? false,
    minScrapeIntervalSeconds: file.min_scrape_interval ?? 0,
    aggregationRules: file.aggregation?.rules ?? [],
    aggregationDefaults: file.aggregation?.defaults ?? true,
    limits: buildLimits(file.limits),
    web: {
      reload: file.web?.reload ?? false,
      configFile: file.web?.config_file,
      authExempt: file.web?.auth_exempt ?? [],
      preview: file.web?.preview ?? isLocalOnly(listen),
    },
    passthrough: file.passthrough ?? false,
    demo: context.demo,
    warnings: [...context.warnings],
  });
}

function buildService(
  service: NonNullable<ConfigFile["service"]>,
  context: BuildContext,
): ServiceConfig {
  return {
    name: service.name ?? "weir",
    namespace: service.namespace ?? "default",
    version: service.version ?? context.version,
    instanceId: service.instance_id ?? context.instanceId,
    resourceAttributes: service.resource_attributes ?? [],
    labels: service.labels ?? [],
  };
}

/** Undefined when nothing is limited: then samples need not go through a table for it. */
function buildLimits(limits: ConfigFile["limits"]): Config["limits"] {
  if (limits === undefined) return undefined;
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

function buildProviders(
  entries: readonly ProviderEntry[],
  policiesPath: string | undefined,
): PolicyProviderConfig[] {
  const providers = entries.map(buildProvider);
  if (policiesPath === undefined) return providers;
  const ofFlag = buildProvider({ id: FLAG_PROVIDER_ID, type: "file", path: policiesPath });
  return [ofFlag, ...providers];
}

/** The id of the provider that `--policies` adds. */
export const FLAG_PROVIDER_ID = "flag";

function buildProvider(entry: ProviderEntry): PolicyProviderConfig {
  const interval = entry.poll_interval_secs ?? entry.poll_interval ?? undefined;
  if (entry.type === "http") {
    const { type, id, url, headers = [], http_config } = entry;
    const http = http_config && { http: buildHttpConfig(http_config) };
    return { type, id, url, headers, pollIntervalSeconds: interval, ...http };
  }
  const { type, id, path } = entry;
  return { type, id, path, pollIntervalSeconds: interval ?? DEFAULT_POLL_SECONDS };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    const children = value instanceof Map ? value.values() : Object.values(value);
    for (const child of children) deepFreeze(child);
  }
  return value;
}
