import { deepEqual, doesNotMatch, equal } from "node:assert/strict";
import { test } from "node:test";
import { MAX_LISTED_TARGETS } from "../../src/bounds.ts";
import type { TargetReading } from "../../src/gateway/target_readings.ts";
import type { Status } from "../../src/server/status_request.ts";
import { UpstreamError } from "../../src/upstream/upstream_error.ts";
import { NOTHING_DROPPED } from "../support/server/nothing_dropped.ts";
import { type ServedApp, servedApp, textUpstream } from "../support/server/served_app.ts";

const SCRAPE = `# TYPE a counter
a{path="/x",code="200"} 1
a{path="/y",code="200"} 2
b 3
`;
const RULES = [
  { action: "drop", source_labels: ["__name__"], regex: "b" },
  { action: "labeldrop", regex: "path" },
];

type App = Awaited<ReturnType<typeof servedApp>>;

async function statusOf(app: App): Promise<Status> {
  const answer = await app.request("/-/status");
  deepEqual(
    ["content-type", "cache-control"].map((name) => answer.headers.get(name)),
    ["application/json", "no-store"],
  );
  return await answer.json();
}

async function scraped(options: ServedApp, ...paths: readonly string[]): Promise<Status> {
  const app = await servedApp(options);
  for (const path of paths) await (await app.request(path)).text();
  return await statusOf(app);
}

test("what a scrape came to is told, and what saved how much of it", async () => {
  const { routes: [route], ...status } = await scraped(
    { upstream: SCRAPE, config: { metric_relabel_configs: RULES } },
    "/metrics",
  );
  const { startedAt, uptimeSeconds, at, ...rest } = status;
  equal(Date.parse(at) - Date.parse(startedAt), Math.round(uptimeSeconds * 1000));
  deepEqual(rest, {
    healthy: true,
    problems: [],
    waiting: [],
    version: "1.2.3",
    revision: "abc",
    runtime: "bun 0",
    ready: true,
    config: {
      form: "file",
      files: ["weir.json"],
      lastReload: { at: EPOCH, success: true, lastSuccessAt: EPOCH },
    },
    policyProviders: [],
    changes: [],
  });
  const { endedAt, ageSeconds, durationSeconds, ...scrape } = route.lastScrape!;
  equal(Math.abs(Date.parse(at) - Date.parse(endedAt) - ageSeconds * 1000) < 1, true);
  equal(durationSeconds >= 0, true);
  const output = '# TYPE a counter\na{code="200"} 3\n';
  deepEqual(scrape, {
    status: 200,
    outcome: "complete",
    input: { bytes: SCRAPE.length, samples: 3 },
    output: { bytes: output.length, samples: 1 },
    dropped: { ...NOTHING_DROPPED, relabel: 1 },
    merged: 1,
    shortfalls: [],
    saved: { bytes: 1 - output.length / SCRAPE.length, samples: 1 - 1 / 3 },
  });
  deepEqual({ ...route, lastScrape: undefined }, {
    path: "/metrics",
    kind: "one target",
    upstreams: [{
      url: "http://<secret>@upstream.test/metrics",
      scrapeUrl: "http://<secret>@upstream.test/metrics",
    }],
    rules: 2,
    policies: 0,
    limits: 0,
    maxInputBytes: 0,
    maxOutputBytes: 0,
    lastScrape: undefined,
    clientsLeft: 0,
    subsets: [],
  });
});

const EPOCH = "1970-01-01T00:00:00.000Z";

test("before the first scrape nothing is wrong, and that is said", async () => {
  const { healthy, waiting, routes: [route] } = await scraped({ upstream: SCRAPE });
  deepEqual([healthy, waiting], [true, ["no scrape of /metrics yet"]]);
  equal("lastScrape" in route, false);
});

test("what is not the route's scrape changes nothing", async () => {
  const { waiting } = await scraped({ upstream: SCRAPE }, "/source", "/analyze");
  deepEqual(waiting, ["no scrape of /metrics yet"]);
});

test("a HEAD is no client that left", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  for (let at = 0; at < 3; at++) await app.request("/metrics", { method: "HEAD" });
  const { healthy, routes: [{ clientsLeft }] } = await statusOf(app);
  deepEqual([healthy, clientsLeft], [true, 0]);
});

