/** The jobs of `deploy/prometheus-scrape.yaml` in a Prometheus, with a sidecar that cuts its scrapes. */
import assert from "node:assert/strict";
import { documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { podTargets } from "../support/deploy/discovery.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { type ConfiguredTarget, startPrometheus } from "../support/e2e/prometheus.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

peerTest(
  ["prometheus"],
  "the counter of truncations is scraped, beside what was cut",
  async (t) => {
    const application = await servingUpstream(t, gauges(100));
    const cut = ["--max-output-bytes", "2KiB", "--on-limit", "truncate"];
    const weir = await startWeir(t, ["--upstream", `${application}/metrics`, ...cut]);
    const pod = {
      name: "cart-1",
      ip: "127.0.0.1",
      labels: { app: "cart", "weir-sidecar": "true" },
      ports: [
        `cart http ${new URL(application).port}`,
        `weir weir-metrics ${new URL(weir.url).port}`,
      ],
    };
    const static_configs = podTargets([pod]);
    const jobs: [string, ConfiguredTarget][] = documents("prometheus-scrape.yaml")[0].scrape_configs
      .map(({ job_name, kubernetes_sd_configs: _, ...job }: Manifest) => [
        job_name,
        { url: weir.url, ...job, static_configs },
      ]);
    const prometheus = await startPrometheus(t, Object.fromEntries(jobs));
    await prometheus.scrapedTwice(["cart", "weir"]);

    const up = (await prometheus.query("up")).map((
      { labels: { __name__: _, ...rest }, value },
    ) => ({
      ...rest,
      value,
    }));
    const target = { instance: new URL(weir.url).host, namespace: "shop", pod: "cart-1", value: 1 };
    const byJob = up.sort((a: Manifest, b: Manifest) => a.job < b.job ? -1 : 1);
    assert.deepEqual(byJob, [{ job: "cart", ...target }, { job: "weir", ...target }]);
    const [{ value: kept }] = await prometheus.query('count(weir_test_items{job="cart"})');
    assert.ok(kept > 0 && kept < 100, String(kept));
    const [truncations] = await prometheus.query('weir_truncations_total{limit="output"}');
    assert.equal(truncations.labels.job, "weir");
    assert.ok(truncations.value >= 1, String(truncations.value));
  },
);
