/** Weir in metric-gate's place: flags alone, or with a relabel file. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const SCRAPE = `# TYPE jobs_done counter
jobs_done{queue="a",host="x"} 3
jobs_done{queue="a",host="y"} 4
`;
const SUMMED = `# TYPE jobs_done counter
jobs_done{queue="a"} 7
`;
const RULES = "metric_relabel_configs:\n- {action: labeldrop, regex: host}\n";

/** Its URL without a path, and the paths that were asked. */
async function upstream(context: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const url = await httpUpstream(context, (request, response) => {
    asked.push(request.url!);
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(SCRAPE);
  });
  return { url, asked };
}

async function statusAndText(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

test("flags as pflag spells them", async (t) => {
  const { url, asked } = await upstream(t);
  const host = url.slice("http://".length);
  const flags = ["-p=0", `-H=${host}/m?a=b`, "-t=1s", "-t", "5000000000ns", "-v=false"];
  const weir = await startWeir(
    t,
    [...flags, "--log-level=INFO", "--relabel=", "--relabel", RULES],
    {
      listen: false,
    },
  );
  assert.deepEqual(await statusAndText(`${weir.url}/metrics`), [200, SUMMED]);
  assert.deepEqual(asked, ["/m?a=b"]);
  assert.match(weir.logged("msg=listening")[0], / scrape_timeout_seconds=5 /);
});

for (const text of ["", "# nothing\n", "{}\n", "---\n"]) {
  test(`a relabel file of ${JSON.stringify(text)} has no rules`, async (t) => {
    const { url } = await upstream(t);
    const path = join(temporaryFolder(t), "rules.yaml");
    writeFileSync(path, text);
    const weir = await startWeir(t, ["-H", `${url}/metrics`, "--relabel-file", path]);
    assert.deepEqual(await statusAndText(`${weir.url}/metrics`), [200, SCRAPE]);
  });
}

test("rules in YAML's flow style, in the flag and in a file of any name", async (t) => {
  const { url } = await upstream(t);
  const rules = "{metric_relabel_configs: [{action: labeldrop, regex: host}]}";
  const path = join(temporaryFolder(t), "rules");
  writeFileSync(path, rules);
  for (const flag of [["--relabel", rules], ["--relabel-file", path]]) {
    const weir = await startWeir(t, ["-H", `${url}/metrics`, ...flag]);
    assert.deepEqual(await statusAndText(`${weir.url}/metrics`), [200, SUMMED]);
  }
});

for (
  const [form, suffix, path] of [
    ["a URL without a path", "", "/"],
    ["a URL with /", "/", "/"],
    ["a URL with a query alone", "?a=b", "/?a=b"],
    ["dns+ without a path", "", "/"],
  ]
) {
  test(`${form} is asked as it is`, async (t) => {
    const { url, asked } = await upstream(t);
    const prefix = form.startsWith("dns+") ? "dns+" : "";
    const weir = await startWeir(t, ["-H", `${prefix}${url}${suffix}`]);
    assert.equal((await fetch(`${weir.url}/metrics`)).status, 200);
    if (prefix === "") assert.equal((await fetch(`${weir.url}/source`)).status, 200);
    assert.deepEqual([...new Set(asked)], [path]);
    const warnings = weir.logged("found no path, so / is scraped");
    assert.equal(warnings.length, suffix === "/" ? 0 : 1, weir.stderr);
  });
}

test("several upstreams, and one of a config file, are asked for the request's path", async (t) => {
  const { url, asked } = await upstream(t);
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, `upstream_url: ${url}\n`);
  const starts = [[path], [path, "-H", url], ["-H", url, "-H", `${url}/metrics`]];
  for (const args of starts) {
    const weir = await startWeir(t, args);
    assert.equal((await fetch(`${weir.url}/metrics`)).status, 200);
  }
  assert.deepEqual([...new Set(asked)], ["/metrics"]);
});

