import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { BasicAuth } from "../../src/server/basic_auth.ts";
import { forwardedHeaders } from "../../src/scrape/forwarded_headers.ts";
import { guardedFetch } from "../../src/server/guarded_fetch.ts";
import type { KubernetesResult } from "../../src/server/kubernetes_auth.ts";
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

test("a request that leads nowhere is refused before anyone is asked for a password", async () => {
  const { fetch, metrics } = guarded(["/-/ready"]);
  for (const path of ["//-/ready", "/-/ready/..%2f..%2fmetrics", "/-/ready/..;/metrics", "/%"]) {
    const response = await fetch(new Request(`http://a.test${path}`));
    assert.deepEqual([response.status, response.headers.get("x-frame-options")], [400, "deny"]);
  }
  assert.equal(metrics.refusedRequests.with("denied").value, 0);
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

const logins: readonly [header: string | null, status: number, answered: string][] = [
  [null, 401, "unauthorized\n"],
  ["Bearer good", 200, "served /metrics\n"],
  ["bearer good", 200, "served /metrics\n"],
  ["Bearer other", 403, "forbidden\n"],
  ["Bearer bad", 401, "unauthorized\n"],
  [
    "Bearer down",
    503,
    "the token cannot be reviewed: the Kubernetes API server did not answer\n",
  ],
  ["Bearer many", 429, "too many wrong passwords or tokens\n"],
];

const RESULTS = new Map<string | null, KubernetesResult>([
  ["Bearer good", "passed"],
  ["bearer good", "passed"],
  ["Bearer other", "forbidden"],
  ["Bearer down", "unreviewed"],
  ["Bearer many", "throttled"],
]);

function tokens(users: ReadonlyMap<string, string> = new Map()) {
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  const asked: string[] = [];
  const auth = users.size === 0
    ? undefined
    : new BasicAuth({ users, compare: (password) => Promise.resolve(password === "b") });
  const fetch = guardedFetch((request) => {
    const headers = forwardedHeaders(request, "all", { processed: false });
    assert.ok(!headers.some(([name]) => name === "authorization"), "the login is handed on");
    return new Response(`served ${new URL(request.url).pathname}\n`);
  }, {
    web: () => ({ headers: [], auth }),
    kubernetes: {
      check: (header, method, path) => {
        asked.push(`${method} ${path}`);
        return Promise.resolve(RESULTS.get(header) ?? "denied");
      },
    },
    exempt: () => ["/-/ready"],
    metrics,
  });
  const ask = async (authorization: string | null, path = "/metrics", method = "GET") => {
    const headers = new Headers(authorization === null ? {} : { authorization });
    return await fetch(new Request(`http://a.test${path}`, { method, headers }));
  };
  return { ask, asked, metrics };
}

for (const [header, status, answered] of logins) {
  test(`with tokens ${header} is answered ${status}`, async () => {
    const { ask, metrics } = tokens();
    const response = await ask(header);
    assert.deepEqual([response.status, await response.text()], [status, answered]);
    const challenge = status === 401 ? 'Bearer realm="weir"' : null;
    assert.equal(response.headers.get("www-authenticate"), challenge);
    assert.equal(response.headers.has("retry-after"), status === 429 || status === 503);
    if (status === 403) assert.equal(metrics.refusedRequests.with("forbidden").value, 1);
    if (status === 503) assert.equal(metrics.refusedRequests.with("unreviewed").value, 1);
  });
}

test("the path that is reviewed is the one that is served, without its query", async () => {
  const { ask, asked } = tokens();
  await ask("Bearer good", "/metr%69cs?debug=/-/ready");
  await ask("Bearer good", "/x/../source", "HEAD");
  await ask("Bearer good", "/-/reload", "POST");
  assert.deepEqual(asked, ["GET /metrics", "HEAD /source", "POST /-/reload"]);
});

test("exempted paths need no token", async () => {
  const { ask, asked } = tokens();
  assert.deepEqual([(await ask(null, "/-/ready")).status, asked], [200, []]);
  assert.equal((await ask(null, "/-/ready", "POST")).status, 401);
});

test("with users and tokens either lets in, and the scheme says which is checked", async () => {
  const { ask, asked } = tokens(new Map([["a", hashSync("b", 4)]]));
  assert.equal((await ask(`Basic ${btoa("a:b")}`)).status, 200);
  assert.equal((await ask(`Basic ${btoa("a:c")}`)).status, 401);
  assert.deepEqual(asked, []);
  assert.equal((await ask("Bearer good")).status, 200);
  const refused = await ask(null);
  assert.equal(
    refused.headers.get("www-authenticate"),
    'Basic realm="weir", charset="UTF-8", Bearer realm="weir"',
  );
});
