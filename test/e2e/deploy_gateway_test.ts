/** `deploy/gateway/`, judged by `weir check` and by Prometheus's own promtool. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "@std/yaml";
import { deployFolder, documents } from "../support/deploy/deploy_manifests.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

peerTest([], "weir check has nothing to say of the gateway's config", async (t) => {
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, documents("gateway/deployment.yaml")[0].data["weir.yaml"]);
  for (const args of [[], ["--shard=weir-gateway-3/4"]]) {
    const { exitCode, stdout, stderr } = await runWeir(["check", config, ...args]);
    assert.equal(exitCode, 0, `${stdout}${stderr}`);
  }
  const wrong = await runWeir(["check", config, "--shard=weir-gateway-4/4"]);
  assert.equal(wrong.exitCode, 2);
});

peerTest(["promtool"], "promtool accepts the scrape config and the rules", async (t) => {
  const folder = join(deployFolder, "gateway");
  const rules = await runProgram("promtool", ["check", "rules", join(folder, "sum.rules.yaml")]);
  assert.equal(rules.exitCode, 0, `${rules.stdout}${rules.stderr}`);
  // Debian builds Prometheus without Kubernetes discovery; its relabeling is still judged.
  const { scrape_configs: [job] } = parse(
    readFileSync(join(folder, "prometheus-scrape.yaml"), "utf8"),
  ) as { scrape_configs: [{ kubernetes_sd_configs: unknown }] };
  const { kubernetes_sd_configs, ...rest } = job;
  assert.deepEqual(kubernetes_sd_configs, [{ role: "pod" }]);
  const config = join(temporaryFolder(t), "prometheus.yml");
  const pods = [
    { address: "10.0.0.1:9090", app: "weir-gateway", port: "weir-metrics", pod: "weir-gateway-3" },
    {
      address: "10.0.0.2:9090",
      app: "weir-gateway",
      port: "weir-metrics",
      pod: "weir-gateway-7f9c-x2",
    },
    { address: "10.0.0.3:9090", app: "my-app", port: "weir-metrics", pod: "my-app-1" },
    { address: "10.0.0.4:9999", app: "weir-gateway", port: "debug", pod: "weir-gateway-3" },
  ];
  const static_configs = pods.map(({ address, app, port, pod }) => ({
    targets: [address],
    labels: {
      __meta_kubernetes_namespace: "shop",
      __meta_kubernetes_pod_name: pod,
      __meta_kubernetes_pod_label_app: app,
      __meta_kubernetes_pod_container_name: "weir",
      __meta_kubernetes_pod_container_port_name: port,
    },
  }));
  writeFileSync(config, stringify({ scrape_configs: [{ ...rest, static_configs }] }));
  const check = ["check", "service-discovery", "--timeout=1s", config, "weir-gateway"];
  const found = await runProgram("promtool", check);
  assert.equal(found.exitCode, 0, found.stderr);
  const kept = (JSON.parse(found.stdout.toString()) as { labels?: Record<string, string> }[])
    .flatMap(({ labels = {} }) => "pod" in labels ? [`${labels.instance} ${labels.pod}`] : []);
  assert.deepEqual(kept.sort(), [
    "10.0.0.2:9090 weir-gateway-7f9c-x2",
    "weir-gateway-3 weir-gateway-3",
  ]);
});
