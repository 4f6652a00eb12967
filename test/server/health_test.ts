import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { healthOf } from "../../src/server/health.ts";
import type {
  Facts,
  ProviderStatus,
  RouteStatus,
  ScrapeStatus,
} from "../../src/server/status_facts.ts";
import { NOTHING_DROPPED } from "../support/server/nothing_dropped.ts";

const AT = "2026-01-02T12:34:56.789Z";
const RELOADED = { at: AT, success: true, lastSuccessAt: AT };

const WHOLE: ScrapeStatus = {
  endedAt: AT,
  ageSeconds: 1,
  durationSeconds: 0.1,
  status: 200,
  outcome: "complete",
  input: { bytes: 10, samples: 2 },
  output: { bytes: 5, samples: 1 },
  dropped: { ...NOTHING_DROPPED, relabel: 1 },
  merged: 0,
  shortfalls: [],
};

const ROUTE: RouteStatus = {
  path: "/metrics",
  kind: "one target",
  upstreams: [{ url: "http://a/metrics", scrapeUrl: "http://a/metrics" }],
  rules: 1,
  policies: 0,
  limits: 0,
  maxInputBytes: 0,
  maxOutputBytes: 0,
  lastScrape: WHOLE,
  clientsLeft: 0,
  subsets: [],
};

const PROVIDER: ProviderStatus = {
  id: "file",
  state: "loaded",
  lastSuccessAt: AT,
  ageSeconds: 1,
  policies: 2,
  invalid: 0,
};

const FACTS: Facts = {
  version: "1",
  revision: "r",
  runtime: "bun 1",
  startedAt: AT,
  uptimeSeconds: 1,
  at: AT,
  ready: true,
  config: { form: "file", files: ["weir.yaml"], lastReload: RELOADED },
  policyProviders: [PROVIDER],
  routes: [ROUTE],
  changes: [],
};

const scraped = (scrape: Partial<ScrapeStatus>, path = "/metrics"): Partial<Facts> => ({
  routes: [{ ...ROUTE, path, lastScrape: { ...WHOLE, ...scrape } }],
});
const provided = (provider: Partial<ProviderStatus>): Partial<Facts> => ({
  policyProviders: [{ ...PROVIDER, ...provider }],
});
const failed = { ...RELOADED, success: false, error: "weir.yaml: no" };

interface Case {
  readonly what: string;
  readonly facts: Partial<Facts>;
  /** Of the route, where it begins with a path in brackets. */
  readonly problems?: readonly string[];
  readonly waiting?: readonly string[];
}

const cases: readonly Case[] = [
  { what: "all is well", facts: {} },
  { what: "no policy provider", facts: { policyProviders: [] } },
  { what: "rules that drop all", facts: scraped({ output: { bytes: 0, samples: 0 } }) },
  {
    what: "one client that left",
    facts: { routes: [{ ...ROUTE, clientsLeft: 1 }] },
  },
  {
    what: "no scrape yet",
    facts: { routes: [{ ...ROUTE, lastScrape: undefined }] },
    waiting: ["no scrape of /metrics yet"],
  },
  {
    what: "policies that are being loaded",
    facts: { ready: false, ...provided({ state: "loading", lastSuccessAt: undefined }) },
    waiting: ["the first policies are still being loaded"],
  },
  {
    what: "a reload that failed",
    facts: { config: { ...FACTS.config, lastReload: failed } },
    problems: [
      "the configuration could not be read at 12:34:56 UTC, the old one stays in force: weir.yaml: no",
    ],
  },
  {
    what: "a web config file that could not be read",
    facts: { webConfig: { files: ["web.yaml"], lastReload: failed } },
    problems: [
      "the web configuration could not be read at 12:34:56 UTC, the old one stays in force: weir.yaml: no",
    ],
  },
  {
    what: "policies that are stale",
    facts: provided({ state: "stale", error: "answered 500" }),
    problems: ["policy provider file: answered 500; 2 policies of 12:34:56 UTC stay in force"],
  },
  {
    what: "one policy that is stale",
    facts: provided({ state: "stale", error: "answered 500", policies: 1 }),
    problems: ["policy provider file: answered 500; 1 policy of 12:34:56 UTC stay in force"],
  },
  {
    what: "policies that never came",
    facts: provided({ state: "failed", error: "refused", lastSuccessAt: undefined, policies: 0 }),
    problems: ["policy provider file: refused; it has no policies in force"],
  },
  {
    what: "a policy that is wrong",
    facts: provided({ invalid: 1, firstInvalid: "p: no match" }),
    problems: ["policy provider file: a policy is not in force: p: no match"],
  },
  {
    what: "policies that are wrong, and stale",
    facts: provided({ state: "stale", error: "gone", invalid: 3, firstInvalid: "p: no match" }),
    problems: [
      "policy provider file: gone; 2 policies of 12:34:56 UTC stay in force",
      "policy provider file: 3 policies are not in force, the first: p: no match",
    ],
  },
  {
    what: "a scrape that failed",
    facts: scraped({ outcome: "failed", status: 502, error: "upstream http://a/: refused" }),
    problems: [
      "[/metrics] the scrape of /metrics at 12:34:56 UTC failed: upstream http://a/: refused",
    ],
  },
  {
    what: "a scrape that was cut",
    facts: scraped({ outcome: "truncated", shortfalls: ["was cut at the output limit"] }),
    problems: ["[/metrics] the scrape of /metrics at 12:34:56 UTC was cut at the output limit"],
  },
  {
    what: "a complete one with lines that passed unfiltered, and without a target",
    facts: scraped({
      shortfalls: ["is without 1 target: a:1: refused", "passed 1 line unfiltered"],
    }),
    problems: [
      "[/metrics] the scrape of /metrics at 12:34:56 UTC is without 1 target: a:1: refused; " +
      "passed 1 line unfiltered",
    ],
  },
  {
    what: "another route than the main one",
    facts: scraped({ outcome: "failed", error: "x" }, "/metrics/b"),
    problems: ["[/metrics/b] the scrape of /metrics/b at 12:34:56 UTC failed: x"],
  },
  {
    what: "a subset that was not filled",
    facts: {
      routes: [{
        ...ROUTE,
        subsets: [
          { path: "/metrics/a", rules: 1 },
          { path: "/metrics/b", rules: 1, lastScrape: { ...WHOLE, outcome: "failed", error: "x" } },
        ],
      }],
    },
    problems: ["[/metrics] the scrape of /metrics/b at 12:34:56 UTC failed: x"],
  },
  {
    what: "clients that leave one after the other, before any scrape has ended",
    facts: { routes: [{ ...ROUTE, lastScrape: undefined, clientsLeft: 2 }] },
    problems: [
      "[/metrics] the clients of the last 2 scrapes of /metrics left before the answer was there: " +
      "is their timeout too short?",
    ],
    waiting: ["no scrape of /metrics yet"],
  },
];

for (const { what, facts, problems = [], waiting = [] } of cases) {
  test(`whether all is well: ${what}`, () => {
    const health = healthOf({ ...FACTS, ...facts });
    const said = health.problems.map(({ route, message }) =>
      route === undefined ? message : `[${route}] ${message}`
    );
    deepEqual([health.healthy, said, health.waiting], [problems.length === 0, problems, waiting]);
  });
}
