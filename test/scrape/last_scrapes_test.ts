import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { SHORTFALL_KEYS } from "../../src/lines/shortfall.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { LastScrapes, SENTENCES } from "../../src/scrape/last_scrapes.ts";

const NOON = Date.UTC(2026, 0, 2, 12, 34, 56, 789);
const statsOf = (values: Partial<ScrapeStats>) => Object.assign(new ScrapeStats(), values);

interface Case {
  readonly what: string;
  readonly stats?: Partial<ScrapeStats>;
  readonly failure?: unknown;
  readonly said: string | undefined;
}

const cases: Case[] = [
  { what: "a whole scrape", said: undefined },
  { what: "cut", stats: { truncatedBy: "input" }, said: "was cut at the input limit" },
  {
    what: "several things",
    stats: { overlongLines: 2, droppedAsInvalid: 1, droppedBeyondLimits: 3, truncatedBy: "output" },
    said: "passed 2 lines unfiltered, as over-long; " +
      "dropped 1 sample without a valid name after the rules, or with a label twice; " +
      "dropped 3 samples beyond the cardinality limits; was cut at the output limit",
  },
  {
    what: "what the upstream says of itself",
    stats: { below: new Map([['weir_scrape_unfiltered_lines{reason="failed"}', 4]]) },
    said: "passed 4 lines that a policy could not be evaluated on",
  },
  {
    what: "one target",
    stats: { missingTargets: 1, unsaidTargets: 1, firstMissing: "a:1: refused" },
    said: "is without 1 target: a:1: refused",
  },
  {
    what: "targets that the response names itself",
    stats: { missingTargets: 3, firstMissing: "a:1: refused" },
    said: "is without 3 targets, the first: a:1: refused",
  },
  { what: "a failure", failure: new Error("refused"), said: "failed: refused" },
];

for (const { what, stats = {}, failure, said } of cases) {
  test(`what the last scrape lacked: ${what}`, () => {
    const last = new LastScrapes(() => NOON);
    const end = { durationSeconds: 1, status: 200 };
    last.note("/metrics", { ...end, stats: statsOf(stats), failure });
    const { shortfalls, error } = last.of("/metrics")!;
    deepEqual(error === undefined ? shortfalls.join("; ") : `failed: ${error}`, said ?? "");
  });
}

test("a scrape is kept until the next one ends, and with it who left meanwhile", () => {
  const last = new LastScrapes(() => NOON);
  const cut = statsOf({
    inputBytes: 40,
    inputSamples: 9,
    outputBytes: 20,
    outputSamples: 3,
    droppedByPolicy: 1,
    droppedByRules: 2,
    droppedBeyondLimits: 3,
    droppedAsInvalid: 4,
    duplicateSamples: 5,
    droppedUnmergeable: 6,
    leftOutBuckets: 7,
    droppedUnreadable: 8,
    unsaidHistograms: 9,
    mergedSamples: 10,
    truncatedBy: "output",
  });
  last.note("/metrics", { stats: cut, durationSeconds: 0.25, status: 200 });
  const { shortfalls, ...noted } = last.of("/metrics")!;
  deepEqual(shortfalls.at(-1), "was cut at the output limit");
  deepEqual(noted, {
    endedAtMs: NOON,
    durationSeconds: 0.25,
    status: 200,
    outcome: "truncated",
    input: { bytes: 40, samples: 9 },
    output: { bytes: 20, samples: 3 },
    dropped: {
      policy: 1,
      relabel: 2,
      limit: 3,
      invalid: 4,
      duplicate: 5,
      unmergeable: 13,
      unreadable: 8,
      format: 9,
    },
    merged: 10,
  });
  last.left("/metrics");
  last.left("/metrics");
  deepEqual([last.leftSince("/metrics"), last.of("/metrics")?.status], [2, 200]);
  const failure = new Error("refused");
  last.note("/metrics", { stats: new ScrapeStats(), durationSeconds: 0, status: 502, failure });
  const { outcome, status, error } = last.of("/metrics")!;
  deepEqual([outcome, status, error, last.leftSince("/metrics")], ["failed", 502, "refused", 0]);
});

test("endpoints that are there no more are let go of", () => {
  const last = new LastScrapes(() => NOON);
  for (const path of ["/metrics", "/metrics/a", "/metrics/b"]) {
    last.note(path, { stats: new ScrapeStats(), durationSeconds: 0, status: 200 });
    last.left(path);
  }
  last.retain(new Set(["/metrics", "/metrics/b", "/metrics/c"]));
  const known = ["/metrics", "/metrics/a", "/metrics/b", "/metrics/c"];
  deepEqual(known.filter((path) => last.of(path) !== undefined), ["/metrics", "/metrics/b"]);
  deepEqual(known.map((path) => last.leftSince(path)), [1, 0, 1, 0]);
});

test("there are words for all that a response can say but of targets, which are named", () => {
  deepEqual(
    [...Object.keys(SENTENCES), "weir_scrape_missing_targets"].sort(),
    [...SHORTFALL_KEYS].sort(),
  );
});
