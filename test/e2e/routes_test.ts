/** `routes`: one Weir before several endpoints, each with an upstream, rules and counters of its own. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startBrowser } from "../support/e2e/browser.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { documents } from "../support/deploy/deploy_manifests.ts";
import {
  httpUpstream,
  OPEN_METRICS_TYPE,
  servingUpstream,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { runWeir, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const lines = (...text: string[]) => text.map((line) => `${line}\n`).join("");

/** What a kubelet has at its paths, in small. */
const KUBELET: Readonly<Record<string, string>> = {
  "/metrics": lines(
    "# TYPE kubelet_running_pods gauge",
    "kubelet_running_pods 7",
    "# TYPE kubelet_http_requests_total counter",
    'kubelet_http_requests_total{path="exec"} 1',
    'kubelet_http_requests_total{path="logs"} 2',
  ),
  "/metrics/cadvisor": lines(
    "# TYPE container_cpu_usage_seconds_total counter",
    'container_cpu_usage_seconds_total{container="",pod="a"} 3',
    'container_cpu_usage_seconds_total{container="app",pod="a"} 2',
    "# TYPE container_tasks_state gauge",
    'container_tasks_state{container="app",state="running"} 0',
  ),
  "/metrics/probes": lines(
    "# TYPE prober_probe_total counter",
    'prober_probe_total{probe_type="Liveness",pod="a"} 5',
    'prober_probe_total{probe_type="Liveness",pod="b"} 6',
  ),
  "/metrics/resource": lines(
    "# TYPE node_cpu_usage_seconds_total counter",
    "node_cpu_usage_seconds_total 9",
  ),
};

async function kubelet(t: TestContext, asked: string[] = []): Promise<string> {
  return await httpUpstream(t, (request, response) => {
    asked.push(request.url!);
    const text = KUBELET[request.url!.replace(/\?.*/, "")];
    if (text === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(text);
  });
}

function configFile(t: TestContext, text: string): string {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, text);
  return path;
}

async function textOf(weir: WeirProcess, path: string): Promise<string> {
  const { status, body } = await curl(`${weir.url}${path}`);
  return `${status} ${body}`;
}

const ofKubelet = (upstream: string) => `
upstream_url: ${upstream}
routes:
- path: /metrics
  metric_relabel_configs:
  - {action: labeldrop, regex: path}
- path: /metrics/cadvisor
  metric_relabel_configs:
  - {action: drop, source_labels: [container], regex: ''}
  - {action: drop, source_labels: [__name__], regex: container_tasks_state}
  subsets:
    cpu: [{action: keep, source_labels: [__name__], regex: container_cpu_.*}]
- path: /metrics/*
  limits: {series: 1, action: drop}
`;

peerTest(["curl"], "a kubelet's paths, each with rules of its own", async (t) => {
  const asked: string[] = [];
  const upstream = await kubelet(t, asked);
  const weir = await startWeir(t, [configFile(t, ofKubelet(upstream))]);
  assert.equal(
    await textOf(weir, "/metrics"),
    lines(
      "200 # TYPE kubelet_running_pods gauge",
      "kubelet_running_pods 7",
      "# TYPE kubelet_http_requests_total counter",
      "kubelet_http_requests_total 3",
    ),
  );
  const cadvisor = lines(
    "200 # TYPE container_cpu_usage_seconds_total counter",
    'container_cpu_usage_seconds_total{container="app",pod="a"} 2',
  );
  assert.equal(
    await textOf(weir, "/metrics/cadvisor/cpu"),
    "503 no scrape of /metrics/cadvisor yet: it is what fills /metrics/cadvisor/cpu\n",
  );
  assert.equal(await textOf(weir, "/metrics/cadvisor?a=b"), cadvisor);
  assert.match(
    await textOf(weir, "/metrics/cadvisor/cpu"),
    /^200 (?=.*{pod="a"} 3 )(?!.*tasks_state)/s,
  );
  assert.match(await textOf(weir, "/metrics/probes"), /^200 (?=.*pod="a".* 5\n)(?!.*"b")/s);
  assert.match(
    await textOf(weir, "/metrics/nothing"),
    /^404 upstream .*\/metrics\/nothing: answered 404\n$/,
  );
  assert.equal(
    await textOf(weir, "/source/metrics/cadvisor"),
    `200 ${KUBELET["/metrics/cadvisor"]}`,
  );
  assert.equal(await textOf(weir, "/source"), `200 ${KUBELET["/metrics"]}`);
  assert.equal(await textOf(weir, "/probe"), "404 not found\n");
  assert.deepEqual(asked, [
    "/metrics",
    "/metrics/cadvisor?a=b",
    "/metrics/probes",
    "/metrics/nothing",
    "/metrics/cadvisor",
    "/metrics",
  ]);
  await weir.counted({
    'weir_scrapes_total{route="/metrics",path="/metrics",code="200",outcome="complete"}': 1,
    'weir_scrapes_total{route="/metrics/*",path="/metrics/*",code="404",outcome="error"}': 1,
    'weir_dropped_samples_total{route="/metrics/cadvisor",stage="relabel"}': 2,
    'weir_dropped_samples_total{route="/metrics",stage="relabel"}': 0,
    'weir_limited_samples_total{route="/metrics/*",family="prober_probe_total",limit="series"}': 1,
    'weir_upstream_up{route="/metrics/*"}': 0,
    'weir_upstream_up{route="/metrics/cadvisor"}': 1,
  });
});