test("labelkeep without __name__ keeps the names, served and filtered, and says so", async (t) => {
  const { url } = await upstream(t);
  const rules = "- {action: labelkeep, regex: queue}";
  const weir = await startWeir(t, ["-H", `${url}/metrics`, "--relabel", rules]);
  assert.deepEqual(await statusAndText(`${weir.url}/metrics`), [200, SUMMED]);
  assert.equal(weir.logged("code=takes-name").length, 1);
  const path = join(temporaryFolder(t), "scrape.prom");
  writeFileSync(path, SCRAPE);
  const filtered = await runWeir(["filter", path, "--relabel", rules]);
  assert.equal(filtered.stdout.toString(), SUMMED);
  assert.match(
    filtered.stderr,
    /^--relabel: metric_relabel_configs\[0\]: it takes every sample's name/m,
  );
  const check = await runWeir(["check", "--relabel", rules]);
  assert.deepEqual([check.exitCode, /takes-name/.test(check.stdout.toString())], [1, true]);
});

test("other paths answer with links, and below /metrics/ there is /metrics", async (t) => {
  const { url } = await upstream(t);
  const weir = await startWeir(t, ["-H", `${url}/metrics`, "--relabel", `${RULES}sub: []\n`]);
  for (const path of ["/healthz", "/index.html", "/a/b", "/source/", "/analyze/", "/METRICS"]) {
    const response = await fetch(`${weir.url}${path}`);
    assert.deepEqual([response.status, response.headers.get("content-type")], [
      200,
      "text/html; charset=UTF-8",
    ], path);
    assert.match(await response.text(), /<a href="\/metrics\/sub">/);
  }
  for (const path of ["/metrics/", "/metrics/a/b", "/metrics/sub/"]) {
    assert.deepEqual(await statusAndText(`${weir.url}${path}`), [200, SUMMED], path);
  }
  assert.equal((await fetch(`${weir.url}/metrics/nope`)).status, 404);
  assert.equal((await fetch(`${weir.url}/healthz`, { method: "HEAD" })).status, 200);
  assert.equal((await fetch(`${weir.url}/healthz`, { method: "POST" })).status, 405);
});

test("with a config file other paths are not there", async (t) => {
  const { url } = await upstream(t);
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, `upstream_url: ${url}\n`);
  const weir = await startWeir(t, [path]);
  for (const path of ["/healthz", "/metrics/", "/metrics/a/b"]) {
    assert.equal((await fetch(`${weir.url}${path}`)).status, 404, path);
  }
});

interface Source {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const SOURCES: readonly Source[] = [
  {
    status: 200,
    headers: { "content-type": TEXT_TYPE, etag: '"a"', "cache-control": "no-cache", "x-own": "1" },
    body: SCRAPE,
  },
  { status: 404, headers: { "content-type": "text/html" }, body: "<p>gone</p>" },
  {
    status: 401,
    headers: { "www-authenticate": "Basic", "content-type": "text/plain" },
    body: "?",
  },
  { status: 503, headers: { "retry-after": "5", "content-type": "text/plain" }, body: "" },
  { status: 500, headers: { "content-type": "text/plain" }, body: "broken" },
];

for (const { status, headers, body } of SOURCES) {
  test(`/source relays status ${status} with its headers`, async (t) => {
    const url = await httpUpstream(t, (_request, response) => {
      response.writeHead(status, { ...headers, "keep-alive": "timeout=9" }).end(body);
    });
    const weir = await startWeir(t, ["-H", `${url}/metrics`]);
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(`${weir.url}/source`, { method });
      assert.equal(response.status, status);
      for (const [name, value] of Object.entries(headers)) {
        assert.equal(response.headers.get(name), value, `${method} ${name}`);
      }
      assert.notEqual(response.headers.get("keep-alive"), "timeout=9");
      assert.equal(await response.text(), method === "HEAD" ? "" : body);
    }
    await weir.counted({ weir_upstream_up: status === 200 ? 1 : 0 });
  });
}

