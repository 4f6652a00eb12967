/** What Weir answers besides the scrape itself: other paths and methods, probes, forwarding. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { curl } from "../support/e2e/curl.ts";
import { problemsOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import {
  byteUpstream,
  gauges,
  httpUpstream,
  OPEN_METRICS_TYPE,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const exposition = gauges(20) + "debug_items 1\n";

/** An application with metrics, other pages and an error. */
function application(t: TestContext): Promise<string> {
  return httpUpstream(t, (request, response) => {
    switch (request.url) {
      case "/metrics":
      case "/metrics?x=1":
        response.writeHead(200, { "content-type": TEXT_TYPE }).end(exposition);
        break;
      case "/api/items?page=2":
        response.writeHead(200, { "content-type": "application/json" }).end('{"page":2}');
        break;
      default:
        response.writeHead(404, { "content-type": "text/html" }).end("<h1>not here</h1>");
    }
  });
}

peerTest(["curl"], "an unknown path is 404, another method is 405", async (t) => {
  const weir = await startWeir(t, [plainFile(t, await application(t))]);
  for (const path of ["/api/items?page=2", "/metrics/", "/metricsx", "/-/", "/%00"]) {
    const answer = await curl(`${weir.url}${path}`);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.body.toString(), "not found\n", path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    for (const path of ["/metrics", "/source", "/nowhere"]) {
      const answer = await curl(`${weir.url}${path}`, "-X", method);
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.get("allow"), "GET, HEAD");
    }
  }
});

peerTest(["curl"], "HEAD has the headers of GET and no body", async (t) => {
  const weir = await startWeir(t, ["-H", `${await application(t)}/metrics`]);
  const paths = ["/metrics", "/source", "/-/metrics", "/_health", "/-/ready", "/", "/nowhere"];
  for (const path of paths) {
    for (const encoding of ["identity", "gzip"]) {
      const header = ["-H", `Accept-Encoding: ${encoding}`];
      const get = await curl(`${weir.url}${path}`, ...header);
      const head = await curl(`${weir.url}${path}`, "--head", ...header);
      assert.equal(head.exitCode, 0);
      assert.equal(head.body.length, 0);
      assert.equal(head.status, get.status, path);
      assert.deepEqual(described(head.headers), described(get.headers), `${path} ${encoding}`);
    }
  }
});

/** Without what belongs to one transfer: its time, and how its body is framed. */
function described(headers: ReadonlyMap<string, string>): Record<string, string> {
  const transfer = new Set(["date", "content-length", "transfer-encoding", "connection"]);
  return Object.fromEntries([...headers].filter(([name]) => !transfer.has(name)).sort());
}

peerTest(["curl"], "a request without a usable Host is answered by its path", async (t) => {
  const weir = await startWeir(t, [plainFile(t, await application(t))]);
  const requests = [["--http1.0", "-H", "Host:"], ["-H", "Host;"], ["-H", "Host: a:99999"]];
  for (const options of requests) {
    const scrape = await curl(`${weir.url}/metrics?x=1`, ...options);
    assert.equal(scrape.status, 200, options.join(" "));
    assert.equal(scrape.body.toString(), exposition);
    assert.equal((await curl(`${weir.url}/_health`, ...options)).status, 200);
    assert.equal((await curl(`${weir.url}/nowhere`, ...options)).status, 404);
  }
});

peerTest(["curl"], "the probes and the index page answer", async (t) => {
  const weir = await startWeir(t, ["-H", `${await application(t)}/metrics`]);
  for (
    const [path, body] of [["/_health", "ok\n"], ["/-/healthy", "ok\n"], ["/-/ready", "ready\n"]]
  ) {
    const answer = await curl(`${weir.url}${path}`);
    assert.deepEqual([answer.status, answer.body.toString()], [200, body], path);
  }
  const index = await curl(`${weir.url}/`);
  assert.equal(index.status, 200);
  assert.match(index.headers.get("content-type")!, /^text\/html/);
});

