/**
 * The scrape jobs of `deploy/`, judged by Prometheus's own promtool: what Pod discovery finds in a
 * cluster with sidecars, a gateway and applications without Weir is scraped once, and never past Weir.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parse, stringify } from "@std/yaml";
import { deployFolder, documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

/**
 * `scrape_configs` that the Prometheus Operator 0.85.0 makes of `manifests` in the namespace `shop`
 * (`ConfigGenerator` of its package `pkg/prometheus`), for its first shard.
 */
const operator = JSON.parse(
  readFileSync(
    join(import.meta.dirname!, "..", "deploy", "data", "operator_scrape_configs.json"),
    "utf8",
  ),
) as { manifests: Manifest[]; scrape_configs: Manifest[] };

const plainJobs = [
  ...documents("prometheus-scrape.yaml"),
  ...documents("gateway/prometheus-scrape.yaml"),
].flatMap(({ scrape_configs }) => scrape_configs);

/** What the documentation says to add to a job that finds Pods by an annotation, in such a job. */
const annotationJob = {
  job_name: "by-annotation",
  kubernetes_sd_configs: [{ role: "pod" }],
  relabel_configs: [
    {
      source_labels: ["__meta_kubernetes_pod_annotation_prometheus_io_scrape"],
      action: "keep",
      regex: "true",
    },
    ...addedRule(),
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  ],
};

function addedRule(): Manifest[] {
  const page = readFileSync(join(deployFolder, "..", "docs", "kubernetes.md"), "utf8");
  const [, rule] = /```yaml\n(- source_labels: \[__meta_kubernetes_pod_label_weir[^]*?)```/.exec(
    page,
  )!;
  return parse(rule) as Manifest[];
}

interface Pod {
  readonly name: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly phase?: string;
  /** `container port number`; `init` before it in an init container. */
  readonly ports: readonly string[];
}

const scraped = { "prometheus.io/scrape": "true" };
const sidecar = { "weir-sidecar": "true" };

const pods: readonly Pod[] = [
  {
    name: "cart-1",
    ip: "10.0.0.1",
    labels: { app: "cart", ...sidecar },
    annotations: scraped,
    ports: ["cart http 8080", "weir weir-metrics 9090"],
  },
  {
    // Its own port has the name that Weir's port had once.
    name: "search-1",
    ip: "[fd00::2]",
    labels: { "app.kubernetes.io/name": "search", ...sidecar },
    ports: ["search metrics 9102", "init weir weir-metrics 9191"],
  },
  {
    name: "nameless-1",
    ip: "10.0.0.3",
    labels: sidecar,
    ports: ["app http 8080", "weir weir-metrics 9090", "weir debug 9999"],
  },
  {
    name: "job-1",
    ip: "10.0.0.4",
    labels: { app: "job", ...sidecar },
    phase: "Succeeded",
    ports: ["weir weir-metrics 9090"],
  },
  {
    name: "weir-gateway-0",
    ip: "10.0.0.5",
    labels: { app: "weir-gateway" },
    ports: ["weir weir-metrics 9090"],
  },
  {
    name: "plain-1",
    ip: "10.0.0.6",
    labels: { app: "plain" },
    annotations: scraped,
    ports: ["plain metrics 9090"],
  },
];

/** The targets that `role: pod` makes of them: one for each port. */
function podTargets(): Manifest[] {
  return pods.flatMap(({ name, ip, labels, annotations = {}, phase = "Running", ports }) =>
    ports.map((text) => {
      const init = text.startsWith("init ");
      const [container, port, number] = text.replace("init ", "").split(" ");
      return {
        targets: [`${ip}:${number}`],
        labels: {
          __meta_kubernetes_namespace: "shop",
          __meta_kubernetes_pod_name: name,
          __meta_kubernetes_pod_phase: phase,
          __meta_kubernetes_pod_container_init: String(init),
          __meta_kubernetes_pod_container_name: container,
          __meta_kubernetes_pod_container_port_name: port,
          __meta_kubernetes_pod_container_port_number: number,
          ...metaLabels("pod_label", labels),
          ...metaLabels("pod_annotation", annotations),
        },
      };
    })
  );
}

/** `role: endpoints` for the Service of `servicemonitor.yaml` with `cart-1` behind it. */
function endpointTargets(): Manifest[] {
  const [service] = documents("servicemonitor.yaml");
  return podTargets().filter(({ labels }) => labels.__meta_kubernetes_pod_name === "cart-1").map(
    ({ targets, labels }) => ({
      targets,
      labels: {
        ...labels,
        __meta_kubernetes_service_name: service.metadata.name,
        ...metaLabels("service_label", service.metadata.labels),
        // Of the other ports of a Pod behind a Service, discovery makes targets, too.
        ...labels.__meta_kubernetes_pod_container_name === "weir" &&
          { __meta_kubernetes_endpoint_port_name: service.spec.ports[0].name },
      },
    }),
  );
}

