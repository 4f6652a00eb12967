import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Config, GatewayConfig } from "../../src/config/config.ts";
import { type Input, loadJson } from "../support/config/load_json.ts";

const DEFAULTS: GatewayConfig = {
  hasManyTargets: true,
  concurrency: 64,
  onTargetError: "partial",
  targetMetrics: true,
  targetLabel: undefined,
  counters: "monotonic",
  targetTtlSeconds: 300,
  stateFile: undefined,
  shard: undefined,
};

const TWO = { upstreams: ["a:1/m", "b:1/m"] };

/** Upstreams as they would be written on a command line, with their labels. */
function written({ upstreams }: Config): string[] {
  return upstreams.map(({ url, fansOut, dnsFamily, labels }) =>
    [
      fansOut ? `dns+${url}` : url,
      ...dnsFamily === undefined ? [] : [dnsFamily],
      ...labels.map((label) => label.join("=")),
    ].join(" ")
  );
}

interface UpstreamCase extends Input {
  readonly name: string;
  readonly upstreams: readonly string[];
  readonly isGateway: boolean;
}

const UPSTREAMS: readonly UpstreamCase[] = [
  {
    name: "URLs and maps of the file",
    file: { upstreams: ["a:1/m", { url: "dns+https://b/m", labels: { zone: "x", "a.b": "y" } }] },
    upstreams: ["http://a:1/m", "dns+https://b/m zone=x a.b=y"],
    isGateway: true,
  },
  {
    name: "one in the list is like upstream_url",
    file: { upstreams: [{ url: "a:1/m" }] },
    upstreams: ["http://a:1/m"],
    isGateway: false,
  },
  {
    name: "one with labels",
    file: { upstreams: [{ url: "a:1/m", labels: { zone: "x" } }] },
    upstreams: ["http://a:1/m zone=x"],
    isGateway: true,
  },
  {
    name: "an empty label is none",
    file: { upstreams: [{ url: "a:1/m", labels: { zone: "${ZONE}" } }] },
    upstreams: ["http://a:1/m"],
    isGateway: false,
  },
  {
    name: "dns_family of the file, of an upstream, and of a prefix, which goes before",
    file: {
      dns_family: "both",
      upstreams: ["dns+a:1/m", "dns6+b:1/m", { url: "dns+c:1/m", dns_family: "ipv4" }, "d:1/m"],
    },
    upstreams: [
      "dns+http://a:1/m both",
      "dns+http://b:1/m ipv6",
      "dns+http://c:1/m ipv4",
      "http://d:1/m",
    ],
    isGateway: true,
  },
  {
    name: "dns_family of a flag over that of the file",
    file: { dns_family: "both", upstream_url: "dns+a:1/m" },
    flags: { "dns-family": "ipv6" },
    upstreams: ["dns+http://a:1/m ipv6"],
    isGateway: true,
  },
  {
    name: "dns_family of a variable",
    file: { upstream_url: "dns+a:1/m" },
    env: { WEIR_DNS_FAMILY: "ipv4" },
    upstreams: ["dns+http://a:1/m ipv4"],
    isGateway: true,
  },
  {
    name: "dns+ in upstream_url",
    file: { upstream_url: "dns+http://app:8080/m" },
    upstreams: ["dns+http://app:8080/m"],
    isGateway: true,
  },
  {
    name: "dns+ in metrics_url",
    file: { upstream_url: "app:8080", metrics_url: "dns+app:8080/m" },
    upstreams: ["dns+http://app:8080/m"],
    isGateway: true,
  },
  {
    name: "dns+ in a flag",
    flags: { upstream: "dns+localhost:8080/metrics" },
    upstreams: ["dns+http://localhost:8080/metrics"],
    isGateway: true,
  },
  {
    name: "variables in both forms",
    file: { upstreams: ["${A}:1/m", { url: "${B}:1/m", labels: { zone: "${B}" } }] },
    env: { A: "a", B: "b" },
    upstreams: ["http://a:1/m", "http://b:1/m zone=b"],
    isGateway: true,
  },
  {
    name: "several flags",
    flags: { upstream: ["a:1", "dns+b:1/m"] },
    upstreams: ["http://a:1/", "dns+http://b:1/m"],
    isGateway: true,
  },
  {
    name: "several flags over upstream_url and metrics_url, be they right or wrong",
    file: { upstream_url: "ftp://x", metrics_url: 5 },
    flags: { upstream: ["a:1/m", "b:1/m"] },
    upstreams: ["http://a:1/m", "http://b:1/m"],
    isGateway: true,
  },
  {
    name: "several flags over upstreams, and over the environment",
    file: { upstreams: [{ url: "x:1/m", labels: { zone: "x" } }, "y:1/m", "z:1/m"] },
    env: { WEIR_UPSTREAM_URL: "e:1/m" },
    flags: { upstream: ["a:1/m", "b:1/m"] },
    upstreams: ["http://a:1/m", "http://b:1/m"],
    isGateway: true,
  },
  {
    name: "one flag over upstreams",
    file: TWO,
    flags: { upstream: "c:1/m" },
    upstreams: ["http://c:1/m"],
    isGateway: false,
  },
  {
    name: "a variable over upstreams",
    file: TWO,
    env: { TERO_UPSTREAM_URL: "c:1/m" },
    upstreams: ["http://c:1/m"],
    isGateway: false,
  },
  {
    name: "a variable for metrics_url over upstreams",
    file: TWO,
    env: { WEIR_METRICS_URL: "c:1/m" },
    upstreams: ["http://c:1/m"],
    isGateway: false,
  },
  {
    name: "a metrics_url of null beside upstreams, as Edge's files have it",
    file: { ...TWO, metrics_url: null },
    upstreams: ["http://a:1/m", "http://b:1/m"],
    isGateway: true,
  },
  {
    name: "the demo",
    flags: { demo: true },
    upstreams: ["http://demo.invalid/metrics"],
    isGateway: false,
  },
];

