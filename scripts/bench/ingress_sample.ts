/**
 * What ingress-nginx exposes for 1,000 ingresses of 10 paths: 6 histograms of 12 buckets, and what
 * nginx says of its own process. 840,018 lines of 430 bytes.
 */

export const HISTOGRAMS = [
  "connect_duration_seconds",
  "header_duration_seconds",
  "request_duration_seconds",
  "request_size",
  "response_duration_seconds",
  "response_size",
] as const;

export const PATHS = [
  "/",
  "/api/v1/catalogue",
  "/api/v1/customers",
  "/api/v1/orders",
  "/api/v1/payments",
  "/api/v1/sessions",
  "/assets",
  "/checkout",
  "/favicon.ico",
  "/login",
] as const;

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, "+Inf"] as const;

/** Lines of one histogram with one set of labels. */
export const LINES_PER_HISTOGRAM = BOUNDS.length + 2;

/** Samples of families that are no histograms. */
export const OTHER_SAMPLES = 2;

const PREFIX = "nginx_ingress_controller";
const CONTROLLER = `annotation_team_contact="platform-engineers@shop.example.com",canary="",` +
  `controller_class="k8s.io/ingress-nginx",controller_namespace="ingress-nginx",` +
  `controller_pod="ingress-nginx-controller-7d5fb757db-4kx9q"`;

/** The exposition, in pieces of whole lines. */
export function* ingressSample(ingresses: number): Generator<string> {
  yield other(
    "nginx_process_connections_total",
    "counter",
    "The total number of connections",
    9183,
  );
  yield other("nginx_process_num_procs", "gauge", "The number of processes", 9);
  for (const [index, histogram] of HISTOGRAMS.entries()) {
    const name = `${PREFIX}_${histogram}`;
    yield `# HELP ${name} What ${histogram.replaceAll("_", " ")} the requests had\n`;
    yield `# TYPE ${name} histogram\n`;
    for (let ingress = 0; ingress < ingresses; ingress++) yield ofIngress(name, index, ingress);
  }
}

function other(name: string, type: string, help: string, value: number): string {
  const full = `${PREFIX}_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}{${CONTROLLER}} ${value}\n`;
}

function ofIngress(name: string, histogram: number, ingress: number): string {
  const shop = `shop-${String(ingress).padStart(4, "0")}`;
  const text = PATHS.map((path, index) => {
    const labels =
      `${CONTROLLER},host="${shop}.apps.eu-central-1.example.com",ingress="${shop}",method="GET",` +
      `namespace="team-${ingress % 40}",path="${path}",service="${shop}-web",status="200"`;
    return ofPath(name, labels, 1 + (histogram * 31 + ingress * 7 + index * 13) % 97);
  });
  return text.join("");
}

/** `rate` makes the numbers differ from one set of labels to the next, the same in each run. */
function ofPath(name: string, labels: string, rate: number): string {
  const buckets = BOUNDS.map((bound, index) =>
    `${name}_bucket{${labels},le="${bound}"} ${rate * (index + 1) * (index + 2)}\n`
  );
  const count = rate * BOUNDS.length * (BOUNDS.length + 1);
  return `${buckets.join("")}${name}_sum{${labels}} ${(count * 0.137).toFixed(3)}\n` +
    `${name}_count{${labels}} ${count}\n`;
}
