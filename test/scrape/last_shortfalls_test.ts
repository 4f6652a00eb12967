import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { SHORTFALL_KEYS } from "../../src/lines/shortfall.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { LastShortfalls, SENTENCES } from "../../src/scrape/last_shortfalls.ts";

const AT = "at 12:34:56 UTC";
const noon = () => Date.UTC(2026, 0, 2, 12, 34, 56, 789);
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
  test(`the page of the last scrape: ${what}`, () => {
    const last = new LastShortfalls(noon);
    last.note("/metrics", statsOf(stats), failure);
    const lines = said === undefined ? [] : [`the scrape of /metrics ${AT} ${said}`];
    deepEqual(last.of(["/metrics"]), lines);
    // What is not served any more is not spoken of.
    deepEqual(last.of(["/metrics/gone"]), []);
    last.note("/metrics/s", statsOf({ truncatedBy: "input" }));
    const ofSubset = `the scrape of /metrics/s ${AT} was cut at the input limit`;
    deepEqual(last.of(["/metrics", "/metrics/s"]), [...lines, ofSubset]);
    last.note("/metrics", statsOf({}));
    deepEqual(last.of(["/metrics", "/metrics/s"]), [ofSubset]);
  });
}

test("there are words for all that a response can say but of targets, which are named", () => {
  deepEqual(
    [...Object.keys(SENTENCES), "weir_scrape_missing_targets"].sort(),
    [...SHORTFALL_KEYS].sort(),
  );
});
