/** What the chart's monitors scrape, judged by Prometheus's own promtool. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deployFolder, type Manifest } from "../support/deploy/deploy_manifests.ts";
import {
  endpointTargets,
  type Pod,
  podTargets,
  scrapedTargets,
} from "../support/deploy/discovery.ts";
import { helmTemplate, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";

/** As `operator_scrape_configs.json`, of what the chart makes of each of its value sets. */
const sets = JSON.parse(
  readFileSync(
    join(import.meta.dirname!, "..", "deploy", "data", "operator_chart_scrape_configs.json"),
    "utf8",
  ),
) as { values: string; manifests: Manifest[]; scrape_configs: Manifest[] }[];

/** The targets of one Pod, by the value set. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  "daemonset-values.yaml": [
    "shop-weir weir-1 10.0.0.1:9090 /metrics",
    "shop-weir weir-1 10.0.0.1:9090 /metrics/cadvisor",
    "shop-weir weir-1 10.0.0.1:9090 /metrics/kubelet",
    "weir weir-1 10.0.0.1:9090 /-/metrics",
  ],
  "existing-values.yaml": [
    "shop-gateway weir-1 10.0.0.1:9090 /metrics",
    "shop-gateway weir-1 10.0.0.1:9090 /metrics/proxy",
    "weir weir-1 10.0.0.1:9090 /-/metrics",
  ],
  "gateway-values.yaml": [
    "shop-weir weir-1 10.0.0.1:9090 /metrics",
    "weir weir-1 10.0.0.1:9090 /-/metrics",
  ],
  "scrapeconfig-values.yaml": [
    "legacy weir-1 10.0.0.1:8080 /metrics",
    "weir weir-1 10.0.0.1:8080 /-/metrics",
  ],
  "shards-values.yaml": [
    "shop-weir weir-1 10.0.0.1:9090 /metrics",
    "weir weir-1 10.0.0.1:9090 /-/metrics",
  ],
};

for (const { values, manifests, scrape_configs } of sets) {
  peerTest(["helm", "promtool"], `each endpoint once, with ${values}`, async (t) => {
    const file = join(deployFolder, "helm", "weir", "ci", values);
    const rendered = manifestsOf(await helmTemplate(t, "weir", ["--values", file]));
    const monitors = rendered.filter(({ kind }) => /^(.*Monitor|ScrapeConfig)$/.test(kind));
    assert.deepEqual(manifests, monitors, "the operator's answers are of other monitors");

    const { template } = rendered.map(({ spec }) => spec).find((spec) => spec?.template);
    const [{ containerPort }] = template.spec.containers[0].ports;
    const labels = template.metadata.labels;
    const port = `weir weir-metrics ${containerPort}`;
    const pods: Pod[] = [
      { name: "weir-1", ip: "10.0.0.1", labels, ports: [port] },
      // Another release in the namespace, and a sidecar.
      {
        name: "weir-2",
        ip: "10.0.0.2",
        labels: { ...labels, "app.kubernetes.io/instance": "other" },
        ports: [port],
      },
      { name: "cart-1", ip: "10.0.0.3", labels: { "weir-sidecar": "true" }, ports: [port] },
    ];
    const service = rendered.find(({ kind }) => kind === "Service");
    const isService = monitors[0].kind === "ServiceMonitor";
    const discovered = isService ? endpointTargets(service, [pods[0]]) : podTargets(pods);
    assert.deepEqual(await scrapedTargets(t, scrape_configs, discovered), wanted[values]);
  });
}

peerTest([], "every value set has its row", () => {
  assert.deepEqual(sets.map(({ values }) => values).sort(), Object.keys(wanted));
  return Promise.resolve();
});
