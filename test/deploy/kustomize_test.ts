/** `deploy/kustomize/`: which workloads get Weir, and of what. */
import assert from "node:assert/strict";
import { appendFileSync, cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deployFolder, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { kustomizeBuild, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

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

peerTest(["kustomize"], "the Pods follow a ConfigMap with a name of its own", async (t) => {
  const folder = join(temporaryFolder(t), "kustomize");
  cpSync(join(deployFolder, "kustomize"), folder, { recursive: true });
  const page = readFileSync(join(deployFolder, "..", "docs", "kubernetes.md"), "utf8");
  const [, patch] = /```yaml\n( +patches:\n[^]*?) +```/.exec(page)!;
  appendFileSync(join(folder, "example", "kustomization.yaml"), patch.replaceAll(/^ {2}/gm, ""));
  const { exitCode, stdout, stderr } = await runProgram("kustomize", [
    "build",
    join(folder, "example"),
  ]);
  assert.equal(exitCode, 0, stderr);
  const manifests = manifestsOf(stdout.toString());
  const pods = manifests.flatMap(({ spec }) => spec?.template ?? []);
  const named = pods.map(({ spec }) => spec.volumes[0].configMap.name);
  assert.deepEqual(named, ["cart-weir", "cart-weir", "cart-weir"]);
  assert.equal(manifests.find(({ kind }) => kind === "ConfigMap").metadata.name, "cart-weir");
});
