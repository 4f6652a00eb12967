import assert from "node:assert/strict";
import { test } from "node:test";
import { joiningPaths, parseUpstream } from "../../src/config/upstream_url.ts";
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

const JOINED: readonly [upstream: string, RequestedPath, asked: string][] = [
  ["http://h:1", { path: "/metrics", query: "" }, "http://h:1/metrics"],
  ["http://h:1/base", { path: "/metrics", query: "?a=1" }, "http://h:1/base/metrics?a=1"],
  ["http://h:1/base/", { path: "/metrics", query: "" }, "http://h:1/base/metrics"],
  ["http://h:1/base/metrics", { path: "/metrics/x", query: "" }, "http://h:1/base/metrics/x"],
  ["http://h:1/metrics/", { path: "/x", query: "", passthrough: true }, "http://h:1/x"],
  ["http://h:1/b", { path: "/x", query: "?a=1", passthrough: true }, "http://h:1/b/x?a=1"],
  [
    "http://h:1/b",
    { path: "//other:2/x", query: "", passthrough: true },
    "http://h:1/b//other:2/x",
  ],
  ["http://h:1", { path: "//other:2/x", query: "", passthrough: true }, "http://h:1//other:2/x"],
  ["http://h:1/probe?t=1", { path: "/metrics", query: "?b=2" }, "http://h:1/probe?t=1&b=2"],
  ["http://h:1/mymetrics", { path: "/metrics", query: "" }, "http://h:1/mymetrics/metrics"],
  ["unix:/run/a.sock:/b", { path: "/metrics", query: "" }, "http+unix://%2Frun%2Fa.sock/b/metrics"],
];

for (const [upstream, where, asked] of JOINED) {
  test(`${upstream} before ${JSON.stringify(where)}`, () =>
    assert.equal(requestUrl(joiningPaths(parseUpstream(upstream)!), where), asked));
}
