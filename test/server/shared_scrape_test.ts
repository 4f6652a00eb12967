/** How scrapes that share one run are counted: each as what its client got. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { UpstreamError } from "../../src/upstream/upstream_error.ts";
import type { UpstreamSource } from "../../src/upstream/upstream_source.ts";
import { encode } from "../support/lines/filtered.ts";
import { servedApp } from "../support/server/served_app.ts";

const FEW = "a 1\nb 1\nc 1\n";
/** More than is gathered before an answer begins. */
const MANY = Array.from({ length: 80_000 }, (_, number) => `a{number="${number}"} 1\n`).join("");

interface Case {
  readonly what: string;
  readonly upstream: string | UpstreamSource;
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly method?: "HEAD";
  readonly status: number;
  readonly outcome: string;
  /** The body does not come to its end. */
  readonly isBroken?: boolean;
  readonly truncations?: Readonly<Record<string, number>>;
}

const within = (limit: "input" | "output", bytes: number, onLimit: "truncate" | "fail") => ({
  prometheus: { [`max_${limit}_bytes_per_scrape`]: bytes },
  scrape: { on_limit: onLimit },
});

const cases: Case[] = [
  { what: "whole", upstream: FEW, status: 200, outcome: "complete" },
  { what: "whole, streamed", upstream: MANY, status: 200, outcome: "complete" },
  ...(["input", "output"] as const).flatMap((limit): Case[] => [
    {
      what: `cut at the ${limit} limit`,
      upstream: FEW,
      keys: within(limit, 9, "truncate"),
      status: 200,
      outcome: "truncated",
      truncations: { [limit]: 1 },
    },
    {
      what: `cut at the ${limit} limit, streamed`,
      upstream: MANY,
      keys: within(limit, 1_300_000, "truncate"),
      status: 200,
      outcome: "truncated",
      truncations: { [limit]: 1 },
    },
    {
      what: `failed at the ${limit} limit`,
      upstream: FEW,
      keys: within(limit, 9, "fail"),
      status: 502,
      outcome: "error",
      truncations: { [limit]: 1 },
    },
    {
      what: `broken off at the ${limit} limit`,
      upstream: MANY,
      keys: within(limit, 1_300_000, "fail"),
      status: 200,
      outcome: "aborted",
      isBroken: true,
      truncations: { [limit]: 1 },
    },
  ]),
  {
    what: "an upstream that is down",
    upstream: () => Promise.reject(new UpstreamError("refused", 502, "http://u/", "refused")),
    status: 502,
    outcome: "error",
  },
  {
    what: "an upstream that breaks off at once",
    upstream: breakingOff("a 1\n"),
    status: 502,
    outcome: "error",
  },
  {
    what: "an upstream that breaks off later",
    upstream: breakingOff(MANY),
    status: 200,
    outcome: "aborted",
    isBroken: true,
  },
  {
    what: "without a body",
    upstream: FEW,
    keys: within("output", 9, "truncate"),
    method: "HEAD",
    status: 200,
    outcome: "complete",
  },
];

for (const { what, upstream, keys, method, status, outcome, isBroken, truncations } of cases) {
  for (const clients of [1, 3]) {
    test(`${clients} of one run: ${what}`, async () => {
      const app = await servedApp({ upstream, config: { coalesce: true, ...keys } });
      const texts = await Promise.all(Array.from({ length: clients }, async () => {
        const response = await app.request("/metrics", { method: method ?? "GET" });
        equal(response.status, status);
        if (isBroken) return await rejects(response.text());
        return await response.text();
      }));
      ok(texts.every((text) => text === texts[0]));
      const counted = await ownCounters(app);
      const key = `weir_scrapes_total{path="/metrics",code="${status}",outcome="${outcome}"}`;
      deepEqual(counted("weir_scrapes_total"), { [key]: clients });
      const cut = Object.entries(truncations ?? {}).map(([limit, count]) =>
        [`weir_truncations_total{limit="${limit}"}`, count] as const
      );
      deepEqual(counted("weir_truncations_total"), Object.fromEntries(cut));
      const shared = method === "HEAD" ? 0 : clients - 1;
      deepEqual(
        counted("weir_shared_scrapes_total"),
        shared === 0 ? {} : { 'weir_shared_scrapes_total{how="joined"}': shared },
      );
    });
  }
}

test("an answer that is given again within the interval is counted as it was: truncated", async () => {
  const config = { min_scrape_interval: "1h", ...within("output", 9, "truncate") };
  const app = await servedApp({ upstream: FEW, config, minIntervalMs: 3_600_000 });
  const texts: string[] = [];
  for (let i = 0; i < 3; i++) texts.push(await (await app.request("/metrics")).text());
  ok(
    texts.every((text) =>
      text === texts[0] && text.includes('weir_scrape_truncated{limit="output"} 1\n')
    ),
  );
  const counted = await ownCounters(app);
  deepEqual(counted("weir_scrapes_total"), {
    'weir_scrapes_total{path="/metrics",code="200",outcome="truncated"}': 3,
  });
  deepEqual(counted("weir_truncations_total"), { 'weir_truncations_total{limit="output"}': 1 });
});

for (const leaves of ["first", "second"]) {
  test(`the ${leaves} of two leaves: it is cancelled, the other one truncated`, async () => {
    const keys = within("output", 1_300_000, "truncate");
    const app = await servedApp({ upstream: MANY, config: { coalesce: true, ...keys } });
    const leaving = new AbortController();
    const responses = await Promise.all(
      ["first", "second"].map((which) =>
        app.request("/metrics", which === leaves ? { signal: leaving.signal } : {})
      ),
    );
    if (leaves === "second") responses.reverse();
    leaving.abort(new Error("left"));
    await rejects(responses[0].text());
    ok((await responses[1].text()).includes("weir_scrape_truncated"));
    deepEqual((await ownCounters(app))("weir_scrapes_total"), {
      'weir_scrapes_total{path="/metrics",code="200",outcome="cancelled"}': 1,
      'weir_scrapes_total{path="/metrics",code="200",outcome="truncated"}': 1,
    });
  });
}

/** Sends the text, and then breaks. */
function breakingOff(text: string): UpstreamSource {
  return () => {
    let isSent = false;
    return Promise.resolve({
      status: 200,
      contentType: "text/plain; version=0.0.4",
      body: {
        read: () => {
          if (isSent) return Promise.reject(new UpstreamError("reset", 502, "http://u/", "reset"));
          isSent = true;
          return Promise.resolve(encode(text));
        },
        cancel: () => Promise.resolve(),
      },
    });
  };
}

/** The counters of a family of Weir's own that are not 0. */
async function ownCounters(app: Awaited<ReturnType<typeof servedApp>>) {
  const text = await (await app.request("/-/metrics")).text();
  const all = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map(
    (line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    },
  );
  return (name: string) =>
    Object.fromEntries(all.filter(([key, value]) => key.startsWith(name) && value !== 0));
}
