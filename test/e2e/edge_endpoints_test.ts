/** Edge's own endpoints and its log, as its guide, its chart and its dashboards use them. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir, type WeirProcess, weirVersion } from "../support/e2e/weir_process.ts";

const BODY = "# TYPE a gauge\na 1\nb 2\n\nc 3\n";

const POLICIES = [
  {
    id: "drop-b",
    name: "Drop b",
    metric: { match: [{ metric_field: "name", equals: "b" }], keep: false },
  },
  {
    id: "off",
    name: "Off\nid=forged",
    enabled: false,
    metric: { match: [{ metric_field: "name", equals: "c" }], keep: false },
  },
  { id: "logs", name: "Logs", log: { match: [], keep: "none" } },
  { id: "bad", name: "Bad", metric: { match: [] } },
];

async function start(
  t: TestContext,
  keys: object = {},
  policies: readonly object[] = POLICIES,
): Promise<WeirProcess> {
  const folder = temporaryFolder(t);
  const file = join(folder, "policies.json");
  writeFileSync(file, JSON.stringify({ policies }));
  const app = await httpUpstream(t, (request, response) => {
    if (request.url === "/broken") return void response.socket!.destroy();
    response.writeHead(request.url === "/none" ? 404 : 200, { "content-type": "text/plain" });
    response.end(BODY);
  });
  const config = join(folder, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      upstream_url: app,
      policy_providers: [{ id: "f", type: "file", path: file }],
      ...keys,
    }),
  );
  return await startWeir(t, [config]);
}

const OWN_FORM = { listen: "127.0.0.1:0" };

peerTest(["curl"], "/_health is what Edge says, and /-/healthy what Weir does", async (t) => {
  const weir = await start(t);
  const ask = async (path: string, ...args: readonly string[]) => {
    const { status, headers, body } = await curl(`${weir.url}${path}`, ...args);
    return [status, headers.get("content-type"), body.toString()];
  };
  assert.deepEqual(await ask("/_health"), [200, "application/json", '{"status":"ok"}']);
  const [status, type] = await ask("/_health", "--head");
  assert.deepEqual([status, type], [200, "application/json"]);
  assert.deepEqual(await ask("/-/healthy"), [200, "text/plain; charset=UTF-8", "ok\n"]);
  const own = await start(t, OWN_FORM);
  assert.equal((await curl(`${own.url}/_health`)).body.toString(), "ok\n");
});

peerTest(["curl"], "/_edge/policies tells the policies in force", async (t) => {
  const weir = await start(t);
  const text = await curl(`${weir.url}/_edge/policies`);
  assert.equal(text.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(
    text.body.toString(),
    [
      "# snapshot version=1 policies=3 (log=1 metric=1 trace=0)",
      "id=drop-b signal=metric enabled=true name=Drop b",
      "id=off signal=metric enabled=false name=Off id=forged",
      "id=logs signal=log enabled=true name=Logs",
      "# not in force: id=bad metric: missing keep; metric: no matchers",
      "",
    ].join("\n"),
  );
  const json = await curl(`${weir.url}/_edge/policies?format=json`);
  assert.equal(json.headers.get("content-type"), "application/json");
  assert.deepEqual(JSON.parse(json.body.toString()), {
    version: 1,
    policies: [{ ...POLICIES[0], enabled: true }],
    not_in_force: [
      { state: "disabled", id: "off", name: "Off\nid=forged" },
      { state: "other_signal", id: "logs", name: "Logs", signal: "log" },
      { state: "invalid", id: "bad", errors: ["metric: missing keep", "metric: no matchers"] },
    ],
  });
});

peerTest(
  ["curl"],
  "a tap shows the lines of a scrape before and behind the policies",
  async (t) => {
    const weir = await start(t, { tap_enabled: true });
    const tapped = async (path: string) => {
      let isOver = false;
      const tap = curl(`${weir.url}/_edge/tap/${path}`).finally(() => isOver = true);
      while (!isOver) await curl(`${weir.url}/metrics`);
      const { status, headers, body } = await tap;
      assert.deepEqual([status, headers.get("content-type")], [200, "application/octet-stream"]);
      return body.toString();
    };
    const frame = (seq: number, decision: string, line: string) =>
      `--- seq=${seq} signal=metric format=prom_text decision=${decision} len=${line.length}\n${line}\n`;
    const frames = (decision: string, ...lines: readonly string[]) =>
      lines.map((line, index) => frame(index + 1, decision, line)).join("");
    assert.equal(await tapped("pre?n=4"), frames("", "# TYPE a gauge", "a 1", "b 2", "c 3"));
    assert.equal(await tapped("post?n=3"), frames("keep", "# TYPE a gauge", "a 1", "c 3"));
    assert.equal(await tapped("pre?n=1"), frames("", "# TYPE a gauge"));
    const fifty = await tapped("post?n=x");
    assert.ok(fifty.startsWith(frames("keep", "# TYPE a gauge", "a 1", "c 3", "# TYPE a gauge")));
    assert.equal(fifty.split("--- seq=").length, 51);
    await eventually("one at a time", async () => {
      const both = await Promise.all([1, 2].map(() => curl(`${weir.url}/_edge/tap/pre`)));
      return both.some(({ status }) => status === 409);
    });
    const idle = await curl(`${weir.url}/_edge/tap/post`);
    assert.deepEqual([idle.status, idle.body.length], [200, 0]);
    assert.equal((await curl(`${weir.url}/_edge/tap/other`)).status, 404);
  },
);

peerTest(["curl"], "a tap that left makes room for the next", async (t) => {
  const weir = await start(t, { tap_enabled: true });
  await curl(`${weir.url}/_edge/tap/pre`, "--max-time", "0.2");
  await eventually(
    "room",
    async () => (await curl(`${weir.url}/_edge/tap/pre?n=1`)).status === 200,
  );
});

peerTest(["curl"], "without tap_enabled there is no tap", async (t) => {
  for (const keys of [{}, { tap_enabled: false }, OWN_FORM]) {
    const weir = await start(t, keys);
    const { status, body } = await curl(`${weir.url}/_edge/tap/pre`);
    const text = "tap disabled (set tap_enabled in config)\n";
    assert.deepEqual([status, body.toString()], [404, text]);
  }
});

/** The samples of Edge's families that are not 0, without buckets and sums of time. */
function counted(text: string): string[] {
  return text.split("\n").filter((line) =>
    line.startsWith("edge_") && !line.endsWith(" 0") && !/_bucket|_sum/.test(line)
  ).sort();
}

