import type { ExpositionFormat } from "../exposition/exposition_writer.ts";
import type { ProcessUsage, Runtime } from "../runtime/runtime.ts";
import { revision } from "../version.ts";
import type { EdgeMetrics } from "./edge_metrics.ts";
import { type Counter, MetricsRegistry, renderMetrics } from "./metrics.ts";
import { type OwnExposition, ownExposition } from "./own_exposition.ts";
import { ModeMetrics } from "./mode_metrics.ts";
import { RuleHitMetrics } from "./rule_hit_metrics.ts";
import { ShadowMetrics } from "./shadow_metrics.ts";

export type ScrapePath = `/${string}` | "passthrough";
/** Why an upstream could not be scraped. */
export type UpstreamFailure =
  | "refused"
  | "reset"
  | "timeout"
  | "status"
  | "dns"
  | "tls"
  | "protocol"
  | "credentials"
  | "oversized";
export type ScrapeOutcome = "complete" | "truncated" | "aborted" | "cancelled" | "error";

/**
 * What Weir says of the scrapes of one route. Label values that are known beforehand start at 0, so that
 * `increase()` sees the first event too.
 */
abstract class ScrapeMetrics {
  protected readonly ofScrapes = new MetricsRegistry();

  abstract readonly refusedRequests: Counter<readonly ["reason"]>;
  abstract readonly edge: EdgeMetrics | undefined;
  /** What of Weir's own metrics goes with the route's response, where that is configured. */
  abstract readonly appended: OwnExposition;

  /** Ended scrapes. `code` is the status that the client got. */
  readonly scrapes = this.ofScrapes.counter(
    "weir_scrapes_total",
    "Scrapes answered, by path, status code and how they ended.",
    ["path", "code", "outcome"],
  );
  readonly scrapeDuration = this.ofScrapes.histogram(
    "weir_scrape_duration_seconds",
    "Time from a scrape's arrival to the last byte of its response.",
    [],
    durationBuckets,
  ).with();
  /** Until the headers arrived. */
  readonly upstreamDuration = this.ofScrapes.histogram(
    "weir_upstream_duration_seconds",
    "Time from the request to the upstream until its response headers arrived.",
    [],
    durationBuckets,
  ).with();
  readonly scrapesInFlight = this.ofScrapes.gauge(
    "weir_scrapes_in_flight",
    "Scrapes that run at present.",
  ).with();

  readonly inputBytes = this.ofScrapes.counter(
    "weir_input_bytes_total",
    "Bytes of expositions read from upstreams, uncompressed.",
  ).with();
  readonly outputBytes = this.ofScrapes.counter(
    "weir_output_bytes_total",
    "Bytes of expositions written to clients, uncompressed.",
  ).with();
  readonly inputSamples = this.ofScrapes.counter(
    "weir_input_samples_total",
    "Samples read from upstreams.",
  ).with();
  readonly outputSamples = this.ofScrapes.counter(
    "weir_output_samples_total",
    "Samples written to clients.",
  ).with();
  readonly droppedSamples = this.ofScrapes.counter(
    "weir_dropped_samples_total",
    "Samples dropped, by the stage that dropped them.",
    ["stage"],
  );
  readonly ruleHits = new RuleHitMetrics(this.ofScrapes.counter(
    "weir_rule_hits_total",
    "Samples that a relabel rule dropped, or of which it set or removed a label, by the path that " +
      "the rule is for and its place in the list, counted from 0.",
    ["path", "rule", "action"],
  ));
  readonly shadow = new ShadowMetrics(this.ofScrapes);
  readonly passedThroughLines = this.ofScrapes.counter(
    "weir_passed_through_lines_total",
    "Lines that were passed on unchanged because they could not be processed.",
    ["reason"],
  );
  readonly truncations = this.ofScrapes.counter(
    "weir_truncations_total",
    "Scrapes that reached a byte limit, by the limit.",
    ["limit"],
  );

  /** Absent until the first scrape sets it: unknown is not down. */
  readonly upstreamUp = this.ofScrapes.gauge(
    "weir_upstream_up",
    "Whether the last request to the upstream got a response with status 200.",
  );
  readonly upstreamErrors = this.ofScrapes.counter(
    "weir_upstream_errors_total",
    "Requests to the upstream that failed, by reason.",
    ["reason"],
  );

