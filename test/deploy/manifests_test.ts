/** The manifests in `deploy/`: they parse, their names meet, and Weir accepts what they hold. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readPolicyDocument } from "../../src/policy/policy_document.ts";
import {
  byName,
  deployFiles,
  deployFolder as folder,
  documents,
  type Manifest,
} from "../support/deploy/deploy_manifests.ts";

for (const file of deployFiles()) {
  test(`${file} parses`, () => {
    for (const document of documents(file)) assert.equal(typeof document, "object");
  });
}

const sidecars = [
  { file: "sidecar.yaml", list: "containers" },
  { file: "native-sidecar.yaml", list: "initContainers" },
] as const;

for (const { file, list } of sidecars) {
  describe(file, () => {
    const [configMap, deployment] = documents(file);
    const pod = deployment.spec.template.spec;
    const weir = byName(pod[list], "weir");
    const port = byName(weir.ports, "weir-metrics").containerPort;
    const config = JSON.parse(configMap.data["config.json"]);

    test("the Deployment selects its own Pods", () => {
      const { labels } = deployment.spec.template.metadata;
      assert.deepEqual(labels, { ...labels, ...deployment.spec.selector.matchLabels });
    });

    test("the ConfigMap is mounted where the argument and the policies point", () => {
      const [mount] = weir.volumeMounts;
      assert.equal(byName(pod.volumes, mount.name).configMap.name, configMap.metadata.name);
      assert.equal(mount.readOnly, true);
      assert.equal(mount.subPath, undefined);
      const paths = [...weir.args, ...config.policy_providers.map((p: Manifest) => p.path)];
      const files = Object.keys(configMap.data).map((name) => `${mount.mountPath}/${name}`);
      assert.deepEqual(paths.sort(), files.sort());
    });

    test("Weir listens on its declared port, for the whole Pod, and scrapes the application's", () => {
      assert.equal(config.listen_address, "::");
      assert.equal(config.listen_port, port);
      const app = byName(pod.containers, "app");
      const upstream = new URL(config.upstream_url);
      assert.equal(upstream.hostname, "localhost");
      assert.equal(Number(upstream.port), app.ports[0].containerPort);
    });

    test("the application waits for no probe of Weir's", () => {
      assert.deepEqual(weir.livenessProbe.httpGet, { path: "/_health", port: "weir-metrics" });
      assert.deepEqual([weir.readinessProbe, weir.startupProbe], [undefined, undefined]);
    });

    test("the resources are those that were measured", () => {
      assert.deepEqual(weir.resources, {
        requests: { cpu: "10m", memory: "80Mi" },
        limits: { memory: "256Mi" },
      });
    });

    test("it is a native sidecar exactly when it is an init container", () => {
      assert.equal(weir.restartPolicy, list === "initContainers" ? "Always" : undefined);
    });

    test("Weir accepts the config without a warning", async () => {
      const loaded = await loadConfig({
        path: "/etc/weir/config.json",
        bytes: new TextEncoder().encode(configMap.data["config.json"]),
        flags: {},
        env: {},
        version: "0.1.0",
        instanceId: "test",
      });
      assert.deepEqual(loaded.warnings, []);
      assert.deepEqual(loaded.listen, { hostname: "::", port });
      assert.deepEqual(loaded.policyProviders.map(({ type }) => type), ["file"]);
    });
  });
}

test("every policy is active", () => {
  const [configMap] = documents("sidecar.yaml");
  const entries = readPolicyDocument(JSON.parse(configMap.data["policies.json"]), () => true);
  assert.ok(entries.length > 0);
  assert.deepEqual(entries.filter(({ state }) => state !== "active"), []);
});

describe("docker-run.md", () => {
  const text = readFileSync(join(folder, "docker-run.md"), "utf8").replaceAll("\\\n", "");
  // The image's name ends docker's own arguments.
  const lines = [...text.matchAll(/docker run .*? weir (--[^`\n]*)/g)].map((match) => match[1]!);
  assert.ok(lines.length >= 3);
  for (const line of lines) {
    test(`weir ${line}`, async () => {
      const { flags } = parseCommandLine(line.trim().split(/\s+/));
      await loadConfig({ flags, env: {}, version: "0.1.0", instanceId: "test" });
    });
  }
});

test("both sidecars mount the same ConfigMap", () => {
  const [plain, native] = sidecars.map(({ file }) => documents(file)[0]);
  assert.deepEqual(plain, native);
});

test("the ServiceMonitor finds the Service, and the Service the sidecar's port", () => {
  const [service, monitor] = documents("servicemonitor.yaml");
  const pod = documents("sidecar.yaml")[1].spec.template;
  const selected = monitor.spec.selector.matchLabels;
  assert.deepEqual(service.metadata.labels, { ...service.metadata.labels, ...selected });
  assert.ok(monitor.spec.jobLabel in service.metadata.labels);
  const port = byName(service.spec.ports, monitor.spec.endpoints[0].port);
  assert.deepEqual(pod.metadata.labels, { ...pod.metadata.labels, ...service.spec.selector });
  const weir = byName(pod.spec.containers, "weir");
  assert.equal(byName(weir.ports, port.targetPort).containerPort, port.port);
});
