import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { loadConfig } from "../../src/config/load.ts";
import { servedApp } from "../support/server/served_app.ts";

const MARKER = "hunter2";

// In Edge's form, whose defaults are in force.

const CONFIG = {
  upstream_url: `http://user:${MARKER}@upstream.test/metrics?key=${MARKER}`,
  scrape: { timeout: "5s" },
  http_config: {
    authorization: { credentials: MARKER },
    http_headers: { "X-Key": { secrets: [MARKER], values: [MARKER] } },
  },
  policy_providers: [
    { id: "f", type: "file", path: "policies.json" },
    { id: "s", type: "http", url: `http://s/?${MARKER}`, headers: [{ name: "X", value: MARKER }] },
  ],
  metric_relabel_configs: [
    { action: "labeldrop", regex: "pod" },
    { action: "hashmod", source_labels: ["a"], modulus: 8, target_label: "shard" },
  ],
  subsets: { small: [{ action: "keep", source_labels: ["__name__"], regex: "up" }] },
};
// The URL alone tells who asks.
const { authorization: _, ...http_config } = CONFIG.http_config;
const config = { ...CONFIG, http_config };

test("the configuration in force: what was configured, and the defaults", async () => {
  const app = await servedApp({ upstream: "", config });
  const answer = await app.request("/-/config?format=json");
  equal(answer.headers.get("content-type"), "application/json");
  const text = await answer.text();
  ok(!text.includes(MARKER), text);
  deepEqual(JSON.parse(text), {
    listen: "127.0.0.1:8080",
    self_metrics: "off",
    coalesce: false,
    min_scrape_interval: "0s",
    passthrough: true,
    compression: "auto",
    log_level: "info",
    log_format: "logfmt",
    scrape: {
      timeout: "5s",
      offset: "0.5s",
      on_limit: "truncate",
      on_unreadable: "pass",
      max_concurrent: 32,
      max_line_bytes: 1_048_576,
    },
    prometheus: { max_input_bytes_per_scrape: 10_485_760, max_output_bytes_per_scrape: 10_485_760 },
    subset_timestamps: true,
    subset_max_age: "300s",
    aggregation: { defaults: true },
    web: { reload: false, preview: true, profiling: false },
    upstream_url: "http://<secret>@upstream.test/metrics?key=<secret>",
    http_config: { http_headers: { "X-Key": { secrets: ["<secret>"], values: ["<secret>"] } } },
    policy_providers: [
      { id: "f", type: "file", path: "policies.json" },
      {
        id: "s",
        type: "http",
        url: "http://s/?<secret>",
        headers: [{ name: "X", value: "<secret>" }],
      },
    ],
    metric_relabel_configs: config.metric_relabel_configs,
    subsets: config.subsets,
  });
});

test("as YAML it says the same, and is a config file", async () => {
  const app = await servedApp({ upstream: "", config });
  const headers = { accept: "application/json" };
  const json = await (await app.request("/-/config", { headers })).json();
  const answer = await app.request("/-/config");
  match(answer.headers.get("content-type")!, /^text\/plain/);
  const yaml = await answer.text();
  deepEqual(parse(yaml), json);
  const bytes = new TextEncoder().encode(yaml.replaceAll("<secret>", "s"));
  const again = await loadConfig({
    path: "weir.yaml",
    bytes,
    flags: {},
    env: {},
    version: "0",
    instanceId: "i",
  });
  equal(again.scrape.timeoutSeconds, 5);
  equal(again.relabelConfigs.length, 2);
});

test("methods other than GET and HEAD are refused, as everywhere", async () => {
  const app = await servedApp({ upstream: "", config: { passthrough: false } });
  equal((await app.request("/-/config", { method: "POST" })).status, 405);
  equal((await app.request("/-/config", { method: "HEAD" })).status, 200);
});

test("modes are shown as they are written, that of a relabel file too", async () => {
  const own = {
    listen: "127.0.0.1:1",
    relabel_mode: { canary: "2.5%" },
    canary_name: "weir-0",
    metric_relabel_configs: [{ action: "labeldrop", regex: "pod" }],
    limits: { series: 5, mode: { canary: "10%" } },
    policy_providers: [{ id: "f", type: "file", path: "policies.json", mode: "shadow" }],
  };
  const app = await servedApp({ upstream: "", config: own });
  const shown = await (await app.request("/-/config?format=json")).json();
  deepEqual(
    [shown.relabel_mode, shown.canary_name, shown.limits, shown.policy_providers],
    [own.relabel_mode, own.canary_name, own.limits, own.policy_providers],
  );
});
