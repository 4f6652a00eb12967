import { type Command, COMMAND_NAMES } from "./commands.ts";
import type { Override } from "./layers.ts";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** Other long names of the same: those that Prometheus's exporters use. */
  readonly aliases?: readonly string[];
  /** The placeholder of its value; a flag without one is a switch. */
  readonly value?: string;
  /** What completions offer as values, where the placeholder does not list them. */
  readonly choices?: readonly string[];
  readonly help: string;
  /** The key of the config file that it overrides; the schema there checks its value. */
  readonly key?: string;
  /** Marks a flag that may be given several times: the key that takes all of its values then. */
  readonly listKey?: string;
  /** Without a value it is as if it was not given, as metric-gate has it. */
  readonly mayBeEmpty?: true;
  /** The heading that help and the man page list it under. */
  readonly group: FlagGroup;
  readonly commands: readonly Command[];
}

/** In the order of help. */
export const FLAG_GROUPS = [
  "Upstream",
  "Listening",
  "Configuration",
  "Rules and limits",
  "Many targets",
  "Input and output",
  "Log",
  "Other",
] as const;
export type FlagGroup = (typeof FLAG_GROUPS)[number];

/** `check` takes what `serve` takes, so that the line of a deployment can be checked as it is. */
const SERVE = ["serve", "check"] as const;
const OFFLINE = ["filter", "analyze"] as const;
const PIPELINE = ["serve", "filter", "analyze", "check"] as const;
const CHECK = ["check"] as const;
const ANALYZE = ["analyze"] as const;
const USAGE = ["usage"] as const;

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
    group: "Upstream",
    commands: SERVE,
  },
  {
    name: "port",
    short: "p",
    value: "PORT",
    help: "port to listen on (default 8080)",
    key: "listen_port",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "listen",
    aliases: ["web.listen-address"],
    value: "ADDR:PORT|unix:PATH",
    help: "address or Unix socket to listen on; :8080 means all interfaces, IPv6 too",
    key: "listen",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "scrape-timeout",
    short: "t",
    value: "DURATION",
    help: "longest time for one upstream request (default 15s)",
    key: "scrape.timeout",
    group: "Upstream",
    commands: [...PIPELINE, "usage"],
  },
  {
    name: "scrape-protocols",
    value: "LIST",
    help:
      "formats to request from the upstream, with commas between: PrometheusText0.0.4 is text alone",
    key: "scrape.protocols",
    group: "Upstream",
    commands: SERVE,
  },
  {
    name: "web.telemetry-path",
    value: "/PATH",
    help: "path of the filtered scrape (default /metrics)",
    key: "web.telemetry_path",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "web.config.file",
    value: "PATH",
    help: "file with TLS, users and headers for clients, as Prometheus's exporters take it",
    key: "web.config_file",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "concurrency",
    value: "N",
    help: "most targets scraped at a time (default 64)",
    key: "scrape.concurrency",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "dns-family",
    value: "FAMILY",
    choices: ["auto", "ipv4", "ipv6", "both"],
    help: "addresses that dns+ takes: auto (default: IPv4 where there is any), ipv4, ipv6, both",
    key: "dns_family",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "on-target-error",
    value: "fail|partial",
    help: "what a scrape does without one of its targets (default partial)",
    key: "on_target_error",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "target-metrics",
    value: "true|false",
    help: "add weir_target_up and the like to responses (default true; false with one upstream)",
    key: "target_metrics",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "target-label",
    value: "NAME",
    help: "label that tells samples of different targets apart; without it they are aggregated",
    key: "target_label",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "target-ttl",
    value: "DURATION",
    help: "after how long a target that is gone is forgotten (default 5m)",
    key: "target_ttl",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "counters",
    value: "monotonic|raw",
    help:
      "whether sums of counters go on when counters fall (default monotonic; raw with one upstream)",
    key: "counters",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "state-file",
    value: "PATH",
    help: "file that keeps the sums of counters over a restart of Weir",
    key: "state_file",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "policy-cache",
    value: "PATH",
    help: "file that keeps the policies of policy servers over a restart of Weir",
    key: "policy_cache",
    group: "Rules and limits",
    commands: SERVE,
  },
  {
    name: "require-policies",
    help: "scrape nothing, and be not ready, until every policy provider has policies",
    key: "require_policies",
    group: "Rules and limits",
    commands: SERVE,
  },
  {
    name: "shard",
    value: "I/N",
    help: "scrape the I-th of N parts of the targets, from 0; a pod name or auto may stand for I",
    key: "shard",
    group: "Many targets",
    commands: SERVE,
  },
  {
    name: "self-metrics",
    value: "append|off",
    help: "append Weir's own metrics to each scrape's response (default off)",
    key: "self_metrics",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "coalesce",
    help: "let requests that come during a scrape share it (default with several targets)",
    key: "coalesce",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "min-scrape-interval",
    value: "DURATION",
    help: "give the last response again within this time of it (default 0: never)",
    key: "min_scrape_interval",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "subset-timestamps",
    value: "true|false",
    help: "give samples of subsets the time of their scrape (default true)",
    key: "subset_timestamps",
    group: "Rules and limits",
    commands: SERVE,
  },
  {
    name: "subset-max-age",
    value: "DURATION",
    help: "how old the scrape may be that a subset is taken from (default 5m)",
    key: "subset_max_age",
    group: "Rules and limits",
    commands: SERVE,
  },
  {
    name: "config",
    aliases: ["config.file"],
    value: "PATH",
    help: "config file, JSON or YAML; serve and check take it as their argument, too",
    group: "Configuration",
    commands: PIPELINE,
  },
  {
    name: "policies",
    value: "PATH",
    help: "policy file, put before the providers of the config file",
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "relabel",
    value: "YAML",
    help: "relabel rules as text: metric_relabel_configs, as a map or a bare list",
    mayBeEmpty: true,
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "relabel-file",
    value: "PATH",
    help: "file with relabel rules; not together with --relabel",
    mayBeEmpty: true,
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "max-input-bytes",
    value: "SIZE",
    help: "most bytes to read per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_input_bytes_per_scrape",
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "max-output-bytes",
    value: "SIZE",
    help: "most bytes to return per scrape, like 10MiB; 0 means unlimited",
    key: "prometheus.max_output_bytes_per_scrape",
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "on-limit",
    value: "truncate|fail",
    help: "what a scrape does at a byte limit (default fail; truncate with a file in Edge's form)",
    key: "scrape.on_limit",
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "on-unreadable",
    value: "pass|drop|fail",
    help:
      "what becomes of a line that is no sample (default pass; fail with several targets or monotonic counters)",
    key: "scrape.on_unreadable",
    group: "Rules and limits",
    commands: PIPELINE,
  },
  {
    name: "fallback-protocol",
    value: "NAME",
    help: "format of upstreams whose Content-Type names none, as fallback_scrape_protocol says it",
    key: "scrape.fallback_protocol",
    group: "Upstream",
    commands: PIPELINE,
  },
  {
    name: "log-level",
    aliases: ["log.level"],
    value: "LEVEL",
    choices: ["debug", "info", "warn", "error"],
    help: "debug, info, warn or error (default info)",
    key: "log_level",
    mayBeEmpty: true,
    group: "Log",
    commands: PIPELINE,
  },
  {
    name: "log-format",
    aliases: ["log.format"],
    value: "logfmt|json",
    help: "form of a log line (default logfmt)",
    key: "log_format",
    group: "Log",
    commands: PIPELINE,
  },
  {
    name: "passthrough",
    help: "forward paths that Weir does not serve to the upstream",
    key: "passthrough",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "preview",
    help: "try rules that come with a request, on the page (default on loopback only)",
    key: "web.preview",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "profiling",
    help: "take CPU profiles and heap snapshots at /debug/pprof/ (default on loopback only)",
    key: "web.profiling",
    group: "Listening",
    commands: SERVE,
  },
  {
    name: "tap",
    help: "show samples of scrapes at /analyze/tap, and why they go (default on loopback only)",
    key: "web.tap",
    group: "Listening",
    commands: SERVE,
  },
  { name: "demo", help: "scrape a built-in sample exporter", group: "Upstream", commands: SERVE },
  {
    name: "demo-ingresses",
    value: "N",
    help: "size of the sample exporter (default 20)",
    group: "Upstream",
    commands: SERVE,
  },
  {
    name: "format",
    value: "FORMAT",
    choices: ["text", "openmetrics", "openmetrics2", "protobuf"],
    help: "the input is text, openmetrics, openmetrics2 or protobuf; a URL's answer says so itself",
    group: "Input and output",
    commands: ["filter", "analyze", "check"],
  },
  {
    name: "openmetrics",
    help: "short for --format openmetrics",
    group: "Input and output",
    commands: OFFLINE,
  },
  {
    name: "route",
    value: "/PATH",
    help: "take what is configured for this route (default /metrics, or the first)",
    group: "Configuration",
    commands: ["filter", "analyze", "check"],
  },
  {
    name: "scrape",
    value: "FILE|URL",
    help: "sample scrape to run the rules on; - is standard input",
    group: "Input and output",
    commands: CHECK,
  },
  {
    name: "used",
    value: "FILE",
    help:
      "file of weir usage: propose rules for what nothing reads (analyze); tell what is lost (check)",
    group: "Rules and limits",
    commands: ["analyze", "check"],
  },
  {
    name: "keep",
    value: "FILE",
    help:
      "with --used, names and RE2 patterns, one a line, of metrics that no rule is proposed for",
    group: "Rules and limits",
    commands: ANALYZE,
  },
  {
    name: "write-rules",
    value: "FILE",
    help: "with --used, write the proposed rules there, as a relabel file",
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "list-missing",
    help: "with --used and --scrape, list what is read and not in the scrape",
    group: "Input and output",
    commands: CHECK,
  },
  {
    name: "out",
    value: "FILE",
    help: "write the document there instead of to standard output",
    group: "Input and output",
    commands: USAGE,
  },
  {
    name: "http.config.file",
    value: "FILE",
    help: "credentials and TLS for URLs, as promtool takes them",
    group: "Upstream",
    commands: USAGE,
  },
  {
    name: "json",
    help: "print a JSON document instead of text",
    group: "Input and output",
    commands: ["analyze", "check", "test"],
  },
  {
    name: "explain",
    value: "LINE",
    help: "follow this one sample through policies and rules",
    group: "Input and output",
    commands: OFFLINE,
  },
  {
    name: "file",
    short: "f",
    value: "FILE|URL",
    help: "analyze this scrape; weir --file FILE is weir analyze FILE",
    mayBeEmpty: true,
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "top",
    value: "N",
    help: "metrics to list; 0 means all (default 20)",
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "metric",
    value: "REGEX",
    help: "list only metrics whose own or whose family's name matches",
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "max-series",
    value: "N",
    help: "end with status 1 when there are more series, after the rules if any",
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "svg",
    value: "PATH",
    help: "write a chart to this file, too",
    group: "Input and output",
    commands: ANALYZE,
  },
  {
    name: "help",
    short: "h",
    help: "say what the command takes",
    group: "Other",
    commands: COMMAND_NAMES,
  },
  {
    name: "version",
    short: "v",
    help: "print version, revision, build date and runtime",
    group: "Other",
    commands: COMMAND_NAMES,
  },
  {
    name: "verbose",
    help: "with the version: say which Unicode version rules follow, too",
    group: "Other",
    commands: ["version"],
  },
];

/** What was given: the text as it was written, all of them where there are several; of a switch true. */
export type FlagValue = string | true | readonly string[];

/** Values by flag name; a flag that was written by another of its names is there by that, too. */
export interface Flags {
  readonly [name: string]: FlagValue | undefined;
  readonly config?: string;
}

/** Returns what the given flags override in the config file. */
export function flagOverrides(flags: Flags): Override[] {
  return FLAGS.flatMap(({ name, aliases, key, listKey }): Override[] => {
    const value = flags[name];
    if (key === undefined || value === undefined) return [];
    const where = `--${aliases?.find((alias) => flags[alias] !== undefined) ?? name}`;
    if (typeof value === "object" && listKey !== undefined) {
      return [{ path: listKey.split("."), text: value, where }];
    }
    return [{ path: key.split("."), text: String(value), where }];
  });
}

/** The flag of that name, or of that other name. */
export function findFlag(name: string): Flag | undefined {
  return FLAGS.find((flag) => namesOf(flag).includes(name));
}

/** All long names, that of the table first. */
export function namesOf({ name, aliases = [] }: Flag): readonly string[] {
  return [name, ...aliases];
}
