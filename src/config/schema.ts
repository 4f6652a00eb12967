import * as v from "valibot";
import { AGGREGATE_FUNCTIONS } from "../aggregate/aggregate_function.ts";
import { MAX_HELD_LINE_BYTES, MAX_SHED_STEPS } from "../bounds.ts";
import { DNS_FAMILIES, type LogLevel } from "./config.ts";
import { HTTP_CONFIG_SCHEMA } from "./http_config_schema.ts";
import { LISTEN_WANTED, parseHost, parseListen } from "./listen.ts";
import { isValidLabelName } from "../relabel/label_name.ts";
import {
  DURATION_FORM,
  headerName,
  headerValue,
  integer,
  list,
  nonEmpty,
  oneOf,
  readable,
  SIZE_FORM,
  string,
  TEXTS_FORM,
  wordForm,
} from "./schema_values.ts";
import { FORWARD_HEADERS_WANTED, parseForwardHeaders } from "./forward_headers.ts";
import {
  parseRoutePath,
  parseTelemetryPath,
  ROUTE_PATH_WANTED,
  TELEMETRY_PATH_WANTED,
} from "./route_path.ts";
import { parseScrapeProtocols, PROTOCOLS_WANTED, SCRAPE_PROTOCOLS } from "./scrape_protocols.ts";
import { parseRolloutMode, ROLLOUT_WANTED } from "../rollout/rollout_mode.ts";
import { parseShard, SHARD_WANTED } from "./shard.ts";
import { parseHttpUrl, parseUpstream, UPSTREAM_WANTED } from "./upstream_url.ts";
import { parseDuration, parseSize } from "./units.ts";

// Every message below completes the sentence "found X, wanted …".

const MAX_SECONDS = 86_400;
/** Of targets scraped at a time: each takes a socket, and few systems allow a process more. */
const MAX_CONCURRENCY = 4096;
const SIZE_WANTED = "a size in bytes like 10485760, 10MiB or 1GB (0 means unlimited)";

const upstreamUrl = readable(parseUpstream, UPSTREAM_WANTED);
const size = readable(parseSize, SIZE_WANTED, SIZE_FORM);
const count = integer(0, 1_000_000_000);
const pollInterval = seconds(1, "a duration from 1s to 24h");
const keyValues = list(
  v.strictObject({ key: string(), value: string() }, "a map of key and value"),
);

/** A label for Weir to set: other names would make other samples of a family's samples. */
const ownLabel = v.pipe(
  string(),
  v.check(
    (name) => isValidLabelName(name, "utf8") && !["__name__", "le", "quantile"].includes(name),
    "the name of a label, and not __name__, le or quantile",
  ),
);

/** In any case, which the words of a JSON Schema are not. */
const LEVEL_WORDS = ["debug", "info", "warn", "error", "err", "trace", "warning"];
const inAnyCase = (word: string) => word.replace(/./g, (c) => `[${c}${c.toUpperCase()}]`);
const LEVEL_FORM = {
  anyOf: [
    { enum: ["debug", "info", "warn", "error"] },
    { type: "string", pattern: `^(${LEVEL_WORDS.map(inAnyCase).join("|")})$|\\$\\{` },
  ],
};

const dnsFamily = oneOf(...DNS_FAMILIES);

// A plain URL in the list is made such a map beforehand.
const upstream = v.strictObject({
  url: upstreamUrl,
  labels: v.optional(v.record(ownLabel, string(), "a map of label names and values")),
  dns_family: v.optional(dnsFamily),
  http_config: v.optional(HTTP_CONFIG_SCHEMA),
}, "a URL, or a map of url and labels");

const upstreams = v.pipe(list(upstream), v.minLength(1, "at least one upstream"));

const rolloutMode = readable(parseRolloutMode, ROLLOUT_WANTED, {
  anyOf: [
    wordForm("enforce", "shadow"),
    {
      type: "object",
      required: ["canary"],
      properties: { canary: { type: "string", pattern: "^\\s*[\\d.]+\\s*%\\s*$" } },
      additionalProperties: false,
    },
  ],
});
/** One of `label` and `metric`, which `cross_checks.ts` sees to. */
const shedStep = v.strictObject({
  label: v.optional(ownLabel),
  of: v.optional(nonEmpty("an RE2 pattern")),
  metric: v.optional(nonEmpty("an RE2 pattern")),
}, "a map of label, or of metric");

const limits = v.strictObject({
  series_per_family: v.optional(count),
  series: v.optional(count),
  label_values: v.optional(v.record(v.string(), count, "a map of label names and numbers")),
  label_value_length: v.optional(count),
  action: v.optional(oneOf("overflow", "drop", "fail")),
  mode: v.optional(rolloutMode),
  shed: v.optional(
    v.pipe(list(shedStep), v.maxLength(MAX_SHED_STEPS, `${MAX_SHED_STEPS} steps at most`)),
  ),
}, "a map of keys");