const FAMILIES = [
  "edge_build_info",
  "edge_policies_loaded",
  "edge_policy_records_dropped_total",
  "edge_policy_records_evaluated_total",
  "edge_policy_records_kept_total",
  "edge_prefilter_decisions_total",
  "edge_request_duration_seconds",
  "edge_request_errors_total",
  "edge_requests_total",
  "edge_responses_total",
];

peerTest(["curl"], "/_edge/metrics has Edge's families beside Weir's", async (t) => {
  const weir = await start(t);
  for (const path of ["/metrics", "/metrics/x", "/_health", "/none", "/broken"]) {
    await curl(`${weir.url}${path}`);
  }
  await curl(`${weir.url}/api`, "-d", "x");
  await weir.counted({ 'weir_scrapes_total{path="passthrough",code="502",outcome="error"}': 1 });
  const text = (await curl(`${weir.url}/_edge/metrics`)).body.toString();
  const names = [...text.matchAll(/^# TYPE (edge_\w+) /gm)].map(([, name]) => name);
  assert.deepEqual(names.sort(), FAMILIES);
  assert.match(text, /^weir_build_info/m);
  const health = Number(
    /^edge_requests_total\{method="get",known_path="health"\} (\d+)$/m.exec(text)![1],
  );
  const own = Number(
    /^edge_requests_total\{method="get",known_path="other"\} (\d+)$/m.exec(text)![1],
  );
  assert.deepEqual(
    counted(text).filter((line) =>
      !/known_path="(health|other)"|="health"|="passthrough"/.test(line)
    ),
    [
      `edge_build_info{version="${weirVersion}",commit="unknown",distribution="prometheus"} 1`,
      'edge_policies_loaded{signal="log"} 1',
      'edge_policies_loaded{signal="metric"} 1',
      'edge_policy_records_dropped_total{telemetry="prometheus_metrics"} 2',
      'edge_policy_records_evaluated_total{telemetry="prometheus_metrics"} 6',
      'edge_policy_records_kept_total{telemetry="prometheus_metrics"} 4',
      'edge_prefilter_decisions_total{route_kind="prometheus_metrics",decision="policy_path"} 2',
      'edge_request_duration_seconds_count{known_path="metrics"} 2',
      'edge_requests_total{method="get",known_path="edge_metrics"} 1',
      'edge_requests_total{method="get",known_path="metrics"} 2',
      'edge_responses_total{known_path="metrics",status_class="s2xx"} 2',
    ],
  );
  assert.ok(health >= 1 && own >= 2);
  assert.match(text, /^edge_requests_total\{method="post",known_path="other"\} 1$/m);
  assert.match(text, /^edge_responses_total\{known_path="other",status_class="s4xx"\} 1$/m);
  assert.match(text, /^edge_responses_total\{known_path="other",status_class="s5xx"\} 1$/m);

  const openMetrics = await curl(
    `${weir.url}/_edge/metrics`,
    "-H",
    "Accept: application/openmetrics-text",
  );
  assert.match(openMetrics.body.toString(), /\n# TYPE edge_requests counter\n[^]*\n# EOF\n$/);
  assert.equal((await curl(`${weir.url}/-/metrics`)).body.includes("edge_"), false);
  const ownForm = await start(t, OWN_FORM);
  assert.equal((await curl(`${ownForm.url}/_edge/metrics`)).body.includes("edge_"), false);
});

peerTest(
  ["curl"],
  "the log: standard output, policy when one loads, truncat when it is cut",
  async (t) => {
    const keys = { log_level: "debug" };
    const weir = await start(t, keys);
    await curl(`${weir.url}/metrics`);
    const found = (word: RegExp) => weir.stdout.split("\n").filter((line) => word.test(line));
    assert.equal(found(/msg="policy set in force" policies=1$/).length, 1);
    assert.deepEqual(found(/truncat/i), []);
    assert.equal(await weir.stop(), 0);
    assert.deepEqual([weir.stderr, found(/truncat/i)], ["", []]);

    const cut = await start(t, { prometheus: { max_output_bytes_per_scrape: 20 } });
    await curl(`${cut.url}/metrics`);
    await eventually("the truncation", () => cut.logged("truncat").length > 0);
    assert.match(cut.stdout, /msg="scrape truncated" path=\/metrics limit=output limit_bytes=20 /);

    const own = await start(t, OWN_FORM);
    assert.equal(own.stdout, "");
    assert.match(own.stderr, /msg=listening /);
  },
);