test("profiles on loopback: CPU, heap, snapshot", async (t) => {
  const { url } = await upstream(t);
  const weir = await startWeir(t, ["-H", `${url}/metrics`]);
  const at = `${weir.url}/debug/pprof`;
  const [status, links] = await statusAndText(`${at}/`);
  assert.equal(status, 200);
  for (const name of ["profile", "heap", "heapsnapshot"]) assert.ok(links.includes(`/${name}"`));
  assert.doesNotMatch(links, /profiles are off/);
  const redirect = await fetch(at, { redirect: "manual" });
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [307, "/debug/pprof/"]);
  const taking = fetch(`${at}/profile?seconds=1`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await fetch(`${at}/profile?seconds=1`)).status, 503);
  const profile = await (await taking).json() as { nodes: unknown[]; samples: unknown[] };
  assert.ok(profile.nodes.length > 0 && Array.isArray(profile.samples));
  const sizes = await (await fetch(`${at}/heap`)).json() as Record<string, Record<string, number>>;
  assert.ok(sizes.process.rss > 1e6 && sizes.heap.used_heap_size > 1e4, JSON.stringify(sizes));
  const snapshot = await (await fetch(`${at}/heapsnapshot`)).json() as { snapshot: object };
  assert.ok("meta" in snapshot.snapshot);
  for (const seconds of ["0", "x", "-1", "301", ""]) {
    assert.equal((await fetch(`${at}/profile?seconds=${seconds}`)).status, 400, seconds);
  }
  assert.equal((await fetch(`${at}/goroutine`)).status, 404);
  // A scrape is served all the while.
  assert.equal((await fetch(`${weir.url}/metrics`)).status, 200);
});

peerTest(["curl"], "no page of another site takes a profile", async (t) => {
  const { url } = await upstream(t);
  const weir = await startWeir(t, ["-H", `${url}/metrics`]);
  const heap = `${weir.url}/debug/pprof/heap`;
  const foreign = ["Sec-Fetch-Site: cross-site", "Origin: http://a.test", "Host: a.test:8080"];
  for (const header of foreign) assert.equal((await curl(heap, "-H", header)).status, 403, header);
  const own = ["Sec-Fetch-Site: none", `Origin: ${weir.url}`, "Host: localhost:8080"];
  for (const header of own) assert.equal((await curl(heap, "-H", header)).status, 200, header);
});

test("profiles are off where other machines can connect, unless they are switched on", async (t) => {
  const { url } = await upstream(t);
  const off = await startWeir(t, ["-H", `${url}/metrics`, "-p=0"], { listen: false });
  const [status, links] = await statusAndText(`${off.url}/debug/pprof/`);
  assert.deepEqual([status, /profiles are off/.test(links)], [200, true]);
  for (const name of ["profile?seconds=1", "heap", "heapsnapshot"]) {
    const [status, text] = await statusAndText(`${off.url}/debug/pprof/${name}`);
    assert.deepEqual([status, /--profiling/.test(text)], [403, true], name);
  }
  const on = await startWeir(t, ["-H", `${url}/metrics`, "-p=0", "--profiling"], { listen: false });
  assert.equal((await fetch(`${on.url}/debug/pprof/heap`)).status, 200);
});

test("with passthrough /debug/pprof/ is the upstream's, unless profiles are switched on", async (t) => {
  const { url, asked } = await upstream(t);
  const weir = await startWeir(t, ["-H", `${url}/metrics`, "--passthrough"]);
  assert.deepEqual(await statusAndText(`${weir.url}/debug/pprof/heap`), [200, SCRAPE]);
  assert.deepEqual(asked, ["/debug/pprof/heap"]);
  const own = await startWeir(t, ["-H", `${url}/metrics`, "--passthrough", "--profiling"]);
  assert.notEqual((await statusAndText(`${own.url}/debug/pprof/heap`))[1], SCRAPE);
});

test("a gateway says at start what its counters mean, unless they are raw", async (t) => {
  const { url } = await upstream(t);
  const args = ["-H", `dns+${url}/metrics`, "--relabel", RULES];
  const weir = await startWeir(t, args);
  const lines = weir.logged("counters=monotonic");
  assert.equal(lines.length, 1);
  assert.match(lines[0], /level=info .*--counters raw adds what the targets show/);
  const raw = await startWeir(t, [...args, "--counters", "raw", "--target-metrics=false"]);
  assert.equal(raw.logged("counters=").length, 0);
  assert.deepEqual(await statusAndText(`${raw.url}/metrics`), [200, SUMMED]);
  const one = await startWeir(t, ["-H", `${url}/metrics`]);
  assert.equal(one.logged("counters=").length, 0);
});

