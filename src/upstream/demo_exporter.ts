import { ExpositionWriter } from "../exposition/exposition_writer.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { OPEN_METRICS_TYPE, prefersOpenMetrics, TEXT_TYPE } from "./negotiate.ts";

export interface DemoOptions {
  /** Each adds 870 series. */
  readonly ingresses: number;
  /** Unix time in seconds; the same moment gives the same bytes. */
  readonly now: number;
  /** Unix time in seconds from which the counters grow. */
  readonly startedAt: number;
  readonly openMetrics: boolean;
  /** Another seed gives other rates and latencies. 1 by default. */
  readonly seed?: number;
}

/**
 * What `--demo` scrapes: the exposition of an ingress controller under load, so that the first
 * command works with nothing else installed. Written as it is read, in chunks of about 64 KiB.
 */
export function demoExposition(options: DemoOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const writer = new ExpositionWriter(options.openMetrics ? "openmetrics" : "text");
  const steps = writeFamilies(writer, { seed: 1, ...options });
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      while (writer.length < chunkLength) {
        if (steps.next().done) {
          controller.enqueue(encoder.encode(writer.finish()));
          controller.close();
          return;
        }
      }
      controller.enqueue(encoder.encode(writer.take()));
    },
  }, { highWaterMark: 0 });
}

/** Characters, which are bytes here: the demo is plain ASCII. */
const chunkLength = 64 * 1024;

/** Answers a scrape in the format that its Accept header likes best; GET and HEAD only. */
export function demoResponse(
  request: Request,
  options: Omit<DemoOptions, "openMetrics">,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const openMetrics = prefersOpenMetrics(request.headers.get("accept"));
  const body = request.method === "HEAD" ? null : demoExposition({ ...options, openMetrics });
  return new Response(body, {
    headers: { "content-type": openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE, vary: "Accept" },
  });
}

type Moment = Required<DemoOptions>;
type LabelPairs = readonly (readonly [string, string])[];

/** Yields after every few lines, so that the caller can send what there is. */
function* writeFamilies(writer: ExpositionWriter, moment: Moment): Generator<void> {
  writeController(writer, moment);
  yield* writePerRoute(writer, moment, "counter", {
    name: `${prefix}_requests_total`,
    help: "The total number of client requests",
    value: (load) => load.count,
  });
  for (const histogram of histograms) yield* writeHistogram(writer, moment, histogram);
  yield* writePerRoute(writer, moment, "gauge", {
    name: "debug_balancer_ewma_seconds",
    help: "Smoothed upstream latency that the balancer works with",
    unit: "seconds",
    value: (load) => round(0.1 * load.slowness * (0.5 + load.level)),
  });
  yield* writePerRoute(writer, moment, "counter", {
    name: "debug_lua_cache_lookups_total",
    help: "Lookups in the shared dictionary of routes",
    value: (load) => load.count * 3,
  });
  writeProcess(writer, moment);
}

const prefix = "nginx_ingress_controller";

const controllerLabels: LabelPairs = [
  ["controller_class", "k8s.io/ingress-nginx"],
  ["controller_namespace", "ingress-nginx"],
  ["controller_pod", "ingress-nginx-controller-7d4f8c9b5-x2k7q"],
];

function writeController(writer: ExpositionWriter, moment: Moment): void {
  const load = loadOf(moment, 0, 0);
  const active = Math.round(20 + 200 * load.level);
  const [reading, writing] = [Math.round(active * 0.05), Math.round(active * 0.3)];
  writeOne(writer, "gauge", `${prefix}_build_info`, "What is running, in labels.", 1, [
    ...controllerLabels,
    ["release", "v1.12.1"],
    ["repository", "https://github.com/kubernetes/ingress-nginx"],
  ]);
  const reload = `${prefix}_config_last_reload_successful`;
  writeOne(
    writer,
    "gauge",
    reload,
    "Whether the last configuration reload attempt was successful",
    1,
    controllerLabels,
  );
  writeOne(
    writer,
    "gauge",
    `${reload}_timestamp_seconds`,
    "Timestamp of the last successful configuration reload.",
    Math.floor(moment.startedAt),
    controllerLabels,
  );
  writer.family({
    name: `${prefix}_nginx_process_connections`,
    type: "gauge",
    help: "current number of client connections with state {active, reading, writing, waiting}",
  });
  const states = { active, reading, writing, waiting: active - reading - writing };
  for (const [state, value] of Object.entries(states)) {
    writer.sample([...controllerLabels, ["state", state]], value);
  }
}

function writeProcess(writer: ExpositionWriter, moment: Moment): void {
  const load = loadOf(moment, 0, 1);
  const heap = Math.round(8e6 + 24e6 * load.level);
  writeOne(writer, "gauge", "go_info", "Information about the Go environment.", 1, [
    ["version", "go1.24.1"],
  ]);
  writeOne(writer, "gauge", "go_goroutines", "Number of goroutines that currently exist.", 92);
  writeOne(writer, "gauge", "go_memstats_alloc_bytes", "Bytes allocated and in use.", heap);
  writeOne(writer, "counter", "go_memstats_mallocs_total", "Number of mallocs.", load.count * 700);
  writer.family({
    name: "go_gc_duration_seconds",
    type: "summary",
    help: "A summary of the wall-time pause duration in garbage collection cycles.",
    unit: "seconds",
  });
  for (const [quantile, value] of [[0, 2.1e-5], [0.5, 4.8e-5], [1, 0.0031]]) {
    writer.sample([["quantile", writer.bound(quantile)]], value);
  }
  const collections = Math.floor(load.count / 50);
  writer.sample([], round(collections * 6e-5), { suffix: "_sum" });
  writer.sample([], collections, { suffix: "_count" });
  const cpu = round(load.count * 0.002);
  writeOne(writer, "counter", "process_cpu_seconds_total", "CPU time spent in seconds.", cpu);
  const resident = heap + 6e7;
  writeOne(writer, "gauge", "process_resident_memory_bytes", "Resident memory size.", resident);
  const start = "Start time of the process since unix epoch in seconds.";
  writeOne(writer, "gauge", "process_start_time_seconds", start, moment.startedAt);
}

