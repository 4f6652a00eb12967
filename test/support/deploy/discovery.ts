import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { runProgram } from "../e2e/program.ts";
import { temporaryFolder } from "../e2e/temporary_folder.ts";
import type { Manifest } from "./deploy_manifests.ts";

type Labels = Readonly<Record<string, string>>;

/** A Pod of the namespace `shop`. */
export interface Pod {
  readonly name: string;
  readonly ip: string;
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly phase?: string;
  /** `container port number`; `init` before it in an init container. */
  readonly ports: readonly string[];
}

/** What Kubernetes discovery makes a target of, as an entry of `static_configs`. */
export interface Discovered {
  readonly targets: readonly [string];
  readonly labels: Labels;
}

/** `role: pod`: a target for each port. */
export function podTargets(pods: readonly Pod[]): Discovered[] {
  return pods.flatMap(({ name, ip, labels, annotations = {}, phase = "Running", ports }) =>
    ports.map((text) => {
      const init = text.startsWith("init ");
      const [container, port, number] = text.replace("init ", "").split(" ");
      return {
        targets: [`${ip}:${number}`] as const,
        labels: {
          __meta_kubernetes_namespace: "shop",
          __meta_kubernetes_pod_name: name,
          __meta_kubernetes_pod_phase: phase,
          __meta_kubernetes_pod_container_init: String(init),
          __meta_kubernetes_pod_container_name: container,
          __meta_kubernetes_pod_container_port_name: port,
          __meta_kubernetes_pod_container_port_number: number,
          ...metaLabels("pod_label", labels),
          ...metaLabels("pod_annotation", annotations),
        },
      };
    })
  );
}

/** `role: endpoints` for a Service with these Pods behind it, whose port Weir's container has. */
export function endpointTargets(
  { metadata, spec }: Manifest,
  pods: readonly Pod[],
): Discovered[] {
  return podTargets(pods).map(({ targets, labels }) => ({
    targets,
    labels: {
      ...labels,
      __meta_kubernetes_service_name: metadata.name,
      ...metaLabels("service_label", metadata.labels),
      // Of the other ports of a Pod behind a Service, discovery makes targets, too.
      ...labels.__meta_kubernetes_pod_container_name === "weir" &&
        { __meta_kubernetes_endpoint_port_name: spec.ports[0].name },
    },
  }));
}

function metaLabels(kind: string, values: Labels): Labels {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const name = `${kind}_${key.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;
      const present = name.replace(/_(label|annotation)_/, "_$1present_");
      return [[`__meta_kubernetes_${name}`, value], [`__meta_kubernetes_${present}`, "true"]];
    }),
  );
}

/**
 * What jobs of Prometheus keep of that, as promtool says, each as `job pod address path`, sorted.
 * Fails where two of them have the same labels: their `up`, and all that both have, would be one series.
 */
export async function scrapedTargets(
  context: TestContext,
  jobs: readonly Manifest[],
  discovered: readonly Discovered[],
): Promise<string[]> {
  const configs = jobs.map(({ kubernetes_sd_configs: [sd], ...job }) => ({
    ...job,
    static_configs: discovered.filter((target) => isSent(sd, target)),
  }));
  const file = join(temporaryFolder(context), "prometheus.yml");
  writeFileSync(file, stringify({ scrape_configs: configs }));
  const found = await Promise.all(configs.map(async ({ job_name, metrics_path = "/metrics" }) => {
    // Discovery is watched until the time is over, however soon the static targets are in.
    const check = ["check", "service-discovery", "--timeout=1s", file, job_name];
    const { exitCode, stdout, stderr } = await runProgram("promtool", check);
    assert.equal(exitCode, 0, stderr);
    const targets = JSON.parse(stdout.toString()) as { labels?: Labels }[];
    return targets.flatMap(({ labels = {} }) =>
      "job" in labels ? [{ labels, path: metrics_path }] : []
    );
  }));
  const kept = found.flat();
  const series = kept.map(({ labels }) =>
    JSON.stringify(Object.entries(labels).filter(([name]) => !name.startsWith("__")).sort())
  );
  assert.deepEqual(series.filter((one, index) => series.indexOf(one) !== index), []);
  return kept.map(({ labels: { job, pod, instance, __address__ }, path }) =>
    `${job} ${pod} ${__address__ ?? instance} ${path}`
  ).sort();
}

/** Whether the API server sends the Pod, by the selectors of the discovery. */
function isSent({ role, selectors = [] }: Manifest, { labels }: Discovered): boolean {
  assert.ok(role === "pod" || role === "endpoints", role);
  return selectors.every(({ label }: Manifest) => {
    const [name, value] = label.split("=");
    return labels[`__meta_kubernetes_pod_label_${name.replaceAll(/[^a-zA-Z0-9]/g, "_")}`] === value;
  });
}
