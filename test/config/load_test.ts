import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import type { WholeConfig } from "../../src/config/config.ts";
import { type ConfigInput, loadConfig } from "../../src/config/load.ts";
import { placeOf } from "../../src/problems/problem.ts";

/** All but what is shown of it, which has a test of its own. */
type Loaded = Omit<WholeConfig, "shown">;

/** Loads `text` as the file `path`, or no file, with a fixed build and start. */
async function load(
  text: string | undefined,
  { path = "weir.json", flags = {}, env = {}, ...rest }: Partial<ConfigInput> = {},
): Promise<Loaded> {
  const file = text === undefined ? {} : { path, bytes: new TextEncoder().encode(text) };
  const input = { ...file, flags, env, version: "0.1.0", instanceId: "i-1", ...rest };
  const { shown: _, ...config } = await loadConfig(input);
  return Object.freeze(config);
}

/** What is so of an upstream that is one target. */
const PLAIN = { fansOut: false, labels: [] };

const FLAGS_ALONE: Loaded = {
  form: "flags",
  listen: { hostname: "::", port: 8080 },
  upstreams: [{ url: "http://localhost:10254/metrics", basePath: undefined, ...PLAIN }],
  gateway: undefined,
  scrape: {
    timeoutSeconds: 15,
    offsetSeconds: 0.5,
    maxInputBytes: 0,
    maxOutputBytes: 0,
    onLimit: "fail",
    onUnreadable: "pass",
    fallbackProtocol: undefined,
    maxLineBytes: 1_048_576,
    maxConcurrent: 32,
  },
  compression: "auto",
  log: { level: "info", format: "logfmt" },
  service: {
    name: "weir",
    namespace: "default",
    version: "0.1.0",
    instanceId: "i-1",
    resourceAttributes: [],
    labels: [],
  },
  policyProviders: [],
  policyCache: undefined,
  requirePolicies: false,
  relabelConfigs: [],
  relabelSource: undefined,
  subsets: new Map(),
  subsetTimestamps: true,
  subsetMaxAgeSeconds: 300,
  selfMetrics: "off",
  coalesce: false,
  minScrapeIntervalSeconds: 0,
  aggregationRules: [],
  aggregationDefaults: true,
  limits: undefined,
  maxMemoryBytes: undefined,
  rollout: { relabel: undefined, limits: undefined, name: undefined },
  web: {
    reload: false,
    telemetryPath: "/metrics",
    preview: false,
    tap: false,
    profiling: false,
    configFile: undefined,
    authExempt: [],
    kubernetesAuth: undefined,
  },
  passthrough: false,
  maxBodyBytes: 1_048_576,
  forwardHeaders: "none",
  tapEnabled: false,
  demo: undefined,
  routes: [],
  warnings: [],
};

const SMALLEST_FILE: Loaded = {
  ...FLAGS_ALONE,
  form: "file",
  listen: { hostname: "127.0.0.1", port: 8080 },
  web: { ...FLAGS_ALONE.web, preview: true, tap: true, profiling: true },
  upstreams: [{ url: "http://localhost:8080/", basePath: "", ...PLAIN }],
};
const EDGE_FILE: Loaded = {
  ...SMALLEST_FILE,
  form: "edge",
  upstreams: [{ ...SMALLEST_FILE.upstreams[0], basePath: "" }],
  passthrough: true,
  forwardHeaders: "all",
  service: { ...FLAGS_ALONE.service, name: "tero-edge", namespace: "tero", version: "latest" },
  scrape: {
    ...FLAGS_ALONE.scrape,
    maxInputBytes: 10_485_760,
    maxOutputBytes: 10_485_760,
    onLimit: "truncate",
  },
};
/** Others can connect: then previews are off. */
const ALL_INTERFACES = {
  listen: { hostname: "0.0.0.0", port: 9090 },
  web: FLAGS_ALONE.web,
};
const SMALLEST = '{"upstream_url": "http://localhost:8080"}';

test("without a file the defaults are those of flags alone", async () => {
  deepEqual(await load(undefined), FLAGS_ALONE);
});

test("with a file no byte limit is in force that it does not ask for", async () => {
  deepEqual(await load(SMALLEST), SMALLEST_FILE);
});

