import { MetricsRegistry } from "./metrics.ts";

/** What Edge calls a path: those that it knows of a Prometheus sidecar. */
export type KnownPath = "metrics" | "health" | "edge_metrics" | "other";
const KNOWN_PATHS: readonly KnownPath[] = ["metrics", "health", "edge_metrics", "other"];
const METHODS = ["get", "post", "put", "delete", "patch", "head", "options", "other"];
const STATUS_CLASSES = ["s2xx", "s3xx", "s4xx", "s5xx", "other"];
const ROUTES = ["prometheus_metrics", "health", "passthrough"];
const DECISIONS = ["policy_path", "fast_path", "none"];
const SIGNALS = ["log", "metric", "trace"] as const;
export type Signal = (typeof SIGNALS)[number];

/** All that passes here, by Edge's name. */
const TELEMETRY = "prometheus_metrics";

/** Seconds; Edge's bounds. */
const buckets = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5, 5],
];

/** The metrics that dashboards and alerts of Edge ask for, under its names. */
export class EdgeMetrics {
  readonly registry = new MetricsRegistry();
  readonly #requests = this.registry.counter(
    "edge_requests_total",
    "HTTP requests, by method and known path.",
    ["method", "known_path"],
  );
  readonly #duration = this.registry.histogram(
    "edge_request_duration_seconds",
    "Time from a request's arrival until its answer began.",
    ["known_path"],
    buckets,
  );
  readonly #responses = this.registry.counter(
    "edge_responses_total",
    "HTTP responses, by known path and class of status.",
    ["known_path", "status_class"],
  );
  readonly #decisions = this.registry.counter(
    "edge_prefilter_decisions_total",
    "Requests by route, and by whether policies were in force for them.",
    ["route_kind", "decision"],
  );
  readonly #errors = this.registry.counter(
    "edge_request_errors_total",
    "Requests that failed within the process, by known path.",
    ["known_path", "class"],
  );
  readonly #evaluated = this.#records("evaluated", "Samples that policies were asked about.");
  readonly #kept = this.#records("kept", "Samples that policies kept.");
  readonly #dropped = this.#records("dropped", "Samples that policies dropped.");
  readonly #loaded = this.registry.gauge(
    "edge_policies_loaded",
    "Policies in force, by signal; those of logs and traces are loaded only.",
    ["signal"],
  );

  constructor(version: string) {
    this.registry.gauge(
      "edge_build_info",
      "Always 1. The version is Weir's.",
      ["version", "commit", "distribution"],
    ).with(version, "unknown", "prometheus").set(1);
    for (const path of KNOWN_PATHS) {
      for (const method of METHODS) this.#requests.with(method, path);
      for (const status of STATUS_CLASSES) this.#responses.with(path, status);
      for (const kind of ["uncaught", "module"]) this.#errors.with(path, kind);
    }
    for (const route of ROUTES) {
      for (const decision of DECISIONS) this.#decisions.with(route, decision);
    }
    for (const signal of SIGNALS) this.#loaded.with(signal);
  }

  request(method: string, path: KnownPath, hasPolicies: boolean): void {
    const name = method.toLowerCase();
    this.#requests.with(METHODS.includes(name) ? name : "other", path).inc();
    if (path === "edge_metrics") return;
    const route = path === "metrics" ? ROUTES[0] : path === "health" ? "health" : "passthrough";
    const decision = path !== "metrics" ? "none" : hasPolicies ? "policy_path" : "fast_path";
    this.#decisions.with(route, decision).inc();
  }

  response(path: KnownPath, status: number, seconds: number): void {
    this.#duration.with(path).observe(seconds);
    const named = STATUS_CLASSES[Math.floor(status / 100) - 2] ?? "other";
    this.#responses.with(path, named).inc();
  }

  failed(path: KnownPath): void {
    this.#errors.with(path, "uncaught").inc();
  }

  /** What one scrape asked policies about, and what they dropped of it. */
  policed(samples: number, dropped: number): void {
    this.#evaluated.inc(samples);
    this.#kept.inc(Math.max(0, samples - dropped));
    this.#dropped.inc(dropped);
  }

  policiesLoaded(counts: Readonly<Record<Signal, number>>): void {
    for (const signal of SIGNALS) this.#loaded.with(signal).set(counts[signal]);
  }

  #records(fate: string, help: string) {
    return this.registry.counter(`edge_policy_records_${fate}_total`, help, ["telemetry"])
      .with(TELEMETRY);
  }
}
