/** Scrapes that come while one runs share it: an HA pair of Prometheus servers costs one. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { gauges, httpUpstream, OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const whole = gauges(2000);
const half = whole.length >> 1;

interface HeldUpstream {
  readonly url: string;
  /** Requests so far, by their Accept header. */
  readonly accepts: string[];
  /** Requests whose connection was closed before their answer was whole. */
  readonly broken: () => number;
  /** Sends the rest to everyone who waits. */
  release(): void;
}

/** An upstream that sends half of its body and waits. */
async function heldUpstream(t: TestContext): Promise<HeldUpstream> {
  const accepts: string[] = [];
  const waiting: ServerResponse[] = [];
  let broken = 0;
  const url = await httpUpstream(t, (request, response) => {
    accepts.push(request.headers.accept!);
    response.writeHead(200, { "content-type": TEXT_TYPE }).write(whole.slice(0, half));
    response.on("close", () => response.writableEnded || broken++);
    waiting.push(response);
  });
  return {
    url,
    accepts,
    broken: () => broken,
    release: () => {
      for (const response of waiting.splice(0)) response.end(whole.slice(half));
    },
  };
}

const SHARED = 'weir_shared_scrapes_total{how="joined"}';
const REPEATED = 'weir_shared_scrapes_total{how="repeated"}';
const inFlight = (weir: WeirProcess, count: number) =>
  weir.counted({ weir_scrapes_in_flight: count });

peerTest(["curl"], "a sidecar with --coalesce: two at a time are one request", async (t) => {
  const upstream = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url, "--coalesce"]);
  const first = curl(`${weir.url}/metrics`);
  await eventually("the upstream is asked", () => upstream.accepts.length === 1);
  const second = curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip");
  await inFlight(weir, 2);
  upstream.release();
  assert.deepEqual([(await first).exitCode, (await first).body.toString()], [0, whole]);
  assert.equal((await second).exitCode, 0);
  assert.equal(gunzipSync((await second).body).toString(), whole);
  assert.equal(upstream.accepts.length, 1);
  await weir.counted({
    [SHARED]: 1,
    'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}': 2,
    weir_scrapes_in_flight: 0,
  });
  // That run is over: the next scrape begins another.
  const third = curl(`${weir.url}/metrics`);
  await eventually("the upstream is asked again", () => upstream.accepts.length === 2);
  upstream.release();
  assert.equal((await third).body.toString(), whole);
});

peerTest(["curl"], "a sidecar as it is: each its own request", async (t) => {
  const upstream = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url]);
  const scrapes = [curl(`${weir.url}/metrics`), curl(`${weir.url}/metrics`)];
  await eventually("the upstream is asked twice", () => upstream.accepts.length === 2);
  upstream.release();
  for (const scrape of scrapes) assert.equal((await scrape).body.toString(), whole);
});

peerTest(["curl"], "a gateway shares by default", async (t) => {
  const [a, b] = [await heldUpstream(t), await heldUpstream(t)];
  const quiet = ["--target-metrics", "false"];
  const weir = await startWeir(t, ["-H", a.url, "-H", b.url, ...quiet]);
  const scrapes = [curl(`${weir.url}/metrics`), curl(`${weir.url}/metrics`)];
  await inFlight(weir, 2);
  await eventually("both targets are asked", () => a.accepts.length + b.accepts.length === 2);
  a.release();
  b.release();
  const doubled = whole.replace(/ 1$/gm, " 2");
  for (const scrape of scrapes) assert.equal((await scrape).body.toString(), doubled);
  assert.deepEqual([a.accepts.length, b.accepts.length], [1, 1]);
  await weir.counted({ [SHARED]: 1 });
});

peerTest(["curl"], "what asks for another format, or another query, is not shared", async (t) => {
  const upstream = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url, "--coalesce"]);
  const scrapes = [
    curl(`${weir.url}/metrics`, "-H", `Accept: ${OPEN_METRICS_TYPE}`),
    curl(`${weir.url}/metrics`, "-H", `Accept: ${TEXT_TYPE}`),
    curl(`${weir.url}/metrics?collect=cpu`, "-H", `Accept: ${TEXT_TYPE}`),
  ];
  await eventually("the upstream is asked for each", () => upstream.accepts.length === 3);
  assert.equal(new Set(upstream.accepts).size, 2);
  upstream.release();
  for (const scrape of scrapes) assert.equal((await scrape).body.toString(), whole);
  assert.equal((await weir.ownMetrics()).get(SHARED) ?? 0, 0);
});

