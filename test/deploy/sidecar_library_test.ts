/** The library `weir-sidecar`, by the chart of an application that has it. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { byName, deployFolder, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { helmTemplate, kustomizeBuild, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

function valuesOf(chart: string): Manifest {
  return parse(readFileSync(join(deployFolder, "helm", chart, "values.yaml"), "utf8"));
}

peerTest(["helm"], "a sidecar of a ConfigMap that something else makes", async (t) => {
  const shared = "--set=weir.existingConfigMap=true,weir.configMapName=rules";
  const manifests = manifestsOf(await helmTemplate(t, "example", [shared]));
  assert.deepEqual(manifests.map(({ kind }) => kind), ["Deployment"]);
  const [{ spec: { template: { spec } } }] = manifests;
  assert.equal(byName(spec.volumes, "weir-config").configMap.name, "rules");
});

peerTest(["helm"], "two sidecars in one chart, each with values of its own", async (t) => {
  const chart = join(temporaryFolder(t), "helm", "example");
  cpSync(join(deployFolder, "helm"), join(chart, ".."), { recursive: true });
  const call = (template: string) =>
    `{{ include "weir.sidecar.${template}" (merge (dict "weir" .Values.worker) .) }}\n`;
  const deployment = readFileSync(join(chart, "templates", "deployment.yaml"), "utf8");
  // The second Deployment of the chart, as the library's comment has its calls.
  const worker = deployment.replaceAll(
    /include "weir\.sidecar\.(\w+)" \./g,
    'include "weir.sidecar.$1" (merge (dict "weir" .Values.worker) .)',
  ).replaceAll("{{ .Release.Name }}", "worker");
  writeFileSync(join(chart, "templates", "worker.yaml"), worker);
  writeFileSync(join(chart, "templates", "worker-weir.yaml"), call("configmap"));
  const { weir } = valuesOf("example");
  const library = valuesOf("weir-sidecar");
  const own = { ...library, ...weir, configMapName: "worker-weir", port: 9191 };
  own.image = { ...library.image, ...weir.image };
  const values = join(chart, "worker.json");
  writeFileSync(values, JSON.stringify({ worker: own }));
  await runProgram("helm", ["dependency", "build", chart]);
  const { exitCode, stdout, stderr } = await runProgram("helm", [
    ...["template", "shop", chart, "--kube-version=1.37", "--values", values],
  ]);
  assert.equal(exitCode, 0, stderr);
  const manifests = manifestsOf(stdout.toString());
  const pods = manifests.filter(({ kind }) => kind === "Deployment").map(({ metadata, spec }) => {
    const { containers, volumes } = spec.template.spec;
    const [{ containerPort }] = byName(containers, "weir").ports;
    return [metadata.name, containerPort, byName(volumes, "weir-config").configMap.name];
  });
  assert.deepEqual(pods.sort(), [["shop", 9090, "shop-weir"], ["worker", 9191, "worker-weir"]]);
  const listens = manifests.filter(({ kind }) => kind === "ConfigMap").map(({ metadata, data }) => [
    metadata.name,
    (parse(data["weir.yaml"]) as Manifest).listen,
  ]);
  assert.deepEqual(listens.sort(), [["shop-weir", ":9090"], ["worker-weir", ":9191"]]);
});

peerTest(["helm", "kustomize"], "the library and the component have one container", async (t) => {
  const sidecar = (manifests: Manifest[], name: string) => {
    const { spec } = manifests.find(({ kind, metadata }) =>
      kind === "Deployment" && metadata.name === name
    ).spec.template;
    const weir = byName([...spec.initContainers ?? [], ...spec.containers], "weir");
    const { image: _, imagePullPolicy: __, env: ___, ...rest } = weir;
    return rest;
  };
  const component = manifestsOf(await kustomizeBuild("example"));
  for (const [name, native] of [["cart", false], ["search", true]] as const) {
    const chart = manifestsOf(await helmTemplate(t, "example", [`--set=native=${native}`]));
    assert.deepEqual(sidecar(component, name), sidecar(chart, "shop"));
  }
});
