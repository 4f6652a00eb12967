import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUpstream } from "../../src/config/upstream_url.ts";
import { type RequestedPath, requestUrl } from "../../src/upstream/request_url.ts";

const CASES: readonly [upstream: string, RequestedPath, asked: string][] = [
  ["http://h:1/metrics", { path: "/probe", query: "" }, "http://h:1/metrics"],
  ["http://h:1", { path: "/probe", query: "" }, "http://h:1/probe"],
  [
    "http://h:1/metrics",
    { path: "/x", query: "?collect[]=cpu" },
    "http://h:1/metrics?collect[]=cpu",
  ],
  ["http://h:1/m?a=1", { path: "/x", query: "?b=2" }, "http://h:1/m?a=1&b=2"],
  ["http://u:p@h/m", { path: "/x", query: "" }, "http://u:p@h/m"],
  ["http://h/m?a=1", { path: "/x", query: "?b=2", passthrough: true }, "http://h/x?b=2"],
  ["dns+http://h:1", { path: "/metrics", query: "" }, "http://h:1/metrics"],
];

for (const [upstream, where, asked] of CASES) {
  test(`${upstream} asked for ${JSON.stringify(where)}`, () =>
    assert.equal(requestUrl(parseUpstream(upstream)!, where), asked));
}
