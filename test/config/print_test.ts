import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import {
  printableConfig,
  printableServer,
  printableUpstream,
  printableUrl,
} from "../../src/config/print.ts";

const URLS: [string, string][] = [
  ["http://host/metrics", "http://host/metrics"],
  ["http://user:pw@host/metrics", "http://<secret>@host/metrics"],
  ["https://token@host:1/", "https://<secret>@host:1/"],
  ["user:p@ss/wo@host", "<secret>@host"],
  ["dns+http://user:pw@host", "dns+http://<secret>@host"],
  ["http+unix://%2Frun%2Fapp.sock/metrics?a=b", "unix:/run/app.sock:/metrics?a=b"],
  ["http+unix://%2Frun%2Fapp.sock", "unix:/run/app.sock"],
];

test("URLs are printed without user and password", () => {
  for (const [url, wanted] of URLS) equal(printableUrl(url), wanted, url);
});

test("a server's query is printed as little as its password", () => {
  equal(printableServer("https://u:p@sync/v1?token=t&x=1"), "https://<secret>@sync/v1?<secret>");
  equal(printableServer("https://sync/v1"), "https://sync/v1");
});

test("a configuration is printed whole, without its secrets", async () => {
  const text = JSON.stringify({
    upstream_url: "http://user:hunter2@host/metrics",
    provider_precedence: "listed",
    policy_providers: [
      { id: "f", type: "file", path: "p.json" },
      {
        id: "h",
        type: "http",
        url: "https://user:hunter2@sync/v1",
        headers: [{ name: "Authorization", value: "Bearer hunter2" }],
      },
    ],
  });
  const bytes = new TextEncoder().encode(text);
  const input = { path: "weir.json", bytes, flags: {}, env: {}, version: "0.1.0", instanceId: "i" };
  const config = await loadConfig(input);
  deepEqual(JSON.parse(JSON.stringify(printableConfig(config))), {
    form: "edge",
    listen: { hostname: "127.0.0.1", port: 8080 },
    upstreams: [{
      url: "http://<secret>@host/metrics",
      basePath: "",
      fansOut: false,
      labels: {},
    }],
    scrape: {
      timeoutSeconds: 15,
      offsetSeconds: 0.5,
      maxInputBytes: 10_485_760,
      maxOutputBytes: 10_485_760,
      onLimit: "truncate",
      onUnreadable: "pass",
      maxLineBytes: 1_048_576,
      maxConcurrent: 32,
    },
    compression: "auto",
    log: { level: "info", format: "logfmt" },
    service: {
      name: "tero-edge",
      namespace: "tero",
      version: "latest",
      instanceId: "i",
      resourceAttributes: [],
      labels: [],
    },
    requirePolicies: false,
    rollout: {},
    policyProviders: [
      { type: "file", id: "f", path: "p.json", pollIntervalSeconds: 60 },
      {
        type: "http",
        id: "h",
        url: "https://<secret>@sync/v1",
        headers: [{ name: "Authorization", value: "<secret>" }],
      },
    ],
    relabelConfigs: [],
    subsets: {},
    subsetTimestamps: true,
    subsetMaxAgeSeconds: 300,
    selfMetrics: "off",
    coalesce: false,
    minScrapeIntervalSeconds: 0,
    aggregationRules: [],
    aggregationDefaults: true,
    web: {
      reload: false,
      telemetryPath: "/metrics",
      preview: true,
      tap: true,
      profiling: false,
      authExempt: [],
    },
    passthrough: true,
    maxBodyBytes: 1_048_576,
    forwardHeaders: "all",
    tapEnabled: false,
    warnings: [],
  });
});

test("every upstream is printed without its password, and the gateway whole", async () => {
  const text = JSON.stringify({
    upstreams: ["http://u:hunter2@a/m", { url: "dns+u:hunter2@b:1/m", labels: { zone: "x" } }],
    shard: "1/4",
  });
  const bytes = new TextEncoder().encode(text);
  const input = { path: "weir.json", bytes, flags: {}, env: {}, version: "0.1.0", instanceId: "i" };
  const config = await loadConfig(input);
  const { upstreams, gateway } = JSON.parse(JSON.stringify(printableConfig(config)));
  const of = { fansOut: false, labels: {} };
  deepEqual(upstreams, [
    { ...of, url: "http://<secret>@a/m" },
    { ...of, url: "http://<secret>@b:1/m", fansOut: true, labels: { zone: "x" } },
  ]);
  deepEqual(gateway, {
    hasManyTargets: true,
    concurrency: 64,
    onTargetError: "partial",
    targetMetrics: true,
    counters: "monotonic",
    targetTtlSeconds: 300,
    shard: { index: 1, count: 4 },
  });
  deepEqual(config.upstreams.map(printableUpstream), [
    "http://<secret>@a/m",
    "dns+http://<secret>@b:1/m",
  ]);
});

test("rules and limits are printed, whatever types they hold", async () => {
  const text = JSON.stringify({
    upstream_url: "http://host/metrics",
    metric_relabel_configs: [
      { action: "hashmod", source_labels: ["a"], target_label: "b", modulus: 8 },
    ],
    subsets: { few: [{ action: "keep" }] },
    limits: { label_values: { path: 200 } },
  });
  const config = await loadConfig({
    path: "weir.json",
    bytes: new TextEncoder().encode(text),
    flags: {},
    env: {},
    version: "0.1.0",
    instanceId: "i",
  });
  const { relabelConfigs, subsets, limits } = JSON.parse(JSON.stringify(printableConfig(config)));
  equal(relabelConfigs[0].modulus, "8");
  deepEqual(subsets.few.map(({ action, modulus }: Record<string, unknown>) => [action, modulus]), [
    ["keep", "0"],
  ]);
  deepEqual(limits.labelValues, { path: 200 });
});