for (
  const [what, keys, form] of [
    ["policy providers", { policy_providers: [] }, "edge"],
    ["a key of Edge's other distributions", { worker_count: 4 }, "edge"],
    ["a key without effect here", { max_body_size: 1 }, "edge"],
    ["policy providers, and rules of Weir's own", {
      policy_providers: [],
      metric_relabel_configs: [],
      scrape: { timeout: "5s" },
    }, "edge"],
    ["policy providers, and where to listen in Weir's words", {
      policy_providers: [],
      listen: ":8080",
    }, "file"],
    ["policy providers, and what to scrape in Weir's words", {
      policy_providers: [],
      upstream_url: undefined,
      upstreams: ["http://localhost:8080"],
    }, "file"],
    ["words of both", {
      listen_address: "127.0.0.1",
      listen_port: 9090,
      service: {},
      log_level: "info",
    }, "file"],
    ["an output limit", { prometheus: { max_output_bytes_per_scrape: 100 } }, "file"],
  ] as const
) {
  test(`the form of a file with ${what}, and its limits`, async () => {
    const file = { upstream_url: "http://localhost:8080", ...keys };
    const { form: found, scrape } = await load(JSON.stringify(file));
    const limit = form === "edge" ? 10_485_760 : 0;
    const onLimit = form === "edge" ? "truncate" : "fail";
    const output = "prometheus" in keys ? 100 : limit;
    deepEqual([found, scrape.onLimit], [form, onLimit]);
    deepEqual([scrape.maxInputBytes, scrape.maxOutputBytes], [limit, output]);
    const asked = await load(JSON.stringify({
      ...file,
      scrape: { on_limit: "fail" },
      prometheus: { max_input_bytes_per_scrape: 1, max_output_bytes_per_scrape: 2 },
    }));
    deepEqual(
      [asked.form, asked.scrape.maxInputBytes, asked.scrape.maxOutputBytes, asked.scrape.onLimit],
      [form, 1, 2, "fail"],
    );
  });
}

const EDGE_EXAMPLE = `{
  "listen_address": "0.0.0.0", "listen_port": 9090,
  "upstream_url": "http://localhost:8080", "metrics_url": null,
  "log_level": "info", "max_body_size": 1048576,
  "service": {"name": "edge", "namespace": "production", "version": "1.0",
    "resource_attributes": [{"key": "deployment.environment", "value": "production"}],
    "labels": [{"key": "team", "value": "platform"}]},
  "prometheus": {"max_input_bytes_per_scrape": 10485760, "max_output_bytes_per_scrape": 10485760},
  "policy_providers": [
    {"id": "local", "type": "file", "path": "/etc/tero/policies.json"},
    {"id": "tero", "type": "http", "url": "https://sync.example.com/v1/policy/sync",
     "headers": [{"name": "Authorization", "value": "Bearer \${TERO_API_KEY}"}], "poll_interval_secs": 60}]
}`;

test("Edge's whole config file", async () => {
  deepEqual(await load(EDGE_EXAMPLE, { env: { TERO_API_KEY: "s3cret" } }), {
    ...EDGE_FILE,
    ...ALL_INTERFACES,
    service: {
      name: "edge",
      namespace: "production",
      version: "1.0",
      instanceId: "i-1",
      resourceAttributes: [{ key: "deployment.environment", value: "production" }],
      labels: [{ key: "team", value: "platform" }],
    },
    policyProviders: [
      {
        type: "http",
        id: "tero",
        url: "https://sync.example.com/v1/policy/sync",
        headers: [{ name: "Authorization", value: "Bearer s3cret" }],
        pollIntervalSeconds: 60,
      },
      { type: "file", id: "local", path: "/etc/tero/policies.json", pollIntervalSeconds: 60 },
    ],
  });
});

const SIDECAR_GUIDE = `{
"listen_address": "0.0.0.0",
"listen_port": 9090,
"upstream_url": "http://localhost:8080",
"log_level": "info",
"prometheus": {
"max_input_bytes_per_scrape": 10485760,
"max_output_bytes_per_scrape": 10485760
},
"policy_providers": [
{
"id": "tero",
"type": "http",
"url": "https://sync.usetero.com/v1/policy/sync",
"headers": [
{ "name": "Authorization", "value": "Bearer \${TERO_API_KEY}" }
],
"poll_interval_secs": 60
}
]
}`;

test("the config file of Edge's sidecar guide, with its key from a mounted secret", async () => {
  deepEqual(await load(SIDECAR_GUIDE, { env: { TERO_API_KEY: "s3cret\n" } }), {
    ...EDGE_FILE,
    ...ALL_INTERFACES,
    policyProviders: [{
      type: "http",
      id: "tero",
      url: "https://sync.usetero.com/v1/policy/sync",
      headers: [{ name: "Authorization", value: "Bearer s3cret" }],
      pollIntervalSeconds: 60,
    }],
  });
});

