/** `deploy/prometheus-scrape.yaml`, judged by Prometheus's own promtool. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { parse, stringify } from "@std/yaml";

const source = readFileSync(
  resolve(import.meta.dirname!, "..", "..", "deploy", "prometheus-scrape.yaml"),
  "utf8",
);
const isMissing = spawnSync("promtool", ["--version"]).status !== 0 && process.env.CI !== "true";
const skip = isMissing && "promtool is not installed";

interface ScrapeJob {
  job_name: string;
  kubernetes_sd_configs?: unknown;
  relabel_configs: unknown[];
}

interface Discovered {
  discoveredLabels: Record<string, string>;
  labels?: Record<string, string>;
}

test("promtool accepts the scrape config", { skip }, () => {
  const whole = promtool(source, "check", "config");
  // Debian builds Prometheus without Kubernetes discovery; its relabeling is still judged.
  if (whole.status !== 0 && whole.output.includes("kubernetes_sd_configs not found")) {
    const relabeling = promtool(withTargets([]), "check", "config");
    assert.equal(relabeling.status, 0, relabeling.output);
    return;
  }
  assert.equal(whole.status, 0, whole.output);
});

/** What Pod discovery finds: one entry per declared port of a container. */
const pods: { name: string; address: string; endpoint: string; phase?: string; kept: boolean }[] = [
  { name: "a sidecar", address: "10.0.0.1:9090", endpoint: "weir;metrics", kept: true },
  { name: "a sidecar on IPv6", address: "[fd00::1]:9090", endpoint: "weir;metrics", kept: true },
  { name: "a sidecar elsewhere", address: "10.0.0.3:9191", endpoint: "weir;metrics", kept: true },
  { name: "an application", address: "10.0.0.1:8080", endpoint: "app;http", kept: false },
  { name: "its metrics port", address: "10.0.0.1:8081", endpoint: "app;metrics", kept: false },
  { name: "another port of Weir's", address: "10.0.0.1:9999", endpoint: "weir;debug", kept: false },
  {
    name: "a finished Job",
    address: "10.0.0.4:9090",
    endpoint: "weir;metrics",
    phase: "Succeeded",
    kept: false,
  },
];

test("only running sidecars are scraped, each at its own address", { skip }, () => {
  const targets = pods.map(({ address, endpoint, phase = "Running" }) => ({
    targets: [address],
    labels: {
      __meta_kubernetes_namespace: "shop",
      __meta_kubernetes_pod_name: "my-app-1",
      __meta_kubernetes_pod_label_app: "my-app",
      __meta_kubernetes_pod_phase: phase,
      __meta_kubernetes_pod_container_name: endpoint.split(";")[0],
      __meta_kubernetes_pod_container_port_name: endpoint.split(";")[1],
    },
  }));
  // Discovery is watched until the time is over, however soon the static targets are in.
  const check = ["check", "service-discovery", "--timeout=1s"];
  const { status, output } = promtool(withTargets(targets), ...check);
  assert.equal(status, 0, output);
  const results = JSON.parse(output) as Discovered[];
  for (const { name, address, kept } of pods) {
    const result = results.find(({ discoveredLabels }) => discoveredLabels.__address__ === address);
    const visible = Object.entries(result?.labels ?? {}).filter(([key]) => !key.startsWith("__"));
    const wanted = { instance: address, job: "my-app", namespace: "shop", pod: "my-app-1" };
    assert.deepEqual(Object.fromEntries(visible), kept ? wanted : {}, name);
  }
});

/** The scrape config with these targets in place of Kubernetes discovery. */
function withTargets(targets: unknown[]): string {
  const { scrape_configs: [job] } = parse(source) as { scrape_configs: [ScrapeJob] };
  const { kubernetes_sd_configs: _, ...rest } = job;
  return stringify({ scrape_configs: [{ ...rest, static_configs: targets }] });
}

function promtool(config: string, ...command: string[]): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), "weir-promtool-"));
  try {
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, config);
    const job = command.includes("service-discovery") ? ["weir"] : [];
    const run = spawnSync("promtool", [...command, file, ...job], { encoding: "utf8" });
    return { status: run.status, output: run.stdout + run.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
