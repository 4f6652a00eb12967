import type { Config } from "./config.ts";
import { INLINE_RULE_KEYS } from "./inline_rules.ts";
import type { RawConfig, Sources } from "./layers.ts";
import { printableListen } from "./listen.ts";
import { printableUrl, SECRET } from "./print.ts";
import { type Path, pathText } from "../problems/problem.ts";

/** How a value is shown: as it stands, or as a URL without what is secret in one. */
type Shown = "plain" | "url";

/**
 * The keys whose values may be seen; of all others only that they are there. Those of `http_config`
 * stand once, and those of a route as if they stood for all. A test wants each key of the schema here or
 * among its secrets.
 */
export const SHOWN_KEYS: ReadonlyMap<string, Shown> = new Map<string, Shown>([
  ["upstream_url", "url"],
  ["metrics_url", "url"],
  ["upstreams[].url", "url"],
  ["policy_providers[].url", "url"],
  ...plain("strict", "listen", "listen_address", "listen_port", "dns_family", "on_target_error"),
  ...plain("upstreams[].labels.*", "upstreams[].dns_family"),
  ...plain("target_metrics", "target_label", "target_ttl", "counters", "state_file", "shard"),
  ...plain("self_metrics", "coalesce", "min_scrape_interval", "passthrough", "forward_headers"),
  ...plain("forward_headers[]", "tap_enabled", "compression", "log_level", "log_format"),
  ...plain("max_body_size", "provider_precedence", "relabel_file"),
  ...plain("scrape.timeout", "scrape.offset", "scrape.on_limit", "scrape.on_unreadable"),
  ...plain("scrape.protocols", "scrape.protocols[]", "scrape.fallback_protocol"),
  ...plain("scrape.concurrency", "scrape.max_concurrent", "scrape.max_line_bytes"),
  ...plain("prometheus.max_input_bytes_per_scrape", "prometheus.max_output_bytes_per_scrape"),
  ...plain("service.name", "service.namespace", "service.version", "service.instance_id"),
  ...plain("service.resource_attributes[].key", "service.resource_attributes[].value"),
  ...plain("service.labels[].key", "service.labels[].value"),
  ...plain("subset_timestamps", "subset_max_age"),
  ...plain("aggregation.rules[].match", "aggregation.rules[].function", "aggregation.defaults"),
  ...plain("limits.series_per_family", "limits.series", "limits.label_values.*"),
  ...plain("limits.label_value_length", "limits.action", "limits.mode", "limits.memory"),
  ...plain("relabel_mode", "canary_name", "policy_providers[].mode"),
  ...plain("path", "policies[]", "policy_cache", "require_policies"),
  ...plain("web.kubernetes_auth.api_server", "web.kubernetes_auth.audiences[]"),
  ...plain("web.reload", "web.config_file", "web.auth_exempt[]", "web.preview", "web.profiling"),
  ...plain("web.telemetry_path", "web.tap"),
  ...plain("limits.shed[].label", "limits.shed[].of", "limits.shed[].metric"),
  ...plain("web.kubernetes_auth.api_server", "web.kubernetes_auth.audiences[]"),
  ...plain("policy_providers[].id", "policy_providers[].type", "policy_providers[].path"),
  ...plain("policy_providers[].poll_interval_secs", "policy_providers[].poll_interval"),
  ...plain("policy_providers[].headers[].name"),
  ...plain("http_config.basic_auth.username_file", "http_config.basic_auth.password_file"),
  ...plain("http_config.authorization.type", "http_config.authorization.credentials_file"),
  ...plain("http_config.tls_config.ca_file", "http_config.tls_config.cert_file"),
  ...plain("http_config.tls_config.key_file", "http_config.tls_config.server_name"),
  ...plain("http_config.tls_config.insecure_skip_verify", "http_config.tls_config.min_version"),
  ...plain("http_config.tls_config.max_version", "http_config.http_headers.*.files[]"),
  ...plain("http_config.follow_redirects", "http_config.redirect_hosts[]"),
]);

