import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";

const DOCS = readFileSync(new URL("../../docs/routes.md", import.meta.url).pathname).toString();
const [KUBELET, POD] = [...DOCS.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);

async function routesOf(text: string) {
  const bytes = new TextEncoder().encode(text);
  const input = { path: "weir.yaml", bytes, flags: {}, env: {}, version: "0.1.0", instanceId: "i" };
  const { routes } = await loadConfig(input);
  return routes.map(({ path, config }) => [
    path,
    config.upstreams[0].url,
    config.relabelConfigs.length,
    config.limits?.series ?? 0,
    config.upstreams[0].http?.authorization !== undefined,
  ]);
}

test("the example of a kubelet has three routes", async () => {
  deepEqual(await routesOf(KUBELET), [
    ["/metrics", "https://localhost:10250/", 1, 0, true],
    ["/metrics/cadvisor", "https://localhost:10250/", 1, 20000, true],
    ["/metrics/*", "https://localhost:10250/", 0, 0, true],
  ]);
});

test("the example of a Pod has two", async () => {
  deepEqual(await routesOf(POD), [
    ["/metrics", "http://localhost:8080/metrics", 0, 0, false],
    ["/metrics/proxy", "http://localhost:9901/stats/prometheus", 0, 0, false],
  ]);
});
