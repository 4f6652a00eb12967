/** Samples that meet are summed, and what comes of it is a good scrape in both formats. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { curl } from "../support/e2e/curl.ts";
import { expositions, problemsOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { OPEN_METRICS_TYPE, servingUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const dropPath = ["--relabel", "metric_relabel_configs: [{action: labeldrop, regex: path}]"];

const histogram = [
  "# HELP http_seconds Time to answer.",
  "# TYPE http_seconds histogram",
  ...["/api", "/ui"].flatMap((path, i) => [
    `http_seconds_bucket{ingress="test",path="${path}",le="0.5"} ${5 + i}`,
    `http_seconds_bucket{ingress="test",path="${path}",le="+Inf"} ${10 + i}`,
    `http_seconds_sum{ingress="test",path="${path}"} ${0.25 * (i + 1)}`,
    `http_seconds_count{ingress="test",path="${path}"} ${10 + i}`,
  ]),
];
const summed = [
  'http_seconds_bucket{ingress="test",le="0.5"} 11',
  'http_seconds_bucket{ingress="test",le="+Inf"} 21',
  'http_seconds_sum{ingress="test"} 0.75',
  'http_seconds_count{ingress="test"} 21',
];

const lines = (...text: string[]) => text.map((line) => `${line}\n`).join("");

peerTest(["curl"], "metric-gate's flags give metric-gate's sums", async (t) => {
  const upstream = await servingUpstream(
    t,
    lines(
      "# TYPE metric counter",
      'metric{ingress="test",path="/api"} 5',
      'metric{ingress="test",path="/ui"} 2',
      ...histogram,
    ),
  );
  const file = join(temporaryFolder(t), "relabel.yaml");
  writeFileSync(
    file,
    lines(
      "metric_relabel_configs:",
      "- action: labeldrop",
      "  regex: path",
      "requests: []",
    ),
  );
  const weir = await startWeir(t, [
    "-H",
    `${upstream.replace("http://", "")}/metrics`,
    "--relabel-file",
    file,
    "-t",
    "10s",
    "--log-level",
    "info",
  ]);
  assert.equal(
    (await curl(`${weir.url}/metrics`)).body.toString(),
    lines(
      "# TYPE metric counter",
      'metric{ingress="test"} 7',
      ...histogram.slice(0, 2),
      ...summed,
    ),
  );
  await weir.counted({ weir_merged_samples_total: 5 });
  const subset = (await curl(`${weir.url}/metrics/requests`)).body.toString();
  assert.match(subset, /^metric\{ingress="test",path="\/api"\} 5 \d{13}$/m);
});

/** Of `a` and `b`, each with a bound that the other has not. */
const unlike = (factor = 1) =>
  lines(
    "# TYPE h histogram",
    `h_bucket{path="/a",le="1"} ${7 * factor}`,
    `h_bucket{path="/a",le="+Inf"} ${9 * factor}`,
    `h_count{path="/a"} ${9 * factor}`,
    `h_bucket{path="/b",le="2.0"} ${3 * factor}`,
    `h_count{path="/b"} ${5 * factor}`,
  );
const union = (factor = 1) =>
  lines(
    "# TYPE h histogram",
    `h_bucket{le="1.0"} ${7 * factor}`,
    `h_bucket{le="2.0"} ${10 * factor}`,
    `h_bucket{le="+Inf"} ${14 * factor}`,
    `h_count ${14 * factor}`,
  );

peerTest(["curl"], "histograms of unlike bounds become their union, wherever", async (t) => {
  const upstreams = [
    await servingUpstream(t, unlike(), TEXT_TYPE),
    await servingUpstream(t, unlike(2), TEXT_TYPE),
  ];
  const sidecar = await startWeir(t, ["-H", upstreams[0], ...dropPath]);
  const gateway = await startWeir(t, [
    ...upstreams.flatMap((upstream) => ["-H", upstream]),
    ...["--counters", "raw", "--target-metrics", "false", ...dropPath],
  ]);
  for (let scrape = 0; scrape < 2; scrape++) {
    assert.equal((await curl(`${sidecar.url}/metrics`)).body.toString(), union());
    assert.equal((await curl(`${gateway.url}/metrics`)).body.toString(), union(3));
  }
  const filtered = await runWeir(["filter", ...dropPath], { stdin: [Buffer.from(unlike())] });
  assert.equal(filtered.stdout.toString(), union());
});

