/**
 * A Weir with rules, limits and policies in shadow beside one that enforces them and one without them,
 * before the same upstream: its answers are the third's, its figures the second's.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bodyOf } from "../support/lines/composite_body.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";

const TEXT = `# TYPE jobs_total counter
jobs_total{queue="a",pod="1"} 1
jobs_total{queue="a",pod="2"} 2
jobs_total{queue="b",pod="1"} 3
# TYPE lat histogram
lat_bucket{pod="1",le="1"} 1
lat_bucket{pod="1",le="+Inf"} 2
lat_sum{pod="1"} 2.5
lat_count{pod="1"} 2
# TYPE debug_items gauge
debug_items{pod="1"} 1
debug_items{pod="2"} 1
`;

type Keys = Readonly<Record<string, unknown>>;

interface Case {
  readonly what: string;
  /** Beside its upstreams, where what is in shadow has this mode. */
  readonly config: (mode: string, t: TestContext) => Keys;
  /** What of it is in force all the same. */
  readonly rest?: (t: TestContext) => Keys;
  readonly isGateway?: true;
  /** Protobuf says when counters began: with each Weir at another time, in other bytes. */
  readonly types?: readonly string[];
  /** Of enforcing after three scrapes of each type, where it is easy to tell. */
  readonly dropped: Readonly<Record<string, number>>;
}

const FILTERS = [
  { action: "drop", source_labels: ["__name__"], regex: "debug_.*" },
  { action: "keep", source_labels: ["__name__"], regex: "jobs_total|lat.*" },
];
const LABELS = [...FILTERS, { action: "labeldrop", regex: "pod" }];

function policyFile(t: TestContext, policies: readonly Keys[]): Keys {
  const path = join(temporaryFolder(t), "policies.json");
  writeFileSync(path, JSON.stringify({ policies }));
  return { id: "file", type: "file", path };
}

function drops(id: string, regex: string, more: Keys = {}): Keys {
  const metric = { match: [{ metric_field: "name", regex }], keep: false };
  return { id, name: id, metric, ...more };
}

const cases: readonly Case[] = [
  {
    what: "rules that drop",
    config: (mode) => ({ metric_relabel_configs: FILTERS, relabel_mode: mode }),
    dropped: { "metric_relabel_configs[0]": 18, "metric_relabel_configs[1]": 0 },
  },
  {
    what: "rules by which samples become one, and a limit that is in force",
    config: (mode) => ({
      metric_relabel_configs: LABELS,
      relabel_mode: mode,
      limits: { series: 100 },
    }),
    rest: () => ({ limits: { series: 100 } }),
    dropped: { "metric_relabel_configs[0]": 18 },
  },
  {
    what: "a relabel file that says it itself",
    config: (mode, t) => {
      const relabel_file = join(temporaryFolder(t), "rules.yaml");
      writeFileSync(
        relabel_file,
        JSON.stringify({ metric_relabel_configs: LABELS, mode }),
      );
      return { relabel_file };
    },
    dropped: { "metric_relabel_configs[0]": 18 },
  },
  {
    what: "a limit, and rules that are in force",
    config: (mode) => ({
      metric_relabel_configs: FILTERS,
      limits: { series_per_family: 2, action: "drop", mode },
    }),
    rest: () => ({ metric_relabel_configs: FILTERS }),
    dropped: { "limits.series_per_family": 9 },
  },
  {
    what: "one of two policies",
    config: (mode, t) => ({
      policy_providers: [
        policyFile(t, [drops("jobs", "^jobs"), drops("debug", "^debug", { mode })]),
      ],
    }),
    rest: (t) => ({ policy_providers: [policyFile(t, [drops("jobs", "^jobs")])] }),
    dropped: { "policy:debug": 18 },
  },
  {
    what: "all policies of a provider, rules and limits",
    config: (mode, t) => ({
      metric_relabel_configs: LABELS,
      relabel_mode: mode,
      limits: { series_per_family: 1, mode },
      policy_providers: [{ ...policyFile(t, [drops("debug", "^debug")]), mode }],
    }),
    dropped: { "policy:debug": 18, "metric_relabel_configs[0]": 0 },
  },
  {
    what: "counters of one upstream that go on",
    types: [TEXT_TYPE, OPEN_METRICS_TYPE],
    config: (mode) => ({
      counters: "monotonic",
      metric_relabel_configs: LABELS,
      relabel_mode: mode,
    }),
    rest: () => ({ counters: "monotonic" }),
    dropped: { "metric_relabel_configs[0]": 12 },
  },
  {
    what: "a gateway: rules, a policy and a limit",
    isGateway: true,
    types: [TEXT_TYPE, OPEN_METRICS_TYPE],
    config: (mode, t) => ({
      target_metrics: false,
      metric_relabel_configs: LABELS,
      relabel_mode: mode,
      limits: { series_per_family: 1, mode },
      policy_providers: [policyFile(t, [drops("debug", "^debug", { mode })])],
    }),
    rest: () => ({ target_metrics: false }),
    dropped: { "policy:debug": 24 },
  },
];

