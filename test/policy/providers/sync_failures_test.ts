import assert from "node:assert/strict";
import { test } from "node:test";
import { AB, statusesOf, withServer } from "../../support/policy/provider_fixture.ts";
import * as server from "../../support/policy/sync_server.ts";
import { answer, eventually } from "../../support/policy/sync_server.ts";

const HUGE = new Uint8Array(64 * 1024).fill(32);
const ONE_MIB = 1024 * 1024;

/** Failures by name: what the server does, and the reason that is to come of it. */
const FAILURES: Record<string, [server.Reply, string]> = {
  "a 500": [server.status(500), "answered 500, wanted 200"],
  "a 204": [server.status(204), "answered 204, wanted 200"],
  "a redirect": [
    server.status(307, { location: "/elsewhere" }),
    "answered 307, a redirect, which is not followed",
  ],
  "truncated JSON": [
    server.text(JSON.stringify(server.syncResponse(AB)).slice(0, -9)),
    "answered with broken JSON",
  ],
  "an empty body": [server.text(""), "answered with an empty body"],
  "broken UTF-8": [
    server.text(new Uint8Array([0x7b, 0xff, 0x7d])),
    "answered with broken UTF-8",
  ],
  "a lost connection": [
    server.reset(AB),
    "connection closed before the response was complete",
  ],
  "no connection": [
    (response) => void response.destroy(),
    "connection closed before the response was complete",
  ],
  "an errorMessage": [
    answer({ ...AB, errorMessage: "unknown\nworkspace" }),
    "errorMessage: unknown workspace",
  ],
  "an announced size that is too large": [
    (response) => {
      response.setHeader("content-length", 50 * ONE_MIB);
      response.write(" ");
    },
    "answered with 52428800 bytes, wanted 16777216 bytes at most",
  ],
  "another document": [
    server.text("{}"),
    "found none of policies, hash, syncTimestampUnixNano, wanted a sync response",
  ],
  "a list": [server.text("[]"), "found no object, wanted a sync response"],
  "policies that are no list": [
    answer({ ...AB, hash: "h2", policies: "all" }),
    "policies: found string, wanted a list",
  ],
  "a part of the set": [
    answer({ ...AB, hash: "h2", syncType: "SYNC_TYPE_DELTA" }),
    'syncType: wanted SYNC_TYPE_FULL, found: "SYNC_TYPE_DELTA"',
  ],
};

for (const [name, [reply, reason]] of Object.entries(FAILURES)) {
  test(`${name}: failed, with everything kept and reported again`, async () => {
    await withServer(reply, async (peer, fixture) => {
      await fixture.start();
      peer.reply = answer(AB);
      await fixture.provider.reload();
      fixture.count("a", 5);
      peer.reply = reply;
      await fixture.provider.reload();
      fixture.count("a", 2);
      peer.reply = answer({ ...AB, hash: "h3" });
      await fixture.provider.reload();

      const [first, second, third, fourth] = fixture.events;
      assert.equal(first, `failed ${reason}`);
      assert.deepEqual([second, fourth], ["loaded a,b", "loaded a,b"]);
      assert.equal(third, first);
      assert.deepEqual(peer.syncs.map(({ body }) => body.fullSync), [true, true, false, false]);
      assert.equal(peer.syncs[3].body.lastSuccessfulHash, "h1");
      assert.equal(peer.syncs[3].body.lastSyncTimestampUnixNano, "1700");
      assert.deepEqual(statusesOf(peer.syncs[2]), ["a 5/0", "b 0/0"]);
      assert.deepEqual(statusesOf(peer.syncs[3]), ["a 7/0", "b 0/0"]);
      assert.deepEqual(fixture.pauses, [1000, 60_000, 1000, 60_000]);
    });
  });
}

for (
  const [name, reply] of Object.entries({ silence: server.silence, stalled: server.stalled(AB) })
) {
  test(`${name}: failed after the timeout, and the connection is closed`, async () => {
    await withServer(reply, async (peer, fixture) => {
      let closed = false;
      peer.reply = (response, request) => {
        response.on("close", () => closed = true);
        reply(response, request);
      };
      await fixture.start();
      assert.deepEqual(fixture.events, ["failed did not finish within 0.2 s"]);
      await eventually(() => closed, "the closed connection");
    }, { timeoutMs: 200 });
  });
}

test("a response of 50 MB is refused without being read to its end", async () => {
  let written = 0;
  let closed = false;
  const flood: server.Reply = (response) => {
    response.on("close", () => closed = true);
    const write = () => {
      while (!closed && written < 50 * ONE_MIB) {
        written += HUGE.length;
        if (!response.write(HUGE)) return void response.once("drain", write);
      }
      response.end();
    };
    write();
  };
  await withServer(flood, async (_, fixture) => {
    await fixture.start();
    assert.deepEqual(fixture.events, [
      "failed answered with more, wanted 16777216 bytes at most",
    ]);
    await eventually(() => closed, "the closed connection");
    assert.ok(written < 40 * ONE_MIB, `${written} bytes were taken`);
  });
});

test("an announced 50 MB are refused, and the connection is closed", async () => {
  let closed = false;
  const announce: server.Reply = (response) => {
    response.on("close", () => closed = true);
    response.setHeader("content-length", 50 * ONE_MIB);
    response.write(" ");
  };
  await withServer(announce, async (_, fixture) => {
    await fixture.start();
    await eventually(() => closed, "the closed connection");
  });
});
