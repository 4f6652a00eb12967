/** `deploy/mixin` in a Prometheus that scrapes a sidecar and a gateway, both with something amiss. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { freePort } from "../support/e2e/program.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const mixin = resolve(import.meta.dirname!, "../../deploy/mixin");
const read = (file: string) => readFileSync(join(mixin, file), "utf8");

const EXPOSITION = `# TYPE jobs_total counter
jobs_total{queue="a",pod="1"} 1
jobs_total{queue="a",pod="2"} 2
jobs_total{queue="b",pod="1"} 3
# TYPE debug_items gauge
debug_items 1
# TYPE secret_items gauge
secret_items 1
this is no sample
${Array.from({ length: 40 }, (_, n) => `items{n="${n}"} ${n}\n`).join("")}`;

function configFile(t: TestContext, config: object): string {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, stringify(config));
  return path;
}

/** With some of everything that its metrics can show. */
async function sidecar(t: TestContext): Promise<string> {
  const path = dropPolicies(t, [{ metric_field: "name", starts_with: "secret_" }]);
  const config = configFile(t, {
    upstream_url: `${await servingUpstream(t, EXPOSITION)}/metrics`,
    metric_relabel_configs: [
      { action: "drop", source_labels: ["__name__"], regex: "debug_.*" },
      { action: "labeldrop", regex: "pod" },
    ],
    limits: { series_per_family: 30 },
    policy_providers: [{ id: "file", type: "file", path }],
    prometheus: { max_output_bytes_per_scrape: 400 },
    scrape: { on_limit: "truncate" },
  });
  return (await startWeir(t, [config])).url;
}

/** One of its targets is not there. */
async function gateway(t: TestContext): Promise<string> {
  const upstreams = [
    `${await servingUpstream(t, "up_items 1\n")}/metrics`,
    `http://127.0.0.1:${await freePort()}/metrics`,
  ];
  return (await startWeir(t, [configFile(t, { upstreams })])).url;
}

/** What a Grafana would ask for with everything chosen. */
function dashboardQueries(): (readonly [title: string, expression: string])[] {
  const { panels } = JSON.parse(read("dashboard.json")) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => {
      const everything = expr.replace(/\$(job|instance|route)\b/g, ".*");
      return [title, everything.replace(/\$__(rate_interval|range)\b/g, "30s")] as const;
    })
  );
}

for (const peer of ["prometheus", "prometheus3"] as const) {
  peerTest(
    [peer],
    `alerts, rules and the dashboard, in ${peer}`,
    async (t) => {
      const [alone, many] = await Promise.all([sidecar(t), gateway(t)]);
      const folder = temporaryFolder(t);
      // Nobody waits ten minutes here.
      const soon = read("alerts.yaml").replace(/for: \d+m/g, "for: 1s").replace(
        /\[1\dm\]/g,
        "[30s]",
      );
      const rules = read("rules.yaml").replaceAll("[5m]", "[30s]");
      for (const [file, text] of [["alerts.yaml", soon], ["rules.yaml", rules]]) {
        writeFileSync(join(folder, file), text);
      }
      const own = { metrics_path: "/-/metrics" };
      const prometheus = await startPrometheus(t, {
        app: alone,
        gateway: many,
        weir: { url: alone, ...own },
        "weir-gateway": { url: many, ...own },
      }, { peer, ruleFiles: [join(folder, "alerts.yaml"), join(folder, "rules.yaml")] });

      await eventually("the alerts fire", async () => {
        const firing = (await prometheus.rules()).flatMap(({ name, alerts = [] }) =>
          alerts.filter(({ state }) => state === "firing").map(({ labels }) =>
            `${name} ${labels.job}`
          )
        );
        assert.deepEqual([...new Set(firing)].sort(), [
          "WeirCardinalityGuardAtWork weir",
          "WeirScrapeTruncated weir",
          "WeirTargetsMissing weir-gateway",
          "WeirUnfilteredLines weir",
        ]);
        return true;
      }, 60_000);
      for (const { name, health, lastError, alerts = [] } of await prometheus.rules()) {
        assert.deepEqual([health, lastError ?? ""], ["ok", ""], name);
        for (const { annotations } of alerts) {
          for (const text of Object.values(annotations)) {
            assert.doesNotMatch(text, /<no value>|error/);
          }
        }
      }
      // `up` of the gateway's targets, each of them once.
      const ups = await prometheus.query('up{gateway!=""}');
      assert.deepEqual(ups.map(({ value }) => value).sort(), [0, 1]);
      assert.ok(ups.every(({ labels }) => labels.instance !== new URL(many).host));
      // Where the machine has no limit there is nothing to show.
      const mayBeEmpty = /^weir_memory_limit_bytes/;
      const empty: string[] = [];
      for (const [title, expression] of dashboardQueries()) {
        const found = await prometheus.query(expression);
        if (found.length === 0 && !mayBeEmpty.test(expression)) {
          empty.push(`${title}: ${expression}`);
        }
        assert.ok(found.every(({ value }) => !Number.isNaN(value)), expression);
      }
      assert.deepEqual(empty, []);
      for (const name of ["samples_saved", "bytes_saved", "scrapes_failed"]) {
        const found = await prometheus.query(`instance:weir_${name}:ratio_rate5m{job="weir"}`);
        assert.equal(found.length, 1, name);
      }
    },
    120_000,
  );
}
