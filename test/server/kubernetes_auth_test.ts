import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ALLOWED_REVIEW_MS,
  DENIED_REVIEW_MS,
  MAX_KNOWN_REVIEWS,
  MAX_REVIEWS,
  MAX_WAITING_REVIEWS,
  NEW_REVIEWS_BURST,
  REVIEW_PAUSE_MS,
} from "../../src/bounds.ts";
import { KubernetesAuth } from "../../src/server/kubernetes_auth.ts";
import type { Access, Verdict } from "../../src/server/kubernetes_reviews.ts";

const NOW = Date.UTC(2026, 0, 1);

/** Answers by the token: `good`, `other` and everything else; notes what it is asked. */
function reviewing(answer: (access: Access) => Verdict | Promise<Verdict> = byToken) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const reviewer = {
    review: (access: Access) => {
      asked.push(`${access.verb} ${access.path} ${access.token}`);
      return Promise.resolve(access).then(answer);
    },
  };
  const auth = new KubernetesAuth({
    reviewer,
    now: () => clock.ms,
    time: () => NOW + clock.ms,
  });
  const check = (token: string, path = "/metrics", method = "GET") =>
    auth.check(`Bearer ${token}`, method, path);
  return { auth, asked, clock, check };
}

function byToken({ token, path }: Access): Verdict {
  if (token === "good" || token.includes(".")) return "passed";
  return token === "other" ? path === "/-/metrics" ? "passed" : "forbidden" : "denied";
}

const headers: readonly [what: string, header: string | null, expected: string][] = [
  ["nothing", null, "denied"],
  ["an empty header", "", "denied"],
  ["another scheme", "Basic good", "denied"],
  ["no token", "Bearer ", "denied"],
  ["two tokens", "Bearer good good", "denied"],
  ["a token with what no token has", 'Bearer go"od', "denied"],
  ["a token that is too long", `Bearer ${"a".repeat(8193)}`, "denied"],
  ["a list of credentials", "Bearer bad, Bearer good", "denied"],
];

for (const [what, header, expected] of headers) {
  test(`${what} is ${expected}, and nobody is asked`, async () => {
    const { auth, asked } = reviewing();
    assert.deepEqual([await auth.check(header, "GET", "/metrics"), asked], [expected, []]);
  });
}

const tokens: readonly [token: string, method: string, path: string, expected: string][] = [
  ["good", "GET", "/metrics", "passed"],
  ["other", "GET", "/metrics", "forbidden"],
  ["other", "GET", "/-/metrics", "passed"],
  ["bad", "GET", "/metrics", "denied"],
];

for (const [token, method, path, expected] of tokens) {
  test(`${token} at ${path} is ${expected}`, async () => {
    const { check } = reviewing();
    assert.equal(await check(token, path, method), expected);
  });
}

const verbs: readonly [method: string, verb: string][] = [
  ["GET", "get"],
  ["HEAD", "get"],
  ["POST", "post"],
  ["PUT", "put"],
  ["DELETE", "delete"],
];

for (const [method, verb] of verbs) {
  test(`the verb of ${method} is ${verb}`, async () => {
    const { asked, auth } = reviewing();
    assert.equal(await auth.check("bearer  good", method, "/-/reload"), "passed");
    assert.deepEqual(asked, [`${verb} /-/reload good`]);
  });
}

const misleading = [
  "/metrics/../source",
  "/metrics/..",
  "/./source",
  "//source",
  "/metrics//x",
  "/metrics/..%2fsource",
  "/metrics/%2E%2E/source",
  "/metrics%5csource",
  "/metrics\\source",
  "/metrics%00",
  "/metrics%252fsource",
  "/metrics%3fx",
  "/metrics%23x",
  "/metrics%20",
  "/metrics;x=y",
  "/metrics/..;/source",
  "/%ef%bc%8e%ef%bc%8e/source",
  "/%c0%ae%c0%ae/source",
];

for (const path of misleading) {
  test(`${path}, which an upstream may take for another path, is forbidden`, async () => {
    const { check, asked } = reviewing();
    assert.deepEqual([await check("good", path), asked], ["forbidden", []]);
  });
}

test("paths with dots that lead nowhere else are asked for", async () => {
  const { check } = reviewing();
  for (
    const path of [
      "/metrics/.well-known",
      "/a..b",
      "/...",
      "/metrics/",
      "/METRICS",
      "/a.",
      "/@a:b,c",
    ]
  ) {
    assert.equal(await check("good", path), "passed", path);
  }
});

test("what was allowed is known for its time, for this verb and path alone", async () => {
  const { check, asked, clock } = reviewing();
  assert.equal(await check("good"), "passed");
  clock.ms = ALLOWED_REVIEW_MS - 1;
  assert.equal(await check("good"), "passed");
  assert.equal(await check("good", "/metrics", "HEAD"), "passed");
  assert.equal(asked.length, 1);
  await check("good", "/source");
  await check("good", "/metrics", "POST");
  assert.equal(asked.length, 3);
  clock.ms = ALLOWED_REVIEW_MS;
  await check("good");
  assert.equal(asked.length, 4);
});