test("clients that left are counted until a scrape ends", async () => {
  let isSlow = true;
  const app = await servedApp({
    upstream: (request) =>
      isSlow
        ? new Promise((_, reject) =>
          request.signal.addEventListener("abort", () => reject(request.signal.reason))
        )
        : textUpstream(SCRAPE)(request),
    config: { coalesce: false },
  });
  for (let at = 0; at < 2; at++) {
    const leaving = new AbortController();
    const answer = app.request("/metrics", { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 5);
    equal((await answer).status, 499);
  }
  const left = await statusOf(app);
  deepEqual([left.healthy, left.routes[0].clientsLeft], [false, 2]);
  isSlow = false;
  await (await app.request("/metrics")).text();
  const again = await statusOf(app);
  deepEqual([again.healthy, again.routes[0].clientsLeft], [true, 0]);
});

for (
  const { what, more, on, said } of [
    {
      what: "a byte limit cuts",
      more: { prometheus: { max_output_bytes_per_scrape: 20 }, scrape: { on_limit: "truncate" } },
      said: ["truncated", 200, undefined, ["was cut at the output limit"]],
    },
    {
      what: "a cardinality limit drops",
      more: { limits: { series: 1, action: "drop" } },
      said: ["complete", 200, undefined, ["dropped 2 samples beyond the cardinality limits"]],
    },
    {
      what: "a line is no sample",
      more: { metric_relabel_configs: RULES },
      on: `${SCRAPE}c{ 1\n`,
      said: ["complete", 200, undefined, ["passed 1 line unfiltered, as unreadable"]],
    },
    {
      what: "a byte limit fails the scrape",
      more: { prometheus: { max_output_bytes_per_scrape: 20 } },
      said: ["failed", 502, "the output budget is exceeded", []],
    },
    {
      what: "a cardinality limit fails it",
      more: { limits: { series: 1, action: "fail" } },
      said: ["failed", 502, "family a exceeds the limit series", []],
    },
    {
      what: "the upstream fails",
      on: () => Promise.reject(new UpstreamError("timeout", 504, "http://u:hunter2@h/", "is slow")),
      said: ["failed", 504, "upstream http://<secret>@h/: is slow", []],
    },
  ] as const
) {
  test(`of a scrape that is not whole no savings are told: ${what}`, async () => {
    const upstream = on ?? SCRAPE;
    const status = await scraped({ upstream, config: more }, "/metrics");
    const { lastScrape } = status.routes[0];
    const { outcome, status: code, error, shortfalls, saved } = lastScrape!;
    deepEqual([outcome, code, error, shortfalls], said);
    deepEqual([saved, status.healthy, status.problems.length], [undefined, false, 1]);
    doesNotMatch(JSON.stringify(status), /hunter2/);
  });
}

test("of subsets and limits it is told how many there are, and what was left of the last scrape", async () => {
  const config = {
    metric_relabel_configs: RULES,
    subsets: { small: RULES.slice(0, 1), all: [] },
    limits: { series: 100, label_values: { code: 10, path: 10 }, action: "drop" },
  };
  const { routes: [route], healthy } = await scraped({ upstream: SCRAPE, config }, "/metrics");
  deepEqual([healthy, route.limits], [true, 3]);
  const told = route.subsets.map(({ path, rules, lastScrape }) => [
    path,
    rules,
    lastScrape?.outcome,
    lastScrape?.output.samples,
  ]);
  deepEqual(told, [["/metrics/small", 1, "complete", 2], ["/metrics/all", 0, "complete", 3]]);
});

test("a gateway's targets are listed, those that are down first, and no more than are bounded", async () => {
  const reading = (at: number): TargetReading => ({
    outcome: { address: `t${at}:1`, isUp: at % 100 > 0, durationSeconds: 0.25, samples: at },
    contentType: null,
    truncated: at === 1,
    error: at % 100 > 0
      ? undefined
      : new UpstreamError("refused", 502, `http://u:hunter2@t${at}:1/`, "connection refused"),
  });
  const readings = Array.from({ length: MAX_LISTED_TARGETS + 50 }, (_, at) => reading(at));
  const config = { upstream_url: undefined, upstreams: ["http://a:1", "http://b:1"] };
  const status = await scraped({ upstream: SCRAPE, readings, config });
  const [{ kind, targets, upstreams }] = status.routes;
  deepEqual([kind, upstreams], ["gateway", [
    { url: "http://a:1/", scrapeUrl: "http://a:1/metrics" },
    { url: "http://b:1/", scrapeUrl: "http://b:1/metrics" },
  ]]);
  const { list, ...counts } = targets!;
  deepEqual(counts, { up: 247, down: 3, leftOut: 50 });
  equal(list.length, MAX_LISTED_TARGETS);
  const figures = { durationSeconds: 0.25, truncated: false };
  deepEqual(list.slice(0, 4), [
    ...[0, 100, 200].map((at) => ({
      target: `t${at}:1`,
      up: false,
      ...figures,
      samples: at,
      error: `upstream http://<secret>@t${at}:1/: connection refused`,
    })),
    { target: "t1:1", up: true, ...figures, samples: 1, truncated: true },
  ]);
});

test("what files and providers say is told as it is", async () => {
  const state: ServedApp["state"] = {
    ready: () => false,
    files: () => [
      { name: "c", files: ["weir.yaml"], readAtMs: 1000, triedAtMs: 2000, failure: "wrong" },
      { name: "w", files: ["web.yaml"], readAtMs: 3000, triedAtMs: 3000, failure: undefined },
    ],
    providers: () => [{
      id: "p",
      state: "stale",
      loadedAtMs: 4000,
      policies: 3,
      invalid: ["x: no name", "y: no match"],
      failure: "answered 500",
    }],
  };
  const { config, webConfig, policyProviders: [provider], healthy, ready } = await scraped({
    upstream: SCRAPE,
    state,
  });
  const second = (at: number) => `1970-01-01T00:00:0${at}.000Z`;
  deepEqual([healthy, ready], [false, false]);
  deepEqual(config, {
    form: "file",
    files: ["weir.yaml"],
    lastReload: { at: second(2), success: false, error: "wrong", lastSuccessAt: second(1) },
  });
  deepEqual(webConfig, {
    files: ["web.yaml"],
    lastReload: { at: second(3), success: true, lastSuccessAt: second(3) },
  });
  deepEqual({ ...provider, ageSeconds: 0 }, {
    id: "p",
    state: "stale",
    lastSuccessAt: second(4),
    ageSeconds: 0,
    policies: 3,
    invalid: 2,
    firstInvalid: "x: no name",
    error: "answered 500",
  });
});