function plain(...keys: string[]): [string, Shown][] {
  return keys.map((key) => [key, "plain"]);
}

/** Their keys are names that the user chose. */
const RECORDS = /(?:^|\.)(?:labels|label_values|http_headers)$/;

/**
 * What file, environment and flags say together, in the file's keys: without rules, which may have come
 * from elsewhere, and without a secret. What came from a variable is shown by the variable's name.
 */
export function shownConfig(raw: RawConfig, sources: Sources): object {
  const shown = (value: unknown, path: Path, key: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((item, index) => shown(item, [...path, index], `${key}[]`));
    }
    if (typeof value === "object" && value !== null) {
      const isRecord = RECORDS.test(key);
      const entries = Object.entries(value)
        .filter(([name]) => isRecord || !INLINE_RULE_KEYS.includes(name));
      return Object.fromEntries(entries.map(([name, child]) => {
        const next = isRecord ? "*" : name;
        return [name, shown(child, [...path, name], key === "" ? next : `${key}.${next}`)];
      }));
    }
    if (value === undefined || value === null) return value;
    const written = sources.get(pathText(path))?.written ?? value;
    const how = SHOWN_KEYS.get(commonKey(key));
    if (how === undefined) return SECRET;
    return how === "url" ? withoutQueryValues(printableUrl(String(written))) : written;
  };
  return shown(raw, [], "") as object;
}

/** The key as `SHOWN_KEYS` has it, wherever it stands. A mode may be a map, of a canary's share. */
export function commonKey(key: string): string {
  const http = key.indexOf("http_config.");
  if (http >= 0) return key.slice(http);
  return key.replace(/^routes\[\]\./, "").replace(/mode\.canary$/, "mode");
}

/** A query may hold a token; which parameters there are is no secret. */
function withoutQueryValues(url: string): string {
  const at = url.indexOf("?");
  if (at < 0) return url;
  const parameters = url.slice(at + 1).split("&").map((parameter) => {
    const [name, value] = parameter.split("=", 2);
    return value === undefined ? SECRET : `${name}=${SECRET}`;
  });
  return `${url.slice(0, at)}?${parameters.join("&")}`;
}

/** The settings that are in force where nothing was said, in the file's keys. */
export function defaultsInForce(config: Config): Readonly<Record<string, unknown>> {
  const { gateway, scrape, web } = config;
  return {
    listen: printableListen(config.listen),
    ...gateway && {
      on_target_error: gateway.onTargetError,
      target_metrics: gateway.targetMetrics,
      target_ttl: seconds(gateway.targetTtlSeconds),
      counters: gateway.counters,
    },
    self_metrics: config.selfMetrics,
    coalesce: config.coalesce,
    min_scrape_interval: seconds(config.minScrapeIntervalSeconds),
    passthrough: config.passthrough,
    compression: config.compression,
    log_level: config.log.level,
    log_format: config.log.format,
    scrape: {
      timeout: seconds(scrape.timeoutSeconds),
      offset: seconds(scrape.offsetSeconds),
      on_limit: scrape.onLimit,
      on_unreadable: scrape.onUnreadable,
      max_concurrent: scrape.maxConcurrent,
      max_line_bytes: scrape.maxLineBytes,
      ...gateway && { concurrency: gateway.concurrency },
    },
    prometheus: {
      max_input_bytes_per_scrape: scrape.maxInputBytes,
      max_output_bytes_per_scrape: scrape.maxOutputBytes,
    },
    subset_timestamps: config.subsetTimestamps,
    subset_max_age: seconds(config.subsetMaxAgeSeconds),
    aggregation: { defaults: config.aggregationDefaults },
    web: { reload: web.reload, preview: web.preview, profiling: web.profiling },
  };
}

function seconds(count: number): string {
  return `${count}s`;
}
