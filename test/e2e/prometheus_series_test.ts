/** Prometheus scrapes Weir, and what Weir scrapes; the difference is what the policies drop. */
import assert from "node:assert/strict";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import {
  type Labels,
  SCRAPE_SECONDS,
  startNodeExporter,
  startPrometheus,
} from "../support/e2e/prometheus.ts";
import { gauges, httpUpstream, OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const policies = [
  [{ metric_field: "name", regex: "^go_(gc|memstats)_" }],
  [{ metric_field: "name", starts_with: "node_cpu" }, {
    datapoint_attribute: "mode",
    equals: "idle",
  }],
  [{ datapoint_attribute: "collector", exists: true }, {
    metric_field: "name",
    ends_with: "_duration_seconds",
  }],
  [{ datapoint_attribute: "device", equals: "lo" }],
];

/** The same policies in other words. */
function isDropped(series: Labels): boolean {
  const name = series.__name__;
  return /^go_(gc|memstats)_/.test(name) ||
    (name.startsWith("node_cpu") && series.mode === "idle") ||
    ("collector" in series && name.endsWith("_duration_seconds")) ||
    series.device === "lo";
}

peerTest(
  ["prometheus", "prometheus-node-exporter"],
  "the series of node_exporter through Weir: all but the dropped ones",
  async (t) => {
    const exporter = await startNodeExporter(t);
    const weir = await startWeir(t, [
      "-H",
      `${exporter}/metrics`,
      "--policies",
      dropPolicies(t, ...policies),
    ]);
    const prometheus = await startPrometheus(t, { direct: exporter, weir: weir.url });
    await prometheus.scrapedTwice(["direct", "weir"]);

    assert.deepEqual(
      (await prometheus.query("up")).map(({ labels, value }) => [labels.job, value]).sort(),
      [["direct", 1], ["weir", 1]],
    );
    const direct = await prometheus.series("direct");
    const dropped = direct.filter(isDropped);
    const expected = direct.filter((series) => !isDropped(series));
    assert.deepEqual(sorted(await prometheus.series("weir")), sorted(expected));
    for (const wanted of ["go_", "node_cpu", "node_scrape_collector_", "node_network_"]) {
      const found = dropped.filter((series) => series.__name__.startsWith(wanted));
      assert.ok(found.length > 0, `the policies drop something of ${wanted}`);
    }

    // This exporter knows the text format alone, whatever Prometheus prefers.
    const accept = { accept: "application/openmetrics-text,text/plain;version=0.0.4;q=0.5" };
    const { headers } = await fetch(`${weir.url}/metrics`, { headers: accept });
    assert.match(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);

    const scraped = await prometheus.query("scrape_samples_scraped");
    const samples = (job: string) => scraped.find(({ labels }) => labels.job === job)?.value;
    assert.equal(samples("weir"), samples("direct")! - dropped.length);

    // Nothing was passed unfiltered, and no policy was idle.
    const own = await weir.ownMetrics();
    for (const reason of ["overlong", "unparseable", "evaluation_error"]) {
      assert.equal(own.get(`weir_passed_through_lines_total{reason="${reason}"}`), 0);
    }
    for (const id of policies.keys()) {
      assert.ok(own.get(`weir_policy_hits_total{policy="drop-${id}"}`)! > 0);
    }
  },
);

peerTest(["prometheus"], "Prometheus gets the format that it asks for", async (t) => {
  const asked: string[] = [];
  const exemplar = 'weir_test_requests_total{code="200"} 3 # {trace_id="abc"} 1\n';
  const upstream = await httpUpstream(t, ({ headers }, response) => {
    asked.push(headers.accept ?? "");
    const timeout = Number(headers["x-prometheus-scrape-timeout-seconds"]);
    const isOpen = headers.accept?.startsWith("application/openmetrics-text") ?? false;
    response.setHeader("content-type", isOpen ? OPEN_METRICS_TYPE : TEXT_TYPE);
    response.write("# TYPE weir_test_timeout_seconds gauge\n");
    response.write(`weir_test_timeout_seconds ${timeout}\n`);
    response.write("# TYPE weir_test_requests counter\n");
    response.write(isOpen ? exemplar : 'weir_test_requests_total{code="200"} 3\n');
    response.write('weir_test_requests_total{code="500"} 1\n');
    response.end(isOpen ? "# EOF\n" : "");
  });
  const weir = await startWeir(t, [
    "-H",
    upstream,
    "--policies",
    dropPolicies(t, [{ datapoint_attribute: "code", equals: "500" }]),
  ]);
  const prometheus = await startPrometheus(t, { open: weir.url });
  await prometheus.scrapedTwice(["open"]);

  assert.deepEqual((await prometheus.query("up")).map(({ value }) => value), [1]);
  assert.match(asked[0], /^application\/openmetrics-text;version=1\.0\.0/);
  assert.match(asked[0], /text\/plain;version=0\.0\.4/);
  const series = await prometheus.series("open");
  const requests = series.filter(({ __name__ }) => __name__ === "weir_test_requests_total");
  assert.deepEqual(requests, [{ __name__: "weir_test_requests_total", code: "200" }]);
  // Prometheus's own timeout, less the half second that Weir keeps for the way back.
  const [{ value }] = await prometheus.query("weir_test_timeout_seconds");
  assert.ok(value > 0 && value <= SCRAPE_SECONDS - 0.5, `${value} s`);
});

peerTest(["prometheus"], "a truncated OpenMetrics scrape is a good scrape", async (t) => {
  const upstream = await httpUpstream(t, (_request, response) => {
    response.writeHead(200, { "content-type": OPEN_METRICS_TYPE }).end(gauges(1000) + "# EOF\n");
  });
  const args = ["-H", upstream, "--max-output-bytes", "5000"];
  const cut = await startWeir(t, [...args, "--on-limit", "truncate"]);
  const broken = await startWeir(t, args);
  const prometheus = await startPrometheus(t, { cut: cut.url, broken: broken.url });
  await prometheus.scrapedTwice(["cut", "broken"]);
  await eventually("the state of both targets", async () => {
    const up = await prometheus.query("up");
    const found = Object.fromEntries(up.map(({ labels, value }) => [labels.job, value]));
    assert.deepEqual(found, { cut: 1, broken: 0 });
    return true;
  });
  const items = await prometheus.query("count by (job) (weir_test_items)");
  assert.deepEqual(items.map(({ labels }) => labels.job), ["cut"]);
  const said = await prometheus.query("weir_scrape_truncated");
  assert.deepEqual(said.map(({ labels, value }) => [labels.job, labels.limit, value]), [
    ["cut", "output", 1],
  ]);
});

function sorted(series: readonly Labels[]): string[] {
  return series.map((labels) => JSON.stringify(Object.entries(labels).sort())).sort();
}