  readonly mergedSamples = this.ofScrapes.counter(
    "weir_merged_samples_total",
    "Samples that collided with another one: the same name and labels after relabelling.",
  ).with();
  readonly limitedSamples = this.ofScrapes.counter(
    "weir_limited_samples_total",
    "Samples beyond a cardinality limit, by family and limit.",
    ["family", "limit"],
  );
  /** Absent without `limits.shed`. */
  readonly shedActive = this.ofScrapes.gauge(
    "weir_shed_active",
    "Whether a step of limits.shed is in force, as there were more series than limits.series.",
    ["step"],
  );
  readonly shedChanges = this.ofScrapes.counter(
    "weir_shed_changes_total",
    "Times that a step of limits.shed was taken, and given back.",
    ["step", "change"],
  );
  readonly gaugeSums = this.ofScrapes.counter(
    "weir_summed_gauges_total",
    "Families per scrape of which gauges were summed, though no function was declared for them.",
  ).with();
  readonly typeConflicts = this.ofScrapes.counter(
    "weir_type_conflicts_total",
    "Families per scrape put together from families of different types.",
  ).with();
  readonly noncontiguousFamilies = this.ofScrapes.counter(
    "weir_noncontiguous_families_total",
    "Families that came back in a scrape after a part of them was written, which ended it.",
  ).with();

  readonly targets = this.ofScrapes.gauge(
    "weir_targets",
    "Targets of the last scrape, by state.",
    ["state"],
  );
  readonly targetResets = this.ofScrapes.counter(
    "weir_target_resets_total",
    "Resets of targets' counters that were kept out of the sums, by how they were recognised: " +
      "restarts by start time or by most counters having fallen, and single series that fell.",
    ["reason"],
  );
  readonly plainSums = this.ofScrapes.counter(
    "weir_plain_sums_total",
    "Counters that became plain sums because what targets contribute can no longer be remembered.",
  ).with();
  readonly formatDowngrades = this.ofScrapes.counter(
    "weir_format_downgrades_total",
    "Scrapes answered in another format than the client wanted most, by Prometheus's names of both.",
    ["from", "to"],
  );
  readonly sharedScrapes = this.ofScrapes.counter(
    "weir_shared_scrapes_total",
    "Scrapes answered as another one was: joined while it ran, or repeated.",
    ["how"],
  );
  readonly stateSaveFailures = this.ofScrapes.counter(
    "weir_state_save_failures_total",
    "Attempts to write the state file that failed.",
  ).with();
  readonly memoryFailures = this.ofScrapes.counter(
    "weir_memory_failures_total",
    "Times that a scrape was given up because Weir held more memory than limits.memory.",
  ).with();
  readonly unreadResponses = this.ofScrapes.counter(
    "weir_unread_responses_total",
    "Responses broken off because their client took nothing of them for too long.",
  ).with();

  constructor(path: ScrapePath = "/metrics") {
    for (const [name, outcomes] of knownOutcomes(path)) {
      for (const outcome of outcomes) this.scrapes.with(name, "200", outcome);
      for (const code of ["502", "504"]) this.scrapes.with(name, code, "error");
    }
    const stages = [
      "policy",
      "relabel",
      "invalid",
      "duplicate",
      "unmergeable",
      "unreadable",
      "format",
    ];
    for (const stage of stages) {
      this.droppedSamples.with(stage);
    }
    for (const reason of passThroughReasons) this.passedThroughLines.with(reason);
    for (const limit of ["input", "output"]) this.truncations.with(limit);
    for (const reason of Object.keys(upstreamFailures)) this.upstreamErrors.with(reason);
    for (const reason of ["start_time", "majority", "series"]) this.targetResets.with(reason);
    for (const how of ["joined", "repeated"]) this.sharedScrapes.with(how);
  }
}

/**
 * Everything that Weir says of itself, in one place. Without routes its scrapes are those of the only
 * one; where routes are configured each has metrics of its own, told apart by the label `route`.
 */
export class WeirMetrics extends ScrapeMetrics {
  readonly #registry = new MetricsRegistry();
  /** Of the process: in the response of another one that would be wrong. */
  readonly #process = new MetricsRegistry();
  #routes = new Map<string, RouteMetrics>();
  /** With whose response goes what is said of no route. */
  #mainRoute: string | undefined;

