/** The configurations that the charts and the component render, judged as Pods have them mounted. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byName, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { containersOf } from "../support/deploy/pod_security.ts";
import { manifestsOf, renderings } from "../support/deploy/rendered.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

/** What the kubelet says of a Pod, by the paths of `fieldRef`. */
const FIELDS: Readonly<Record<string, string>> = {
  "metadata.name": "shop-weir-1",
  "status.hostIP": "192.0.2.7",
};

for (const { name, peer, render } of renderings) {
  peerTest([peer], `weir check has nothing to say of ${name}`, async (t) => {
    const manifests = manifestsOf(await render(t));
    const templates = manifests.flatMap(({ spec }) => spec?.template ?? []);
    for (const { metadata, spec } of templates) {
      const folder = temporaryFolder(t);
      const placed = (text: string) =>
        text.replaceAll("/etc/weir/", `${folder}/`)
          .replaceAll("/var/lib/weir/", `${folder}/state/`);
      mkdirSync(join(folder, "state"));
      const mounted = byName(spec.volumes, "weir-config").configMap.name;
      const configMap = manifests.find((found) =>
        found.kind === "ConfigMap" && found.metadata.name === mounted
      );
      // The one that something else makes.
      const data = configMap?.data ?? { "weir.yaml": "upstream_url: http://app:8080/metrics\n" };
      for (const [file, text] of Object.entries<string>(data)) {
        writeFileSync(join(folder, file), placed(text));
      }
      const weir = byName(containersOf(spec), "weir");
      const env = environmentOf(weir, metadata);
      const args = weir.args.map((arg: string) => placed(arg).replace("$(POD_NAME)", env.POD_NAME));
      const { exitCode, stdout, stderr } = await runWeir(["check", ...args], { env });
      assert.equal(exitCode, 0, `${stdout}${stderr}`);
      const { WEIR_UPSTREAM_URL: upstream } = env;
      if (upstream) assert.match(stdout.toString(), new RegExp(`^upstream +${upstream}$`, "m"));
    }
  });
}

/** A container's environment; an annotation that the Pod does not have is an empty text. */
function environmentOf(
  container: Manifest,
  { annotations = {} }: Manifest,
): Record<string, string> {
  return Object.fromEntries((container.env ?? []).map(({ name, value, valueFrom }: Manifest) => {
    const path = valueFrom?.fieldRef.fieldPath;
    const [, annotation] = /^metadata\.annotations\['(.*)'\]$/.exec(path ?? "") ?? [];
    return [
      name,
      value ?? (annotation === undefined ? FIELDS[path] : annotations[annotation] ?? ""),
    ];
  }));
}
