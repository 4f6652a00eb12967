import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { MAX_REVIEW_BYTES } from "../../src/bounds.ts";
import { buildHttpConfig } from "../../src/config/http_config.ts";
import { currentRuntime } from "../../src/runtime/current.ts";
import { KubernetesReviews } from "../../src/server/kubernetes_reviews.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { KubernetesApi } from "../support/server/kubernetes_api.ts";

const TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const PROMETHEUS = {
  username: "system:serviceaccount:monitoring:prometheus",
  uid: "42",
  groups: ["system:serviceaccounts", "system:authenticated"],
  extra: { "authentication.kubernetes.io/pod-name": ["prometheus-0"] },
};

interface Options {
  readonly audiences?: readonly string[];
  readonly ownToken?: string;
  readonly timeoutMs?: number;
}

async function reviewer(
  context: TestContext,
  { audiences = [], ownToken = "weirs-own", timeoutMs }: Options = {},
) {
  const api = new KubernetesApi("weirs-own");
  api.users.set("good-token", PROMETHEUS);
  api.allowed.set(PROMETHEUS.username, ["get /metrics"]);
  const server = createServer((request, response) => void api.listener(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const runtime = await currentRuntime();
  const usage = () => ({ residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  const reviews = new KubernetesReviews({
    apiServer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    config: { audiences, http: buildHttpConfig({ authorization: { credentials: ownToken } }) },
    version: "0.1.0",
    fetch: (url, init) => runtime.fetch(url, init),
    metrics,
    timeoutMs,
  });
  const counted = () =>
    ["token", "access"].map((kind) =>
      ["allowed", "denied", "error"].map((result) =>
        metrics.kubernetesReviews.with(kind, result).value
      )
    );
  return { api, reviews, counted };
}

const access = (token: string, path = "/metrics") => ({ token, verb: "get", path });

test("a token's user is asked for, then what that user may do", async (t) => {
  const { api, reviews, counted } = await reviewer(t);
  assert.equal(await reviews.review(access("good-token")), "passed");
  const { username, ...rest } = PROMETHEUS;
  assert.deepEqual(api.asked, [
    [TOKENS, { token: "good-token" }],
    [ACCESS, {
      user: username,
      ...rest,
      nonResourceAttributes: { path: "/metrics", verb: "get" },
    }],
  ]);
  assert.deepEqual(counted(), [[1, 0, 0], [1, 0, 0]]);
});

test("who may not is forbidden, and nobody's token denied", async (t) => {
  const { api, reviews, counted } = await reviewer(t);
  assert.equal(await reviews.review(access("good-token", "/source")), "forbidden");
  assert.equal(await reviews.review(access("expired-token")), "denied");
  assert.equal(api.asked.length, 3);
  assert.deepEqual(counted(), [[1, 1, 0], [0, 1, 0]]);
});

const audiences: readonly [wanted: string[], named: string[] | undefined, expected: string][] = [
  [["weir"], ["weir"], "passed"],
  [["weir", "metrics"], ["metrics"], "passed"],
  [["weir"], ["https://kubernetes.default.svc"], "denied"],
  [["weir"], [], "denied"],
  // An API server that knows nothing of audiences names none.
  [["weir"], undefined, "denied"],
  [[], undefined, "passed"],
  [[], ["https://kubernetes.default.svc"], "passed"],
];

for (const [wanted, named, expected] of audiences) {
  test(`wanted ${wanted.join() || "no audience"}, a token for ${named} is ${expected}`, async (t) => {
    const { api, reviews } = await reviewer(t, { audiences: wanted });
    api.audiences = named;
    assert.equal(await reviews.review(access("good-token")), expected);
    assert.deepEqual(api.asked[0][1].audiences, wanted.length === 0 ? undefined : wanted);
  });
}

const OWN = "Weir's account needs the ClusterRole system:auth-delegator";

const failures: readonly [what: string, failure: readonly [number, string], message: RegExp][] = [
  ["500", [500, "{}"], /^TokenReview: answered 500, wanted 200 or 201$/],
  ["429", [429, "{}"], /^TokenReview: answered 429, wanted 200 or 201$/],
  ["a redirect", [302, ""], /^TokenReview: answered 302, a redirect, which is not followed$/],
  ["an empty answer", [201, ""], /^TokenReview: answered with what is no JSON$/],
  ["no JSON", [200, "<html>"], /^TokenReview: answered with what is no JSON$/],
  ["a list", [200, "[]"], /^TokenReview: answered without a status$/],
  ["no status", [201, "{}"], /^TokenReview: answered without a status$/],
  ["a status that is a text", [201, '{"status":"ok"}'], /^TokenReview: answered without a status$/],
  ["no user", [201, '{"status":{"authenticated":true}}'], /^TokenReview: found no user/],
  [
    "more than the bound",
    [201, " ".repeat(MAX_REVIEW_BYTES + 1)],
    new RegExp(`^TokenReview: answered with .+, wanted ${MAX_REVIEW_BYTES} bytes at most$`),
  ],
];

for (const [what, failure, message] of failures) {
  test(`an API server that answers ${what} lets nobody in`, async (t) => {
    const { api, reviews, counted } = await reviewer(t);
    api.failure = failure;
    await assert.rejects(reviews.review(access("good-token")), ({ message: found }: Error) => {
      assert.match(found, message);
      return true;
    });
    assert.deepEqual(counted(), [[0, 0, 1], [0, 0, 0]]);
  });
}

const oddStatuses: readonly [status: string, expected: string][] = [
  ['{"authenticated":"true","user":{"username":"a"}}', "denied"],
  ['{"authenticated":false,"user":{"username":"a"}}', "denied"],
  ["{}", "denied"],
  ['{"authenticated":true,"user":{"username":"a"},"allowed":true,"denied":true}', "forbidden"],
  ['{"authenticated":true,"user":{"username":"a"},"allowed":"true"}', "forbidden"],
  ['{"authenticated":true,"user":{"username":"a"},"allowed":true}', "passed"],
];

for (const [status, expected] of oddStatuses) {
  test(`${status} is ${expected}`, async (t) => {
    const { api, reviews } = await reviewer(t);
    api.failure = [201, `{"status":${status}}`];
    assert.equal(await reviews.review(access("good-token")), expected);
  });
}

test("an account that may not ask is told which role it lacks, without any token", async (t) => {
  const { reviews } = await reviewer(t, { ownToken: "no-reviewer" });
  await assert.rejects(reviews.review(access("good-token")), {
    message: `TokenReview: answered 403, wanted 200 or 201: ${OWN}`,
  });
});

test("an API server that does not answer is given up", async (t) => {
  const { api, reviews } = await reviewer(t, { timeoutMs: 50 });
  api.isSilent = true;
  await assert.rejects(reviews.review(access("good-token")), {
    message: "TokenReview: did not finish within 0.05 s",
  });
});
