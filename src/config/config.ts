import type { AggregationRuleConfig } from "../aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../aggregate/cardinality_guard.ts";
import type { ForwardHeaders } from "./forward_headers.ts";
import type { HttpConfig } from "./http_config.ts";
import type { ServiceConfig } from "../policy/resource_attributes.ts";
import type { ShedStep } from "../lines/shed_steps.ts";
import type { UnreadableAction } from "../lines/unreadable_line.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { RolloutMode } from "../rollout/rollout_mode.ts";
import type { ScrapeProtocol } from "./scrape_protocols.ts";
import type { ListenAddress } from "../runtime/runtime.ts";

/**
 * Everything that was configured, resolved and frozen: defaults, file, environment and flags are
 * merged before this exists. Sizes are bytes, times are seconds; a limit of 0 means unlimited.
 */
export interface Config {
  /** Which defaults were in force: those of a config file, of one of Edge's, or of flags alone. */
  readonly form: ConfigForm;
  readonly listen: ListenAddress;
  /** At least one. Several, or one that is more than a single target, make Weir a gateway. */
  readonly upstreams: readonly UpstreamConfig[];
  /**
   * Set when the upstreams are more than one plain URL (`gatewayReason` says when), and with one where
   * its sums of counters are to survive what takes samples away.
   */
  readonly gateway: GatewayConfig | undefined;
  readonly scrape: ScrapeConfig;
  readonly compression: "auto" | "off" | "gzip";
  readonly log: LogConfig;
  readonly service: ServiceConfig;
  /** In the order of priority: the first provider wins a duplicate policy id. */
  readonly policyProviders: readonly PolicyProviderConfig[];
  /** Path of the file that keeps policies of servers over a restart. */
  readonly policyCache: string | undefined;
  /** Nothing is scraped, and Weir is not ready, until every provider has policies. */
  readonly requirePolicies: boolean;
  /** Of the config file; a relabel file's rules take their place. */
  readonly relabelConfigs: readonly RelabelConfig[];
  readonly relabelSource: RelabelSource | undefined;
  /** Rules of `/metrics/<name>` by name, of the config file; a relabel file's take their place. */
  readonly subsets: ReadonlyMap<string, readonly RelabelConfig[]>;
  /** Whether samples of a subset get the time of their scrape. */
  readonly subsetTimestamps: boolean;
  /** How old the scrape may be that a subset is taken from. */
  readonly subsetMaxAgeSeconds: number;
  /** Whether Weir's own metrics stand behind those of a scrape. */
  readonly selfMetrics: "append" | "off";
  /** Whether requests that come during a scrape share its response. */
  readonly coalesce: boolean;
  /** Within this time of a scrape its response is given again; 0 means never. */
  readonly minScrapeIntervalSeconds: number;
  readonly aggregationRules: readonly AggregationRuleConfig[];
  /** Whether the built-in rules are in force after those. */
  readonly aggregationDefaults: boolean;
  readonly limits: CardinalityLimits | undefined;
  /** Most memory of the process in bytes; 0 is no limit, undefined the container's. */
  readonly maxMemoryBytes: number | undefined;
  readonly rollout: RolloutConfig;
  /** What scrapes give up, in this order, that have more series than `limits.series`. */
  readonly shed?: readonly ShedStep[];
  readonly web: WebAccessConfig;
  /**
   * Forward requests for paths that Weir does not serve: GET and HEAD, in Edge's form those of every
   * method.
   */
  readonly passthrough: boolean;
  /** Where such requests go, if not where scrapes do. */
  readonly passthroughUpstream?: UpstreamConfig;
  /** Largest body of such a request. */
  readonly maxBodyBytes: number;
  readonly forwardHeaders: ForwardHeaders;
  /** Whether lines may be looked at while they pass: `/_edge/tap/pre` and `/_edge/tap/post`. */
  readonly tapEnabled: boolean;
  /** Set when the built-in sample exporter is the upstream. */
  readonly demo: DemoConfig | undefined;
  /** What was configured, of all routes, in the file's keys: without rules, and without a secret. */
  readonly shown: object;
  /** Sentences to log once at start: ignored keys, unset variables. Never holds a secret. */
  readonly warnings: readonly string[];
}

/** What is in force, what in shadow, and which instance this is where that is a canary's to tell. */
export interface RolloutConfig {
  /** Of the path's relabel rules, not of those of subsets. Undefined: their file may say. */
  readonly relabel: RolloutMode | undefined;
  readonly limits: RolloutMode | undefined;
  /** Undefined: nobody has named this instance. */
  readonly name: string | undefined;
}

/** `edge`: a config file in Edge's form; `file`: one in Weir's own; `flags`: there was none. */
export type ConfigForm = "edge" | "file" | "flags";

