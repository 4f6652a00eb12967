/**
 * From rules and dashboards to rules for Weir, and back: what Prometheus answers to each expression of a
 * mixin is the same with these rules in front of the targets.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import type { UsedDocument } from "../../src/usage/used_document.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { TickingExporter } from "../support/e2e/ticking_exporter.ts";
import { httpUpstream } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const mixin = join(root, "test", "usage", "data", "kube-prometheus");

const SOURCES = [
  "nodeExporter-prometheusRule.yaml",
  "kubeStateMetrics-prometheusRule.yaml",
  "nodes.json",
  "kubelet.json",
  "k8s-resources-namespace.json",
].map((name) => join(mixin, name));

interface Target {
  readonly scrape: string;
  /** Those that the mixin expects of its targets. */
  readonly labels: Readonly<Record<string, string>>;
}

const TARGETS: Readonly<Record<string, Target>> = {
  node: {
    scrape: join(root, "test", "expositions", "node_exporter.prom"),
    labels: { job: "node-exporter", instance: "node-1:9100" },
  },
  state: {
    scrape: join(root, "docs", "recipes", "kube-state-metrics", "scrape.prom"),
    labels: { job: "kube-state-metrics", instance: "10.0.0.1:8080" },
  },
  kubelet: {
    scrape: join(root, "docs", "recipes", "kubelet", "scrape.prom"),
    labels: { job: "kubelet", metrics_path: "/metrics", instance: "node-1:10250" },
  },
  cadvisor: {
    scrape: join(root, "docs", "recipes", "cadvisor", "scrape.prom"),
    labels: { job: "kubelet", metrics_path: "/metrics/cadvisor", instance: "node-1:10250" },
  },
};

const TICKS = 12;

peerTest(
  ["prometheus3"],
  "every expression of a mixin gives the same behind the rules that it leaves room for",
  async (t) => {
    const folder = temporaryFolder(t);
    const used = join(folder, "used.json");
    const usage = await runWeir(["usage", ...SOURCES, "--out", used]);
    assert.equal(usage.exitCode, 0, usage.stderr);
    const routes = [];
    const sizes: Record<string, { before: number; after: number }> = {};
    const bodies: Record<string, string> = {};
    for (const [name, { scrape }] of Object.entries(TARGETS)) {
      const rules = join(folder, `${name}.yaml`);
      const made = await runWeir(["analyze", scrape, "--used", used, "--write-rules", rules]);
      assert.equal(made.exitCode, 0, made.stderr);
      sizes[name] = await sizesOf(scrape, rules);
      await assertGuarded(rules, scrape, used);
      bodies[name] = readFileSync(scrape, "utf8");
      routes.push({ path: `/weir/${name}`, relabel_file: rules });
    }
    const exporter = await TickingExporter.start(t, bodies, ["direct", "weir"], TICKS);
    const config = join(folder, "weir.yaml");
    writeFileSync(config, JSON.stringify({ upstream_url: exporter.url, routes }));
    const weir = await startWeir(t, [config]);
    const direct = await prometheusOf(t, exporter.url, "direct");
    const behind = await prometheusOf(t, weir.url, "weir");
    await eventually("all ticks are scraped", () => {
      if (!exporter.isOver) throw new Error(weir.log);
      return true;
    }, 120_000);
    const time = exporter.endSeconds;
    const document: UsedDocument = JSON.parse(readFileSync(used, "utf8"));
    let compared = 0;
    for (const expression of expressionsOf(document)) {
      const [wanted, found] = await Promise.all(
        [direct, behind].map((url) => answers(url, expression, time)),
      );
      assertSame(found, wanted, expression);
      if (wanted.size > 0) compared++;
    }
    assert.ok(compared >= LEAST_COMPARED, `${compared} expressions have a result`);
    for (const [name, { before, after }] of Object.entries(sizes)) {
      t.diagnostic(`${name}: ${before} -> ${after} series`);
      assert.ok(after < before, `${name}: ${before} -> ${after} series`);
    }
  },
  180_000,
);

/** Of the others the targets have no series: those of rules that are recorded, of Windows, of errors. */
const LEAST_COMPARED = 50;

async function sizesOf(scrape: string, rules: string) {
  const run = await runWeir(["analyze", scrape, "--relabel-file", rules, "--json"]);
  const { preview } = JSON.parse(run.stdout.toString());
  return { before: preview.before.series, after: preview.after.series };
}