/** Those of the file besides: memory is the process's, not a route's. */
const allLimits = v.strictObject({
  ...limits.entries,
  memory: v.optional(size),
}, "a map of keys");

const route = v.strictObject({
  path: readable(parseRoutePath, ROUTE_PATH_WANTED),
  upstream_url: v.optional(upstreamUrl),
  upstreams: v.optional(upstreams),
  http_config: v.optional(HTTP_CONFIG_SCHEMA),
  policies: v.optional(list(string())),
  metric_relabel_configs: v.optional(v.unknown()),
  relabel_mode: v.optional(rolloutMode),
  subsets: v.optional(v.unknown()),
  relabel_file: v.optional(nonEmpty("the path of a relabel file")),
  limits: v.optional(limits),
}, "a map of a path and what is its own");

const fileProvider = v.strictObject({
  id: nonEmpty("a name for this provider"),
  type: v.literal("file", "file or http"),
  path: nonEmpty("the path of a policy file"),
  mode: v.optional(rolloutMode),
  poll_interval_secs: v.nullish(pollInterval),
  poll_interval: v.nullish(pollInterval),
});

/** Not for users: what `edge_form.ts` makes of a provider that has nowhere to load from. */
const providerThatIsOff = v.strictObject({ type: v.literal("off", "file or http") });

const httpProvider = v.strictObject({
  id: nonEmpty("a name for this provider"),
  type: v.literal("http", "file or http"),
  url: readable((input) => parseHttpUrl(input)?.href, "an http:// or https:// URL"),
  headers: v.optional(list(v.strictObject({
    name: headerName(),
    value: headerValue(),
  }, "a map of name and value"))),
  http_config: v.optional(HTTP_CONFIG_SCHEMA),
  mode: v.optional(rolloutMode),
  poll_interval_secs: v.nullish(pollInterval),
  poll_interval: v.nullish(pollInterval),
});

/** What may be requested without credentials, if configured: it says no more than whether Weir is up. */
const HEALTH_PATHS = ["/_health", "/-/healthy", "/-/ready"] as const;

/**
 * The config file: Edge's keys and Weir's own. Every key is optional here, because which defaults
 * are in force depends on how Weir was started; `build.ts` fills them in.
 */