function writeOne(
  writer: ExpositionWriter,
  type: FamilyType,
  name: string,
  help: string,
  value: number,
  labels: LabelPairs = [],
): void {
  writer.family({ name, type, help });
  writer.sample(labels, value);
}

interface PerRoute {
  readonly name: string;
  readonly help: string;
  readonly unit?: string;
  readonly value: (load: Load) => number;
}

function* writePerRoute(
  writer: ExpositionWriter,
  moment: Moment,
  type: FamilyType,
  { value, ...family }: PerRoute,
): Generator<void> {
  writer.family({ ...family, type });
  for (const [labels, load] of routesOf(moment)) yield writer.sample(labels, value(load));
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const bytes = [10, 100, 1e3, 5e3, 1e4, 5e4, 1e5, 5e5, 1e6, 5e6, 1e7];

/** Name behind the prefix, help, upper bounds without +Inf, and mean, in the histogram's unit. */
const histograms = [
  ["request_duration_seconds", "The request processing time in seconds", seconds, 0.12],
  ["response_duration_seconds", "The time spent on receiving the response", seconds, 0.09],
  ["header_duration_seconds", "The time spent on receiving first header", seconds, 0.06],
  ["connect_duration_seconds", "The time spent on establishing a connection", seconds, 0.008],
  ["request_size_bytes", "The request length (including line, header, and body)", bytes, 900],
  ["response_size_bytes", "The response length (including line, header, and body)", bytes, 24e3],
] as const;

/** Observations are exponentially distributed: each bucket is a fixed share, so each only grows. */
function* writeHistogram(
  writer: ExpositionWriter,
  moment: Moment,
  [name, help, bounds, typicalMean]: (typeof histograms)[number],
): Generator<void> {
  const unit = bounds === bytes ? "bytes" : "seconds";
  writer.family({ name: `${prefix}_${name}`, type: "histogram", help, unit });
  for (const [labels, { count, slowness }] of routesOf(moment)) {
    const mean = typicalMean * slowness;
    for (const bound of [...bounds, Infinity]) {
      const inBucket = Math.floor(count * (1 - Math.exp(-bound / mean)));
      writer.sample([...labels, ["le", writer.bound(bound)]], inBucket, { suffix: "_bucket" });
    }
    writer.sample(labels, round(count * mean), { suffix: "_sum" });
    writer.sample(labels, count, { suffix: "_count" });
    yield;
  }
}

/** Method, path, status and the share of an ingress's requests. */
const routes = [
  ["GET", "/", "200", 0.3],
  ["GET", "/", "404", 0.02],
  ["GET", "/api/v1/items", "200", 0.25],
  ["POST", "/api/v1/items", "201", 0.06],
  ["GET", "/api/v1/items", "500", 0.005],
  ["POST", "/login", "200", 0.03],
  ["POST", "/login", "401", 0.01],
  ["GET", "/static", "200", 0.2],
  ["GET", "/static", "304", 0.1],
  ["GET", "/healthz", "200", 0.025],
] as const;

const namespaces = ["shop", "billing", "search", "internal"];

function* routesOf(moment: Moment): Generator<[LabelPairs, Load]> {
  for (let ingress = 1; ingress <= moment.ingresses; ingress++) {
    const app = `app-${String(ingress).padStart(4, "0")}`;
    for (const [index, [method, path, status, share]] of routes.entries()) {
      const labels: LabelPairs = [
        ...controllerLabels,
        ["namespace", namespaces[ingress % namespaces.length]],
        ["ingress", app],
        ["service", `${app}-web`],
        ["canary", ""],
        ["host", `${app}.example.com`],
        ["path", path],
        ["method", method],
        ["status", status],
      ];
      yield [labels, loadOf(moment, ingress, index, share)];
    }
  }
}

interface Load {
  /** Requests since the start; never falls as time goes on. */
  readonly count: number;
  /** How busy it is at present, 0 to 1. */
  readonly level: number;
  /** What this route's latencies and sizes are multiplied by, 0.5 to 2. */
  readonly slowness: number;
}

/** Seconds from one busy time to the next: short enough to be seen in a demo. */
const wavePeriod = 600;

/** The rate swings by half around its mean, so its integral, the count, always rises. */
function loadOf(moment: Moment, ingress: number, route: number, share = 1): Load {
  const random = hashed(moment.seed, ingress * routes.length + route);
  const rate = (5 + 95 * hashed(moment.seed + 1, ingress)) * share;
  const elapsed = Math.max(0, moment.now - moment.startedAt);
  const omega = 2 * Math.PI / wavePeriod;
  const phase = 2 * Math.PI * random;
  const wave = Math.sin(omega * elapsed + phase) - Math.sin(phase);
  return {
    count: Math.floor(rate * (elapsed + 0.5 * wave / omega)),
    level: (1 + Math.cos(omega * elapsed + phase)) / 2,
    slowness: 0.5 + 1.5 * random,
  };
}

/** A number in [0, 1) that is the same on every machine (murmur3's finaliser). */
function hashed(seed: number, index: number): number {
  let h = Math.imul(seed, 0x9e3779b1) ^ index;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function round(n: number): number {
  return Number(n.toFixed(6));
}
