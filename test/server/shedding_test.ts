/** What scrapes come to that have more series than `limits.series`, and steps of `limits.shed`. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { type Chunk, sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import type { UpstreamSource } from "../../src/upstream/upstream_source.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";
import { protobufBody } from "../support/exposition/protobuf_body.ts";
import { chunksOf } from "../support/lines/filtered.ts";
import { servedApp } from "../support/server/served_app.ts";

const SHED = [{ label: "path" }, { label: "pod", of: "http_.*" }, { metric: "debug_.*" }];
const LIMITS = { series: 10, action: "drop", shed: SHED };

/** Two families with so many paths and pods, and debugging. */
function exposition(paths: number, pods: number, debug: number): string {
  const lines = ["# TYPE http_total counter"];
  for (let path = 0; path < paths; path++) {
    for (let pod = 0; pod < pods; pod++) lines.push(`http_total{path="/${path}",pod="p${pod}"} 1`);
  }
  lines.push("# TYPE other gauge");
  for (let pod = 0; pod < pods; pod++) lines.push(`other{pod="p${pod}"} 1`);
  lines.push("# TYPE debug_x gauge");
  for (let one = 0; one < debug; one++) lines.push(`debug_x{one="${one}"} 1`);
  return `${lines.join("\n")}\n`;
}

/** An upstream whose body can be changed between scrapes. */
function changing(
  contentType = "text/plain; version=0.0.4",
  encode = (text: string) => new TextEncoder().encode(text) as Chunk,
) {
  let body = "";
  const upstream: UpstreamSource = () =>
    Promise.resolve({
      status: 200,
      contentType,
      body: sourceOfChunks(chunksOf(encode(body), 40).map((chunk) => chunk.slice())),
    });
  return { upstream, serve: (text: string) => body = text };
}

const samplesOf = (text: string) =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("steps are taken one after the other, and what is left is whole sums", async () => {
  const { upstream, serve } = changing();
  const app = await servedApp({ upstream, config: { limits: LIMITS } });
  const scrape = async () => samplesOf(await (await app.request("/metrics")).text());
  serve(exposition(3, 2, 2));
  equal((await scrape()).length, 10);
  serve(exposition(4, 4, 6));
  // The one that is beyond it is held to it as the limits say.
  const beyond = await scrape();
  equal(beyond.filter((line) => !line.startsWith("weir_")).length, 10);
  deepEqual(beyond.filter((line) => line.startsWith("weir_")), [
    'weir_scrape_dropped_samples{reason="limit"} 16',
  ]);
  // 4 of http, 4 others, 6 of debugging.
  const folded = await scrape();
  deepEqual(folded.filter((line) => /^http|_shed/.test(line)), [
    ...[0, 1, 2, 3].map((pod) => `http_total{pod="p${pod}"} 4`),
    "weir_scrape_shed_steps 1",
  ]);
  const further = await scrape();
  deepEqual(further.filter((line) => /^http|^other|_shed/.test(line)), [
    "http_total 16",
    ...[0, 1, 2, 3].map((pod) => `other{pod="p${pod}"} 1`),
    "weir_scrape_shed_steps 2",
  ]);
  // 1 + 4 + 6 is still one too many.
  deepEqual(await scrape(), [
    "http_total 16",
    ...[0, 1, 2, 3].map((pod) => `other{pod="p${pod}"} 1`),
    "weir_scrape_shed_steps 3",
  ]);
  const { problems, routes: [route] } = await (await app.request("/-/status")).json();
  deepEqual(route.shed, {
    series: 10,
    steps: [
      { step: "label path", active: true },
      { step: "label pod of http_.*", active: true },
      { step: "metric debug_.*", active: true },
    ],
  });
  deepEqual(
    problems.map(({ message }: { message: string }) => message.replace(/at \S+ UTC/, "at …")),
    [
      "the scrape of /metrics at … gave up what 3 steps of limits.shed take, as it has more series " +
      "than limits.series",
    ],
  );
});

test("a step goes when scrapes would have clearly fewer series without it, as it comes", async () => {
  const { upstream, serve } = changing();
  const app = await servedApp({ upstream, config: { limits: LIMITS } });
  const scrape = async () => samplesOf(await (await app.request("/metrics")).text());
  serve(exposition(4, 2, 2));
  await scrape();
  deepEqual(await scrape(), [
    'http_total{pod="p0"} 4',
    'http_total{pod="p1"} 4',
    'other{pod="p0"} 1',
    'other{pod="p1"} 1',
    'debug_x{one="0"} 1',
    'debug_x{one="1"} 1',
    "weir_scrape_shed_steps 1",
  ]);
  // 9 series are more than four fifths of 10, 8 are not.
  serve(exposition(3, 2, 1));
  for (let count = 0; count < 8; count++) {
    equal((await scrape()).at(-1), "weir_scrape_shed_steps 1");
  }
  serve(exposition(2, 2, 2));
  for (let count = 0; count < 5; count++) {
    equal((await scrape()).at(-1), "weir_scrape_shed_steps 1");
  }
  deepEqual(await scrape(), samplesOf(exposition(2, 2, 2)));
});

