import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/config.ts";
import { type ConfigInput, loadConfig } from "../../src/config/load.ts";

interface LayerCase {
  name: string;
  /** The config file; none for flags alone. */
  file?: object;
  env?: ConfigInput["env"];
  flags?: ConfigInput["flags"];
  needsUpstream?: boolean;
  /** The part of the result that the case is about. */
  pick: (config: Config) => unknown;
  wanted: unknown;
}

const CASES: LayerCase[] = [
  {
    name: "flags win over WEIR_, WEIR_ over TERO_, TERO_ over the file",
    file: {
      upstream_url: "a:1",
      listen_port: 1,
      log_level: "warn",
      log_format: "json",
      service: { name: "file" },
    },
    env: {
      TERO_LISTEN_PORT: "2",
      TERO_SERVICE_NAME: "tero",
      TERO_LOG_LEVEL: "info",
      WEIR_LISTEN_PORT: "3",
      WEIR_LOG_LEVEL: "error",
    },
    flags: { port: "4" },
    pick: (c) => [c.listen, c.log, c.service.name],
    wanted: [{ hostname: "127.0.0.1", port: 4 }, { level: "error", format: "json" }, "tero"],
  },
  {
    name: "variables take the type of their key",
    env: {
      WEIR_PASSTHROUGH: "true",
      WEIR_PROMETHEUS_MAX_INPUT_BYTES_PER_SCRAPE: "1KiB",
      WEIR_SCRAPE_TIMEOUT: "3",
      WEIR_SCRAPE_FALLBACK_PROTOCOL: "PrometheusProto",
      WEIR_UPSTREAM_URL: "h:1/m",
      WEIR_SERVICE_VERSION: "7",
    },
    pick: (c) => [
      c.passthrough,
      c.scrape.maxInputBytes,
      c.scrape.timeoutSeconds,
      c.scrape.fallbackProtocol,
      c.upstreams[0].url,
      c.service.version,
    ],
    wanted: [true, 1024, 3, "PrometheusProto", "http://h:1/m", "7"],
  },
  {
    name: "variables that name no key are left alone",
    file: { upstream_url: "a:1" },
    env: { TERO_API_KEY: "x", WEIR_PORT: "tcp://10.0.0.1:80", TERO_MAX_CONNECTIONS: "9" },
    pick: (c) => [c.listen, c.warnings],
    wanted: [{ hostname: "127.0.0.1", port: 8080 }, []],
  },
  {
    name: "a right value over a wrong one",
    file: { upstream_url: "a:1", listen_port: "abc" },
    flags: { port: "80" },
    pick: (c) => c.listen,
    wanted: { hostname: "127.0.0.1", port: 80 },
  },
  {
    name: "metrics_url wins over upstream_url",
    file: { upstream_url: "http://a", metrics_url: "http://b/m" },
    pick: (c) => c.upstreams,
    wanted: [{ url: "http://b/m", basePath: undefined, fansOut: false, labels: [] }],
  },
  {
    name: "metrics_url alone is an upstream",
    file: { metrics_url: "http://b" },
    pick: (c) => c.upstreams,
    wanted: [{ url: "http://b/", basePath: "", fansOut: false, labels: [] }],
  },
  {
    name: "a metrics_url that a variable left empty is none",
    file: { upstream_url: "http://a/x", metrics_url: "${METRICS_URL}" },
    pick: (c) => [c.upstreams[0].url, c.warnings],
    wanted: [
      "http://a/x",
      ["weir.json: metrics_url: ${METRICS_URL} is not set, an empty string was used"],
    ],
  },
  {
    name: "--upstream wins over the file's metrics_url",
    file: { upstream_url: "http://a", metrics_url: "http://b/m" },
    flags: { upstream: "c:1/m" },
    pick: (c) => c.upstreams[0].url,
    wanted: "http://c:1/m",
  },
  {
    name: "--upstream is enough for a file without one",
    file: {},
    flags: { upstream: "c:1/m" },
    pick: (c) => [c.form, c.upstreams[0].url],
    wanted: ["file", "http://c:1/m"],
  },
  {
    name: "--port keeps the address of the file's listen",
    file: { upstream_url: "a:1", listen: "10.0.0.1:1" },
    flags: { port: "2" },
    pick: (c) => c.listen,
    wanted: { hostname: "10.0.0.1", port: 2 },
  },
  {
    name: "--port replaces the file's Unix socket",
    file: { upstream_url: "a:1", listen: "unix:/s" },
    flags: { port: "2" },
    pick: (c) => c.listen,
    wanted: { hostname: "127.0.0.1", port: 2 },
  },
  {
    name: "--listen replaces the file's address and port",
    file: { upstream_url: "a:1", listen_address: "10.0.0.1", listen_port: 1 },
    flags: { listen: "[::1]:8080" },
    pick: (c) => c.listen,
    wanted: { hostname: "::1", port: 8080 },
  },
  {
    name: "--policies comes before the file's providers",
    file: { upstream_url: "a:1", policy_providers: [{ id: "x", type: "file", path: "x" }] },
    flags: { policies: "y" },
    pick: (c) => c.policyProviders.map(({ id }) => id),
    wanted: ["flag", "x"],
  },
  {
    name: "--relabel-file replaces the rules of the file",
    file: { upstream_url: "a:1", relabel_file: "old.yaml" },
    flags: { "relabel-file": "new.yaml" },
    pick: (c) => c.relabelSource,
    wanted: { kind: "file", path: "new.yaml" },
  },
  {
    name: "--relabel replaces the rules of the file, and nothing in it is a variable",
    file: { upstream_url: "a:1", relabel_file: "old.yaml" },
    env: { service: "env" },
    flags: { relabel: "[{target_label: a, replacement: '${service}'}]" },
    pick: (c) => [c.relabelSource, c.warnings],
    wanted: [{ kind: "text", text: "[{target_label: a, replacement: '${service}'}]" }, []],
  },
  {
    name: "relabel_file takes a variable",
    file: { upstream_url: "a:1", relabel_file: "${DIR}/rules.yaml" },
    env: { DIR: "/etc/weir" },
    pick: (c) => c.relabelSource,
    wanted: { kind: "file", path: "/etc/weir/rules.yaml" },
  },
  {
    name: "${name} in rules is a group of the regex, set or not",
    file: {
      upstream_url: "a:1",
      metric_relabel_configs: [
        { target_label: "a", replacement: "${1}" },
        { target_label: "a", replacement: "${name}" },
        { target_label: "a", replacement: "$${name}" },
      ],
    },
    env: { name: "env" },
    pick: (c) => [c.relabelConfigs.map(({ replacement }) => replacement), c.warnings],
    wanted: [["${1}", "${name}", "$${name}"], []],
  },
  {
    name: "limits of 0 are none",
    file: {
      upstream_url: "a:1",
      limits: { series: 0, label_values: { path: 0 }, action: "fail" },
    },
    pick: (c) => c.limits,
    wanted: undefined,
  },
  {
    name: "variables over the limits of the file",
    file: { upstream_url: "a:1", limits: { series: 5, label_values: { path: 2 } } },
    env: { TERO_LIMITS_SERIES: "7", WEIR_LIMITS_ACTION: "drop", WEIR_WEB_RELOAD: "1" },
    pick: (c) => [c.limits, c.web],
    wanted: [
      {
        seriesPerFamily: 0,
        series: 7,
        labelValues: new Map([["path", 2]]),
        labelValueLength: 0,
        action: "drop",
      },
      {
        reload: true,
        telemetryPath: "/metrics",
        preview: true,
        tap: true,
        profiling: true,
        configFile: undefined,
        authExempt: [],
        kubernetesAuth: undefined,
      },
    ],
  },
  {
    name: "a flag that turns previews on where other machines can connect",
    file: { upstream_url: "a:1", listen: "0.0.0.0:8080" },
    flags: { preview: true },
    pick: (c) => c.web.preview,
    wanted: true,
  },
  {
    name: "the flag over a file that turns them off",
    file: { upstream_url: "a:1", web: { preview: false } },
    flags: { preview: true },
    pick: (c) => c.web.preview,
    wanted: true,
  },
  {
    name: "the demo needs no upstream, with a file neither",
    file: {},
    flags: { demo: true, "demo-ingresses": "3" },
    pick: (c) => [c.form, c.upstreams, c.demo],
    wanted: [
      "file",
      [{ url: "http://demo.invalid/metrics", basePath: undefined, fansOut: false, labels: [] }],
      { ingresses: 3, isFiltered: true },
    ],
  },
  {
    name: "the demo has a size of its own",
    flags: { demo: true },
    pick: (c) => c.demo,
    wanted: { ingresses: 20, isFiltered: true },
  },
  {
    name: "the demo has a rule of its own",
    flags: { demo: true },
    pick: (c) => c.relabelConfigs.map(({ action, regex }) => [action, regex]),
    wanted: [["labeldrop", "path|method|host|service|canary|controller_.*"]],
  },
  {
    name: "rules by a flag take the place of all that the demo brings",
    flags: { demo: true, relabel: "[]" },
    pick: (c) => [c.demo?.isFiltered, c.relabelConfigs],
    wanted: [false, []],
  },
  {
    name: "so do policies by a flag",
    flags: { demo: true, policies: "p.json" },
    pick: (c) => [c.demo?.isFiltered, c.relabelConfigs],
    wanted: [false, []],
  },
  {
    name: "so do rules in the file, though there are none",
    file: { metric_relabel_configs: [] },
    flags: { demo: true },
    pick: (c) => [c.demo?.isFiltered, c.relabelConfigs],
    wanted: [false, []],
  },
  {
    name: "a command that scrapes nothing needs no upstream",
    file: {},
    needsUpstream: false,
    pick: (c) => c.upstreams[0].url,
    wanted: "http://localhost:10254/metrics",
  },
  {
    name: "an interval of null is the default",
    file: {
      upstream_url: "a:1",
      policy_providers: [{ id: "x", type: "file", path: "x", poll_interval_secs: null }],
    },
    pick: (c) => c.policyProviders,
    wanted: [{ type: "file", id: "x", path: "x", pollIntervalSeconds: 60 }],
  },
  {
    name: "keys of Edge's other distributions make one warning",
    file: {
      upstream_url: "a:1",
      s3_dump: { x: "${NONE}" },
      logs_url: "http://localhost:8081",
      worker_count: 4,
      service: { supported_stages: [] },
    },
    pick: (c) => c.warnings,
    wanted: [
      "weir.json: ignored keys that belong to other distributions of Edge: " +
      "logs_url, s3_dump, worker_count, service.supported_stages",
    ],
  },
  {
    name: "an unset variable makes a warning",
    file: { upstream_url: "a:1", service: { labels: [{ key: "k", value: "x${NONE}" }] } },
    pick: (c) => [c.service.labels, c.warnings],
    wanted: [
      [{ key: "k", value: "x" }],
      ["weir.json: service.labels[0].value: ${NONE} is not set, an empty string was used"],
    ],
  },
];

for (const { name, file, env = {}, flags = {}, needsUpstream, pick, wanted } of CASES) {
  test(name, async () => {
    const bytes = file && new TextEncoder().encode(JSON.stringify(file));
    const build = { version: "0.1.0", instanceId: "i-1" };
    const config = await loadConfig({
      path: "weir.json",
      bytes,
      env,
      flags,
      needsUpstream,
      ...build,
    });
    deepEqual(pick(config), wanted);
  });
}