const JOBS = `# TYPE jobs counter
jobs_total{a="1"} 1
jobs_total{a="2"} 2
`;

/** An exporter whose counter has another name in OpenMetrics. It says what it was asked for. */
async function exporter(context: TestContext): Promise<{ url: string; accepts: string[] }> {
  const accepts: string[] = [];
  const url = await httpUpstream(context, (request, response) => {
    const accept = request.headers.accept ?? "";
    accepts.push(accept);
    const [type, body] = accept.includes("openmetrics")
      ? [OPEN_METRICS_TYPE, `${JOBS}# EOF\n`]
      : [TEXT_TYPE, JOBS.replaceAll("jobs_total", "jobs")];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  return { url, accepts };
}

const DROP_JOBS = "- {source_labels: [__name__], regex: jobs, action: drop}";

test("a rule that names a counter without its _total is told of, once, and by check", async (t) => {
  const { url } = await exporter(t);
  const weir = await startWeir(t, ["-H", `${url}/metrics`, "--relabel", DROP_JOBS]);
  assert.deepEqual(await statusAndText(`${weir.url}/metrics`), [200, ""]);
  assert.equal(weir.logged("family=jobs").length, 0);
  for (let scrape = 0; scrape < 3; scrape++) {
    const accept = { headers: { accept: OPEN_METRICS_TYPE } };
    assert.deepEqual(await statusAndText(`${weir.url}/metrics`, accept), [200, `${JOBS}# EOF\n`]);
  }
  const lines = weir.logged("family=jobs sample=jobs_total");
  assert.deepEqual([lines.length, /without the _total/.test(lines[0])], [1, true]);
  const check = await runWeir(["check", "--relabel", DROP_JOBS, "--scrape", `${url}/metrics`]);
  assert.equal(check.exitCode, 1);
  assert.match(check.stdout.toString(), /: jobs \(2 samples\) \(bare-counter\)$/m);
});

test("a gateway tells of such a rule, too", async (t) => {
  const { url } = await exporter(t);
  const args = ["-H", `dns+${url}/metrics`, "--relabel", DROP_JOBS];
  const weir = await startWeir(t, args);
  const accept = { headers: { accept: OPEN_METRICS_TYPE } };
  assert.equal((await fetch(`${weir.url}/metrics`, accept)).status, 200);
  assert.equal(weir.logged("family=jobs sample=jobs_total").length, 1);
});

test("with --scrape-protocols PrometheusText0.0.4 rules meet the text that they were written for", async (t) => {
  const { url, accepts } = await exporter(t);
  const bound = ["--scrape-protocols", "PrometheusText0.0.4"];
  const args = ["-H", `${url}/metrics`, "--relabel", DROP_JOBS, ...bound];
  const weir = await startWeir(t, args);
  const openMetrics = {
    headers: { accept: `${OPEN_METRICS_TYPE};q=0.9,${TEXT_TYPE};q=0.5,*/*;q=0.1` },
  };
  const response = await fetch(`${weir.url}/metrics`, openMetrics);
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, TEXT_TYPE]);
  assert.equal(await response.text(), "");
  const gateway = await startWeir(t, [
    ...args.with(1, `dns+${url}/metrics`),
    "--target-metrics=false",
  ]);
  assert.deepEqual(await statusAndText(`${gateway.url}/metrics`, openMetrics), [200, ""]);
  assert.equal(accepts.some((accept) => accept.includes("openmetrics")), false, accepts.join("\n"));
  const check = await runWeir([
    "check",
    "--relabel",
    DROP_JOBS,
    "--scrape",
    `${url}/metrics`,
    ...bound,
  ]);
  assert.match(check.stdout.toString(), /^scrape protocols +PrometheusText0\.0\.4$/m);
  assert.equal(check.exitCode, 0, check.stdout.toString());
});