  readonly #configReloadSuccessful = this.#registry.gauge(
    "weir_config_last_reload_successful",
    "Whether the last attempt to read the configuration succeeded.",
  );
  readonly #configReloadTime = this.#registry.gauge(
    "weir_config_last_reload_success_timestamp_seconds",
    "Time of the last attempt to read the configuration that succeeded.",
  );

  /** Absent without a web config file. */
  readonly #webConfigReloadSuccessful = this.#registry.gauge(
    "weir_web_config_last_reload_successful",
    "Whether the last attempt to read the web config file and its certificates succeeded.",
  );
  readonly #webConfigReloadTime = this.#registry.gauge(
    "weir_web_config_last_reload_success_timestamp_seconds",
    "Time of the last attempt to read the web config file that succeeded.",
  );
  readonly refusedRequests = this.#registry.counter(
    "weir_refused_requests_total",
    "Requests turned away: without a right password or token, beyond the bounds of checking those, " +
      "or beyond the scrapes that may run and wait.",
    ["reason"],
  );
  /** Absent without `web.kubernetes_auth`. */
  readonly kubernetesReviews = this.#registry.counter(
    "weir_kubernetes_reviews_total",
    "Requests to the Kubernetes API server about clients' tokens and what they may do.",
    ["kind", "result"],
  );

  /** `set` it on every load. */
  readonly policies = this.#registry.gauge(
    "weir_policies",
    "Policies loaded, by state.",
    ["state"],
  );
  readonly policyLoads = this.#registry.counter(
    "weir_policy_loads_total",
    "Attempts to load policies, by provider and result.",
    ["provider", "result"],
  );
  /** Absent without `policy_cache`. */
  readonly #policyCacheSaves = this.#registry.counter(
    "weir_policy_cache_saves_total",
    "Attempts to write the policies of servers to the policy cache, by result.",
    ["result"],
  );
  readonly policyLastLoadSuccessful = this.#registry.gauge(
    "weir_policy_last_load_successful",
    "Whether the provider's last load succeeded.",
    ["provider"],
  );
  readonly policyHits = this.#registry.counter(
    "weir_policy_hits_total",
    "Samples that a policy matched and whose fate was the one that it asked for.",
    ["policy"],
  );
  readonly policyMisses = this.#registry.counter(
    "weir_policy_misses_total",
    "Samples that a policy matched and asked to keep, but another policy dropped.",
    ["policy"],
  );

  readonly #runtime: Pick<Runtime, "usage">;
  /** Of the process, as it was when rendering began. */
  #usage: ProcessUsage | undefined;

  readonly modes = new ModeMetrics(this.#registry.gauge(
    "weir_mode",
    "Always 1. What is in shadow or a canary's to decide, and whether it is in force here: by the path " +
      "whose rules or limits it is, none for policies.",
    ["path", "part", "mode", "canary"],
  ));

  /** Set in Edge's form: the same by Edge's names. */
  edge: EdgeMetrics | undefined;

  /** `version` is Weir's own, without a leading `v`. */
  constructor(
    version: string,
    runtime: Pick<Runtime, "name" | "version" | "usage">,
    path?: ScrapePath,
  ) {
    super(path);
    this.#registry.gauge(
      "weir_build_info",
      "Always 1. The labels say what is running.",
      ["version", "revision", "runtime", "runtime_version"],
    ).with(version, revision, runtime.name, runtime.version).set(1);
    this.#runtime = runtime;
    this.#declareProcessMetrics();
    this.#startKnownCountersAtZero();
  }

  /** Weir's own exposition in the format that was negotiated. */
  render(format: ExpositionFormat, beside?: MetricsRegistry): string {
    this.#usage = this.#runtime.usage();
    const ofScrapes = this.#routes.size === 0
      ? [{ labels: [], registry: this.ofScrapes }]
      : [...this.#routes].map(([path, { registry }]) => ({
        labels: [["route", path]] as const,
        registry,
      }));
    return renderMetrics(format, [
      ofScrapes,
      alone(this.#registry),
      alone(this.#process),
      ...beside ? [alone(beside)] : [],
    ]);
  }

  get appended(): OwnExposition {
    return ownExposition([alone(this.ofScrapes), alone(this.#registry)]);
  }

  /** The same of one route. */
  appendedTo(path: string, registry: MetricsRegistry): OwnExposition {
    const own = [{ labels: [["route", path]] as const, registry }];
    return ownExposition(path === this.#mainRoute ? [own, alone(this.#registry)] : [own]);
  }

  /**
   * Returns the metrics of each configured route, those that were there before with what they counted.
   * `main`: the one that answers where none is named.
   */
  useRoutes(paths: readonly ScrapePath[], main: ScrapePath | undefined = paths[0]): RouteMetrics[] {
    this.#mainRoute = main;
    const before = this.#routes;
    this.#routes = new Map(
      paths.map((path) => [path, before.get(path) ?? new RouteMetrics(this, path)]),
    );
    return [...this.#routes.values()];
  }

  /** Notes an attempt to read the configuration. */
  configReloaded(successful: boolean): void {
    this.#configReloadSuccessful.with().set(successful ? 1 : 0);
    if (successful) this.#configReloadTime.with().set(Math.round(Date.now() / 1000));
  }

  /** Notes an attempt to read the web config file. */
  webConfigReloaded(successful: boolean): void {
    this.#webConfigReloadSuccessful.with().set(successful ? 1 : 0);
    if (successful) this.#webConfigReloadTime.with().set(Math.round(Date.now() / 1000));
  }

  /** Starts a policy provider's counters at 0. Its last load stays absent until there was one. */
  declareProvider(provider: string): void {
    for (const result of ["success", "failure"]) this.policyLoads.with(provider, result);
  }

  /** Counts one load by a provider. */
  policyLoaded(provider: string, successful: boolean): void {
    this.policyLoads.with(provider, successful ? "success" : "failure").inc();
    this.policyLastLoadSuccessful.with(provider).set(successful ? 1 : 0);
  }

  policyCacheSaved(successful: boolean): void {
    this.#policyCacheSaves.with(successful ? "success" : "failure").inc();
  }

  /** Starts the counters of new policies at 0 and removes those of policies that went away. */
  declarePolicies(ids: Iterable<string>): void {
    const inForce = new Set(ids);
    for (const counter of [this.policyHits, this.policyMisses]) {
      counter.retain((id) => inForce.has(id));
      for (const id of inForce) counter.with(id);
    }
  }

  /** By the names that all client libraries have. */
  #declareProcessMetrics(): void {
    this.#process.callback(
      "counter",
      "process_cpu_seconds_total",
      "User and system CPU time spent.",
      () => this.#usage?.cpuSeconds,
    );
    this.#process.callback(
      "gauge",
      "process_resident_memory_bytes",
      "Resident memory size.",
      () => this.#usage?.residentBytes,
    );
    this.#process.callback(
      "gauge",
      "process_start_time_seconds",
      "Start time of the process since the Unix epoch.",
      () => this.#usage?.startTimeSeconds,
    );
    this.#process.callback(
      "gauge",
      "process_open_fds",
      "Open file descriptors.",
      () => this.#usage?.openFds,
    );
    this.#process.callback(
      "gauge",
      "process_max_fds",
      "How many file descriptors may be open.",
      () => this.#usage?.maxFds,
    );
    this.#process.callback(
      "gauge",
      "weir_memory_limit_bytes",
      "Memory that the process's control group may use. Absent where there is no limit.",
      () => this.#usage?.memoryLimitBytes,
    );
  }

  #startKnownCountersAtZero(): void {
    for (
      const reason of [
        "denied",
        "forbidden",
        "unreviewed",
        "busy",
        "throttled",
        "scrapes",
        "policies",
      ]
    ) {
      this.refusedRequests.with(reason);
    }
    for (const state of policyStates) this.policies.with(state);
  }
}