test("Weir's own keys, in YAML", async () => {
  const text = `
listen: unix:/run/weir.sock
upstream_url: localhost:9100/metrics
passthrough: true
compression: gzip
log_level: err
log_format: json
service: {instance_id: pod-7}
scrape:
  timeout: 1m30s
  offset: 250ms
  on_limit: fail
  on_unreadable: drop
  fallback_protocol: OpenMetricsText1.0.0
  max_line_bytes: 16KiB
  max_concurrent: 8
prometheus:
  max_input_bytes_per_scrape: 1GB
  max_output_bytes_per_scrape: 0
policy_providers:
  - {id: a, type: file, path: a.yaml, poll_interval: 5m}
  - {id: b, type: http, url: "http://sync:8080/v1"}
`;
  deepEqual(await load(text, { path: "weir.yaml" }), {
    ...SMALLEST_FILE,
    listen: { unix: "/run/weir.sock" },
    upstreams: [{ url: "http://localhost:9100/metrics", basePath: undefined, ...PLAIN }],
    web: { ...FLAGS_ALONE.web, preview: true, tap: true },
    passthrough: true,
    compression: "gzip",
    log: { level: "error", format: "json" },
    service: { ...FLAGS_ALONE.service, instanceId: "pod-7" },
    scrape: {
      timeoutSeconds: 90,
      offsetSeconds: 0.25,
      maxInputBytes: 1_000_000_000,
      maxOutputBytes: 0,
      onLimit: "fail",
      onUnreadable: "drop",
      fallbackProtocol: "OpenMetricsText1.0.0",
      maxLineBytes: 16_384,
      maxConcurrent: 8,
    },
    policyProviders: [
      { type: "file", id: "a", path: "a.yaml", pollIntervalSeconds: 300 },
      {
        type: "http",
        id: "b",
        url: "http://sync:8080/v1",
        headers: [],
        pollIntervalSeconds: undefined,
      },
    ],
  });
});

test("relabel rules, aggregation, limits and reloading", async () => {
  const text = `
upstream_url: a:1/metrics
metric_relabel_configs:
  - {source_labels: [path], regex: "/(?P<service>[^/]+)/.*", target_label: "${"$"}{2}x", replacement: "${"$"}{service}-${"$"}1"}
  - {action: LabelDrop, regex: path}
aggregation:
  rules:
    - {match: ".*_ratio", function: avg}
    - {match: "", function: drop}
limits:
  series_per_family: 1000
  series: 1000000000
  label_values: {path: 200, user: 0}
  label_value_length: 128
web:
  reload: true
  config_file: web.yml
  auth_exempt: [/-/ready]
  kubernetes_auth:
    api_server: https://api.test:6443/
    audiences: [weir]
    http_config: {authorization: {credentials_file: token}}
`;
  deepEqual(await load(text, { path: "weir.yaml", env: { service: "env", "1": "env" } }), {
    ...SMALLEST_FILE,
    upstreams: [{ url: "http://a:1/metrics", basePath: undefined, ...PLAIN }],
    relabelConfigs: [
      {
        ...RULE,
        place: placeOf("weir.yaml", "metric_relabel_configs", 0),
        sourceLabels: ["path"],
        regex: "/(?P<service>[^/]+)/.*",
        targetLabel: "${2}x",
        replacement: "${service}-$1",
      },
      {
        ...RULE,
        place: placeOf("weir.yaml", "metric_relabel_configs", 1),
        action: "labeldrop",
        regex: "path",
      },
    ],
    aggregationRules: [{ match: ".*_ratio", function: "avg" }, { match: "", function: "drop" }],
    limits: {
      seriesPerFamily: 1000,
      series: 1_000_000_000,
      labelValues: new Map([["path", 200]]),
      labelValueLength: 128,
      action: "overflow",
    },
    web: {
      reload: true,
      telemetryPath: "/metrics",
      preview: true,
      tap: true,
      profiling: true,
      configFile: "web.yml",
      authExempt: ["/-/ready"],
      kubernetesAuth: {
        apiServer: "https://api.test:6443",
        audiences: ["weir"],
        http: {
          basicAuth: undefined,
          authorization: {
            type: "Bearer",
            credentials: { key: "credentials_file", file: "token" },
          },
          headers: [],
          tls: undefined,
          followRedirects: true,
          redirectHosts: [],
        },
      },
    },
  });
});

test("subsets", async () => {
  const text = `
upstream_url: a:1/metrics
subsets:
  requests: [{action: keep, source_labels: [__name__], regex: "${"$"}{service}.*"}]
  few.of-them_2:
subset_timestamps: false
subset_max_age: 1m
coalesce: true
min_scrape_interval: 10s
`;
  deepEqual(await load(text, { path: "weir.yaml", env: { service: "env" } }), {
    ...SMALLEST_FILE,
    upstreams: [{ url: "http://a:1/metrics", basePath: undefined, ...PLAIN }],
    subsets: new Map([
      ["requests", [{
        ...RULE,
        place: placeOf("weir.yaml", "subsets", "requests", 0),
        action: "keep",
        sourceLabels: ["__name__"],
        regex: "${service}.*",
      }]],
      ["few.of-them_2", []],
    ]),
    subsetTimestamps: false,
    subsetMaxAgeSeconds: 60,
    coalesce: true,
    minScrapeIntervalSeconds: 10,
  });
});