for (const { name, upstreams, isGateway, ...input } of UPSTREAMS) {
  test(`upstreams: ${name}`, async () => {
    const config = await loadJson(input);
    deepEqual([written(config), config.gateway !== undefined], [upstreams, isGateway]);
    deepEqual(config.gateway, isGateway ? DEFAULTS : undefined);
    deepEqual(config.coalesce, isGateway);
  });
}

const ALL: GatewayConfig = {
  hasManyTargets: true,
  concurrency: 4096,
  onTargetError: "fail",
  targetMetrics: false,
  targetLabel: "instance",
  counters: "raw",
  targetTtlSeconds: 90,
  stateFile: "/var/lib/weir/state",
  shard: { index: 2, count: 4 },
};

const GATEWAYS: readonly (Input & { readonly name: string })[] = [
  {
    name: "the file",
    file: {
      ...TWO,
      scrape: { concurrency: 4096 },
      on_target_error: "fail",
      target_metrics: false,
      target_label: "instance",
      target_ttl: "1m30s",
      counters: "raw",
      state_file: "/var/lib/weir/state",
      shard: "2/4",
      coalesce: false,
      min_scrape_interval: "5s",
      subset_timestamps: false,
      subset_max_age: "30s",
    },
  },
  {
    name: "variables",
    file: TWO,
    env: {
      WEIR_SCRAPE_CONCURRENCY: "4096",
      WEIR_ON_TARGET_ERROR: "fail",
      TERO_TARGET_METRICS: "false",
      WEIR_TARGET_LABEL: "instance",
      WEIR_TARGET_TTL: "90",
      WEIR_COUNTERS: "raw",
      WEIR_STATE_FILE: "/var/lib/weir/state",
      WEIR_SHARD: "weir-2/4",
      WEIR_COALESCE: "0",
      WEIR_MIN_SCRAPE_INTERVAL: "5",
      WEIR_SUBSET_TIMESTAMPS: "false",
      WEIR_SUBSET_MAX_AGE: "30s",
    },
  },
  {
    name: "flags, over the file",
    file: {
      scrape: { concurrency: 1 },
      on_target_error: "partial",
      target_metrics: true,
      target_label: "x",
      counters: "monotonic",
      shard: "0/2",
      coalesce: false,
      subset_timestamps: true,
    },
    env: { POD_NAME: "weir-2" },
    flags: {
      upstream: ["a:1/m", "b:1/m"],
      concurrency: "4096",
      "on-target-error": "fail",
      "target-metrics": "false",
      "target-label": "instance",
      "target-ttl": "90s",
      counters: "raw",
      "state-file": "/var/lib/weir/state",
      shard: "auto/4",
      "min-scrape-interval": "5s",
      "subset-timestamps": "false",
      "subset-max-age": "30s",
    },
  },
];

