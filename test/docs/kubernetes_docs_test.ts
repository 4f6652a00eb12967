/** `docs/kubernetes.md`: its values render, and what it says of files and figures is there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { deployFolder, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { passes, type Peer } from "../support/deploy/network_policies.ts";
import { helmTemplate, manifestsOf } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

const folder = resolve(deployFolder, "..", "docs");
const DOCS = readFileSync(join(folder, "kubernetes.md"), "utf8");

function yamlNamed(name: string): string {
  const [, text] = new RegExp(`\`\`\`yaml\n# ${name}\n([^]*?)\`\`\``).exec(DOCS)!;
  return text;
}

function valuesOf(file: string): Manifest {
  return parse(readFileSync(join(deployFolder, "helm", file), "utf8"));
}

test("every file that it links is there", () => {
  const links = [...DOCS.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link);
  assert.ok(links.length > 10);
  assert.deepEqual(links.filter((link) => !existsSync(join(folder, link))), []);
});

for (
  const [name, chart, kinds] of [
    ["values.yaml", "example", ["ConfigMap", "Deployment"]],
    ["gateway.yaml", "weir", [
      ...["ConfigMap", "Deployment", "PodDisruptionBudget", "PodMonitor", "ServiceAccount"],
    ]],
  ] as const
) {
  peerTest(["helm"], `its ${name} is taken`, async (t) => {
    const file = join(temporaryFolder(t), name);
    writeFileSync(file, yamlNamed(name));
    const manifests = manifestsOf(await helmTemplate(t, chart, ["--values", file]));
    assert.deepEqual(manifests.map(({ kind }) => kind).sort(), kinds);
  });
}

test("its dependency is the example's", () => {
  const wanted = valuesOf("example/Chart.yaml").dependencies;
  assert.deepEqual((parse(yamlNamed("Chart.yaml")) as Manifest).dependencies, wanted);
});

test("the named templates are those of the library", () => {
  const sources = readFileSync(
    join(deployFolder, "helm", "weir-sidecar", "templates", "_sidecar.tpl"),
    "utf8",
  );
  const inner = ["weir.sidecar.configMapName", "weir.sidecar.values"];
  const defined = [...sources.matchAll(/define "(.*?)"/g)].map(([, name]) => name)
    .filter((name) => !inner.includes(name));
  const listed = [...DOCS.matchAll(/^\| `(weir\.sidecar\.\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), defined.sort());
});

test("the table of resources is what the charts have", () => {
  for (
    const [row, values] of [
      ["sidecar", "weir-sidecar/values.yaml"],
      ["gateway", "weir/values.yaml"],
      ["DaemonSet, example", "weir/ci/daemonset-values.yaml"],
    ] as const
  ) {
    const { requests, limits } = valuesOf(values).resources;
    const line = DOCS.split("\n").find((text) => new RegExp(`^\\| ${row} +\\| .cpu`).test(text))!;
    const cells = line.split("|").map((cell) => cell.trim());
    assert.deepEqual(cells.slice(2, 4), [
      `\`cpu: ${requests.cpu}\`, \`memory: ${requests.memory}\``,
      `\`memory: ${limits.memory}\``,
    ]);
  }
});

test("its policy lets Prometheus reach sidecars, on Weir's port alone", () => {
  const [, text] = /```yaml\n(apiVersion: networking[^]*?)```/.exec(DOCS)!;
  const sidecar: Peer = {
    namespace: "shop",
    labels: { app: "cart", "weir-sidecar": "true" },
    ports: { "weir-metrics": 9191 },
  };
  const name = { "app.kubernetes.io/name": "prometheus" };
  const prometheus: Peer = { namespace: "monitoring", labels: name };
  const reaches = (from: Peer, port: number) =>
    passes([parse(text) as Manifest], "shop", [from, sidecar, port]);
  assert.deepEqual(
    [reaches(prometheus, 9191), reaches(prometheus, 8080), reaches(sidecar, 9191)],
    [true, false, false],
  );
});