peerTest(["curl"], "two containers of a pod on one port", async (t) => {
  const app = await servingUpstream(t, lines("# TYPE a gauge", "a 1", "both 1"));
  const proxy = await servingUpstream(t, lines("# TYPE b gauge", "b 2", "both 2"));
  const ofApp = dropPolicies(t, [{ metric_field: "name", equals: "both" }]);
  const config = (name: string) => `
listen: 127.0.0.1:0
policy_providers:
- {id: of-app, type: file, path: ${ofApp}}
routes:
- path: /metrics/app
  upstream_url: ${app}
  metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: ${name}}]
- path: /proxy
  upstream_url: ${proxy}
  policies: []
`;
  const path = configFile(t, config("nothing"));
  const weir = await startWeir(t, [path], { listen: false });
  assert.equal(await textOf(weir, "/metrics/app"), lines("200 # TYPE a gauge", "a 1"));
  assert.equal(await textOf(weir, "/proxy"), lines("200 # TYPE b gauge", "b 2", "both 2"));
  assert.equal(await textOf(weir, "/metrics"), "404 not found\n");
  const page = await textOf(weir, "/?route=%2Fproxy");
  assert.match(
    page,
    /<a href="\/\?route=%2Fmetrics%2Fapp" aria-current="false">\/metrics\/app<\/a>/,
  );
  assert.match(page, /<a href="\/\?route=%2Fproxy" aria-current="page">\/proxy<\/a>/);
  const series = async (route: string) => {
    const url = `${weir.url}/analyze?route=${encodeURIComponent(route)}`;
    const { status, body } = await curl(url, "-H", "Accept: application/json");
    return status === 200
      ? JSON.parse(`${body}`).metrics.map(({ name }: { name: string }) => name).sort()
      : `${status} ${body}`;
  };
  assert.deepEqual(await series("/metrics/app"), ["a", "both"]);
  assert.deepEqual(await series("/proxy"), ["b", "both"]);
  assert.match(
    String(await series("/x")),
    /^400 .*no route \\"\/x\\": there are \/metrics\/app, \/proxy/s,
  );
  writeFileSync(path, config("a"));
  weir.signal("SIGHUP");
  await eventually(
    "the rules of the route are new",
    async () => await textOf(weir, "/metrics/app") === "200 ",
  );
  await weir.counted({ 'weir_dropped_samples_total{route="/proxy",stage="relabel"}': 0 });
});

peerTest([], "weir check prints routes and takes the rules of one for a sample", async (t) => {
  const path = configFile(t, ofKubelet("http://localhost:10250"));
  const { stdout, exitCode } = await runWeir(["check", path]);
  assert.deepEqual([exitCode, `${stdout}`.split("\n").filter((row) => row.startsWith("route"))], [
    0,
    [
      "route /metrics           http://localhost:10250/, 1 relabel rule, policies of nobody",
      "route /metrics/cadvisor  http://localhost:10250/, 2 relabel rules, 1 subset, policies of nobody",
      "route /metrics/*         http://localhost:10250/, no relabel rules, policies of nobody, 1 series, then drop",
    ],
  ]);
  const sample = join(temporaryFolder(t), "s.prom");
  writeFileSync(sample, KUBELET["/metrics/cadvisor"]);
  const filtered = await runWeir([
    "filter",
    sample,
    "--config",
    path,
    "--route",
    "/metrics/cadvisor",
  ]);
  assert.match(
    `${filtered.stdout}`,
    /^# TYPE container_cpu_usage_seconds_total counter\n.*"app",pod="a"} 2\n$/,
  );
  const wrong = await runWeir(["filter", sample, "--config", path, "--route", "/x"]);
  assert.deepEqual([wrong.exitCode, wrong.stderr], [
    2,
    '--route: found "/x", wanted one of /metrics, /metrics/cadvisor, /metrics/*\n',
  ]);
});