for (const { name, ...input } of GATEWAYS) {
  test(`every key of a gateway, from ${name}`, async () => {
    const config = await loadJson(input);
    const { coalesce, minScrapeIntervalSeconds, subsetTimestamps, subsetMaxAgeSeconds } = config;
    deepEqual(config.gateway, ALL);
    deepEqual([coalesce, minScrapeIntervalSeconds, subsetTimestamps, subsetMaxAgeSeconds], [
      false,
      5,
      false,
      30,
    ]);
    deepEqual(config.warnings, []);
  });
}

test("--coalesce is for one upstream too", async () => {
  const { coalesce, gateway, warnings } = await loadJson({ flags: { coalesce: true } });
  deepEqual([coalesce, gateway, warnings], [true, undefined, []]);
});

test("a warning names the bound of lines where targets are merged", async () => {
  const scrape = { max_line_bytes: 4096 };
  const many = await loadJson({ file: { upstreams: ["a:1/m", "b:1/m"], scrape } });
  deepEqual(many.warnings, ["has no effect where targets are merged: scrape.max_line_bytes"]);
  const one = await loadJson({ file: { upstream_url: "a:1/m", scrape } });
  deepEqual(one.warnings, []);
});

test("a warning names a family where no name is resolved, with one upstream and with several", async () => {
  const one = await loadJson({ file: { upstream_url: "a:1/m", dns_family: "both" } });
  deepEqual(one.warnings, ["has no effect without dns+: dns_family"]);
  const flags = { upstream: ["a:1/m", "b:1/m"], "dns-family": "ipv6" };
  deepEqual((await loadJson({ flags })).warnings, ["has no effect without dns+: --dns-family"]);
  const fans = { upstream: ["a:1/m", "dns+b:1/m"], "dns-family": "ipv6" };
  deepEqual((await loadJson({ flags: fans })).warnings, []);
});

const ONE: GatewayConfig = { ...DEFAULTS, hasManyTargets: false, targetMetrics: false };

const MONOTONIC: readonly (Input & { name: string; gateway: GatewayConfig; warnings: string[] })[] =
  [
    {
      name: "the file",
      file: { upstream_url: "a:1/m", counters: "monotonic" },
      gateway: ONE,
      warnings: [],
    },
    {
      name: "a variable, and the demo",
      env: { WEIR_COUNTERS: "monotonic" },
      flags: { demo: true },
      gateway: ONE,
      warnings: [],
    },
    {
      name: "a flag, and what else is for one upstream",
      file: { upstreams: ["a:1/m"], target_ttl: "1m", target_metrics: true },
      flags: { counters: "monotonic", "state-file": "s", "target-label": "instance" },
      gateway: {
        ...ONE,
        targetMetrics: true,
        targetTtlSeconds: 60,
        stateFile: "s",
        targetLabel: "instance",
      },
      warnings: [],
    },
    {
      name: "a flag, and what needs many",
      file: { upstream_url: "a:1/m", on_target_error: "fail", scrape: { concurrency: 2 } },
      flags: { counters: "monotonic", shard: "0/2" },
      gateway: { ...ONE, onTargetError: "fail", concurrency: 2 },
      warnings: ["has no effect with one upstream: on_target_error, --shard, scrape.concurrency"],
    },
  ];

for (const { name, gateway, warnings, ...input } of MONOTONIC) {
  test(`counters of one upstream go on: ${name}`, async () => {
    const config = await loadJson(input);
    deepEqual([config.gateway, config.warnings, config.coalesce], [gateway, warnings, false]);
  });
}

test("paths of one upstream can be forwarded where its counters go on", async () => {
  const file = { upstream_url: "a:1", counters: "monotonic", passthrough: true };
  deepEqual((await loadJson({ file })).passthrough, true);
});

test("one warning names what has no effect with one upstream, as it was set", async () => {
  const file = {
    upstream_url: "a:1/m",
    target_label: "${LABEL}",
    counters: "raw",
    scrape: { concurrency: 4 },
    coalesce: true,
  };
  const env = { LABEL: "x", WEIR_TARGET_TTL: "1m", TERO_ON_TARGET_ERROR: "fail" };
  const flags = { shard: "0/2", "state-file": "s", "target-metrics": "false" };
  const { gateway, warnings } = await loadJson({ file, env, flags });
  deepEqual([gateway, warnings], [undefined, [
    "has no effect with one upstream: TERO_ON_TARGET_ERROR, --target-metrics, target_label, " +
    "WEIR_TARGET_TTL, counters, --state-file, --shard, scrape.concurrency",
  ]]);
});