/** Of a configured route. */
class RouteMetrics extends ScrapeMetrics {
  readonly #parent: WeirMetrics;
  readonly #path: ScrapePath;

  constructor(parent: WeirMetrics, path: ScrapePath) {
    super(path);
    this.#parent = parent;
    this.#path = path;
  }

  get registry(): MetricsRegistry {
    return this.ofScrapes;
  }

  get refusedRequests() {
    return this.#parent.refusedRequests;
  }

  get edge() {
    return this.#parent.edge;
  }

  get appended(): OwnExposition {
    return this.#parent.appendedTo(this.#path, this.registry);
  }
}

export type { RouteMetrics, ScrapeMetrics };

/** Seconds. Prometheus's default timeout is 10, Weir's cap 15. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** Only scrapes that are filtered have limits. Passthrough is opt-in and appears once it is used. */
const knownOutcomes = (
  path: ScrapePath,
): readonly (readonly [ScrapePath, readonly ScrapeOutcome[]])[] => [
  [path, ["complete", "truncated", "aborted", "cancelled"]],
  ["/source", ["complete", "aborted", "cancelled"]],
];

/** A record, so that a failure that is added there is missed here by the compiler. */
const upstreamFailures: Readonly<Record<UpstreamFailure, true>> = {
  refused: true,
  reset: true,
  timeout: true,
  status: true,
  dns: true,
  tls: true,
  protocol: true,
  credentials: true,
  oversized: true,
};

const passThroughReasons = ["overlong", "unparseable", "evaluation_error"] as const;

/** `other_signal`: valid, but for logs or traces. */
const policyStates = ["active", "shadow", "disabled", "invalid", "other_signal"] as const;
export type PolicyState = (typeof policyStates)[number];

function alone(registry: MetricsRegistry) {
  return [{ labels: [], registry }];
}