test("what was denied is known for a shorter time", async () => {
  for (const token of ["bad", "other"]) {
    const { check, asked, clock } = reviewing();
    const first = await check(token);
    clock.ms = DENIED_REVIEW_MS - 1;
    assert.deepEqual([await check(token), asked.length], [first, 1]);
    clock.ms = DENIED_REVIEW_MS;
    assert.deepEqual([await check(token), asked.length], [first, 2]);
  }
});

function jwt(payload: string): string {
  return `e30.${Buffer.from(payload).toString("base64url")}.c2ln`;
}

const ends: readonly [payload: string, knownMs: number][] = [
  [JSON.stringify({ exp: NOW / 1000 + 30 }), 30_000],
  [JSON.stringify({ exp: NOW / 1000 + 3600 }), ALLOWED_REVIEW_MS],
  [JSON.stringify({ exp: "soon" }), ALLOWED_REVIEW_MS],
  [JSON.stringify({ exp: NOW / 1000 - 1 }), 0],
  ["{}", ALLOWED_REVIEW_MS],
  ["no JSON", ALLOWED_REVIEW_MS],
];

for (const [payload, knownMs] of ends) {
  test(`a token with ${payload} is known for ${knownMs} ms`, async () => {
    const { check, asked, clock } = reviewing();
    assert.equal(await check(jwt(payload)), "passed");
    if (knownMs > 0) {
      clock.ms = knownMs - 1;
      await check(jwt(payload));
      assert.equal(asked.length, 1);
    }
    clock.ms = knownMs;
    await check(jwt(payload));
    assert.equal(asked.length, 2);
  });
}

test("requests at one time with one token are one review", async () => {
  const { check, asked } = reviewing();
  const results = await Promise.all(Array.from({ length: 50 }, () => check("good")));
  assert.deepEqual([new Set(results), asked.length], [new Set(["passed"]), 1]);
});

test("who tries tokens is stopped, and who was let in before is not", async () => {
  const { check, asked, clock } = reviewing();
  assert.equal(await check("good"), "passed");
  for (let n = 0; n < NEW_REVIEWS_BURST; n++) assert.equal(await check(`bad${n}`), "denied");
  assert.equal(await check("bad"), "throttled");
  assert.equal(await check("good"), "passed");
  assert.equal(asked.length, NEW_REVIEWS_BURST + 1);
  clock.ms = ALLOWED_REVIEW_MS;
  for (let n = 0; n < NEW_REVIEWS_BURST; n++) await check(`worse${n}`);
  assert.equal(await check("worse"), "throttled");
  assert.equal(await check("good"), "passed");
  assert.equal(await check("good", "/source"), "throttled");
});

test("tokens that let in take nothing of what is there for those that do not", async () => {
  const { check } = reviewing();
  for (let n = 0; n < 5 * NEW_REVIEWS_BURST; n++) {
    assert.equal(await check("good", `/${n}`), "passed");
  }
});

test("while the API server fails nobody new is let in, and it is left alone", async () => {
  let isDown = true;
  const { check, asked, clock } = reviewing((access) => {
    if (isDown) throw new Error("down");
    return byToken(access);
  });
  assert.equal(await check("good"), "unreviewed");
  for (let n = 0; n < 100; n++) assert.equal(await check(`good${n}`), "unreviewed");
  assert.equal(asked.length, 1);
  clock.ms = REVIEW_PAUSE_MS;
  assert.equal(await check("good"), "unreviewed");
  isDown = false;
  clock.ms = 2 * REVIEW_PAUSE_MS;
  assert.equal(await check("good"), "passed");
  isDown = true;
  clock.ms += ALLOWED_REVIEW_MS - 1;
  assert.equal(await check("good"), "passed");
  clock.ms += 1;
  assert.equal(await check("good"), "unreviewed");
  assert.equal(asked.length, 4);
});

test("so many reviews run at a time, so many requests wait, and the rest is told to come back", async () => {
  let running = 0;
  let most = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  const { check, clock } = reviewing(async (): Promise<Verdict> => {
    most = Math.max(most, ++running);
    await held;
    running--;
    return "passed";
  });
  const results: Promise<string>[] = [];
  for (let n = 0; n < MAX_REVIEWS + MAX_WAITING_REVIEWS + 3; n++) {
    // Time for the bucket to fill, not for a wait to end.
    clock.ms += 1000;
    results.push(check("good", `/${n}`));
  }
  await Promise.resolve();
  release();
  const found = await Promise.all(results);
  assert.equal(most, MAX_REVIEWS);
  assert.deepEqual(found.slice(-3), ["busy", "busy", "busy"]);
  assert.ok(found.slice(0, -3).every((result) => result === "passed"), found.join());
});

test("the answer that was used least lately is forgotten first", async () => {
  const { check, asked } = reviewing();
  for (let n = 0; n < MAX_KNOWN_REVIEWS; n++) await check("good", `/${n}`);
  await check("good", "/0");
  assert.equal(asked.length, MAX_KNOWN_REVIEWS);
  await check("good", "/another");
  await check("good", "/0");
  assert.equal(asked.length, MAX_KNOWN_REVIEWS + 1);
  await check("good", "/1");
  assert.equal(asked.length, MAX_KNOWN_REVIEWS + 2);
});
