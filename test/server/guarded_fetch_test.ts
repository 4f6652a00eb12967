import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { BasicAuth } from "../../src/server/basic_auth.ts";
import { guardedFetch } from "../../src/server/guarded_fetch.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";

const usage = () => ({ residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0 });

function guarded(exempt: readonly string[] = [], results: string[] = ["denied"]) {
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  const users = new Map([["a", hashSync("b", 4)]]);
  const auth = new BasicAuth({ users, compare: () => Promise.resolve(false) });
  const check = auth.check.bind(auth);
  auth.check = async (header) => {
    const result = results.length > 1 ? results.shift() : results[0];
    return result === "checked" ? await check(header) : result as "passed";
  };
  const fetch = guardedFetch((request) => new Response(`served ${request.url}\n`), {
    web: () => ({ headers: [["X-Frame-Options", "deny"]], auth }),
    exempt: () => exempt,
    metrics,
  });
  return { fetch, metrics };
}

const requests: readonly [path: string, init?: RequestInit][] = [
  ["/metrics"],
  ["/"],
  ["/nowhere"],
  ["/-/reload", { method: "POST" }],
  ["/metrics", { method: "HEAD" }],
  ["/-/ready/"],
  ["/-/ready/../../metrics"],
  ["/metrics?/-/ready"],
  ["//-/ready"],
  ["/-/Ready"],
];

for (const [path, init] of requests) {
  test(`without a password ${init?.method ?? "GET"} ${path} is a 401 and nothing else`, async () => {
    const { fetch, metrics } = guarded(["/-/ready"]);
    const response = await fetch(new Request(`http://a.test${path}`, init));
    const text = init?.method === "HEAD" ? "" : "unauthorized\n";
    assert.deepEqual([response.status, await response.text()], [401, text]);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Basic realm=/);
    assert.equal(response.headers.get("x-frame-options"), "deny");
    assert.equal(metrics.refusedRequests.with("denied").value, 1);
  });
}

test("an exempted path is served without a password, under every spelling that reaches it", async () => {
  const { fetch } = guarded(["/-/ready"]);
  for (const path of ["/-/ready", "/-/ready?a=b", "/%2D/ready", "/x/../-/ready"]) {
    const response = await fetch(new Request(`http://a.test${path}`));
    assert.equal(response.status, 200, path);
  }
});

test("who is not compared is told when to come back", async () => {
  const { fetch } = guarded([], ["throttled", "busy"]);
  for (const status of [429, 503]) {
    const response = await fetch(new Request("http://a.test/metrics"));
    assert.deepEqual([response.status, response.headers.get("retry-after")], [status, "1"]);
  }
});

test("headers are set on what is served, over its own of that name", async () => {
  const { fetch } = guarded([], ["passed"]);
  const response = await fetch(new Request("http://a.test/metrics"));
  assert.equal(await response.text(), "served http://a.test/metrics\n");
  assert.equal(response.headers.get("x-frame-options"), "deny");
});