/** With the scrape and without. */
async function assertGuarded(rules: string, scrape: string, used: string): Promise<void> {
  for (const more of [["--scrape", scrape], []]) {
    const args = ["check", "-H", "localhost:1", "--relabel-file", rules, "--used", used, "--json"];
    const run = await runWeir([...args, ...more]);
    assert.deepEqual(JSON.parse(run.stdout.toString()).used.taken, []);
  }
}

async function prometheusOf(t: TestContext, url: string, client: string): Promise<string> {
  const targets = Object.entries(TARGETS).map(([name, { labels }]) => {
    const relabel_configs = Object.entries(labels).map(([label, value]) => ({
      target_label: label,
      replacement: value,
    }));
    const path = {
      metrics_path: `/${client}/${name}`,
      scrape_interval: "1s",
      scrape_timeout: "1s",
    };
    return [name, { url, ...path, relabel_configs }] as const;
  });
  const prometheus = await startPrometheus(t, Object.fromEntries(targets), { peer: "prometheus3" });
  return prometheus.url;
}

/** With values for what a dashboard lets its reader choose: anything, and five minutes. */
function expressionsOf({ uses }: UsedDocument): Set<string> {
  const places = uses.flatMap(({ where }) => where).filter(({ kind }) => kind !== "variable");
  return new Set(
    places.map(({ expression }) =>
      expression!.replace(/=~?\s*"[^"]*\$[^"]*"/g, '=~".*"').replace(/\$\w+/g, "5m")
    ),
  );
}

async function answers(url: string, query: string, time: number): Promise<Map<string, string>> {
  const parameters = new URLSearchParams({ query, time: String(time) });
  const response = await fetch(`${url}/api/v1/query`, { method: "POST", body: parameters });
  const { status, data, error } = await response.json();
  assert.equal(status, "success", `${query}: ${error}`);
  if (data.resultType === "scalar") return new Map([["scalar", data.result[1]]]);
  return new Map(
    data.result.map(({ metric, value }: { metric: object; value: [number, string] }) => [
      JSON.stringify(Object.entries(metric).sort()),
      value[1],
    ]),
  );
}

/** But for the last bits, which depend on the order in which values are added. */
function assertSame(
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
  message: string,
): void {
  assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort(), message);
  for (const [series, text] of wanted) {
    const [a, b] = [Number(text), Number(found.get(series))];
    const isSame = text === found.get(series) || Math.abs(a - b) <= 1e-12 * Math.abs(a);
    assert.ok(isSame, `${message}: ${series}: ${text}, then ${found.get(series)}`);
  }
}

test("weir usage: a Prometheus's rules, a Grafana's dashboards, and what cannot be read", async (t) => {
  const query = 'sum by (code) (rate(shop_orders_total{path="/a"}[5m]))';
  const board = { title: "Shop", panels: [{ title: "Orders", targets: [{ expr: query }] }] };
  const pages: Readonly<Record<string, unknown>> = {
    "/prometheus/api/v1/rules": {
      status: "success",
      data: { groups: [{ name: "g", rules: [{ type: "alerting", name: "A", query: "up == 0" }] }] },
    },
    "/grafana/api/search": [{ uid: "u1", title: "Shop" }],
    "/grafana/api/dashboards/uid/u1": { dashboard: board, meta: {} },
  };
  const url = await httpUpstream(t, (request, response) => {
    const page = pages[request.url!.replace(/\?.*/, "")];
    if (page === undefined) return void response.writeHead(404).end("{}");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page));
  });
  const folder = temporaryFolder(t);
  const rules = join(folder, "rules.yaml");
  writeFileSync(rules, "groups: [{name: g, rules: [{alert: B, expr: 'sum(}'}]}]\n");
  const run = await runWeir(["usage", `${url}/prometheus`, `${url}/grafana`, rules]);
  assert.equal(run.exitCode, 1);
  const { uses, unread, sources }: UsedDocument = JSON.parse(run.stdout.toString());
  assert.deepEqual(sources.map(({ kind }) => kind), ["rules of Prometheus", "dashboard", "rules"]);
  assert.deepEqual(
    uses.map(({ matchers, needs }) => [matchers.map(({ value }) => value), needs]),
    [
      [["shop_orders_total", "/a"], { kind: "only", labels: ["code", "path"] }],
      [["up"], { kind: "allBut", labels: [] }],
    ],
  );
  assert.deepEqual(unread.map(({ name, error }) => [name, error]), [[
    "B",
    'not PromQL from "}" on',
  ]]);
  assert.match(
    run.stderr,
    /^3 expressions of 3 sources read 2 metrics by name\nnot read: alert B \(g\): /,
  );
});
