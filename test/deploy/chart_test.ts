/** The Helm charts: what values make of `weir`, and what both refuse. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { CHART_COPIES } from "../../scripts/chart.ts";
import { deployFolder, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { passes, type Peer } from "../support/deploy/network_policies.ts";
import { helmRefuses, helmTemplate, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

const IMAGE = "--set=image.repository=registry.example.com/weir";
const UPSTREAM = "--set=config.upstream_url=http://app:8080/metrics";
const SHARDS = ["--set=shards=2"];

function read(file: string): string | undefined {
  const path = join(deployFolder, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

for (const [copy, source] of Object.entries(CHART_COPIES)) {
  test(`${copy} is ${source}: npm run chart`, () => assert.equal(read(copy), read(source)));
}

test("both charts, their images and the component have one version", () => {
  const charts = ["weir", "weir-sidecar"].map((name) => {
    const chart = parse(read(`helm/${name}/Chart.yaml`)!) as Manifest;
    const values = parse(read(`helm/${name}/values.yaml`)!) as Manifest;
    return [chart.version, chart.appVersion, values.image.tag];
  });
  const [[version]] = charts;
  assert.deepEqual(charts, [[version, version, version], [version, version, version]]);
  const [{ value: plain }] = parse(read("kustomize/sidecar/plain.yaml")!) as Manifest;
  const native = parse(read("kustomize/sidecar/native.yaml")!) as Manifest;
  for (const { image } of [plain, native.spec.template.spec.initContainers[0]]) {
    assert.equal(image, `weir:${version}`);
  }
  const { dependencies } = parse(read("helm/example/Chart.yaml")!) as Manifest;
  assert.equal(dependencies[0].version, version);
});

const kinds: { name: string; args: readonly string[]; kinds: readonly string[] }[] = [
  {
    name: "as it comes",
    args: [],
    kinds: ["ConfigMap", "Deployment", "PodDisruptionBudget", "ServiceAccount"],
  },
  {
    name: "in shards",
    args: SHARDS,
    kinds: ["ConfigMap", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
  },
  {
    name: "with a volume of its own",
    args: ["--set=state.persistent=true"],
    kinds: ["ConfigMap", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"],
  },
  {
    name: "on every node",
    args: ["--set=mode=daemonset"],
    kinds: ["ConfigMap", "DaemonSet", "ServiceAccount"],
  },
  {
    name: "before kubelets",
    args: ["--set=mode=daemonset,kubelet.enabled=true"],
    kinds: ["ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet", "ServiceAccount"],
  },
  {
    name: "with a ServiceMonitor, which needs the Service",
    args: ["--set=monitor.kind=ServiceMonitor,podDisruptionBudget.enabled=false"],
    kinds: ["ConfigMap", "Deployment", "Service", "ServiceAccount", "ServiceMonitor"],
  },
  {
    name: "with all that is someone else's",
    args: [
      "--set=existingConfigMap=mine,serviceAccount.create=false,podDisruptionBudget.enabled=false",
    ],
    kinds: ["Deployment"],
  },
];

for (const { name, args, kinds: wanted } of kinds) {
  peerTest(["helm"], `the chart ${name}`, async (t) => {
    const manifests = manifestsOf(await helmTemplate(t, "weir", [IMAGE, UPSTREAM, ...args]));
    assert.deepEqual(manifests.map(({ kind }) => kind).sort(), wanted);
  });
}

const refused: { name: string; chart?: string; args: readonly string[]; says: RegExp }[] = [
  { name: "no image", args: [UPSTREAM], says: /image\.repository: say where your registry holds/ },
  { name: "nothing to scrape", args: [IMAGE], says: /config: say what to scrape/ },
  {
    name: "a port said twice",
    args: [IMAGE, UPSTREAM, "--set=config.listen=:1"],
    says: /config\.listen: it comes from port/,
  },
  {
    name: "a configuration said twice",
    args: [IMAGE, UPSTREAM, "--set=files.weir\\.yaml=x"],
    says: /files: weir\.yaml is what config becomes/,
  },
  {
    name: "replicas of shards",
    args: [IMAGE, UPSTREAM, ...SHARDS, "--set=replicas=3"],
    says: /replicas: a StatefulSet has as many Pods as it has shards/,
  },
  {
    name: "shards on every node",
    args: [IMAGE, UPSTREAM, ...SHARDS, "--set=mode=daemonset"],
    says: /are a gateway's/,
  },
  {
    name: "a key that there is not",
    args: [IMAGE, UPSTREAM, "--set=monitor.knd=PodMonitor"],
    says: /additional properties 'knd' not allowed/,
  },
  {
    name: "a monitor that there is not",
    args: [IMAGE, UPSTREAM, "--set=monitor.kind=Probe"],
    says: /monitor\/kind|monitor\.kind/,
  },
  {
    name: "a field of the Pod that is the chart's",
    args: [IMAGE, UPSTREAM, "--set=pod.serviceAccountName=x"],
    says: /invalid propertyName 'serviceAccountName'/,
  },
  {
    name: "a sidecar's image",
    chart: "example",
    args: ["--set=weir.image.repository="],
    says: /image\.repository: say where your registry holds/,
  },
  {
    name: "a sidecar's upstream said twice",
    chart: "example",
    args: ["--set=weir.config.upstream_url=x"],
    says: /config\.upstream_url: it comes from upstream/,
  },
  {
    name: "a sidecar's key that there is not",
    chart: "example",
    args: ["--set=weir.upstreams=x"],
    says: /additional properties 'upstreams' not allowed/,
  },
];

for (const { name, chart = "weir", args, says } of refused) {
  peerTest(["helm"], `refused: ${name}`, async (t) => {
    assert.match(await helmRefuses(t, chart, args), says);
  });
}

peerTest(["helm"], "clients that show a token: Weir may ask, and readers may scrape", async (t) => {
  const reader = "kubernetesAuth.readers[0]";
  const manifests = manifestsOf(
    await helmTemplate(t, "weir", [
      IMAGE,
      UPSTREAM,
      "--set=kubernetesAuth.enabled=true",
      `--set=${reader}.namespace=monitoring,${reader}.name=prometheus-k8s`,
    ]),
  );
  const byKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
  const [{ spec: { template: { spec } } }] = byKind("Deployment");
  assert.equal(spec.automountServiceAccountToken, true);
  const bindings = byKind("ClusterRoleBinding").map(({ roleRef, subjects }) => [
    roleRef.name,
    subjects.map(({ namespace, name }: Manifest) => `${namespace}/${name}`),
  ]);
  assert.deepEqual(bindings, [
    ["system:auth-delegator", [`shop/${spec.serviceAccountName}`]],
    ["shop-shop-weir-reader", ["monitoring/prometheus-k8s"]],
  ]);
  assert.deepEqual(byKind("ClusterRole").map(({ rules }) => rules), [[
    { nonResourceURLs: ["/metrics", "/-/metrics"], verbs: ["get"] },
  ]]);
  // The kubelet's probes show none.
  const config = parse(byKind("ConfigMap")[0].data["weir.yaml"]) as Manifest;
  assert.deepEqual(config.web, {
    auth_exempt: ["/_health", "/-/healthy", "/-/ready"],
    kubernetes_auth: {},
  });
});

peerTest(["helm"], "alerts and the dashboard are handed on as they are", async (t) => {
  const copy = join(temporaryFolder(t), "weir");
  cpSync(join(deployFolder, "helm", "weir"), copy, { recursive: true });
  const alert = {
    alert: "WeirDown",
    expr: "up == 0",
    annotations: { summary: "{{ $labels.pod }} is down" },
  };
  const rule = { record: "a:b", expr: "sum(up)" };
  const files = {
    "alerts.yaml": JSON.stringify({ groups: [{ name: "weir", rules: [alert] }] }),
    "rules.yaml": JSON.stringify({ groups: [{ name: "weir.rules", rules: [rule] }] }),
    "dashboard.json": '{"title": "{{ weir }}"}\n',
  };
  mkdirSync(join(copy, "files"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(copy, "files", name), text);
  const { exitCode, stdout, stderr } = await runProgram("helm", [
    ...["template", "shop", copy, "--kube-version=1.37", IMAGE, UPSTREAM],
    "--set=prometheusRule.enabled=true,prometheusRule.labels.release=prometheus",
    "--set=dashboard.enabled=true",
  ]);
  assert.equal(exitCode, 0, stderr);
  const manifests = manifestsOf(stdout.toString());
  const rules = manifests.find(({ kind }) => kind === "PrometheusRule");
  assert.equal(rules.metadata.labels.release, "prometheus");
  assert.deepEqual(rules.spec.groups, [
    { name: "weir", rules: [alert] },
    { name: "weir.rules", rules: [rule] },
  ]);
  const dashboard = manifests.find(({ metadata }) => metadata.name === "shop-weir-dashboard");
  assert.equal(dashboard.metadata.labels.grafana_dashboard, "1");
  assert.deepEqual(dashboard.data, { "weir.json": files["dashboard.json"] });
});

peerTest(["helm"], "helm lint finds nothing", async () => {
  const chart = join(deployFolder, "helm", "weir");
  const values = join(chart, "ci", "gateway-values.yaml");
  const { exitCode, stdout } = await runProgram("helm", [
    ...["lint", "--strict", "--kube-version=1.37", "--values", values, chart],
  ]);
  assert.equal(exitCode, 0, stdout.toString());
});

peerTest(
  ["helm"],
  "its NetworkPolicy lets Prometheus in, and out to names and targets",
  async (t) => {
    const values = join(deployFolder, "helm", "weir", "ci", "shards-values.yaml");
    const manifests = manifestsOf(await helmTemplate(t, "weir", ["--values", values]));
    const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
    const { spec } = manifests.find(({ kind }) => kind === "StatefulSet");
    const ports = { "weir-metrics": 9090 };
    const shard: Peer = { namespace: "shop", labels: spec.template.metadata.labels, ports };
    const sidecar: Peer = { namespace: "shop", labels: { "weir-sidecar": "true" }, ports };
    const prometheus: Peer = {
      namespace: "monitoring",
      labels: { "app.kubernetes.io/name": "prometheus" },
    };
    const neighbour: Peer = { namespace: "shop", labels: { app: "cart" }, ports };
    const dns: Peer = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
    const connections: [string, [Peer, Peer, number, string?], boolean][] = [
      ["Prometheus scrapes a shard", [prometheus, shard, 9090], true],
      ["a neighbour does not", [neighbour, shard, 9090], false],
      ["a shard scrapes a sidecar", [shard, sidecar, 9090], true],
      ["not the application behind it", [shard, sidecar, 8080], false],
      ["nor a neighbour", [shard, neighbour, 9090], false],
      ["it asks for names", [shard, dns, 53, "UDP"], true],
    ];
    for (const [name, connection, wanted] of connections) {
      assert.equal(passes(policies, "shop", connection), wanted, name);
    }
  },
);