test("steps go behind the rules that are configured, and policies are counted once", async () => {
  const { upstream, serve } = changing();
  const config = {
    metric_relabel_configs: [{ action: "labeldrop", regex: "pod" }],
    limits: { series: 3, shed: [{ label: "path" }] },
  };
  const policy = {
    id: "no-debug",
    name: "n",
    metric: { match: [{ metric_field: "name", exact: "debug_x" }], keep: false },
  };
  const counters = new PolicyCounters();
  const app = await servedApp({ upstream, config, policies: [policy], counters });
  serve(exposition(5, 2, 2));
  const scrape = async () => samplesOf(await (await app.request("/metrics")).text());
  await scrape();
  for (let count = 0; count < 4; count++) {
    deepEqual(await scrape(), ["http_total 10", "other 2", "weir_scrape_shed_steps 1"]);
  }
  deepEqual([...counters.entries()], [["no-debug", { hits: 10, misses: 0 }]]);
  const own = await (await app.request("/-/metrics")).text();
  deepEqual(
    own.split("\n").filter((line) =>
      /^weir_(dropped|input)_samples.*policy|^weir_input_samples/.test(line)
    ),
    [
      `weir_input_samples_total ${14 * 5}`,
      'weir_dropped_samples_total{stage="policy"} 10',
    ],
  );
});

test("a scrape that the limit fails takes a step, too", async () => {
  const { upstream, serve } = changing();
  const limits = { series: 4, action: "fail", shed: [{ metric: "debug_.*" }] };
  const app = await servedApp({ upstream, config: { limits } });
  serve(exposition(1, 1, 5));
  equal((await app.request("/metrics")).status, 502);
  deepEqual(samplesOf(await (await app.request("/metrics")).text()), [
    'http_total{path="/0",pod="p0"} 1',
    'other{pod="p0"} 1',
    "weir_scrape_shed_steps 1",
  ]);
  // And the trial of the ones after it fails none.
  for (let count = 0; count < 8; count++) equal((await app.request("/metrics")).status, 200);
});

test("OpenMetrics and protobuf shed as text does", async () => {
  const openMetrics = (text: string) =>
    new TextEncoder().encode(
      `${text.replace("http_total counter", "http counter")}# EOF\n`,
    ) as Chunk;
  const type = "application/openmetrics-text; version=1.0.0";
  const { upstream, serve } = changing(type, openMetrics);
  const app = await servedApp({ upstream, config: { limits: LIMITS } });
  serve(exposition(4, 2, 2));
  await (await app.request("/metrics")).text();
  equal(
    await (await app.request("/metrics")).text(),
    `# TYPE http counter
http_total{pod="p0"} 4
http_total{pod="p1"} 4
# TYPE other gauge
other{pod="p0"} 1
other{pod="p1"} 1
# TYPE debug_x gauge
debug_x{one="0"} 1
debug_x{one="1"} 1
# HELP weir_scrape_shed_steps Steps of limits.shed that took labels or metrics out of this scrape.
# TYPE weir_scrape_shed_steps gauge
weir_scrape_shed_steps 1
# EOF
`,
  );
});

test("what is shed of protobuf is protobuf, with whole sums", async () => {
  const family = (name: string, pods: readonly string[], paths: readonly string[]) => ({
    name,
    type: "counter" as const,
    metrics: paths.flatMap((path) => pods.map((pod) => ({ labels: { path, pod }, value: 2 }))),
  });
  const body = () => protobufBody([family("http_total", ["a", "b"], ["/1", "/2", "/3"])]);
  const { upstream } = changing(PROTOBUF_TYPE, body);
  const limits = { series: 5, action: "drop", shed: [{ label: "path" }] };
  const app = await servedApp({ upstream, config: { limits } });
  await (await app.request("/metrics")).arrayBuffer();
  const tap = await app.request("/analyze/tap?stage=after&n=3");
  for (let count = 0; count < 2; count++) {
    const answer = await app.request("/metrics");
    equal(answer.headers.get("content-type"), PROTOBUF_TYPE);
    await answer.arrayBuffer();
  }
  deepEqual((await tap.text()).split("\n").slice(0, 3), [
    'http_total{pod="a"} 6',
    'http_total{pod="b"} 6',
    "weir_scrape_shed_steps 1",
  ]);
});

test("a pattern that is no RE2 syntax is told with its step", async () => {
  const limits = { series: 4, shed: [{ label: "a" }, { metric: "(" }, { label: "b", of: "[" }] };
  await rejects(servedApp({ upstream: "", config: { limits } }), ({ problems }) => {
    // Where in the file is told by tests of positions.
    deepEqual(problems.map((one: string) => one.replace(/^weir\.json:\d+:\d+: /, "")), [
      'limits.shed[1]: error parsing regexp: missing closing ): "("',
      'limits.shed[2]: error parsing regexp: missing closing ]: "["',
    ]);
    return true;
  });
});
