/** What the charts and the Kustomize component make, and the manifests as they stand in `deploy/`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import {
  byName,
  deployFiles,
  deployFolder,
  documents,
  type Manifest,
} from "../support/deploy/deploy_manifests.ts";
import { KUBERNETES_VERSIONS, schemaViolations } from "../support/deploy/kubernetes_schemas.ts";
import { containersOf, podSecurityViolations } from "../support/deploy/pod_security.ts";
import { manifestsOf, renderings } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";

const MINUTE_MS = 60_000;

for (const { name, peer, render } of renderings) {
  peerTest(
    [peer, "kubeconform", "kubernetes-schemas"],
    `${name}: valid by the schemas`,
    async (t) => {
      const text = await render(t);
      for (const version of KUBERNETES_VERSIONS) {
        assert.deepEqual(await schemaViolations(t, version, text), [], version);
      }
    },
    MINUTE_MS,
  );

  peerTest([peer], `${name}: Pods are restricted, and Weir is as its image wants it`, async (t) => {
    const manifests = manifestsOf(await render(t));
    const pods = manifests.flatMap(({ spec }) => spec?.template ?? []);
    assert.ok(pods.length > 0);
    for (const { metadata, spec } of pods) {
      assert.deepEqual(podSecurityViolations(spec, metadata.annotations), []);
      judgeWeir(byName(containersOf(spec), "weir"), spec, manifests);
    }
  });
}

function judgeWeir(weir: Manifest, spec: Manifest, manifests: readonly Manifest[]): void {
  const { securityContext, resources, volumeMounts, ports, args } = weir;
  assert.match(weir.image, /^registry\.example\.com\/weir[:@]/);
  assert.equal(securityContext.readOnlyRootFilesystem, true);
  assert.deepEqual([securityContext.runAsUser, securityContext.runAsGroup], [65532, 65532]);
  assert.deepEqual(Object.keys(resources.limits), ["memory"]);
  assert.equal(weir.livenessProbe.httpGet.port, "weir-metrics");

  // The port's name is Weir's alone, and its number is the one that the configuration listens on.
  const names = containersOf(spec).flatMap(({ ports }) => ports.map(({ name }: Manifest) => name));
  assert.deepEqual(names.filter((name) => name === "weir-metrics"), ["weir-metrics"]);
  const config = byName(volumeMounts, "weir-config");
  assert.deepEqual([config.mountPath, config.readOnly, config.subPath], [
    "/etc/weir",
    true,
    undefined,
  ]);
  const { configMap } = byName(spec.volumes, "weir-config");
  const mounted = manifests.find(({ kind, metadata }) =>
    kind === "ConfigMap" && metadata.name === configMap.name
  );
  // One that is made elsewhere is not here to be looked at.
  if (mounted !== undefined) {
    assert.match(
      mounted.data["weir.yaml"],
      new RegExp(`^listen: ":${ports[0].containerPort}"$`, "m"),
    );
  }
  for (const { name, readOnly } of volumeMounts) {
    assert.equal(readOnly === true || name === "state", true, name);
  }

  // What proxies an application's metrics never makes the application wait.
  const alone = containersOf(spec).length === 1;
  assert.equal(weir.readinessProbe !== undefined, alone);
  assert.equal(weir.startupProbe, undefined);
  const isInit = spec.initContainers?.includes(weir) === true;
  assert.equal(weir.restartPolicy, isInit ? "Always" : undefined);

  assert.equal(args[0], "/etc/weir/weir.yaml");
  parseCommandLine(args.map((arg: string) => arg.replace("$(POD_NAME)", "shop-weir-0")));
}

peerTest(
  ["kubeconform", "kubernetes-schemas"],
  "the manifests in deploy/ are valid by the schemas",
  async (t) => {
    const files = deployFiles().filter((file) =>
      documents(file).some(({ kind }) => kind !== undefined)
    );
    assert.ok(files.length >= 10, files.join());
    const text = files.map((file) => readFileSync(join(deployFolder, file), "utf8")).join("---\n");
    for (const version of KUBERNETES_VERSIONS) {
      assert.deepEqual(await schemaViolations(t, version, text), [], version);
    }
  },
  MINUTE_MS,
);

peerTest(
  ["kubeconform", "kubernetes-schemas"],
  "the schemas know what is wrong",
  async (t) => {
    const wrong = [
      { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { port: [] } },
      { apiVersion: "v1", kind: "Servise", metadata: { name: "b" } },
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { name: "c" },
        spec: { selector: {}, podMetricsEndpoints: [{ port: "x", relabeling: [] }] },
      },
      {
        apiVersion: "monitoring.coreos.com/v1alpha1",
        kind: "ScrapeConfig",
        metadata: { name: "d" },
        spec: { kubernetesSDConfigs: [{ role: "Pods" }] },
      },
    ];
    const text = wrong.map((manifest) => JSON.stringify(manifest)).join("\n---\n");
    const found = await schemaViolations(t, "1.37.0", text);
    const names = [...wrong].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(found.map((line) => line.split(":")[0]).sort(), names.sort());
  },
  MINUTE_MS,
);
