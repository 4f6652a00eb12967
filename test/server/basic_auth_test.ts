import assert from "node:assert/strict";
import { test } from "node:test";
import { compare as bcryptCompare, hashSync } from "bcryptjs";
import {
  MAX_PASSWORD_COMPARISONS,
  MAX_WAITING_COMPARISONS,
  WRONG_PASSWORDS_BURST,
} from "../../src/bounds.ts";
import { BasicAuth } from "../../src/server/basic_auth.ts";
import { TokenBucket } from "../../src/server/token_bucket.ts";

const hash = hashSync("secret", 4);
const users = new Map([["prometheus", hash], ["grafana", hashSync("other", 4)]]);

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Notes what is compared, and compares as bcrypt does. */
function counting() {
  const compared: string[] = [];
  const compare = (password: string, hash: string) => {
    compared.push(hash);
    return bcryptCompare(password, hash);
  };
  return { compared, compare };
}

const headers: readonly [what: string, header: string | null, expected: string][] = [
  ["nothing", null, "denied"],
  ["an empty header", "", "denied"],
  ["a bearer token", "Bearer secret", "denied"],
  ["no base64", "Basic ???", "denied"],
  ["base64 without a colon", `Basic ${btoa("prometheus")}`, "denied"],
  ["a wrong password", basic("prometheus", "Secret"), "denied"],
  ["an empty password", basic("prometheus", ""), "denied"],
  ["another user's password", basic("grafana", "secret"), "denied"],
  ["an unknown user", basic("nobody", "secret"), "denied"],
  ["a name of every object", basic("constructor", "secret"), "denied"],
  ["the right password", basic("prometheus", "secret"), "passed"],
  ["the scheme in small letters", basic("prometheus", "secret").replace("B", "b"), "passed"],
];

for (const [what, header, expected] of headers) {
  test(`basic authentication with ${what}: ${expected}`, async () => {
    const auth = new BasicAuth({ users, compare: bcryptCompare });
    assert.equal(await auth.check(header), expected);
  });
}

test("a colon belongs to the password, and letters beyond ASCII are UTF-8", async () => {
  const users = new Map([["a", hashSync("b:ü", 4)]]);
  const auth = new BasicAuth({ users, compare: bcryptCompare });
  assert.equal(await auth.check(basic("a", "b:ü")), "passed");
});

test("a right password is compared once, a wrong one each time", async () => {
  const { compare, compared } = counting();
  const auth = new BasicAuth({ users, compare });
  for (let n = 0; n < 3; n++) {
    assert.equal(await auth.check(basic("prometheus", "secret")), "passed");
    assert.equal(await auth.check(basic("prometheus", "wrong")), "denied");
  }
  assert.equal(compared.length, 1 + 3);
});

test("an unknown user costs a comparison with the dearest hash's cost", async () => {
  const { compare, compared } = counting();
  const dear = new Map([...users, ["dear", hashSync("x", 5)]]);
  assert.equal(await new BasicAuth({ users: dear, compare }).check(basic("nobody", "x")), "denied");
  assert.deepEqual(compared.map((hash) => hash.slice(0, 7)), ["$2b$05$"]);
});

test("nobody passes by a password that the unknown users' hash would take", async () => {
  const auth = new BasicAuth({ users, compare: () => Promise.resolve(true) });
  assert.equal(await auth.check(basic("nobody", "x")), "denied");
});

test("beyond a burst of wrong passwords none is compared, and who is known still passes", async () => {
  let now = 0;
  const { compare, compared } = counting();
  const bucket = new TokenBucket(WRONG_PASSWORDS_BURST, 1, () => now);
  const auth = new BasicAuth({ users, compare, bucket });
  assert.equal(await auth.check(basic("prometheus", "secret")), "passed");
  for (let n = 0; n < WRONG_PASSWORDS_BURST; n++) {
    assert.equal(await auth.check(basic("prometheus", `guess ${n}`)), "denied");
  }
  assert.equal(await auth.check(basic("prometheus", "one more")), "throttled");
  assert.equal(await auth.check(basic("grafana", "other")), "throttled");
  assert.equal(await auth.check(basic("prometheus", "secret")), "passed");
  assert.equal(compared.length, 1 + WRONG_PASSWORDS_BURST);
  now = 1000;
  assert.equal(await auth.check(basic("grafana", "other")), "passed");
});

test("a few are compared at a time, a bounded number waits, the rest is told to come back", async () => {
  const running: (() => void)[] = [];
  let most = 0;
  const compare = () => {
    const done = new Promise<boolean>((resolve) => running.push(() => resolve(true)));
    most = Math.max(most, running.length);
    return done;
  };
  const asked = MAX_PASSWORD_COMPARISONS + MAX_WAITING_COMPARISONS + 3;
  const bucket = new TokenBucket(asked, 0);
  const auth = new BasicAuth({ users, compare, bucket });
  const results = Array.from(
    { length: asked },
    (_, n) => auth.check(basic("prometheus", `password ${n}`)),
  );
  assert.deepEqual(await Promise.all(results.slice(-3)), ["busy", "busy", "busy"]);
  let open = true;
  void Promise.all(results).finally(() => open = false);
  while (open) {
    running.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const passed = (await Promise.all(results)).filter((result) => result === "passed");
  assert.deepEqual([passed.length, most], [asked - 3, MAX_PASSWORD_COMPARISONS]);
});

test("who asks with the same at once waits for the same comparison", async () => {
  const { compare, compared } = counting();
  const auth = new BasicAuth({ users, compare });
  const header = basic("prometheus", "secret");
  const results = await Promise.all(Array.from({ length: 100 }, () => auth.check(header)));
  assert.deepEqual([new Set(results), compared.length], [new Set(["passed"]), 1]);
});