peerTest(["curl", "promtool"], "Weir's own metrics are well-formed, in both formats", async (t) => {
  const weir = await startWeir(t, ["-H", `${await application(t)}/metrics`]);
  await curl(`${weir.url}/metrics`);
  for (const path of ["/-/metrics", "/_edge/metrics"]) {
    const text = await curl(`${weir.url}${path}`);
    assert.equal(text.headers.get("content-type"), TEXT_TYPE);
    const check = await runProgram("promtool", ["check", "metrics"], { stdin: [text.body] });
    assert.deepEqual([check.exitCode, problemsOf(check.stderr)], [0, []]);
    assert.match(
      text.body.toString(),
      /^weir_build_info\{version="[^"]+",revision="[^"]+",runtime="bun",/m,
    );
    const open = await curl(`${weir.url}${path}`, "-H", `Accept: ${OPEN_METRICS_TYPE}`);
    assert.equal(open.headers.get("content-type"), OPEN_METRICS_TYPE);
    assert.ok(open.body.toString().endsWith("\n# EOF\n"));
  }
});

peerTest(["curl"], "/source is untouched while policies are in force", async (t) => {
  const policies = dropPolicies(t, [{ metric_field: "name", starts_with: "debug_" }]);
  const weir = await startWeir(t, [
    "-H",
    `${await application(t)}/metrics`,
    "--policies",
    policies,
  ]);
  const source = await curl(`${weir.url}/source`);
  assert.equal(source.status, 200);
  assert.equal(source.headers.get("content-type"), TEXT_TYPE);
  assert.equal(source.body.toString(), exposition);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), gauges(20));
  await weir.counted({
    'weir_scrapes_total{path="/source",code="200",outcome="complete"}': 1,
    'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}': 1,
    'weir_dropped_samples_total{stage="policy"}': 1,
    'weir_policy_hits_total{policy="drop-0"}': 1,
  });
});

for (const form of ["flag", "file"] as const) {
  peerTest(["curl"], `passthrough by ${form} forwards other GET paths`, async (t) => {
    const url = await application(t);
    const weir = await startWeir(
      t,
      form === "flag" ? ["-H", url, "--passthrough"] : [configFile(t, url)],
    );
    const page = await curl(`${weir.url}/api/items?page=2`);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-type"), "application/json");
    assert.equal(page.body.toString(), '{"page":2}');
    // The application's own 404, and no sign that its metrics are in trouble.
    const missing = await curl(`${weir.url}/nowhere`);
    assert.equal(missing.status, 404);
    assert.deepEqual(missing.body, (await curl(`${url}/nowhere`)).body);
    assert.ok(!(await weir.ownMetrics()).has("weir_upstream_up"));
    assert.equal((await curl(`${weir.url}/api/items?page=2`, "-X", "POST")).status, 405);
    // Weir's own paths stay its own.
    assert.equal((await curl(`${weir.url}/_health`)).body.toString(), "ok\n");
  });
}

/** Flags alone are metric-gate's form, in which other paths answer, too. */
function plainFile(t: TestContext, upstream: string): string {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, `upstream_url: ${upstream}\n`);
  return path;
}

function configFile(t: TestContext, upstream: string): string {
  const path = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(path, `upstream_url: ${upstream}\npassthrough: true\n`);
  return path;
}

peerTest(["curl"], "the client's query and formats reach the upstream", async (t) => {
  const upstream = await byteUpstream(t, (socket) => {
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na 1\n");
  });
  const weir = await startWeir(t, ["-H", `${upstream.url}/metrics`]);
  const accept =
    "application/vnd.google.protobuf;encoding=delimited,application/openmetrics-text;" +
    "version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  const answer = await curl(`${weir.url}/metrics?collect[]=cpu`, "-g", "-H", `Accept: ${accept}`);
  assert.equal(answer.body.toString(), "a 1\n");
  const request = upstream.requests[0];
  assert.match(request, /^get \/metrics\?collect\[\]=cpu http\/1\.1\r$/m);
  assert.ok(request.includes(`\naccept: ${accept}\r\n`), request);
  assert.match(request, /^accept-encoding: identity\r$/m);
  assert.match(request, /^user-agent: weir\/\d/m);
});

peerTest(["curl"], "scrapes that run at the same time are independent", async (t) => {
  const url = await httpUpstream(t, (request, response) => {
    const count = Number(new URL(request.url!, "http://upstream").searchParams.get("count"));
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(gauges(count));
  });
  const policies = dropPolicies(t, [{ datapoint_attribute: "item", ends_with: "3" }]);
  const weir = await startWeir(t, ["-H", url, "--policies", policies]);
  await Promise.all(Array.from({ length: 20 }, async (_, at) => {
    const count = 1000 * at;
    const encoding = at % 2 === 0 ? "gzip" : "identity";
    const answer = await curl(
      `${weir.url}/metrics?count=${count}`,
      ...["-H", `Accept-Encoding: ${encoding}`],
    );
    const body = encoding === "gzip" ? gunzipSync(answer.body) : answer.body;
    const kept = gauges(count).split("\n").filter((line) => !line.includes('3"}'));
    // Without a sample there is nothing that the metadata would describe.
    assert.equal(body.toString(), count === 0 ? "" : kept.join("\n"));
  }));
  await weir.counted({
    'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}': 20,
    weir_scrapes_in_flight: 0,
  });
});