function metaLabels(kind: string, values: Readonly<Record<string, string>>): Manifest {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const name = `${kind}_${key.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;
      const present = name.replace(/_(label|annotation)_/, "_$1present_");
      return [[`__meta_kubernetes_${name}`, value], [`__meta_kubernetes_${present}`, "true"]];
    }),
  );
}

/** What each job keeps, as `job pod address path`. */
async function targetsOf(
  context: TestContext,
  jobs: readonly Manifest[],
  discovered = podTargets(),
): Promise<string[]> {
  const configs = jobs.map(({ kubernetes_sd_configs: [sd], ...job }) => ({
    ...job,
    static_configs: discovered.filter((target) => isSent(sd, target)),
  }));
  const file = join(temporaryFolder(context), "prometheus.yml");
  writeFileSync(file, stringify({ scrape_configs: configs }));
  const found = await Promise.all(configs.map(async ({ job_name, metrics_path = "/metrics" }) => {
    // Discovery is watched until the time is over, however soon the static targets are in.
    const check = ["check", "service-discovery", "--timeout=1s", file, job_name];
    const { exitCode, stdout, stderr } = await runProgram("promtool", check);
    assert.equal(exitCode, 0, stderr);
    const targets = JSON.parse(stdout.toString()) as { labels?: Record<string, string> }[];
    return targets.flatMap(({ labels = {} }) =>
      "job" in labels
        ? [`${labels.job} ${labels.pod} ${labels.__address__ ?? labels.instance} ${metrics_path}`]
        : []
    );
  }));
  return found.flat().sort();
}

/** Whether the API server sends the Pod, by the selector of the discovery. */
function isSent({ role, selectors = [] }: Manifest, { labels }: Manifest): boolean {
  assert.ok(role === "pod" || role === "endpoints", role);
  return selectors.every(({ label }: Manifest) => {
    const [name, value] = label.split("=");
    return labels[`__meta_kubernetes_pod_label_${name.replaceAll("-", "_")}`] === value;
  });
}

const OWN = [
  "weir cart-1 10.0.0.1:9090 /-/metrics",
  "weir nameless-1 10.0.0.3:9090 /-/metrics",
  "weir search-1 [fd00::2]:9191 /-/metrics",
];

function through(job: string): string[] {
  return [
    "cart cart-1 10.0.0.1:9090 /metrics",
    `${job} nameless-1 10.0.0.3:9090 /metrics`,
    "search search-1 [fd00::2]:9191 /metrics",
  ];
}

function operatorJobs(kind: string): Manifest[] {
  return operator.scrape_configs.filter(({ job_name }) => job_name.startsWith(`${kind}/`));
}

peerTest(
  ["promtool"],
  "plain jobs scrape each Weir once for each of its two endpoints",
  async (t) => {
    assert.deepEqual(
      await targetsOf(t, plainJobs),
      [
        ...OWN,
        ...through("weir-sidecars"),
        "weir weir-gateway-0 10.0.0.5:9090 /-/metrics",
        "weir-gateway weir-gateway-0 10.0.0.5:9090 /metrics",
      ].sort(),
    );
  },
);

peerTest(["promtool"], "a job by annotation leaves what has Weir to Weir's", async (t) => {
  assert.deepEqual(await targetsOf(t, [annotationJob]), [
    "by-annotation plain-1 10.0.0.6:9090 /metrics",
  ]);
});

peerTest(["promtool"], "the PodMonitor scrapes as the plain jobs do", async (t) => {
  const wanted = [...OWN, ...through("shop/weir-sidecars")].sort();
  assert.deepEqual(await targetsOf(t, operatorJobs("podMonitor")), wanted);
});

peerTest(["promtool"], "and so do the ScrapeConfigs", async (t) => {
  const wanted = [...OWN, ...through("scrapeConfig/shop/weir-sidecars")].sort();
  assert.deepEqual(await targetsOf(t, operatorJobs("scrapeConfig")), wanted);
});

peerTest(["promtool"], "and the ServiceMonitor those behind its Service", async (t) => {
  assert.deepEqual(await targetsOf(t, operatorJobs("serviceMonitor"), endpointTargets()), [
    "my-app cart-1 10.0.0.1:9090 /metrics",
    "weir cart-1 10.0.0.1:9090 /-/metrics",
  ]);
});

peerTest([], "the operator's answers are of the monitors in deploy/", () => {
  const monitors = [
    ...documents("podmonitor.yaml"),
    documents("servicemonitor.yaml")[1],
    ...documents("scrapeconfig.yaml"),
  ];
  assert.deepEqual(operator.manifests, monitors);
  return Promise.resolve();
});

peerTest(["promtool"], "promtool accepts the scrape configs", async (t) => {
  for (const file of ["prometheus-scrape.yaml", "gateway/prometheus-scrape.yaml"]) {
    // Debian builds Prometheus without Kubernetes discovery; its relabeling is still judged.
    const { scrape_configs } = documents(file)[0];
    const config = join(temporaryFolder(t), "prometheus.yml");
    writeFileSync(
      config,
      stringify({
        scrape_configs: scrape_configs.map(({ kubernetes_sd_configs, ...job }: Manifest) => {
          assert.deepEqual(kubernetes_sd_configs, [{ role: "pod" }]);
          return job;
        }),
      }),
    );
    const { exitCode, stderr } = await runProgram("promtool", ["check", "config", config]);
    assert.equal(exitCode, 0, stderr);
  }
});
