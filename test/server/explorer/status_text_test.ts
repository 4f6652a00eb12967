import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  agoText,
  durationText,
  inForceText,
  routeOf,
  savedText,
  scrapeWord,
  stateOf,
  wentTexts,
} from "../../../src/server/explorer/status_text.ts";
import { NOTHING_DROPPED } from "../../support/server/nothing_dropped.ts";
import type { RouteStatus, ScrapeStatus } from "../../../src/server/status_facts.ts";
import type { Status } from "../../../src/server/status_request.ts";

/** With the blanks that do not break as plain ones. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const texts: readonly (readonly [string, string, string])[] = [
  ["ago", agoText(0), "just now"],
  ["ago", agoText(0.999), "just now"],
  ["ago", agoText(1), "1 s ago"],
  ["ago", agoText(59.9), "59 s ago"],
  ["ago", agoText(60), "1 min ago"],
  ["ago", agoText(3599), "59 min ago"],
  ["ago", agoText(3600), "1 h ago"],
  ["ago", agoText(172_799), "47 h ago"],
  ["ago", agoText(172_800), "2 d ago"],
  ["ago", agoText(200_000_000), "2,314 d ago"],
  ["duration", durationText(0), "0.0 ms"],
  ["duration", durationText(0.0004), "0.4 ms"],
  ["duration", durationText(0.00996), "10 ms"],
  ["duration", durationText(0.9994), "999 ms"],
  ["duration", durationText(0.9996), "1.00 s"],
  ["duration", durationText(12.345), "12.35 s"],
  ["saved", savedText(0), "0.0 %"],
  ["saved", savedText(0.0001), "<0.1 %"],
  ["saved", savedText(0.8136), "81.4 %"],
  ["saved", savedText(0.99999), ">99.9 %"],
  ["saved", savedText(1), "100.0 %"],
  ["saved", savedText(-0.02), "+2.0 %"],
];

for (const [what, found, wanted] of texts) {
  test(`texts of the status, ${what}: ${wanted}`, () => equal(plain(found), wanted));
}

test("what rules and policies take is told apart from what limits take", () => {
  deepEqual(wentTexts({ dropped: NOTHING_DROPPED, merged: 0 }), { asked: [], beside: [] });
  const dropped = {
    ...NOTHING_DROPPED,
    relabel: 1200,
    policy: 2,
    limit: 3,
    invalid: 4,
    unreadable: 5,
  };
  deepEqual(wentTexts({ dropped, merged: 6 }), {
    asked: ["1,200 dropped by rules", "2 dropped by policies", "6 merged into others"],
    beside: [
      "3 dropped beyond a cardinality limit",
      "4 dropped as invalid",
      "5 dropped as unreadable",
    ],
  });
});

const ROUTE = {
  path: "/metrics",
  kind: "one target",
  rules: 0,
  policies: 0,
  limits: 0,
  maxInputBytes: 0,
  maxOutputBytes: 0,
} as RouteStatus;

for (
  const [route, wanted] of [
    [{}, "no rules: all passes as it is"],
    [{ kind: "gateway" }, "no rules: targets are merged"],
    [{ rules: 1 }, "1 rule"],
    [{ rules: 2, policies: 1, limits: 3 }, "2 rules, 1 policy, 3 cardinality limits"],
    [{ policies: 1200, maxInputBytes: 5e6 }, "1,200 policies, input limit 5 MB"],
    [{ maxOutputBytes: 50_000 }, "no rules: all passes as it is, output limit 50 kB"],
  ] as const
) {
  test(`what is in force: ${wanted}`, () => equal(inForceText({ ...ROUTE, ...route }), wanted));
}

test("the state is green only when all is well and known", () => {
  const state = (status: Partial<Status>) => stateOf(status as Status);
  deepEqual(state({ healthy: true, problems: [], waiting: [] }), ["good", "all is well"]);
  deepEqual(state({ healthy: true, problems: [], waiting: ["no scrape yet", "x"] }), [
    "wait",
    "no scrape yet",
  ]);
  const problem = { message: "a" };
  deepEqual(state({ healthy: false, problems: [problem], waiting: ["x"] }), ["bad", "1 problem"]);
  deepEqual(state({ healthy: false, problems: [problem, problem], waiting: [] }), [
    "bad",
    "2 problems",
  ]);
});

test("a scrape is complete only when it lacks nothing", () => {
  const word = (scrape: Partial<ScrapeStatus>) => scrapeWord(scrape as ScrapeStatus);
  deepEqual(scrapeWord(undefined), ["wait", "no scrape yet"]);
  deepEqual(word({ outcome: "complete", shortfalls: [] }), ["good", "complete"]);
  deepEqual(word({ outcome: "complete", shortfalls: ["x"] }), ["bad", "not whole"]);
  deepEqual(word({ outcome: "truncated", shortfalls: ["x"] }), ["bad", "truncated"]);
  deepEqual(word({ outcome: "failed", shortfalls: [] }), ["bad", "failed"]);
});

test("the page is of the route that is named, else of the main one", () => {
  const routes = ["/a", "/metrics", "/b"].map((path) => ({ ...ROUTE, path }));
  const chosen = [undefined, "/b", "/gone"].map((path) => routeOf({ routes }, path).path);
  deepEqual(chosen, ["/metrics", "/b", "/metrics"]);
  equal(routeOf({ routes: routes.slice(0, 1) }, undefined).path, "/a");
});
