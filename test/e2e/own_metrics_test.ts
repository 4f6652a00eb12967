/** Weir's own metrics in each of its modes: what promtool says of them, and the table that names them. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, OPEN_METRICS_TYPE, servingUpstream } from "../support/e2e/upstreams.ts";
import { KubernetesApi } from "../support/server/kubernetes_api.ts";
import { runWeir, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const root = resolve(import.meta.dirname!, "../..");
const DOCS = readFileSync(`${root}/docs/scraping.md`, "utf8");
const DOCUMENTED = new Set(
  [...DOCS.slice(DOCS.indexOf("## Own metrics")).matchAll(/^\| .*$/gm)].flatMap(([row]) =>
    [...row.matchAll(/`((?:weir|process)_\w+)/g)].map(([, name]) => name)
  ),
);

const EXPOSITION = `# TYPE jobs_total counter
jobs_total{queue="a",pod="1"} 1
jobs_total{queue="a",pod="2"} 2
jobs_total{queue="b",pod="1"} 3
# TYPE debug_items gauge
debug_items 1
`;

/** Of a config file, beside its upstreams. */
const RULES = {
  metric_relabel_configs: [
    { action: "drop", source_labels: ["__name__"], regex: "debug_.*" },
    { action: "labeldrop", regex: "pod" },
  ],
};

interface Mode {
  readonly name: string;
  readonly config: (url: string, t: TestContext) => Readonly<Record<string, unknown>>;
  readonly paths?: readonly string[];
  /** Samples that have to be there afterwards. */
  readonly samples: Readonly<Record<string, number>>;
}

const hits = (path: string, rule: number, action: string, route = "") =>
  `weir_rule_hits_total{${route}path="${path}",rule="${rule}",action="${action}"}`;

const modes: readonly Mode[] = [
  {
    name: "rules that drop only",
    config: (upstream_url) => ({
      upstream_url,
      metric_relabel_configs: RULES.metric_relabel_configs.slice(0, 1),
    }),
    samples: { [hits("/metrics", 0, "drop")]: 2 },
  },
  {
    name: "rules, a limit and a subset",
    config: (upstream_url) => ({
      upstream_url,
      ...RULES,
      limits: { series_per_family: 1 },
      subsets: { queues: [{ action: "labeldrop", regex: "queue|pod" }] },
    }),
    paths: ["/metrics", "/metrics/queues"],
    samples: {
      [hits("/metrics", 0, "drop")]: 2,
      [hits("/metrics", 1, "labeldrop")]: 6,
      [hits("/metrics/queues", 0, "labeldrop")]: 6,
      'weir_limited_samples_total{family="jobs_total",limit="series_per_family"}': 2,
    },
  },
  {
    name: "policies",
    config: (upstream_url, t) => ({
      upstream_url,
      policy_providers: [{
        id: "file",
        type: "file",
        path: dropPolicies(t, [{ metric_field: "name", starts_with: "debug_" }]),
      }],
    }),
    samples: { 'weir_policy_loads_total{provider="file",result="success"}': 1 },
  },
  {
    name: "a gateway",
    config: (url) => ({ upstreams: [url, `${url}?again`, "http://127.0.0.1:9"], ...RULES }),
    samples: {
      [hits("/metrics", 0, "drop")]: 4,
      [hits("/metrics", 1, "labeldrop")]: 12,
      'weir_targets{state="up"}': 2,
      'weir_targets{state="down"}': 1,
    },
  },
  {
    name: "routes",
    config: (url) => ({
      routes: [
        { path: "/metrics", upstream_url: url, ...RULES },
        { path: "/other", upstream_url: url },
      ],
    }),
    paths: ["/metrics", "/other"],
    samples: {
      [hits("/metrics", 0, "drop", 'route="/metrics",')]: 2,
      [hits("/metrics", 1, "labeldrop", 'route="/metrics",')]: 6,
      'weir_input_samples_total{route="/other"}': 8,
    },
  },
  {
    name: "rules, limits and a policy that are in shadow",
    config: (upstream_url, t) => ({
      upstream_url,
      ...RULES,
      relabel_mode: "shadow",
      limits: { series_per_family: 1, mode: { canary: "0.1%" } },
      canary_name: "weir-0",
      policy_providers: [{
        id: "file",
        type: "file",
        path: dropPolicies(t, [{ metric_field: "name", starts_with: "debug_" }]),
        mode: "shadow",
      }],
    }),
    samples: {
      'weir_mode{path="/metrics",part="limits",mode="shadow",canary="0.1%"}': 1,
      'weir_shadow_dropped_samples_total{rule="metric_relabel_configs[0]"}': 0,
      'weir_shadow_dropped_samples_total{rule="limits.series_per_family"}': 2,
      weir_shadow_merged_samples_total: 2,
      weir_shadow_saved_series: 2,
      'weir_policies{state="shadow"}': 1,
    },
  },
  {
    name: "labels that go first",
    config: (upstream_url) => ({ upstream_url, limits: { series: 3, shed: [{ label: "pod" }] } }),
    samples: {
      'weir_shed_active{step="label pod"}': 1,
      'weir_shed_changes_total{step="label pod",change="taken"}': 1,
    },
  },
  {
    name: "Edge's form",
    config: (url) => ({ upstream_url: new URL(url).origin, tap_enabled: true }),
    samples: { weir_input_samples_total: 8 },
  },
];