/** A rule with Prometheus's defaults. */
const RULE = {
  action: "replace",
  sourceLabels: [],
  separator: ";",
  regex: "(.*)",
  modulus: 0n,
  targetLabel: "",
  replacement: "$1",
  scheme: "utf8",
} as const;

const ALL_FLAGS = {
  upstream: "localhost:9100",
  port: "9091",
  "scrape-timeout": "5s",
  policies: "p.json",
  "max-input-bytes": "10MiB",
  "max-output-bytes": "1GB",
  "on-limit": "fail",
  "log-level": "debug",
  "log-format": "json",
  passthrough: true,
} as const;

test("scrape protocols of a list, a flag and the environment", async () => {
  const protocols = async (text: string | undefined, input: Partial<ConfigInput>) =>
    (await load(text, input)).scrape.protocols;
  const text = '{"upstream_url": "a:1", "scrape": {"protocols": ["PrometheusText0.0.4"]}}';
  deepEqual(await protocols(text, {}), ["PrometheusText0.0.4"]);
  const flags = { "scrape-protocols": "PrometheusText0.0.4, OpenMetricsText1.0.0" };
  deepEqual(await protocols(text, { flags }), ["PrometheusText0.0.4", "OpenMetricsText1.0.0"]);
  const env = { WEIR_SCRAPE_PROTOCOLS: "PrometheusProto" };
  deepEqual(await protocols(undefined, { env }), ["PrometheusProto"]);
  equal(await protocols(undefined, {}), undefined);
  for (const wrong of ["", "text", "PrometheusText0.0.4,", "prometheusproto"]) {
    const flags = { "scrape-protocols": wrong };
    await rejects(load(undefined, { flags }), /--scrape-protocols: found ".*", wanted a list of /);
  }
  const empty = '{"upstream_url": "a:1", "scrape": {"protocols": []}}';
  await rejects(
    load(empty, {}),
    /weir\.json:1:36: scrape\.protocols: found .*, wanted a list of some of /,
  );
});

test("one URL of the flag alone is asked as it stands", async () => {
  const asked = async (input: Partial<ConfigInput>) => {
    const { upstreams, warnings } = await load(undefined, input);
    return [upstreams.map(({ basePath }) => basePath === ""), warnings.length];
  };
  deepEqual(await asked({ flags: { upstream: "localhost:9100" } }), [[false], 1]);
  deepEqual(await asked({ flags: { upstream: "localhost:9100/" } }), [[false], 0]);
  deepEqual(await asked({ flags: { upstream: "http://localhost:9100?a=/" } }), [[false], 1]);
  deepEqual(await asked({ flags: { upstream: "dns+http://localhost" } }), [[false], 1]);
  deepEqual(await asked({ flags: { upstream: "localhost:9100", passthrough: true } }), [[true], 0]);
  deepEqual(await asked({ flags: { upstream: "unix:/run/a.sock" } }), [[true], 0]);
  deepEqual(await asked({ flags: { upstream: ["a:1", "b:2"] } }), [[true, true], 0]);
  deepEqual(await asked({ flags: {}, env: { WEIR_UPSTREAM_URL: "http://a:1" } }), [[true], 0]);
});

test("every flag", async () => {
  deepEqual(await load(undefined, { flags: ALL_FLAGS }), {
    ...FLAGS_ALONE,
    listen: { hostname: "::", port: 9091 },
    upstreams: [{ url: "http://localhost:9100/", basePath: "", ...PLAIN }],
    scrape: {
      ...FLAGS_ALONE.scrape,
      timeoutSeconds: 5,
      maxInputBytes: 10_485_760,
      maxOutputBytes: 1_000_000_000,
      onLimit: "fail",
    },
    log: { level: "debug", format: "json" },
    passthrough: true,
    policyProviders: [{ type: "file", id: "flag", path: "p.json", pollIntervalSeconds: 60 }],
  });
});

test("the result is frozen to its depths", async () => {
  const open: string[] = [];
  const visit = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null) return;
    if (!Object.isFrozen(value)) open.push(path);
    const entries = value instanceof Map ? value : Object.entries(value);
    for (const [key, child] of entries) visit(child, `${path}.${key}`);
  };
  visit(await load(EDGE_EXAMPLE), "config");
  visit(
    await load('{"upstreams": ["a:1", "b:1"], "subsets": {"s": [{"action": "keep"}]}}'),
    "other",
  );
  equal(open.join(), "");
});
