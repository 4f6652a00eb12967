import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpProviderOptions } from "../../../src/policy/providers/http_provider.ts";
import { AB, Fixture } from "../../support/policy/provider_fixture.ts";
import * as server from "../../support/policy/sync_server.ts";
import { answer, syncServer } from "../../support/policy/sync_server.ts";

const SECRET_HEADERS = [
  { name: "Authorization", value: "Bearer t0ken-of-gold" },
  { name: "X-Api-Key", value: "k3y-of-silver" },
];
const SECRETS = ["t0ken", "k3y", "us3r", "p@ss", "p%40ss", btoa("us3r:p@ss")];

/** Servers that repeat what they were sent. */
const TELLTALES: Record<string, server.Reply> = {
  "an errorMessage, cut within a secret": (response, { headers }) =>
    answer({
      errorMessage: `${"x".repeat(280)} bad: ${JSON.stringify(headers)} us3r p@ss p%40ss`,
    })(response),
  "a syncType": answer({ syncType: "k3y-of-silver" }),
  "what is no JSON": server.text("k3y-of-silver"),
  "a redirect": server.status(302, { location: "http://127.0.0.1:9/k3y-of-silver" }),
  "a lost connection": server.reset(AB),
};

for (const [name, reply] of Object.entries(TELLTALES)) {
  test(`no secret is in the reason: ${name}`, async () => {
    const peer = await syncServer(reply);
    try {
      const withUser = peer.url.replace("http://", "http://us3r:p%40ss@");
      assertNoSecret(await reasonOf(withUser, SECRET_HEADERS));
      assertNoSecret(await reasonOf(withUser, SECRET_HEADERS.slice(1)));
      assert.equal(peer.requests.length, 2);
    } finally {
      peer.stop();
    }
  });
}

test("no secret is in the reason: what cannot be sent", async () => {
  const lineBreak = [{ name: "X-Api-Key", value: "k3y\nof-silver" }];
  assertNoSecret(await reasonOf("http://127.0.0.1:1/", lineBreak));
  assertNoSecret(await reasonOf("http://us3r:p%40ss@127.0.0.1:1/", SECRET_HEADERS));
  assertNoSecret(await reasonOf("http://us3r:p%40ss@127.0.0.1:port/", SECRET_HEADERS));
  assertNoSecret(await reasonOf("ftp://us3r:p%40ss@127.0.0.1/", SECRET_HEADERS));
});

/** Why the first sync of this provider fails, with the URL before it. */
async function reasonOf(url: string, headers: HttpProviderOptions["headers"]): Promise<string> {
  const fixture = new Fixture(url, { headers });
  await fixture.start();
  fixture.provider.stop();
  return fixture.reasons[0];
}

function assertNoSecret(reason: string): void {
  assert.match(reason, /^(http|ftp):/);
  const found = SECRETS.filter((secret) => reason.includes(secret));
  assert.deepEqual(found, [], reason);
}

test("user name and password of the URL are sent as basic authorization", async () => {
  const peer = await syncServer(answer(AB));
  try {
    for (const headers of [[], [{ name: "authorization", value: "Bearer abc" }]]) {
      const fixture = new Fixture(peer.url.replace("http://", "http://me:p%C3%A9@"), { headers });
      await fixture.start();
      fixture.provider.stop();
    }
    const sent = peer.requests.map((request) => request.headers.authorization);
    assert.deepEqual(sent, [`Basic ${Buffer.from("me:pé").toString("base64")}`, "Bearer abc"]);
  } finally {
    peer.stop();
  }
});