peerTest(["curl"], "each upstream tells of its own resource alone", async (t) => {
  const telling = (team: string) =>
    servingUpstream(
      t,
      lines(
        "# TYPE g gauge",
        "g 1",
        "# TYPE target info",
        `target_info{team="${team}"} 1`,
        "# EOF",
      ),
      OPEN_METRICS_TYPE,
    );
  const policies = dropPolicies(t, [
    { resource_attribute: ["team"], equals: "a" },
    { metric_field: "name", equals: "g" },
  ]);
  const path = configFile(
    t,
    `
listen: 127.0.0.1:0
policy_providers: [{id: p, type: file, path: ${policies}}]
routes:
- {path: /a, upstream_url: "${await telling("a")}"}
- {path: /b, upstream_url: "${await telling("b")}"}
`,
  );
  const weir = await startWeir(t, [path], { listen: false });
  // What the last scrape of the same route said is known before this one says it again.
  await textOf(weir, "/a");
  for (let round = 0; round < 3; round++) {
    assert.doesNotMatch(await textOf(weir, "/a"), /^g 1$/m);
    assert.match(await textOf(weir, "/b"), /^g 1$/m);
  }
});

peerTest(["curl"], "a route may be a gateway, and a reload adds and removes routes", async (t) => {
  const one = await servingUpstream(t, lines("# TYPE c counter", "c 1"));
  const other = await servingUpstream(t, lines("# TYPE c counter", "c 2"));
  const config = (routes: string) =>
    `listen: 127.0.0.1:0\nupstream_url: ${one}\ncounters: raw\ntarget_metrics: false\n${routes}`;
  const path = configFile(
    t,
    config(`routes: [{path: /sum, upstreams: ["${one}", "${other}"]}]`),
  );
  const weir = await startWeir(t, [path], { listen: false });
  assert.match(await textOf(weir, "/sum"), /^200 # TYPE c counter\nc 3\n/);
  assert.equal(await textOf(weir, "/metrics"), lines("200 # TYPE c counter", "c 1"));
  assert.equal(await textOf(weir, "/%73um"), await textOf(weir, "/sum"));
  assert.equal((await curl(`${weir.url}/sum`, "--head")).status, 200);
  assert.match(await textOf(weir, "/-/metrics"), /^weir_targets\{route="\/sum",state="up"} 2$/m);
  writeFileSync(path, config(`routes: [{path: /new}]`));
  weir.signal("SIGHUP");
  await eventually(
    "the route is there",
    async () => await textOf(weir, "/new") === lines("200 # TYPE c counter", "c 1"),
  );
  assert.equal(await textOf(weir, "/sum"), "404 not found\n");
  const counted = await textOf(weir, "/-/metrics");
  assert.doesNotMatch(counted, /"\/sum"/);
  assert.match(
    counted,
    /^weir_scrapes_total\{route="\/metrics",path="\/metrics",code="200",outcome="complete"} 1$/m,
  );
  writeFileSync(path, config(""));
  weir.signal("SIGHUP");
  await eventually(
    "there are no routes",
    async () => await textOf(weir, "/new") === "404 not found\n",
  );
  await textOf(weir, "/metrics");
  assert.match(
    await textOf(weir, "/-/metrics"),
    /^weir_scrapes_total\{path="\/metrics",code="200",outcome="complete"} 1$/m,
  );
});

peerTest(["curl"], "the containers of deploy/routes.yaml", async (t) => {
  const app = await servingUpstream(
    t,
    lines("# TYPE visits counter", 'visits{session="1"} 1', 'visits{session="2"} 2'),
  );
  const proxy = await servingUpstream(
    t,
    lines(
      "# TYPE envoy_server_uptime gauge",
      "envoy_server_uptime 5",
      "# TYPE other gauge",
      "other 1",
    ),
  );
  const [{ data }] = documents("routes.yaml");
  const text = String(data["weir.yaml"])
    .replace(":9090", "127.0.0.1:0")
    .replace("http://localhost:8080", app)
    .replace("http://localhost:9901", proxy);
  const weir = await startWeir(t, [configFile(t, text)], { listen: false });
  assert.equal(await textOf(weir, "/metrics"), lines("200 # TYPE visits counter", "visits 3"));
  assert.equal(
    await textOf(weir, "/metrics/proxy"),
    lines("200 # TYPE envoy_server_uptime gauge", "envoy_server_uptime 5"),
  );
});

peerTest(["chromium"], "the page of a route shows that route's scrape and rules", async (t) => {
  const weir = await startWeir(t, [configFile(t, ofKubelet(await kubelet(t)))]);
  const browser = await startBrowser(t);
  const page = await browser.newPage();
  await page.goto(weir.url);
  const routes = page.getByRole("navigation", { name: "Routes" });
  assert.deepEqual(await routes.getByRole("link").allInnerTexts(), [
    "/metrics",
    "/metrics/cadvisor",
    "/metrics/*",
  ]);
  await page.getByText("kubelet_running_pods").first().waitFor();
  await routes.getByRole("link", { name: "/metrics/cadvisor" }).click();
  await page.getByText("container_tasks_state").first().waitFor();
  assert.equal(await page.getByText("kubelet_running_pods").count(), 0);
  const rules = page.locator("textarea#rules");
  await eventually(
    "the route's rules are in the editor",
    async () => (await rules.inputValue()).includes("container_tasks_state"),
  );
  assert.equal(
    await routes.getByRole("link", { name: "/metrics/cadvisor" }).getAttribute("aria-current"),
    "page",
  );
});
