/** The manifests in `deploy/gateway/`: their names meet, and so do the sidecars'. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { SHORTFALL_KEYS } from "../../src/lines/shortfall.ts";
import {
  byName,
  deployFolder,
  documents,
  type Manifest,
} from "../support/deploy/deploy_manifests.ts";

const [targets] = documents("gateway/targets-service.yaml");
const [budget] = documents("gateway/pod-disruption-budget.yaml");
const [scrape] = documents("gateway/prometheus-scrape.yaml");
const [sum] = documents("gateway/sum.rules.yaml");
const [configMap, deployment] = documents("gateway/deployment.yaml");
const [service, shardedConfigMap, statefulSet] = documents("gateway/statefulset.yaml");

function alertOf(name: string): string {
  return sum.groups[0].rules.find(({ alert }: Manifest) => alert === name).expr;
}

/** The config that a Pod of that name runs with. */
function configOf(workload: Manifest, podName: string): Promise<Config> {
  const weir = byName(workload.spec.template.spec.containers, "weir");
  // The kubelet replaces variables in arguments.
  const args: string[] = weir.args.map((arg: string) => arg.replace("$(POD_NAME)", podName));
  const { flags } = parseCommandLine(args);
  return loadConfig({
    path: args[0],
    bytes: new TextEncoder().encode(configMap.data["weir.yaml"]),
    flags,
    env: {},
    version: "0.1.0",
    instanceId: "test",
  });
}

for (const workload of [deployment, statefulSet]) {
  describe(workload.kind, () => {
    const { spec } = workload;
    const pod = spec.template.spec;
    const weir = byName(pod.containers, "weir");
    const port = byName(weir.ports, "weir-metrics").containerPort;

    test("it selects its own Pods, and so does the budget", () => {
      const { labels } = spec.template.metadata;
      for (const { matchLabels } of [spec.selector, budget.spec.selector]) {
        assert.deepEqual(labels, { ...labels, ...matchLabels });
      }
    });

    test("config and state are mounted where they are looked for", async () => {
      const config = byName(weir.volumeMounts, "weir-config");
      assert.equal(byName(pod.volumes, "weir-config").configMap.name, configMap.metadata.name);
      assert.deepEqual([config.readOnly, config.subPath], [true, undefined]);
      assert.deepEqual(Object.keys(configMap.data), ["weir.yaml"]);
      assert.equal(weir.args[0], `${config.mountPath}/weir.yaml`);
      const state = byName(weir.volumeMounts, "state");
      const { gateway } = await configOf(workload, "weir-gateway-0");
      assert.equal(gateway!.stateFile!.startsWith(`${state.mountPath}/`), true);
      const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }: Manifest) => metadata);
      byName([...pod.volumes, ...claims], "state");
    });

    test("Weir accepts the config without a warning, on its declared port", async () => {
      const config = await configOf(workload, "weir-gateway-0");
      assert.deepEqual(config.warnings, []);
      assert.deepEqual(config.listen, { hostname: "::", port });
      for (const probe of [weir.livenessProbe, weir.readinessProbe]) {
        assert.equal(probe.httpGet.port, "weir-metrics");
      }
    });

    test("it resolves the headless Service, on the sidecar's port", async () => {
      const { upstreams: [{ url, fansOut }] } = await configOf(workload, "weir-gateway-0");
      const { hostname, port, pathname } = new URL(url);
      assert.equal(fansOut, true);
      assert.equal(targets.spec.clusterIP, "None");
      assert.equal(hostname, targets.metadata.name);
      const { targetPort, ...declared } = byName(targets.spec.ports, "weir-metrics");
      assert.equal(Number(port), declared.port);
      const sidecar = documents("sidecar.yaml")[1].spec.template;
      const selected = sidecar.metadata.labels;
      assert.deepEqual(selected, { ...selected, ...targets.spec.selector });
      const weir = byName(sidecar.spec.containers, "weir");
      assert.equal(byName(weir.ports, targetPort).containerPort, declared.port);
      assert.equal(pathname, "/metrics/requests");
    });

    test("its volume is written by Weir's own group", () => {
      assert.equal(weir.securityContext.runAsGroup, pod.securityContext.fsGroup);
    });

    test("the scrape config keeps its Pods' port", () => {
      const [{ regex }] = scrape.scrape_configs[0].relabel_configs;
      assert.equal(`${spec.template.metadata.labels.app};weir;weir-metrics`, regex);
    });
  });
}

test("both workloads run the same config", () => {
  assert.deepEqual(shardedConfigMap, configMap);
});

test("each Pod of the StatefulSet is a shard of its own, and they are all", async () => {
  const { replicas, serviceName } = statefulSet.spec;
  const shards = [];
  for (let pod = 0; pod < replicas; pod++) {
    shards.push((await configOf(statefulSet, `weir-gateway-${pod}`)).gateway!.shard);
  }
  assert.deepEqual(shards, Array.from({ length: 4 }, (_, index) => ({ index, count: replicas })));
  assert.equal(serviceName, service.metadata.name);
  const name = byName(statefulSet.spec.template.spec.containers[0].env, "POD_NAME");
  assert.equal(name.valueFrom.fieldRef.fieldPath, "metadata.name");
  assert.match(alertOf("WeirShardDown"), new RegExp(`< ${replicas}$`));
});

test("an alert is on all that a response can say that it lacks", () => {
  const [, regex, job] = /^\{__name__=~"(.*)",job="(.*)"\} > 0$/.exec(
    alertOf("WeirScrapeIncomplete"),
  )!;
  assert.equal(job, scrape.scrape_configs[0].job_name);
  const families = new Set([...SHORTFALL_KEYS].map((key) => key.replace(/\{.*/, "")));
  for (const family of families) assert.match(family, new RegExp(`^(?:${regex})$`));
  const page = readFileSync(join(deployFolder, "..", "docs", "scraping.md"), "utf8");
  assert.ok(page.includes(`\`{__name__=~"${regex}"} > 0\``), "the documentation has the same");
});

test("what the README adds to the sidecar's config is the subset that is asked for", async () => {
  const readme = readFileSync(join(deployFolder, "gateway", "README.md"), "utf8");
  const added = JSON.parse(/```json\n([^]*?)```/.exec(readme)![1]);
  const sidecar = JSON.parse(documents("sidecar.yaml")[0].data["config.json"]);
  const config = await loadConfig({
    path: "/etc/weir/config.json",
    bytes: new TextEncoder().encode(JSON.stringify({ ...sidecar, ...added })),
    flags: {},
    env: {},
    version: "0.1.0",
    instanceId: "test",
  });
  assert.deepEqual([config.warnings, [...config.subsets.keys()]], [[], ["requests"]]);
});