/** Who may request what. TLS, passwords and headers stand in the web config file. */
export interface WebAccessConfig {
  readonly reload: boolean;
  /** Where scrapes are answered that no route is for: `/metrics`, unless it is configured. */
  readonly telemetryPath: `/${string}`;
  /** `POST /analyze/preview`; unless it is configured, where nobody but this machine can connect. */
  readonly preview: boolean;
  /** `GET /analyze/tap`; unless it is configured, where nobody but this machine can connect. */
  readonly tap: boolean;
  /**
   * `/debug/pprof/`; unless it is configured, where nobody but this machine can connect and the path is
   * not the upstream's.
   */
  readonly profiling: boolean;
  /** In the format of Prometheus's exporter-toolkit. */
  readonly configFile: string | undefined;
  /** Paths that need no password. */
  readonly authExempt: readonly string[];
  /** Undefined: no token of Kubernetes lets anyone in. */
  readonly kubernetesAuth: KubernetesAuthConfig | undefined;
}

/** Which API server says who may request what. */
export interface KubernetesAuthConfig {
  /** Without a slash at its end. Undefined: the one that a Pod's environment names. */
  readonly apiServer: string | undefined;
  /** Whom tokens have to be for; none: the API server. */
  readonly audiences: readonly string[];
  /** How it is asked: as the Pod's service account unless configured. */
  readonly http: HttpConfig;
}

/** Rules that are not in the config file: a file's path, or the text that a flag gave. */
export type RelabelSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "text"; readonly text: string };

/** What was configured, with its routes: what it says itself is that of the main one. */
export interface WholeConfig extends Config {
  /** Those that are configured, in the order in which they are tried; none: there is `/metrics` alone. */
  readonly routes: readonly RouteConfig[];
}

/** A path whose scrapes have an upstream, rules and counters of their own. */
export interface RouteConfig {
  /** With `/*` at its end: all that is below it. */
  readonly path: `/${string}`;
  /** As if it was the only one. */
  readonly config: Config;
}

export interface UpstreamConfig {
  /**
   * Absolute http(s) URL, or `http+unix://` with the path of a socket, percent-encoded, in the host's
   * place. May hold credentials: print it through `printableUrl` only.
   */
  readonly url: string;
  /**
   * What stands before the request's path, without a `/` at its end: "" for a URL without a path, the
   * URL's own in Edge's form. Undefined: the URL is asked as it stands.
   */
  readonly basePath: string | undefined;
  /** `dns+`: every address of the URL's host is a target of its own. */
  readonly fansOut: boolean;
  /** Of which addresses that is so; undefined: `auto`. */
  readonly dnsFamily?: DnsFamily;
  /** Put on every sample of its targets, before the rules. No value is empty. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** Credentials and the like; its texts are not to be printed. */
  readonly http?: HttpConfig;
}

/**
 * The addresses of a name that are targets. A pod has one of each where the cluster is dual-stack:
 * `auto` takes the IPv4 ones, and those of IPv6 where there are no others.
 */
export const DNS_FAMILIES = ["auto", "ipv4", "ipv6", "both"] as const;
export type DnsFamily = (typeof DNS_FAMILIES)[number];

/** What matters only where series go on from scrape to scrape, mostly those of many targets. */
export interface GatewayConfig {
  /** False: the only upstream is one target. */
  readonly hasManyTargets: boolean;
  /** How many targets are scraped at a time. */
  readonly concurrency: number;
  /** What a scrape does when a target cannot be read: fail, or go on with the others. */
  readonly onTargetError: "fail" | "partial";
  /** Whether the response tells of the targets themselves: `weir_target_up` and the like. */
  readonly targetMetrics: boolean;
  /** The label that gets the target's address; undefined: samples of different targets may collide. */
  readonly targetLabel: string | undefined;
  readonly counters: "monotonic" | "raw";
  /** After how long a target that is gone is forgotten. */
  readonly targetTtlSeconds: number;
  /** Where the exported counters are kept over a restart. */
  readonly stateFile: string | undefined;
  /** Undefined: this process scrapes all targets. */
  readonly shard: Shard | undefined;
}

/** One of `count` processes that share the targets among them; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface ScrapeConfig {
  readonly timeoutSeconds: number;
  /** Taken off the client's announced timeout, so that Weir answers before the client gives up. */
  readonly offsetSeconds: number;
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** What becomes of a line that cannot be read as a sample. In a gateway none passes: its target fails. */
  readonly onUnreadable: UnreadableAction;
  /** What an upstream's body is whose Content-Type names no format; undefined: it passes as it is. */
  readonly fallbackProtocol: ScrapeProtocol | undefined;
  readonly maxLineBytes: number;
  /** The formats that the upstream may be asked for; undefined: all that are known. */
  readonly protocols?: readonly ScrapeProtocol[];
  /** How many requests scrape at a time; a bounded number of others wait. */
  readonly maxConcurrent: number;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: "logfmt" | "json";
}

export type PolicyProviderConfig =
  | {
    readonly type: "file";
    readonly id: string;
    readonly path: string;
    readonly mode?: RolloutMode;
    readonly pollIntervalSeconds: number;
  }
  | {
    readonly type: "http";
    readonly id: string;
    readonly url: string;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    /** Undefined: follow the interval that the server recommends, 60 s until it has. */
    readonly pollIntervalSeconds: number | undefined;
    readonly mode?: RolloutMode;
    readonly http?: HttpConfig;
  };

export interface DemoConfig {
  /** How many ingresses the sample exporter pretends to serve; its size grows with it. */
  readonly ingresses: number;
  /** Whether the demo's own policies and rules are in force, because no others were given. */
  readonly isFiltered: boolean;
}
