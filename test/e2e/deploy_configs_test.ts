/** Every configuration in `deploy/`, as a Pod has it mounted, judged by `weir check`. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployFiles, documents } from "../support/deploy/deploy_manifests.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

const configMaps = deployFiles().flatMap((file) =>
  documents(file).filter(({ kind }) => kind === "ConfigMap").map(({ data }) => ({ file, data }))
);

peerTest([], "weir check has nothing to say of the configurations in deploy/", async (t) => {
  const files = ["gateway/deployment.yaml", "gateway/statefulset.yaml", "native-sidecar.yaml"];
  assert.deepEqual(configMaps.map(({ file }) => file), [...files, "routes.yaml", "sidecar.yaml"]);
  for (const { file, data } of configMaps) {
    const mounted = temporaryFolder(t);
    for (const [name, text] of Object.entries<string>(data)) {
      writeFileSync(join(mounted, name), text.replaceAll("/etc/weir/", `${mounted}/`));
    }
    const config = Object.keys(data).find((name) => /^(config\.json|weir\.yaml)$/.test(name))!;
    const { exitCode, stdout, stderr } = await runWeir(["check", join(mounted, config)]);
    assert.equal(exitCode, 0, `${file}: ${stdout}${stderr}`);
  }
});