export const CONFIG_SCHEMA = v.strictObject({
  strict: v.optional(v.boolean("true or false")),
  listen: v.optional(readable(parseListen, LISTEN_WANTED)),
  listen_address: v.optional(readable(parseHost, "an IP address or a host name")),
  listen_port: v.optional(integer(0, 65535)),
  upstream_url: v.optional(upstreamUrl),
  metrics_url: v.nullish(upstreamUrl),
  http_config: v.optional(HTTP_CONFIG_SCHEMA),
  upstreams: v.optional(upstreams),
  dns_family: v.optional(dnsFamily),
  on_target_error: v.optional(oneOf("fail", "partial")),
  target_metrics: v.optional(v.boolean("true or false")),
  target_label: v.optional(ownLabel),
  target_ttl: v.optional(seconds(0.001, "a duration above 0, at most 24h, like 5m")),
  counters: v.optional(oneOf("monotonic", "raw")),
  state_file: v.optional(nonEmpty("the path of a file to keep counters in")),
  shard: v.optional(readable(parseShard, SHARD_WANTED)),
  self_metrics: v.optional(oneOf("append", "off")),
  coalesce: v.optional(v.boolean("true or false")),
  min_scrape_interval: v.optional(
    seconds(0, "a duration, at most 24h, like 10s (0 means no interval)"),
  ),
  passthrough: v.optional(v.boolean("true or false")),
  forward_headers: v.optional(readable(parseForwardHeaders, FORWARD_HEADERS_WANTED, TEXTS_FORM)),
  tap_enabled: v.optional(v.boolean("true or false")),
  compression: v.optional(oneOf("auto", "off", "gzip")),
  log_level: v.optional(readable(parseLevel, "debug, info, warn or error", LEVEL_FORM)),
  log_format: v.optional(oneOf("logfmt", "json")),
  // Of requests that are passed on. What is no size here was nobody's concern before.
  max_body_size: v.optional(readable((input) => parseSize(input) ?? 0, "a size", {})),
  scrape: v.optional(v.strictObject({
    timeout: v.optional(
      readable(
        parseTimeout,
        "a duration like 15s or 500ms (0 means the client's alone)",
        DURATION_FORM,
      ),
    ),
    offset: v.optional(seconds(0, "a duration, at most 24h, like 0.5s or 500ms")),
    on_limit: v.optional(oneOf("truncate", "fail")),
    on_unreadable: v.optional(oneOf("pass", "drop", "fail")),
    protocols: v.optional(readable(parseScrapeProtocols, PROTOCOLS_WANTED, TEXTS_FORM)),
    fallback_protocol: v.optional(oneOf(...SCRAPE_PROTOCOLS)),
    concurrency: v.optional(integer(1, MAX_CONCURRENCY)),
    max_concurrent: v.optional(integer(1, MAX_CONCURRENCY)),
    max_line_bytes: v.optional(
      readable(
        (input) => within(parseSize(input), 1, MAX_HELD_LINE_BYTES),
        "a size from 1 byte to 1MiB",
        SIZE_FORM,
      ),
    ),
  }, "a map of keys")),
  prometheus: v.optional(v.strictObject({
    max_input_bytes_per_scrape: v.optional(size),
    max_output_bytes_per_scrape: v.optional(size),
  }, "a map of keys")),
  service: v.optional(v.strictObject({
    name: v.optional(string()),
    namespace: v.optional(string()),
    version: v.optional(string()),
    instance_id: v.optional(string()),
    resource_attributes: v.optional(keyValues),
    labels: v.optional(keyValues),
  }, "a map of keys")),
  // Prometheus's own words for what is wrong with a rule come from `src/relabel`.
  metric_relabel_configs: v.optional(v.unknown()),
  relabel_mode: v.optional(rolloutMode),
  canary_name: v.optional(nonEmpty("a name, of this instance alone")),
  subsets: v.optional(v.unknown()),
  subset_timestamps: v.optional(v.boolean("true or false")),
  subset_max_age: v.optional(seconds(0.001, "a duration above 0, at most 24h, like 5m")),
  relabel_file: v.optional(nonEmpty("the path of a relabel file")),
  aggregation: v.optional(v.strictObject({
    rules: v.optional(list(v.strictObject({
      match: v.string("an RE2 pattern"),
      function: oneOf(...AGGREGATE_FUNCTIONS),
    }, "a map of match and function"))),
    defaults: v.optional(v.boolean("true or false")),
  }, "a map of keys")),
  limits: v.optional(allLimits),
  routes: v.optional(v.pipe(list(route), v.minLength(1, "at least one route"))),
  web: v.optional(v.strictObject({
    reload: v.optional(v.boolean("true or false")),
    telemetry_path: v.optional(readable(parseTelemetryPath, TELEMETRY_PATH_WANTED)),
    config_file: v.optional(nonEmpty("the path of a web config file")),
    auth_exempt: v.optional(list(oneOf(...HEALTH_PATHS))),
    preview: v.optional(v.boolean("true or false")),
    profiling: v.optional(v.boolean("true or false")),
    tap: v.optional(v.boolean("true or false")),
    kubernetes_auth: v.optional(v.strictObject({
      api_server: v.optional(readable(parseApiServer, "an http(s) URL without a user or a query")),
      audiences: v.optional(list(nonEmpty("an audience"))),
      http_config: v.optional(HTTP_CONFIG_SCHEMA),
    }, "a map of keys, or {} for the Pod's service account")),
  }, "a map of keys")),
  policy_cache: v.optional(nonEmpty("the path of a file to keep policies in")),
  require_policies: v.optional(v.boolean("true or false")),
  provider_precedence: v.optional(oneOf("listed", "remote")),
  policy_providers: v.optional(list(v.variant(
    "type",
    [fileProvider, httpProvider, providerThatIsOff],
    (issue) => issue.path === undefined ? "a map with type file or http" : "file or http",
  ))),
}, "a map of keys");

/** The validated file; durations are seconds, sizes bytes. */
export type ConfigFile = v.InferOutput<typeof CONFIG_SCHEMA>;
export type RouteEntry = NonNullable<ConfigFile["routes"]>[number];
export type ProviderEntry = NonNullable<ConfigFile["policy_providers"]>[number];

/** Keys of Edge's other distributions: accepted, named in one warning, and without effect. */
export const IGNORED_KEYS: readonly string[] = [
  "logs_url",
  "max_connections",
  "max_decoded_bytes",
  "pretty_print_json",
  "s3_dump",
  "thread_pool_count",
  "worker_count",
  "workspace_id",
  "service.supported_stages",
];

/** Without a slash at its end. */
function parseApiServer(input: unknown): string | undefined {
  const url = typeof input === "string" ? URL.parse(input) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return undefined;
  }
  return url.href.replace(/\/+$/, "");
}

function seconds(min: number, wanted: string) {
  return readable(
    (input) => within(parseDuration(input), min, MAX_SECONDS),
    wanted,
    DURATION_FORM,
  );
}

/** The longest stands for none of Weir's own, and for all that are longer: no client waits for a day. */
function parseTimeout(input: unknown): number | undefined {
  const timeout = parseDuration(input);
  return timeout === 0 || timeout! > MAX_SECONDS ? MAX_SECONDS : timeout;
}

/** In any case; `err` and `trace` are Edge's, `warning` that of many others. */
function parseLevel(input: unknown): LogLevel | undefined {
  const level = typeof input === "string" ? input.toLowerCase() : "";
  const levels: Readonly<Record<string, LogLevel>> = {
    err: "error",
    trace: "debug",
    warning: "warn",
  };
  return levels[level] ?? LEVELS.find((known) => known === level);
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
