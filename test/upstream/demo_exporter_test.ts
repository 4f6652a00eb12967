import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  demoExposition,
  type DemoOptions,
  demoResponse,
} from "../../src/upstream/demo_exporter.ts";

const startedAt = 1_700_000_000;
const base: DemoOptions = { ingresses: 2, startedAt, now: startedAt + 3600, openMetrics: false };

function exposition(options: Partial<DemoOptions> = {}): Promise<string> {
  return new Response(demoExposition({ ...base, ...options })).text();
}

/** Value by series, as a scraper would have it. */
function seriesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const space = line.lastIndexOf(" ");
    return [line.slice(0, space), Number(line.slice(space + 1))];
  }));
}

test("one moment gives the same bytes each time, another seed others", async () => {
  assert.equal(await exposition(), await exposition());
  assert.notEqual(await exposition(), await exposition({ seed: 2 }));
});

test("request counters of the first ingress are pinned", async () => {
  const labels = 'controller_class="k8s.io/ingress-nginx",controller_namespace="ingress-nginx",' +
    'controller_pod="ingress-nginx-controller-7d4f8c9b5-x2k7q",namespace="billing",' +
    'ingress="app-0001",service="app-0001-web",canary="",host="app-0001.example.com",' +
    'path="/",method="GET",status="200"';
  const text = await exposition();
  assert.ok(
    text.includes(
      `# HELP nginx_ingress_controller_requests_total The total number of client requests
# TYPE nginx_ingress_controller_requests_total counter
nginx_ingress_controller_requests_total{${labels}} 10946
`,
    ),
    text.slice(0, 4000),
  );
});

test("each ingress adds 870 series, and no series occurs twice", async () => {
  const two = await exposition();
  const three = await exposition({ ingresses: 3 });
  assert.equal(seriesOf(three).size - seriesOf(two).size, 870);
  const lines = two.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.equal(seriesOf(two).size, lines.length);
});

test("counters, buckets, sums and counts never fall as time goes on", async () => {
  let before = seriesOf(await exposition({ now: startedAt - 5 }));
  for (const elapsed of [0, 1, 15, 30.5, 299, 300, 301, 600, 86_400]) {
    const after = seriesOf(await exposition({ now: startedAt + elapsed }));
    assert.deepEqual([...after.keys()], [...before.keys()]);
    for (const [series, value] of after) {
      if (!/^\w+_(total|bucket|sum|count)(\{| |$)/.test(series)) continue;
      assert.ok(value >= before.get(series)!, `${series} fell at ${elapsed} s`);
    }
    before = after;
  }
});

test("buckets are cumulative and the last one is the count", async () => {
  const series = [...seriesOf(await exposition())];
  let previous = 0;
  for (const [at, [name, value]] of series.entries()) {
    if (!name.includes("_bucket{")) continue;
    assert.ok(value >= previous, name);
    previous = value;
    if (!name.includes('le="+Inf"')) continue;
    const [count, total] = series[at + 2];
    assert.ok(count.includes("_count{"), count);
    assert.equal(value, total, name);
    previous = 0;
  }
});

test("OpenMetrics names counters without _total, canonicalises bounds and ends", async () => {
  const text = await exposition({ openMetrics: true });
  assert.ok(text.includes("# TYPE nginx_ingress_controller_requests counter\n"));
  assert.ok(text.includes('le="10.0"} '));
  assert.ok(text.endsWith("\n# EOF\n"));
});

test("chunks are about 64 KiB and made only when they are read", async () => {
  const huge = demoExposition({ ...base, ingresses: 1e9 }).getReader();
  for (let i = 0; i < 20; i++) {
    const { value } = await huge.read();
    assert.ok(value && value.length >= 65_536 && value.length < 80_000, `${value?.length}`);
  }
  await huge.cancel();
});

const accepts: [name: string, accept: string | undefined, openMetrics: boolean][] = [
  ["none", undefined, false],
  ["a browser's", "text/html,application/xml;q=0.9,*/*;q=0.8", false],
  ["vmagent's", "text/plain;version=0.0.4;q=1,*/*;q=0.1", false],
  [
    "Prometheus's",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,*/*;q=0.2",
    true,
  ],
  ["text before OpenMetrics", "application/openmetrics-text;q=0.3, text/plain;q=0.5", false],
  ["OpenMetrics refused", "application/openmetrics-text;q=0", false],
];

for (const [name, accept, openMetrics] of accepts) {
  test(`Accept ${name} gets ${openMetrics ? "OpenMetrics" : "text"}`, async () => {
    const request = new Request("http://demo/metrics", { headers: accept ? { accept } : {} });
    const response = demoResponse(request, base);
    assert.equal(response.status, 200);
    assert.equal(
      response.headers.get("content-type"),
      openMetrics
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8",
    );
    assert.equal((await response.text()).endsWith("# EOF\n"), openMetrics);
  });
}

test("HEAD has no body and POST is refused", async () => {
  const head = demoResponse(new Request("http://demo/metrics", { method: "HEAD" }), base);
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  const post = demoResponse(new Request("http://demo/metrics", { method: "POST" }), base);
  assert.equal(post.status, 405);
  assert.equal(post.headers.get("allow"), "GET, HEAD");
});

test(
  "promtool finds nothing to object to",
  { skip: hasPromtool() ? false : "no promtool" },
  async () => {
    const input = await exposition();
    assert.equal(execFileSync("promtool", ["check", "metrics"], { input, encoding: "utf8" }), "");
  },
);

function hasPromtool(): boolean {
  try {
    execFileSync("promtool", ["--version"]);
    return true;
  } catch {
    // On a laptop it may be missing; in CI it has to be there.
    if (process.env.CI) throw new Error("promtool is not installed");
    return false;
  }
}
