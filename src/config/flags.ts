import type { Override } from "./layers.ts";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** The placeholder of its value; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** The key of the config file that it overrides; the schema there checks its value. */
  readonly key?: string;
  /** Marks a flag that may be given several times: the key that takes all of its values then. */
  readonly listKey?: string;
  /** Without a value it is as if it was not given, as metric-gate has it. */
  readonly mayBeEmpty?: true;
  readonly commands: readonly Command[];
}

/** What Weir does; without one of the other names it serves. */
export const COMMANDS = ["serve", "filter", "analyze", "check", "test"] as const;
export type Command = (typeof COMMANDS)[number];

/** `check` takes what `serve` takes, so that the line of a deployment can be checked as it is. */
const SERVE = ["serve", "check"] as const;
const OFFLINE = ["filter", "analyze"] as const;
const PIPELINE = ["serve", "filter", "analyze", "check"] as const;
const CHECK = ["check"] as const;
const ANALYZE = ["analyze"] as const;

/** The one table of flags: parsing, `--help` and the documentation come from it. */
export const FLAGS: readonly Flag[] = [
  {
    name: "upstream",
    short: "H",
    value: "URL",
    help:
      "metrics endpoint, http:// if it has no scheme, or unix:PATH; repeatable; dns+URL fans out",
    key: "upstream_url",
    listKey: "upstreams",
    commands: SERVE,
  },
  {
    name: "port",
    short: "p",
    value: "PORT",
    help: "port to listen on (default 8080)",
    key: "listen_port",
    commands: SERVE,
  },
  {
    name: "listen",
    value: "ADDR:PORT|unix:PATH",
    help: "address or Unix socket to listen on; :8080 means all interfaces, IPv6 too",
    key: "listen",
    commands: SERVE,
  },
  {
    name: "scrape-timeout",
    short: "t",
    value: "DURATION",
    help: "longest time for one upstream request (default 15s)",
    key: "scrape.timeout",
    commands: PIPELINE,
  },
  {
    name: "scrape-protocols",
    value: "LIST",
    help:
      "formats to request from the upstream, with commas between: PrometheusText0.0.4 is text alone",
    key: "scrape.protocols",
    commands: SERVE,
  },
  {
    name: "web.config.file",
    value: "PATH",
    help: "file with TLS, users and headers for clients, as Prometheus's exporters take it",
    key: "web.config_file",
    commands: SERVE,
  },
  {
    name: "concurrency",
    value: "N",
    help: "most targets scraped at a time (default 64)",
    key: "scrape.concurrency",
    commands: SERVE,
  },
  {
    name: "dns-family",
    value: "FAMILY",
    help: "addresses that dns+ takes: auto (default: IPv4 where there is any), ipv4, ipv6, both",
    key: "dns_family",
    commands: SERVE,
  },
  {
    name: "on-target-error",
    value: "fail|partial",
    help: "what a scrape does without one of its targets (default partial)",
    key: "on_target_error",
    commands: SERVE,
  },
  {
    name: "target-metrics",
    value: "true|false",
    help: "add weir_target_up and the like to responses (default true; false with one upstream)",
    key: "target_metrics",
    commands: SERVE,
  },
  {
    name: "target-label",
    value: "NAME",
    help: "label that tells samples of different targets apart; without it they are aggregated",
    key: "target_label",
    commands: SERVE,
  },
  {
    name: "target-ttl",
    value: "DURATION",
    help: "after how long a target that is gone is forgotten (default 5m)",
    key: "target_ttl",
    commands: SERVE,
  },
  {
    name: "counters",
    value: "monotonic|raw",
    help:
      "whether sums of counters go on when counters fall (default monotonic; raw with one upstream)",
    key: "counters",
    commands: SERVE,
  },
  {
    name: "state-file",
    value: "PATH",
    help: "file that keeps the sums of counters over a restart of Weir",
    key: "state_file",
    commands: SERVE,
  },
  {
    name: "policy-cache",
    value: "PATH",
    help: "file that keeps the policies of policy servers over a restart of Weir",
    key: "policy_cache",
    commands: SERVE,
  },
  {
    name: "require-policies",
    help: "scrape nothing, and be not ready, until every policy provider has policies",
    key: "require_policies",
    commands: SERVE,
  },
  {
    name: "shard",
    value: "I/N",
    help: "scrape the I-th of N parts of the targets, from 0; a pod name or auto may stand for I",
    key: "shard",
    commands: SERVE,
  },
  {
    name: "self-metrics",
    value: "append|off",
    help: "append Weir's own metrics to each scrape's response (default off)",
    key: "self_metrics",
    commands: SERVE,
  },
  {
    name: "coalesce",
    help: "let requests that come during a scrape share it (default with several targets)",
    key: "coalesce",
    commands: SERVE,
  },
  {
    name: "min-scrape-interval",
    value: "DURATION",
    help: "give the last response again within this time of it (default 0: never)",
    key: "min_scrape_interval",
    commands: SERVE,
  },
  {
    name: "subset-timestamps",
    value: "true|false",
    help: "give samples of subsets the time of their scrape (default true)",
    key: "subset_timestamps",
    commands: SERVE,
  },
  {
    name: "subset-max-age",
    value: "DURATION",
    help: "how old the scrape may be that a subset is taken from (default 5m)",
    key: "subset_max_age",
    commands: SERVE,
  },
  { name: "config", value: "PATH", help: "config file, JSON or YAML", commands: OFFLINE },
  {
    name: "policies",
    value: "PATH",
    help: "policy file, put before the providers of the config file",
    commands: PIPELINE,
  },
  {
    name: "relabel",
    value: "YAML",
    help: "relabel rules as text: metric_relabel_configs, as a map or a bare list",
    mayBeEmpty: true,
    commands: PIPELINE,
  },
  {
    name: "relabel-file",
    value: "PATH",
    help: "file with relabel rules; not together with --relabel",
    mayBeEmpty: true,
    commands: PIPELINE,
  },
  {
    name: "max-input-bytes",
    value: "SIZE",
    help: "most bytes to read per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_input_bytes_per_scrape",
    commands: PIPELINE,
  },
  {
    name: "max-output-bytes",
    value: "SIZE",
    help: "most bytes to return per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_output_bytes_per_scrape",
    commands: PIPELINE,
  },
  {
    name: "on-limit",
    value: "truncate|fail",
    help: "what a scrape does at a byte limit (default fail; truncate with a file in Edge's form)",
    key: "scrape.on_limit",
    commands: PIPELINE,
  },
  {
    name: "on-unreadable",
    value: "pass|drop|fail",
    help:
      "what becomes of a line that is no sample (default pass; fail with several targets or monotonic counters)",
    key: "scrape.on_unreadable",
    commands: PIPELINE,
  },
  {
    name: "fallback-protocol",
    value: "NAME",
    help: "format of upstreams whose Content-Type names none, as fallback_scrape_protocol says it",
    key: "scrape.fallback_protocol",
    commands: PIPELINE,
  },
  {
    name: "log-level",
    value: "LEVEL",
    help: "debug, info, warn or error (default info)",
    key: "log_level",
    mayBeEmpty: true,
    commands: PIPELINE,
  },
  {
    name: "log-format",
    value: "logfmt|json",
    help: "form of a log line (default logfmt)",
    key: "log_format",
    commands: PIPELINE,
  },
  {
    name: "passthrough",
    help: "forward paths that Weir does not serve to the upstream",
    key: "passthrough",
    commands: SERVE,
  },
  {
    name: "preview",
    help: "try rules that come with a request, on the page (default on loopback only)",
    key: "web.preview",
    commands: SERVE,
  },
  {
    name: "profiling",
    help: "take CPU profiles and heap snapshots at /debug/pprof/ (default on loopback only)",
    key: "web.profiling",
    commands: SERVE,
  },
  { name: "demo", help: "scrape a built-in sample exporter", commands: SERVE },
  {
    name: "demo-ingresses",
    value: "N",
    help: "size of the sample exporter (default 20)",
    commands: SERVE,
  },
  {
    name: "format",
    value: "FORMAT",
    help: "the input is text, openmetrics, openmetrics2 or protobuf; a URL's answer says so itself",
    commands: ["filter", "analyze", "check"],
  },
  { name: "openmetrics", help: "short for --format openmetrics", commands: OFFLINE },
  {
    name: "route",
    value: "PATH",
    help: "take what is configured for this route (default /metrics, or the first)",
    commands: ["filter", "analyze", "check"],
  },
  {
    name: "scrape",
    value: "FILE|URL",
    help: "sample scrape to run the rules on; - is standard input",
    commands: CHECK,
  },
  {
    name: "used",
    value: "FILE",
    help: "file of weir usage: rules that take what is used are told (check), or not proposed",
    commands: ["analyze", "check"],
  },
  {
    name: "list-missing",
    help: "with --used and --scrape, list what is read and not in the scrape",
    commands: CHECK,
  },
  {
    name: "json",
    help: "print a JSON document instead of text",
    commands: ["analyze", "check"],
  },
  {
    name: "explain",
    value: "LINE",
    help: "follow this one sample through policies and rules",
    commands: OFFLINE,
  },
  {
    name: "file",
    short: "f",
    value: "FILE|URL",
    help: "analyze this scrape; weir --file FILE is weir analyze FILE",
    mayBeEmpty: true,
    commands: ANALYZE,
  },
  { name: "top", value: "N", help: "metrics to list; 0 means all (default 20)", commands: ANALYZE },
  {
    name: "metric",
    value: "REGEX",
    help: "list only metrics whose own or whose family's name matches",
    commands: ANALYZE,
  },
  {
    name: "max-series",
    value: "N",
    help: "end with status 1 when there are more series, after the rules if any",
    commands: ANALYZE,
  },
  { name: "svg", value: "PATH", help: "write a chart to this file, too", commands: ANALYZE },
  { name: "help", short: "h", help: "print this text", commands: COMMANDS },
  {
    name: "version",
    short: "v",
    help:
      "print version, revision, build date and runtime; with --verbose the Unicode version, too",
    commands: COMMANDS,
  },
];

/** What was given: the text as it was written, all of them where there are several; of a switch true. */
export type FlagValue = string | true | readonly string[];

/** Values by flag name. */
export interface Flags {
  readonly [name: string]: FlagValue | undefined;
  readonly config?: string;
}

/** Returns what the given flags override in the config file. */
export function flagOverrides(flags: Flags): Override[] {
  return FLAGS.flatMap(({ name, key, listKey }): Override[] => {
    const value = flags[name];
    if (key === undefined || value === undefined) return [];
    const where = `--${name}`;
    if (typeof value === "object" && listKey !== undefined) {
      return [{ path: listKey.split("."), text: value, where }];
    }
    return [{ path: key.split("."), text: String(value), where }];
  });
}