const exposed = new Set<string>();

for (const mode of modes) {
  peerTest(["promtool"], `own metrics are as promtool wants them: ${mode.name}`, async (t) => {
    const url = `${await servingUpstream(t, EXPOSITION)}/metrics`;
    const weir = await startWeir(t, [configFile(t, mode.config(url, t))]);
    for (let scrape = 0; scrape < 2; scrape++) {
      for (const path of mode.paths ?? ["/metrics"]) {
        assert.equal((await fetch(`${weir.url}${path}`)).status, 200, path);
      }
    }
    // A format that the upstream does not speak.
    const headers = {
      accept: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
        "encoding=delimited",
    };
    await fetch(`${weir.url}/source`, { headers });
    const all = await weir.ownMetrics();
    const found = Object.keys(mode.samples).map((key) => [key, all.get(key)]);
    assert.deepEqual(Object.fromEntries(found), mode.samples);
    await assertLinted(weir);
  });
}

peerTest(["promtool"], "own metrics with a web config file", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "web.yml"),
    "http_server_config:\n  headers:\n    X-Frame-Options: deny\n",
  );
  const url = await servingUpstream(t, EXPOSITION);
  const weir = await startWeir(t, [
    "-H",
    `${url}/metrics`,
    "--web.config.file",
    join(folder, "web.yml"),
  ]);
  await assertLinted(weir);
});

peerTest(["promtool"], "own metrics with Kubernetes's tokens", async (t) => {
  const api = new KubernetesApi("weirs-own");
  api.users.set("a-token", { username: "prometheus" });
  api.allowed.set("prometheus", ["get *"]);
  const api_server = await httpUpstream(t, (request, response) => {
    void api.listener(request, response);
  });
  const http_config = { authorization: { credentials: "weirs-own" } };
  const upstream_url = `${await servingUpstream(t, EXPOSITION)}/metrics`;
  const web = { kubernetes_auth: { api_server, http_config } };
  const weir = await startWeir(t, [configFile(t, { upstream_url, web })], { guarded: true });
  await assertLinted(weir, { authorization: "Bearer a-token" });
});

peerTest(["promtool"], "the table of own metrics has what is exposed, and no more", () => {
  // What the machine alone decides, and what takes servers that other tests have.
  const isElsewhere = new Set([
    "weir_memory_limit_bytes",
    "weir_policy_cache_saves_total",
    "weir_kubernetes_reviews_total",
  ]);
  const missing = [...DOCUMENTED].filter((name) => !exposed.has(name) && !isElsewhere.has(name));
  const unknown = [...exposed].filter((name) => !DOCUMENTED.has(name));
  assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] });
  return Promise.resolve();
});

/** promtool reads the text; as OpenMetrics it is read by Weir itself, which passes no line unread. */
async function assertLinted(
  weir: WeirProcess,
  login: Readonly<Record<string, string>> = {},
): Promise<void> {
  const text = await (await fetch(`${weir.url}/-/metrics`, { headers: login })).text();
  for (const [, name] of text.matchAll(/^# TYPE (\S+) /gm)) exposed.add(name);
  const check = await runProgram("promtool", ["check", "metrics"], { stdin: [Buffer.from(text)] });
  assert.deepEqual([check.exitCode, check.stderr, check.stdout.toString()], [0, "", ""]);
  const open = await fetch(`${weir.url}/-/metrics`, {
    headers: { accept: OPEN_METRICS_TYPE, ...login },
  });
  assert.equal(open.headers.get("content-type"), OPEN_METRICS_TYPE);
  const stdin = [Buffer.from(await open.text())];
  const flags = [
    "--openmetrics",
    "--on-unreadable",
    "fail",
    "--relabel",
    "[{action: labeldrop, regex: none}]",
  ];
  const filtered = await runWeir(["filter", ...flags], { stdin });
  assert.equal(filtered.exitCode, 0, filtered.stderr);
}

function configFile(t: TestContext, config: Readonly<Record<string, unknown>>): string {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, stringify(config));
  return path;
}