for (const leaver of ["first", "second"] as const) {
  peerTest(["curl"], `the ${leaver} of two clients leaves: the other gets all`, async (t) => {
    const upstream = await heldUpstream(t);
    const weir = await startWeir(t, ["-H", upstream.url, "--coalesce"]);
    const leaving = new AbortController();
    const scrape = (isLeaver: boolean) =>
      fetch(`${weir.url}/metrics`, { signal: isLeaver ? leaving.signal : null })
        .then((response) => response.text());
    const first = scrape(leaver === "first");
    await eventually("the upstream is asked", () => upstream.accepts.length === 1);
    const second = scrape(leaver === "second");
    await inFlight(weir, 2);
    leaving.abort();
    const [gone, staying] = leaver === "first" ? [first, second] : [second, first];
    await assert.rejects(gone);
    await inFlight(weir, 1);
    upstream.release();
    assert.equal(await staying, whole);
    assert.deepEqual([upstream.accepts.length, upstream.broken()], [1, 0]);
  });
}

peerTest(["curl"], "all clients leave: the upstream is freed", async (t) => {
  const upstream = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url, "--coalesce"]);
  const leaving = ["0.5", "0.7"].map((time) => curl(`${weir.url}/metrics`, "--max-time", time));
  for (const scrape of leaving) assert.equal((await scrape).exitCode, 28);
  await inFlight(weir, 0);
  await eventually("the upstream's connection is closed", () => upstream.broken() >= 1);
  const next = curl(`${weir.url}/metrics`);
  await eventually("the upstream is asked anew", () => upstream.accepts.length === 2);
  upstream.release();
  assert.equal((await next).body.toString(), whole);
});

peerTest(["curl"], "min_scrape_interval gives the last answer again, no failure", async (t) => {
  let asked = 0;
  const upstream = await httpUpstream(t, (_, response) => {
    asked++;
    if (asked === 1) response.writeHead(500).end();
    else if (asked === 2) {
      response.writeHead(200, { "content-type": TEXT_TYPE }).write("a 2\n", () => {
        setTimeout(() => response.destroy(), 200);
      });
    } else response.writeHead(200, { "content-type": TEXT_TYPE }).end(`a ${asked}\n`);
  });
  const weir = await startWeir(t, ["-H", upstream, "--min-scrape-interval", "1h"]);
  assert.equal((await curl(`${weir.url}/metrics`)).status, 500);
  assert.equal((await curl(`${weir.url}/metrics`)).status, 502);
  for (let scrape = 0; scrape < 3; scrape++) {
    const answer = await curl(`${weir.url}/metrics`);
    assert.deepEqual([answer.status, answer.body.toString()], [200, "a 3\n"]);
  }
  const zipped = await curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip");
  assert.equal(gunzipSync(zipped.body).toString(), "a 3\n");
  // What is not the same is asked for, and `/source` always is.
  assert.equal((await curl(`${weir.url}/metrics?b`)).body.toString(), "a 4\n");
  assert.equal((await curl(`${weir.url}/source`)).body.toString(), "a 5\n");
  await weir.counted({ [REPEATED]: 3 });
});

peerTest(["curl"], "a failure is for all who waited for it, and for nobody else", async (t) => {
  const waiting: ServerResponse[] = [];
  const upstream = await httpUpstream(t, (_, response) => void waiting.push(response));
  const weir = await startWeir(t, ["-H", `${upstream}/metrics`, "--coalesce"]);
  const scrapes = [curl(`${weir.url}/metrics`), curl(`${weir.url}/metrics`)];
  await inFlight(weir, 2);
  await eventually("the upstream is asked", () => waiting.length === 1);
  waiting[0].writeHead(503).end();
  for (const scrape of scrapes) {
    assert.equal((await scrape).status, 503);
    assert.equal((await scrape).body.toString(), `upstream ${upstream}/metrics: answered 503\n`);
  }
  const next = curl(`${weir.url}/metrics`);
  await eventually("the upstream is asked again", () => waiting.length === 2);
  waiting[1].writeHead(200, { "content-type": TEXT_TYPE }).end(whole);
  assert.equal((await next).body.toString(), whole);
  await weir.counted({ 'weir_upstream_errors_total{reason="status"}': 1 });
});

peerTest(["curl"], "SIGTERM during a shared scrape: all get it whole, exit 0", async (t) => {
  const upstream = await heldUpstream(t);
  const weir = await startWeir(t, ["-H", upstream.url, "--coalesce"]);
  const { url } = weir;
  const scrapes = [curl(`${url}/metrics`), curl(`${url}/metrics`)];
  await inFlight(weir, 2);
  weir.signal("SIGTERM");
  await eventually("new connections are refused", async () => {
    return (await curl(`${url}/_health`)).exitCode === 7;
  });
  upstream.release();
  for (const scrape of scrapes) {
    assert.deepEqual([(await scrape).exitCode, (await scrape).body.toString()], [0, whole]);
  }
  assert.equal(upstream.accepts.length, 1);
  assert.equal(await weir.exited, 0, weir.stderr);
});