const TYPES = [TEXT_TYPE, OPEN_METRICS_TYPE, PROTOBUF_TYPE];

for (const { what, config, rest = () => ({}), isGateway, types = TYPES, dropped } of cases) {
  test(`in shadow: ${what}`, async (t) => {
    const url = await formatsUpstream(t);
    const upstreams = isGateway ? [`${url}/a`, `${url}/b`] : [`${url}/metrics`];
    const start = async (keys: Keys) => {
      const file = join(temporaryFolder(t), "weir.json");
      writeFileSync(file, JSON.stringify({ upstreams, ...keys }));
      return await startWeir(t, [file]);
    };
    const enforcing = await start(config("enforce", t));
    const shadow = await start(config("shadow", t));
    const without = await start(rest(t));
    for (const accept of types) {
      for (let scrape = 0; scrape < 3; scrape++) {
        const answers = await Promise.all([shadow, without].map((weir) => scraped(weir, accept)));
        await scraped(enforcing, accept);
        assert.deepEqual(answers[0], answers[1], accept);
      }
    }
    const wanted = figuresOfEnforcing(await enforcing.ownMetrics());
    const found = await shadow.ownMetrics();
    const figures = figuresOfShadow(found);
    assert.ok(figures.size >= 6, [...figures.keys()].join());
    for (const [name, value] of figures) assert.equal(value, wanted.get(name) ?? 0, name);
    for (const [rule, samples] of Object.entries(dropped)) {
      assert.equal(figures.get(`dropped ${rule}`), samples, rule);
    }
    const saved = found.get("weir_shadow_saved_series")!;
    const last = await samplesOf(shadow) - await samplesOf(enforcing);
    assert.equal(saved, last);
    for (const weir of [enforcing, without]) {
      const names = [...(await weir.ownMetrics()).keys()];
      assert.deepEqual(names.filter((name) => /^weir_(shadow|mode)/.test(name)), []);
    }
    assert.ok([...found.keys()].some((name) => /^weir_mode\{.*mode="shadow"/.test(name)));
  });
}

async function scraped(weir: WeirProcess, accept: string): Promise<Uint8Array> {
  const response = await fetch(`${weir.url}/metrics`, { headers: { accept } });
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(response.status, 200, new TextDecoder().decode(bytes));
  return bytes;
}

async function samplesOf(weir: WeirProcess): Promise<number> {
  const response = await fetch(`${weir.url}/metrics`, { headers: { accept: TEXT_TYPE } });
  return (await response.text()).split("\n").filter((line) => /^(?!weir_)[a-z]/.test(line)).length;
}

/** Figures that both have, under one name. */
function figuresOfShadow(metrics: ReadonlyMap<string, number>): Map<string, number> {
  const figures = new Map<string, number>();
  for (const [name, value] of metrics) {
    const rule = /^weir_shadow_dropped_samples_total\{rule="(.*)"\}$/.exec(name)?.[1];
    if (rule !== undefined) figures.set(`dropped ${rule}`, value);
    const total = /^weir_shadow_((?:output|merged)_\w+_total)$/.exec(name)?.[1];
    if (total !== undefined) figures.set(total, value);
  }
  assert.equal(metrics.get("weir_shadow_failures_total"), 0);
  return figures;
}

function figuresOfEnforcing(metrics: ReadonlyMap<string, number>): Map<string, number> {
  const figures = new Map<string, number>();
  const add = (name: string, value: number) => figures.set(name, (figures.get(name) ?? 0) + value);
  for (const [name, value] of metrics) {
    const total = /^weir_((?:output|merged)_\w+_total)$/.exec(name)?.[1];
    if (total !== undefined) add(total, value);
    const label = (family: string, key: string) =>
      name.startsWith(`${family}{`) ? new RegExp(`${key}="([^"]*)"`).exec(name)?.[1] : undefined;
    const rule = label("weir_rule_hits_total", "rule");
    if (rule !== undefined) add(`dropped metric_relabel_configs[${rule}]`, value);
    const policy = label("weir_policy_hits_total", "policy");
    if (policy !== undefined) add(`dropped policy:${policy}`, value);
    const limit = label("weir_limited_samples_total", "limit");
    if (limit !== undefined) add(`dropped limits.${limit}`, value);
    const stage = label("weir_dropped_samples_total", "stage");
    if (stage !== undefined) add(`dropped ${stage}`, value);
  }
  return figures;
}

/** Answers in the format that is asked for first. */
function formatsUpstream(t: TestContext): Promise<string> {
  return httpUpstream(t, ({ headers: { accept = "" } }, response) => {
    const type = TYPES.find((type) => accept.startsWith(type.split(";")[0])) ?? TEXT_TYPE;
    const body = type === PROTOBUF_TYPE
      ? bodyOf(TEXT, "protobuf")
      : type === OPEN_METRICS_TYPE
      ? `${TEXT.replaceAll("TYPE jobs_total", "TYPE jobs")}# EOF\n`
      : TEXT;
    response.writeHead(200, { "content-type": type }).end(body);
  });
}

test("a canary of 25% takes in the same of 40 pods each time, and the others are in shadow", async (t) => {
  const url = await formatsUpstream(t);
  const file = join(temporaryFolder(t), "weir.json");
  const rollout = { relabel_mode: { canary: "25%" }, metric_relabel_configs: FILTERS };
  writeFileSync(file, JSON.stringify({ upstream_url: `${url}/metrics`, ...rollout }));
  const decided = async (pod: string): Promise<string> => {
    const run = await runWeir(["check", file, "--json"], { env: { POD_NAME: pod } });
    const { rollout } = JSON.parse(run.stdout.toString());
    assert.equal(rollout.canary_name, pod);
    assert.equal(rollout.parts[0].mode, "canary 25%");
    return rollout.parts[0].in_force;
  };
  const pods = Array.from({ length: 40 }, (_, index) => `shop-7d9c5b-${index}`);
  const found: string[] = [];
  for (const pod of pods) found.push(await decided(pod));
  const enforcing = pods.filter((_, index) => found[index] === "enforce");
  assert.equal(found.filter((one) => one === "shadow").length, 40 - enforcing.length);
  assert.ok(enforcing.length >= 4 && enforcing.length <= 16, enforcing.join());
  for (const [pod, samples] of [[enforcing[0], 7], [pods[found.indexOf("shadow")], 9]] as const) {
    const isIn = found[pods.indexOf(pod)] === "enforce";
    const weir = await startWeir(t, [file], { env: { POD_NAME: pod } });
    assert.equal(await samplesOf(weir), samples, pod);
    const mode = isIn ? "enforce" : "shadow";
    await weir.counted({
      [`weir_mode{path="/metrics",part="metric_relabel_configs",mode="${mode}",canary="25%"}`]: 1,
    });
    const all = await weir.ownMetrics();
    assert.equal(all.get("weir_shadow_output_samples_total"), isIn ? undefined : 7);
    const [line] = weir.logged("rollout mode");
    assert.match(line, new RegExp(`mode="canary 25%" in_force=${mode} canary_name=${pod}`));
  }
});

test("a reload from shadow to enforce, and back", async (t) => {
  const url = await formatsUpstream(t);
  const file = join(temporaryFolder(t), "weir.json");
  const write = (relabel_mode: string) =>
    writeFileSync(
      file,
      JSON.stringify({
        upstream_url: `${url}/metrics`,
        web: { reload: true },
        relabel_mode,
        metric_relabel_configs: FILTERS,
      }),
    );
  write("shadow");
  const weir = await startWeir(t, [file]);
  const reload = async (mode: string) => {
    write(mode);
    assert.equal((await fetch(`${weir.url}/-/reload`, { method: "POST" })).status, 200);
  };
  const dropped = (rule: number) =>
    `weir_shadow_dropped_samples_total{rule="metric_relabel_configs[${rule}]"}`;
  assert.equal(await samplesOf(weir), 9);
  await weir.counted({ [dropped(0)]: 2, [dropped(1)]: 0 });
  await reload("enforce");
  assert.equal(await samplesOf(weir), 7);
  const hits = 'weir_rule_hits_total{path="/metrics",rule="0",action="drop"}';
  await weir.counted({ [hits]: 2 });
  const names = [...(await weir.ownMetrics()).keys()];
  assert.deepEqual(names.filter((name) => /^weir_(shadow|mode)/.test(name)), []);
  await reload("shadow");
  assert.equal(await samplesOf(weir), 9);
  await weir.counted({ [dropped(0)]: 2, "weir_shadow_output_samples_total": 7 });
});

test("what fails in shadow is counted, and fails no scrape", async (t) => {
  const url = await formatsUpstream(t);
  const file = join(temporaryFolder(t), "weir.json");
  const limits = { series: 1, action: "fail", mode: "shadow" };
  for (const upstreams of [[`${url}/a`], [`${url}/a`, `${url}/b`]]) {
    writeFileSync(file, JSON.stringify({ upstreams, limits }));
    const weir = await startWeir(t, [file]);
    assert.equal(await samplesOf(weir), 9);
    await weir.counted({ "weir_shadow_failures_total": 1, "weir_shadow_output_samples_total": 0 });
    const [line] = weir.logged("scrape would have failed without shadow");
    assert.match(line, /error="family jobs_total exceeds the limit series"/);
  }
});

test("routes: each has figures of its own", async (t) => {
  const url = await formatsUpstream(t);
  const file = join(temporaryFolder(t), "weir.json");
  writeFileSync(
    file,
    JSON.stringify({
      upstream_url: `${url}/metrics`,
      metric_relabel_configs: FILTERS,
      routes: [{ path: "/a", relabel_mode: "shadow" }, { path: "/b" }],
    }),
  );
  const weir = await startWeir(t, [file]);
  const samples = async (path: string) =>
    (await (await fetch(weir.url + path)).text()).match(/^[a-z]/gm)!.length;
  assert.deepEqual([await samples("/a"), await samples("/b")], [9, 7]);
  await weir.counted({
    'weir_shadow_output_samples_total{route="/a"}': 7,
    'weir_shadow_output_samples_total{route="/b"}': undefined!,
    'weir_output_samples_total{route="/b"}': 7,
    'weir_mode{path="/a",part="metric_relabel_configs",mode="shadow",canary=""}': 1,
  });
});

test("weir filter shows what rules, policies and limits in shadow would do", async (t) => {
  const file = join(temporaryFolder(t), "weir.json");
  const input = join(temporaryFolder(t), "input.prom");
  writeFileSync(input, TEXT);
  writeFileSync(
    file,
    JSON.stringify({
      upstream_url: "http://127.0.0.1:1/metrics",
      relabel_mode: "shadow",
      metric_relabel_configs: [{ action: "drop", source_labels: ["__name__"], regex: "lat.*" }],
      limits: { label_values: { queue: 1 }, action: "drop", mode: "shadow" },
      policy_providers: [policyFile(t, [drops("debug", "^debug", { mode: "shadow" })])],
    }),
  );
  const run = await runWeir(["filter", "--config", file, input]);
  assert.deepEqual(run.stdout.toString().split("\n").slice(0, 3), [
    "# TYPE jobs_total counter",
    'jobs_total{pod="1",queue="a"} 1',
    'jobs_total{pod="2",queue="a"} 2',
  ]);
  assert.match(run.stderr, /2 dropped by policies, 4 by rules/);
});
