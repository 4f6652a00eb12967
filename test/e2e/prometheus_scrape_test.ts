/**
 * The scrape jobs of `deploy/`, judged by Prometheus's own promtool: what Pod discovery finds in a
 * cluster with sidecars, a gateway and applications without Weir is scraped once, and never past Weir.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "@std/yaml";
import { deployFolder, documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import {
  endpointTargets,
  type Pod,
  podTargets,
  scrapedTargets,
} from "../support/deploy/discovery.ts";
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
      await scrapedTargets(t, plainJobs, podTargets(pods)),
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
  assert.deepEqual(await scrapedTargets(t, [annotationJob], podTargets(pods)), [
    "by-annotation plain-1 10.0.0.6:9090 /metrics",
  ]);
});

peerTest(["promtool"], "the PodMonitor scrapes as the plain jobs do", async (t) => {
  const wanted = [...OWN, ...through("shop/weir-sidecars")].sort();
  assert.deepEqual(await scrapedTargets(t, operatorJobs("podMonitor"), podTargets(pods)), wanted);
});

peerTest(["promtool"], "and so do the ScrapeConfigs", async (t) => {
  const wanted = [...OWN, ...through("scrapeConfig/shop/weir-sidecars")].sort();
  assert.deepEqual(await scrapedTargets(t, operatorJobs("scrapeConfig"), podTargets(pods)), wanted);
});

peerTest(["promtool"], "and the ServiceMonitor those behind its Service", async (t) => {
  const behind = endpointTargets(documents("servicemonitor.yaml")[0], [pods[0]]);
  assert.deepEqual(await scrapedTargets(t, operatorJobs("serviceMonitor"), behind), [
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
