/** `deploy/kustomize/`: which workloads get Weir, and of what. */
import assert from "node:assert/strict";
import type { Manifest } from "../support/deploy/deploy_manifests.ts";
import { kustomizeBuild, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";

peerTest(["kustomize"], "each workload with the label has Weir, in the form it names", async () => {
  const manifests = manifestsOf(await kustomizeBuild("example"));
  const names = (list: Manifest[] = []) => list.map(({ name }) => name);
  const pods = manifests.filter(({ spec }) => spec?.template).map((manifest) => {
    const { metadata, spec } = manifest.spec.template;
    const form = [names(spec.initContainers), names(spec.containers)];
    return [manifest.kind, metadata.labels["weir-sidecar"], ...form];
  });
  // An application's container stays the first, which kubectl's commands take.
  assert.deepEqual(pods, [
    ["Deployment", "true", [], ["cart", "weir"]],
    ["Deployment", "true", ["weir"], ["search"]],
    ["StatefulSet", "true", [], ["ledger", "weir"]],
  ]);
});

peerTest(["kustomize"], "all have one ConfigMap, whose name no rule changes", async () => {
  const manifests = manifestsOf(await kustomizeBuild("example"));
  const [configMap, ...others] = manifests.filter(({ kind }) => kind === "ConfigMap");
  assert.deepEqual(others, []);
  assert.deepEqual(configMap.metadata, { name: "weir-sidecar", namespace: "shop" });
  assert.match(configMap.data["weir.yaml"], /labeldrop/);
  for (const { spec } of manifests.flatMap(({ spec }) => spec?.template ?? [])) {
    assert.deepEqual(spec.volumes.map(({ configMap }: Manifest) => configMap.name), [
      "weir-sidecar",
    ]);
  }
});