for (const { name, text } of expositions) {
  peerTest(["curl", "promtool"], `${name}, aggregated: no new problem`, async (t) => {
    const rules = "[{action: labeldrop, regex: 'device|mode|cpu|handler|slice|type|le'}]";
    const weir = await startWeir(t, ["-H", await servingUpstream(t, text), "--relabel", rules]);
    const output = (await curl(`${weir.url}/metrics`)).body;
    assert.ok(output.length < text.length);
    const lint = async (exposition: Uint8Array) => {
      const stdin = [Buffer.from(exposition)];
      const { exitCode, stderr } = await runProgram("promtool", ["check", "metrics"], { stdin });
      assert.ok(exitCode === 0 || exitCode === 3, stderr);
      return problemsOf(stderr);
    };
    const known = new Set(await lint(Buffer.from(text)));
    assert.deepEqual((await lint(output)).filter((problem) => !known.has(problem)), []);
  });
}

peerTest(["prometheus"], "Prometheus scrapes aggregated text and OpenMetrics", async (t) => {
  const open = [
    "# TYPE http_requests counter",
    "# UNIT http_requests requests",
    "# HELP http_requests Requests.",
    'http_requests_total{path="/api"} 5 # {trace_id="a"} 1',
    'http_requests_created{path="/api"} 1700000000',
    'http_requests_total{path="/ui"} 2',
    'http_requests_created{path="/ui"} 1600000000',
    "# TYPE build info",
    'build_info{version="1",path="/"} 1',
    "# EOF",
  ];
  const targets = {
    text: await servingUpstream(t, lines(...histogram), TEXT_TYPE),
    open: await servingUpstream(t, lines(...open), OPEN_METRICS_TYPE),
  };
  const weirs = {
    text: (await startWeir(t, ["-H", targets.text, ...dropPath])).url,
    open: (await startWeir(t, ["-H", targets.open, ...dropPath])).url,
  };
  const prometheus = await startPrometheus(t, weirs);
  await prometheus.scrapedTwice(["text", "open"]);
  const up = await prometheus.query("up");
  assert.deepEqual(up.map(({ value }) => value), [1, 1]);

  const series = async (job: string) =>
    (await prometheus.samples(job))
      .filter(({ labels }) => /^(http|build)_/.test(labels.__name__))
      .map(({ labels: { __name__, ...labels }, value }) => [__name__, labels, value] as const)
      .sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  assert.deepEqual(await series("text"), [
    ["http_seconds_bucket", { ingress: "test", le: "+Inf" }, 21],
    ["http_seconds_bucket", { ingress: "test", le: "0.5" }, 11],
    ["http_seconds_count", { ingress: "test" }, 21],
    ["http_seconds_sum", { ingress: "test" }, 0.75],
  ]);
  assert.deepEqual(await series("open"), [
    ["build_info", { version: "1" }, 1],
    ["http_requests_total", {}, 7],
  ]);
});

peerTest(["curl"], "inline rules and limits of a config file are in force", async (t) => {
  const config = join(temporaryFolder(t), "weir.yaml");
  const upstream = await servingUpstream(
    t,
    lines("# TYPE r counter", ...[1, 2, 3, 4].map((n) => `r{path="/${n}",code="200"} ${n}`)),
  );
  writeFileSync(
    config,
    lines(
      `upstream_url: ${upstream}`,
      "metric_relabel_configs:",
      "- {action: hashmod, source_labels: [code], modulus: 2, target_label: shard}",
      "limits: {label_values: {path: 2}}",
    ),
  );
  const weir = await startWeir(t, [config]);
  assert.equal(
    (await curl(`${weir.url}/metrics`)).body.toString(),
    lines(
      "# TYPE r counter",
      'r{code="200",path="/1",shard="1"} 1',
      'r{code="200",path="/2",shard="1"} 2',
      'r{code="200",path="weir_overflow",shard="1"} 7',
    ),
  );
  await weir.counted({ 'weir_limited_samples_total{family="r",limit="label_values"}': 2 });
});
